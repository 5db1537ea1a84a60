#include "tracking/databricks/presigned_parts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/rest/error.hpp"
#include "tracking/databricks/signed_links.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

constexpr const char* multipart_api = "/api/2.0/mlflow/artifacts/";

/// One upload, as the workspace knows it.
struct Upload {
    std::string run_id;
    std::string path;
    std::string id;
    std::vector<TypedLink> links;  ///< one for each part
    TypedLink abort;
};

Upload begin(const WorkspaceApi& api, const std::string& run_id, const std::string& path, std::size_t parts) {
    const json answer = api.post(std::string(multipart_api) + "create-multipart-upload",
                                 {{"run_id", run_id}, {"path", path}, {"num_parts", parts}});
    Upload upload{run_id, path, "", {}, {}};
    if (answer.contains("upload_id") && answer["upload_id"].is_string()) upload.id = answer["upload_id"];
    for (const auto& info : answer.value("upload_credential_infos", json::array())) {
        upload.links.push_back(read_link(info));
    }
    if (upload.id.empty() || upload.links.size() != parts) {
        throw MlflowError("databricks: the workspace began an upload with other parts than asked for", 200, "", "",
                          true);
    }
    upload.abort = read_link(answer.value("abort_credential_info", json::object()));
    return upload;
}

std::string send_part(const WorkspaceApi& api, const CloudClient& client, Upload& upload,
                      const std::filesystem::path& file, const FilePart& part) {
    SignedLink& link = upload.links[static_cast<std::size_t>(part.number - 1)].link;
    const auto renew = [&] {
        const json answer = api.get(std::string(multipart_api) + "get-presigned-upload-part-url",
                                    {{"run_id", upload.run_id},
                                     {"path", upload.path},
                                     {"upload_id", upload.id},
                                     {"part_number", std::to_string(part.number)}});
        link = read_link(answer.value("upload_credential_info", json::object())).link;
    };
    const auto sent = client.send(
        [&] {
            auto request = to_link("PUT", link);
            attach(request, file, part);
            return request;
        },
        renew);
    const auto tag = sent.header("ETag");
    if (!tag) throw HttpError("databricks: S3 took a part without an ETag");
    return std::string(*tag);
}

}  // namespace

void upload_presigned_parts(const WorkspaceApi& api, const CloudClient& client, const std::string& run_id,
                            const std::string& path, const std::filesystem::path& file, index part_size) {
    const auto size = static_cast<index>(std::filesystem::file_size(file));
    const auto parts = cut_file(file, std::max(part_size, (size + most_cloud_parts - 1) / most_cloud_parts));
    Upload upload = begin(api, run_id, path, parts.size());
    try {
        json tags = json::array();
        for (const FilePart& part : parts) {
            tags.push_back({{"part_number", part.number}, {"etag", send_part(api, client, upload, file, part)}});
        }
        api.post(std::string(multipart_api) + "complete-multipart-upload",
                 {{"run_id", run_id}, {"path", path}, {"upload_id", upload.id}, {"part_etags", tags}});
    } catch (...) {
        try {
            client.send([&] { return to_link("DELETE", upload.abort.link); }, {});
        } catch (const Error&) {  // the first error says more; the bucket's lifecycle rules clear the parts away
        }
        throw;
    }
}

}  // namespace assay::tracking::databricks
