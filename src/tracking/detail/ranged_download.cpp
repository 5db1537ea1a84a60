#include "assay/tracking/detail/ranged_download.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::tracking::detail {

ContentRange read_content_range(const http::Response& head) {
    // "bytes 100-199/1000"
    constexpr std::string_view unit = "bytes ";
    const std::string_view text = head.header("Content-Range").value_or("");
    const auto slash = text.find('/');
    if (!text.starts_with(unit) || slash == std::string_view::npos) return {};
    ContentRange range;
    const char* end = text.data() + text.size();
    std::from_chars(text.data() + unit.size(), end, range.first);
    std::from_chars(text.data() + slash + 1, end, range.total);
    return range;
}

TransferredFile RangedDownload::run(const Send& send) {
    http::Request request;
    request.url = url_;
    request.cancelled = &meter_.cancelled;
    request.before_attempt = [this](http::Request& next) { return prepare(next); };
    request.on_receive = [this](const http::Response& head, std::string_view bytes) { take(head, bytes); };
    const http::Response response = send(request);
    if (!begun_) begin(response);  // an empty body
    return {{}, taken_, to_hex(hash_.finish())};
}

bool RangedDownload::prepare(http::Request& next) {
    begun_ = false;
    if (taken_ > 0 && !etag_.empty()) {
        next.headers.emplace_back("Range", "bytes=" + std::to_string(taken_) + "-");
        next.headers.emplace_back("If-Range", etag_);  // another content comes whole
    }
    return furthest_ > std::exchange(furthest_before_, furthest_);
}

void RangedDownload::begin(const http::Response& head) {
    begun_ = true;
    constexpr int partial = 206;
    if (head.status == partial) {
        if (read_content_range(head).first == taken_) return;
        throw HttpError("GET " + http::loggable_url(url_) +
                        ": expected the rest of the file, got another part of it; is a proxy in between?");
    }
    forget();
    const auto etag = head.header("ETag").value_or("");
    etag_ = etag.starts_with('"') ? std::string(etag) : std::string();  // a weak one does not promise the same bytes
}

void RangedDownload::take(const http::Response& head, std::string_view bytes) {
    if (!begun_) begin(head);
    hash_.update(bytes);
    if (sink_.take) sink_.take(bytes);
    taken_ += static_cast<std::int64_t>(bytes.size());
    furthest_ = std::max(furthest_, taken_);
    meter_.bytes_done += static_cast<std::int64_t>(bytes.size());
}

void RangedDownload::forget() {
    if (taken_ > 0 && sink_.restart) sink_.restart();
    meter_.bytes_done -= std::exchange(taken_, 0);
    hash_.finish();
}

}  // namespace assay::tracking::detail
