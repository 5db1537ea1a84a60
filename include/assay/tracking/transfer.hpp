#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "assay/base/index.hpp"

namespace assay::tracking {

/// How far a transfer is.
struct TransferProgress {
    index files_done = 0;
    index files = 0;
    std::int64_t bytes_done = 0;  ///< goes back where something has to be sent again
    std::int64_t bytes = 0;
};

/// How files go to a server and come from it.
struct TransferOptions {
    int parallel = 4;                                      ///< files, or parts of a large one, at once; at least 1
    std::int64_t multipart_from = std::int64_t{64} << 20;  ///< bytes; in parts where the server's store offers it
    std::int64_t part_size = std::int64_t{16} << 20;       ///< bytes; at least 5 MiB, which S3 asks for
    /// Where uploads in parts are remembered: their id and what the store has, mode 0600, gone when the upload is done.
    /// The store's links stay in memory. So this process goes on within the hour where an upload was broken off;
    /// another one completes it where every part had arrived, and else ends it and begins anew. Where empty, an upload
    /// that is broken off is ended at once.
    std::filesystem::path resume_folder;
    /// Called by the calling thread, about ten times a second and at the end. What it throws ends the transfer.
    std::function<void(const TransferProgress&)> progress;
};

/// What was transferred.
struct TransferredFile {
    std::string path;  ///< from the root of the artifacts
    std::int64_t size = 0;
    std::string sha256;  ///< 64 hexadecimal digits
};

}  // namespace assay::tracking
