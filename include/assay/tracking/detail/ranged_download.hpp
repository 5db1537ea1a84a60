#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "assay/base/hash.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/detail/transfer_pool.hpp"
#include "assay/tracking/transfer.hpp"

namespace assay::tracking::detail {

/// Where the bytes of a download go; any part may be empty.
struct ByteSink {
    std::function<void(std::string_view)> take;
    std::function<void()> restart;  ///< forget all that was taken
};

/// One download in one stream. An answer that is cut is gone on with where it broke off, if the server names the
/// content (a strong ETag) and honours a Range for it; otherwise it begins anew. Memory does not grow with the size.
class RangedDownload {
  public:
    using Send = std::function<http::Response(const http::Request&)>;

    RangedDownload(std::string url, ByteSink sink, TransferMeter& meter)
        : url_(std::move(url)), sink_(std::move(sink)), meter_(meter) {}

    /// @param send  a client's send(), which repeats and refuses as it does
    /// @return size and SHA-256 of what came
    /// @throws HttpError where a part does not fit the whole, and as `send` does
    TransferredFile run(const Send& send);

  private:
    bool prepare(http::Request& next);
    void begin(const http::Response& head);
    void take(const http::Response& head, std::string_view bytes);
    void forget();

    std::string url_;
    ByteSink sink_;
    TransferMeter& meter_;
    Sha256 hash_;
    std::string etag_;
    std::int64_t taken_ = 0;
    std::int64_t furthest_ = 0;         // over all attempts
    std::int64_t furthest_before_ = 0;  // when the last attempt began
    bool begun_ = false;                // whether the answer of this attempt has
};

/// First byte and whole size that an answer's Content-Range names; -1 each where it is missing or malformed.
struct ContentRange {
    std::int64_t first = -1;
    std::int64_t total = -1;
};
ContentRange read_content_range(const http::Response& head);

}  // namespace assay::tracking::detail
