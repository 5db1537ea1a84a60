#include <cstdint>
#include <tuple>

#include "assay/tracking/artifact_client.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using tracking::ArtifactClient;
using tracking::TransferOptions;
using tracking::TransferProgress;

using ListedFile = std::tuple<std::string, bool, std::int64_t>;
using MovedFile = std::tuple<std::string, std::int64_t, std::string>;

/// The callback runs in the thread that called, about ten times a second; that is also where Ctrl-C is looked for.
/// @param progress  outlives the client; None where nobody asked
ArtifactClient artifact_client(const std::string& tracking_uri, int parallel, const py::object& progress) {
    TransferOptions options;
    options.parallel = parallel;
    options.progress = [&progress](const TransferProgress& p) {
        const py::gil_scoped_acquire locked;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!progress.is_none()) progress(p.files_done, p.files, p.bytes_done, p.bytes);
    };
    return ArtifactClient(tracking::resolve_tracking_uri(tracking_uri), std::move(options));
}

std::vector<ListedFile> list_artifacts(const std::string& tracking_uri, const std::string& artifact_uri,
                                       const std::string& path) {
    const py::gil_scoped_release unlocked;
    const ArtifactClient client(tracking::resolve_tracking_uri(tracking_uri));
    std::vector<ListedFile> files;
    for (auto& file : client.list(artifact_uri, path)) {
        files.emplace_back(std::move(file.path), file.is_folder, file.size);
    }
    return files;
}

std::vector<MovedFile> download_artifacts(const std::string& tracking_uri, const std::string& artifact_uri,
                                          const std::string& path, const std::filesystem::path& folder, int parallel,
                                          const py::object& progress) {
    const py::gil_scoped_release unlocked;
    std::vector<MovedFile> moved;
    for (auto& file : artifact_client(tracking_uri, parallel, progress).download_all(artifact_uri, path, folder)) {
        moved.emplace_back(std::move(file.path), file.size, std::move(file.sha256));
    }
    return moved;
}

std::vector<MovedFile> upload_artifacts(const std::string& tracking_uri, const std::string& artifact_uri,
                                        const std::vector<std::pair<std::string, std::filesystem::path>>& files,
                                        int parallel, const py::object& progress) {
    const py::gil_scoped_release unlocked;
    std::vector<tracking::ArtifactUpload> uploads;
    for (const auto& [path, file] : files) uploads.push_back({path, file});
    std::vector<MovedFile> moved;
    for (auto& outcome : artifact_client(tracking_uri, parallel, progress).upload_all(artifact_uri, uploads)) {
        if (outcome.error) std::rethrow_exception(outcome.error);
        moved.emplace_back(std::move(outcome.file.path), outcome.file.size, std::move(outcome.file.sha256));
    }
    return moved;
}

}  // namespace

void bind_artifacts(py::module_& m) {
    m.def("list_artifacts", &list_artifacts, py::kw_only(), py::arg("tracking_uri"), py::arg("artifact_uri"),
          py::arg("path"), "(path, is_folder, size) of what one folder holds.");
    m.def("download_artifacts", &download_artifacts, py::kw_only(), py::arg("tracking_uri"), py::arg("artifact_uri"),
          py::arg("path"), py::arg("folder"), py::arg("parallel"), py::arg("progress"),
          "(path, size, sha256) of each file fetched.");
    m.def("upload_artifacts", &upload_artifacts, py::kw_only(), py::arg("tracking_uri"), py::arg("artifact_uri"),
          py::arg("files"), py::arg("parallel"), py::arg("progress"), "(path, size, sha256) of each file sent.");
}

}  // namespace assay::bindings
