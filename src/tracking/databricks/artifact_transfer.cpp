#include "tracking/databricks/artifact_transfer.hpp"

#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/tracking/databricks/files_client.hpp"
#include "assay/tracking/detail/file_hash.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/rest/error.hpp"
#include "tracking/databricks/signed_links.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::atomic<bool> never{false};

TransferredFile describe(std::string_view path, const fs::path& file) {
    return {std::string(path), static_cast<std::int64_t>(fs::file_size(file)), detail::hash_file(file, -1, never)};
}

/// "b/c" of "a/b/c" below "a".
std::string relative_to(const std::string& folder, const std::string& path) {
    const bool below = !folder.empty() && path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
                       path[folder.size()] == '/';
    return below ? path.substr(folder.size() + 1) : path;
}

std::vector<FileInfo> list_volume(const WorkspaceApi& api, const ArtifactOwner& owner, std::string_view folder) {
    const FilesClient files(api);
    const std::string place = folder.empty() ? owner.folder : owner.below(folder);
    if (!files.folder_exists(place)) return {};
    std::vector<FileInfo> found;
    for (const auto& entry : files.list(place)) {
        found.push_back({relative_to(owner.folder, entry.path), entry.is_folder, entry.size});
    }
    return found;
}

/// By the tracking server, through all pages.
std::vector<FileInfo> list_tracked(const WorkspaceApi& api, const ArtifactOwner& owner, std::string_view folder) {
    const bool run = owner.kind == ArtifactOwner::Kind::run;
    const std::string url =
        run ? "/api/2.0/mlflow/artifacts/list"
            : "/api/2.0/mlflow/logged-models/" + detail::encode_url(owner.id) + "/artifacts/directories";
    const std::string place = folder.empty() ? owner.folder : owner.below(folder);
    Query first;
    if (run) first.emplace_back("run_id", owner.id);
    if (!place.empty()) first.emplace_back(run ? "path" : "artifact_directory_path", place);
    std::vector<FileInfo> found;
    for (std::string token;;) {
        Query query = first;
        if (!token.empty()) query.emplace_back("page_token", token);
        const json page = api.get(url, query);
        try {
            for (const auto& item : page.value("files", json::array())) {
                auto file = detail::read<FileInfo>(item);
                if (file.path == place && !file.is_folder) continue;  // a file is no folder
                file.path = relative_to(owner.folder, file.path);
                found.push_back(std::move(file));
            }
            token = page.value("next_page_token", "");
        } catch (const std::exception&) {
            throw MlflowError("databricks: the workspace listed artifacts without a path", 200, "", "", true);
        }
        if (token.empty()) return found;
    }
}

/// A file of this process alone that goes when it is done with.
struct Scratch {
    fs::path path;

    explicit Scratch(const void* owner)
        : path(fs::temp_directory_path() / ("assay-" + std::to_string(::getpid()) + "-" +
                                            std::to_string(reinterpret_cast<std::uintptr_t>(owner)))) {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        fs::remove(path, ignored);
    }
};

}  // namespace

std::vector<FileInfo> ArtifactTransfer::list(std::string_view uri, std::string_view folder) const {
    const ArtifactOwner owner = parse_artifact_uri(uri);
    return owner.kind == ArtifactOwner::Kind::volume ? list_volume(api_, owner, folder)
                                                     : list_tracked(api_, owner, folder);
}

std::vector<FileInfo> ArtifactTransfer::list_files(std::string_view uri, std::string_view path) const {
    std::vector<FileInfo> files;
    for (auto& entry : list(uri, path)) {
        if (entry.is_folder) {
            auto below = list_files(uri, entry.path);
            files.insert(files.end(), below.begin(), below.end());
        } else {
            files.push_back(std::move(entry));
        }
    }
    if (!files.empty() || path.empty()) return files;
    const auto slash = path.rfind('/');
    for (auto& entry : list(uri, slash == std::string_view::npos ? std::string_view() : path.substr(0, slash))) {
        if (entry.path == path && !entry.is_folder) files.push_back(std::move(entry));
    }
    return files;
}

std::vector<TransferOutcome> ArtifactTransfer::upload_all(std::string_view uri,
                                                          const std::vector<ArtifactUpload>& files) const {
    std::vector<TransferOutcome> outcomes;
    for (const auto& file : files) {
        TransferOutcome outcome;
        try {
            outcome.file = describe(file.path, file.file);
            if (!file.sha256.empty() && file.sha256 != outcome.file.sha256) {
                throw detail::DamagedContent("artifacts: '" + file.path + "' is not what it was when it was logged");
            }
            store_.upload(uri, file.path, file.file);
        } catch (const std::exception&) {
            outcome.error = std::current_exception();
        }
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

TransferredFile ArtifactTransfer::download(std::string_view uri, std::string_view path,
                                           const fs::path& destination) const {
    store_.download(uri, path, destination);
    return describe(path, destination);
}

TransferredFile ArtifactTransfer::measure(std::string_view uri, std::string_view path) const {
    const Scratch scratch(&path);
    return download(uri, path, scratch.path);
}

}  // namespace assay::tracking::databricks
