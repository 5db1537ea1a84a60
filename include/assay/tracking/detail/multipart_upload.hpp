#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "assay/base/http.hpp"
#include "assay/tracking/detail/artifact_server.hpp"
#include "assay/tracking/detail/file_hash.hpp"
#include "assay/tracking/detail/transfer_pool.hpp"
#include "assay/tracking/detail/upload_memory.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/transfer.hpp"

namespace assay::tracking::detail {

/// What is uploaded, and as what.
struct UploadSource {
    std::filesystem::path file;
    std::int64_t size = 0;
    std::string sha256;    ///< what the content has to be; empty where that is not known
    std::string identity;  ///< tells this content from others; empty where an upload of it is not gone on with
};

/// An upload in parts that go straight to the store, by links that the proxy gives (mpu/create, complete, abort).
/// Parts that arrived are not sent again, whether a part fails or the network. The protocol gives links once, when an
/// upload is created, and they are not written down: another process completes an upload of which every part arrived,
/// and ends any other to begin anew.
class MultipartUpload {
  public:
    /// @param storage  a client without credentials: the links hold their own
    MultipartUpload(const ArtifactServer& server, const http::Client& storage, std::string path, UploadSource source,
                    const TransferOptions& options, TransferMeter& meter);

    /// @return false where the server's store takes no parts; nothing was sent then
    /// @throws MlflowError, HttpError, AuthError, IoError, DamagedContent
    bool run(const std::function<void()>& tick);

    const std::string& sha256() const noexcept { return sha256_; }

    /// Ends what an earlier upload of this content to this path left open, if it left anything.
    void abandon() noexcept;

  private:
    bool create();
    bool begin();
    void send(const std::function<void()>& tick);
    void begin_anew();
    int parts() const;
    void read_links(const nlohmann::json& answer);
    void send_parts(const std::function<void()>& tick);
    void send_part(const PartLink& link);
    void measure();
    void complete(rest::Repeat repeat) const;
    void finish();
    void abort() noexcept;
    std::int64_t size_of(int number) const;

    const ArtifactServer& server_;
    const http::Client& storage_;
    std::string path_;
    UploadSource source_;
    const TransferOptions& options_;
    TransferMeter& meter_;
    UploadMemory memory_;
    OpenUpload upload_;
    std::mutex mutex_;  // guards upload_.etags and the memory while parts go
    std::string sha256_;
    bool resumed_ = false;   // whether the upload at hand is an earlier call's
    bool replaces_ = false;  // whether a file of that name was there before
};

}  // namespace assay::tracking::detail
