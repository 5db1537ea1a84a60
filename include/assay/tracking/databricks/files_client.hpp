#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"

namespace assay::tracking::databricks {

/// A file or folder in a volume.
struct VolumeEntry {
    std::string path;  ///< "/Volumes/catalog/schema/volume/…"
    bool is_folder = false;
    std::int64_t size = 0;
};

/// Files in Unity Catalog's volumes: "/Volumes/<catalog>/<schema>/<volume>/…", up to 5 GiB each.
///
/// Methods throw as WorkspaceApi's do, ValueError for a path that is not absolute, IoError for local files.
/// Source: Databricks REST API, "Files".
class ASSAY_EXPORT FilesClient {
  public:
    explicit FilesClient(const WorkspaceApi& api) : api_(api) {}

    /// Sends a file in pieces at constant memory; the folders above are made by the server.
    /// @throws MlflowError (ALREADY_EXISTS) if it is there and may not be replaced
    void upload(std::string_view path, const std::filesystem::path& file, bool overwrite = true) const;
    /// Fetches a file into `destination`, which appears when it is whole.
    /// @throws HttpError if fewer bytes came than the server announced
    void download(std::string_view path, const std::filesystem::path& destination) const;
    /// The size of a file, or nothing where there is none.
    std::optional<std::int64_t> size(std::string_view path) const;
    void remove(std::string_view path) const;

    /// Makes a folder and those above it; one that is there is fine.
    void create_folder(std::string_view path) const;
    bool folder_exists(std::string_view path) const;
    /// Removes an empty folder.
    void remove_folder(std::string_view path) const;
    /// What a folder holds, through all pages.
    std::vector<VolumeEntry> list(std::string_view path) const;

  private:
    const WorkspaceApi& api_;
};

}  // namespace assay::tracking::databricks
