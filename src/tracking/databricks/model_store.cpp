#include "tracking/databricks/model_store.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/databricks/files_client.hpp"
#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/rest/error.hpp"
#include "tracking/databricks/azure_upload.hpp"
#include "tracking/databricks/temporary_credentials.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;
using detail::encode_url;
using nlohmann::json;
using Renew = std::function<TemporaryCredentials()>;

class S3ModelStore : public ModelStore {
  public:
    S3ModelStore(http::ClientOptions http, StorageLocation location, S3Access access, Renew renew,
                 const UploadOptions& options)
        : client_(std::move(http)),
          store_(
              client_, std::move(location), std::move(access), [renew = std::move(renew)] { return renew().aws; },
              options.s3_endpoint, options.part_size) {}
    void upload(std::string_view path, const fs::path& file) override { store_.upload(path, file); }

  private:
    CloudClient client_;
    S3Store store_;
};

class AzureModelStore : public ModelStore {
  public:
    AzureModelStore(http::ClientOptions http, StorageLocation location, Secret sas, Renew renew,
                    const UploadOptions& options)
        : client_(std::move(http)),
          location_(std::move(location)),
          sas_(std::move(sas)),
          renew_(std::move(renew)),
          part_size_(options.part_size),
          root_(options.azure_endpoint.empty() ? "https://" + location_.account : options.azure_endpoint) {}

    void upload(std::string_view path, const fs::path& file) override {
        SignedLink link;
        const auto sign = [&] {
            link.url = root_ + "/" + encode_url(location_.bucket) + "/" + encode_url(location_.below(path), true) +
                       "?" + std::string(sas_.reveal());
        };
        sign();
        const auto renew = [&] {
            sas_ = renew_().azure_sas;
            sign();
        };
        upload_to_data_lake(client_, {[&]() -> const SignedLink& { return link; }, renew}, file, part_size_);
    }

  private:
    CloudClient client_;
    StorageLocation location_;
    Secret sas_;
    Renew renew_;
    index part_size_;
    std::string root_;
};

/// Base64 of the checksum's bytes, most significant first, as Google writes a CRC-32C.
std::string base64_of(std::uint32_t checksum) {
    std::array<std::uint8_t, 4> bytes;
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(checksum >> (24 - 8 * i));
    return to_base64(bytes);
}

/// By the XML interface: one PUT for a file of any size, whose checksum is compared.
class GcsModelStore : public ModelStore {
  public:
    GcsModelStore(http::ClientOptions http, StorageLocation location, Secret token, Renew renew,
                  const UploadOptions& options)
        : client_(std::move(http)),
          location_(std::move(location)),
          token_(std::move(token)),
          renew_(std::move(renew)),
          root_(options.gcs_endpoint.empty() ? "https://storage.googleapis.com" : options.gcs_endpoint) {}

    void upload(std::string_view path, const fs::path& file) override {
        std::uint32_t checksum = 0;
        const auto answer = client_.send(
            [&] {
                http::Request request;
                request.method = "PUT";
                request.url =
                    root_ + "/" + encode_url(location_.bucket) + "/" + encode_url(location_.below(path), true);
                request.headers = {{"Authorization", "Bearer " + std::string(token_.reveal())},
                                   {"Content-Type", "application/octet-stream"}};
                attach(request, file);
                request.on_send = [&checksum](index offset, std::string_view bytes) {
                    checksum = crc32c(bytes, offset == 0 ? 0 : checksum);
                };
                return request;
            },
            [&] { token_ = renew_().gcp_token; });
        const std::string expected = "crc32c=" + base64_of(checksum);
        for (const auto& [name, value] : answer.headers) {
            const bool hash = http::find_header({{name, value}}, "x-goog-hash").has_value();
            if (hash && value.find("crc32c=") != std::string::npos && value.find(expected) == std::string::npos) {
                throw HttpError("databricks: Google Cloud Storage holds other bytes than were sent; register again");
            }
        }
    }

  private:
    CloudClient client_;
    StorageLocation location_;
    Secret token_;
    Renew renew_;
    std::string root_;
};

/// Storage that is Databricks' own: the workspace signs a link for each file.
class PresignedModelStore : public ModelStore {
  public:
    PresignedModelStore(const WorkspaceApi& api, std::string folder)
        : api_(api), client_(api.foreign_options()), folder_(std::move(folder)) {}

    void upload(std::string_view path, const fs::path& file) override {
        SignedLink link;
        const auto renew = [&] { link = ask(path); };
        renew();
        client_.send(
            [&] {
                http::Request request;
                request.method = "PUT";
                request.url = link.url;
                request.headers = link.headers;
                attach(request, file);
                return request;
            },
            renew);
    }

  private:
    SignedLink ask(std::string_view path) const {
        const json answer = api_.post("/api/2.0/fs/create-upload-url", {{"path", folder_ + "/" + std::string(path)}});
        try {
            SignedLink link{answer.at("url").get<std::string>(), {}};
            for (const auto& header : answer.value("headers", json::array())) {
                link.headers.emplace_back(header.at("name").get<std::string>(), header.at("value").get<std::string>());
            }
            return link;
        } catch (const json::exception&) {
            throw MlflowError("databricks: the workspace signed no link for a model's file", 200, "", "", true);
        }
    }

    const WorkspaceApi& api_;
    CloudClient client_;
    std::string folder_;
};

/// Through the workspace itself.
class FilesModelStore : public ModelStore {
  public:
    FilesModelStore(const WorkspaceApi& api, std::string folder) : files_(api), folder_(std::move(folder)) {}
    void upload(std::string_view path, const fs::path& file) override {
        files_.upload(folder_ + "/" + std::string(path), file);
    }

  private:
    FilesClient files_;
    std::string folder_;
};

/// Whether this workspace wants model files by the Files API. One that does not know the question does not.
bool wants_files_api(const WorkspaceApi& api) {
    try {
        return api
            .get("/api/2.0/mlflow/unity-catalog/registered-models:is-databricks-sdk-models-artifact-repository-enabled")
            .value("is_databricks_sdk_models_artifact_repository_enabled", false);
    } catch (const MlflowError&) {
        return false;
    } catch (const json::exception&) {
        return false;
    }
}

}  // namespace

std::unique_ptr<ModelStore> open_model_store(const WorkspaceApi& api, const PendingVersion& version,
                                             const UploadOptions& options) {
    using Kind = TemporaryCredentials::Kind;
    const std::string folder = version.name.folder(version.version);
    if (wants_files_api(api)) return std::make_unique<FilesModelStore>(api, folder);
    const Renew renew = [&api, name = version.name.full(), number = version.version] {
        return write_credentials(api, name, number);
    };
    TemporaryCredentials first = renew();
    if (first.kind == Kind::presigned) return std::make_unique<PresignedModelStore>(api, folder);
    StorageLocation location = parse_location(version.storage_location);
    if (first.kind == Kind::aws) {
        return std::make_unique<S3ModelStore>(api.foreign_options(), std::move(location), std::move(first.aws), renew,
                                              options);
    }
    if (first.kind == Kind::azure) {
        return std::make_unique<AzureModelStore>(api.foreign_options(), std::move(location), std::move(first.azure_sas),
                                                 renew, options);
    }
    return std::make_unique<GcsModelStore>(api.foreign_options(), std::move(location), std::move(first.gcp_token),
                                           renew, options);
}

}  // namespace assay::tracking::databricks
