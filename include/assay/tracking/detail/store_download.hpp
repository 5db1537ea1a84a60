#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "assay/tracking/detail/incoming_file.hpp"
#include "assay/tracking/detail/transfer_context.hpp"

namespace assay::tracking::detail {

/// A download in parts straight from the store, by a link that the proxy gives where its store can.
class StoreDownload {
  public:
    /// Asks for the link. @throws MlflowError, HttpError, AuthError
    StoreDownload(const TransferContext& context, std::string path, std::int64_t size);

    /// Whether there is a link. Without one the proxy itself is asked for the file.
    bool offered() const noexcept { return !url_.empty(); }

    /// Fetches all parts; each that fails is fetched again, with a new link where the old one has expired.
    /// @throws HttpError where the store holds another size or the content changes meanwhile, IoError
    TransferredFile run(const IncomingFile& file);

  private:
    struct Link {
        std::string url;
        http::Headers headers;
    };

    bool ask();
    Link link();
    void renew(const std::string& expired);
    void fetch_part(std::int64_t begin, std::int64_t end, const IncomingFile& file);
    http::Response send_part(const Link& link, std::int64_t begin, std::int64_t end, const IncomingFile& file);
    void expect_part(const http::Response& head, std::int64_t begin);

    const TransferContext& context_;
    std::string path_;
    std::int64_t size_;
    std::string url_;
    http::Headers headers_;
    std::string etag_;  // of the first answer; all parts have to be of one content
    std::mutex mutex_;  // guards the three above
};

}  // namespace assay::tracking::detail
