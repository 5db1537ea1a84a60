#include "assay/tracking/databricks/artifact_store.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/databricks/files_client.hpp"
#include "tracking/databricks/azure_upload.hpp"
#include "tracking/databricks/download.hpp"
#include "tracking/databricks/presigned_parts.hpp"
#include "tracking/databricks/signed_links.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;

void expect_inside(std::string_view path) {
    const std::string framed = "/" + std::string(path) + "/";
    const bool leaves = path.empty() || framed.find("//") != std::string::npos ||
                        framed.find("/../") != std::string::npos || framed.find("/./") != std::string::npos;
    if (leaves) throw ValueError("databricks: expected the path of an artifact such as notes/a.txt, without '..'");
}

/// A link to one file that is asked for again where it ran out.
class RenewedLink {
  public:
    RenewedLink(const WorkspaceApi& api, const ArtifactOwner& owner, std::string path, bool to_write)
        : api_(api), owner_(owner), path_(std::move(path)), to_write_(to_write) {
        renew();
    }
    LinkKind kind() const { return typed_.kind; }
    LinkSource source() {
        return {[this]() -> const SignedLink& { return typed_.link; }, [this] { renew(); }};
    }

  private:
    void renew() { typed_ = link_to(api_, owner_, path_, to_write_); }

    const WorkspaceApi& api_;
    const ArtifactOwner& owner_;
    std::string path_;
    bool to_write_;
    TypedLink typed_;
};

void upload_by_link(const CloudClient& client, RenewedLink& link, const fs::path& file, index part_size) {
    const LinkSource source = link.source();
    if (link.kind() == LinkKind::azure_data_lake) return upload_to_data_lake(client, source, file, part_size);
    if (link.kind() == LinkKind::azure_blob) return upload_to_blob(client, source, file, part_size);
    client.send(
        [&] {
            auto request = to_link("PUT", source.current());
            attach(request, file);
            return request;
        },
        source.renew);
}

}  // namespace

bool ArtifactStore::serves(std::string_view artifact_uri) {
    try {
        parse_artifact_uri(artifact_uri);
        return true;
    } catch (const ValueError&) {
        return false;
    }
}

void ArtifactStore::upload(std::string_view artifact_uri, std::string_view path, const fs::path& file) const {
    expect_inside(path);
    const ArtifactOwner owner = parse_artifact_uri(artifact_uri);
    const std::string place = owner.below(path);
    if (owner.kind == ArtifactOwner::Kind::volume) return FilesClient(api_).upload(place, file);
    const CloudClient client(api_.foreign_options());
    RenewedLink link(api_, owner, place, true);
    const bool in_parts = link.kind() == LinkKind::s3 && owner.kind == ArtifactOwner::Kind::run &&
                          static_cast<index>(fs::file_size(file)) > options_.multipart_from;
    if (in_parts) return upload_presigned_parts(api_, client, owner.id, place, file, options_.part_size);
    upload_by_link(client, link, file, options_.part_size);
}

void ArtifactStore::download(std::string_view artifact_uri, std::string_view path, const fs::path& destination) const {
    expect_inside(path);
    const ArtifactOwner owner = parse_artifact_uri(artifact_uri);
    const std::string place = owner.below(path);
    if (owner.kind == ArtifactOwner::Kind::volume) return FilesClient(api_).download(place, destination);
    const CloudClient client(api_.foreign_options());
    RenewedLink link(api_, owner, place, false);
    const LinkSource source = link.source();
    download_to(destination, {}, [&](const http::Request& streams) {
        return client.send(
            [&] {
                auto request = to_link("GET", source.current());
                request.on_receive = streams.on_receive;
                request.before_attempt = streams.before_attempt;
                return request;
            },
            source.renew);
    });
}

}  // namespace assay::tracking::databricks
