#include "assay/tracking/detail/store_download.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/file_hash.hpp"
#include "assay/tracking/detail/ranged_download.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

StoreDownload::StoreDownload(const TransferContext& context, std::string path, std::int64_t size)
    : context_(context), path_(std::move(path)), size_(size) {
    if (!ask()) url_.clear();
}

bool StoreDownload::ask() {
    const ArtifactServer& server = context_.server;
    std::int64_t size = -1;
    const auto read = [&](const json& answer) {
        url_ = answer.at("url");
        headers_.clear();
        const json headers = answer.value("headers", json::object());
        for (const auto& [name, value] : headers.items()) headers_.emplace_back(name, value);
        if (answer.contains("file_size") && !answer.at("file_size").is_null()) size = answer.at("file_size");
    };
    try {
        server.connection.get(server.place.endpoint("presigned", path_), {}, read);
    } catch (const AuthError&) {
        throw;
    } catch (const MlflowError& e) {
        // No such endpoint, a store without links, or no such file: the proxy's own answer tells.
        if (e.status() == 501 || e.status() == 404 || e.status() == 405) return false;
        throw;
    }
    expect_no_downgrade(server.place.server, url_);
    return size == size_;
}

StoreDownload::Link StoreDownload::link() {
    const std::lock_guard lock(mutex_);
    return {url_, headers_};
}

void StoreDownload::renew(const std::string& expired) {
    const std::lock_guard lock(mutex_);
    if (url_ != expired) return;  // another part was faster
    if (!ask()) throw HttpError("download: the server gave a link to " + path_ + " before, and gives none now");
}

TransferredFile StoreDownload::run(const IncomingFile& file) {
    const std::int64_t step = std::max(context_.options.part_size, std::int64_t{1} << 20);
    const auto parts = static_cast<std::size_t>((size_ + step - 1) / step);
    const auto task = [&](std::size_t i) {
        const std::int64_t begin = static_cast<std::int64_t>(i) * step;
        fetch_part(begin, std::min(begin + step, size_), file);
    };
    run_transfers(parts, context_.options.parallel, task, context_.meter.cancelled, context_.tick);
    return {path_, size_, hash_file(file.temporary(), size_, context_.meter.cancelled)};
}

void StoreDownload::fetch_part(std::int64_t begin, std::int64_t end, const IncomingFile& file) {
    constexpr int forbidden = 403;
    Link used = link();
    http::Response response = send_part(used, begin, end, file);
    if (response.status == forbidden) {  // links hold for minutes
        renew(used.url);
        used = link();
        response = send_part(used, begin, end, file);
    }
    http::Request shown;
    shown.url = used.url;
    http::expect_success(shown, response);
}

http::Response StoreDownload::send_part(const Link& link, std::int64_t begin, std::int64_t end,
                                        const IncomingFile& file) {
    http::Request request;
    request.url = link.url;
    request.cancelled = &context_.meter.cancelled;
    std::int64_t at = begin;
    std::int64_t before = begin;
    bool begun = false;
    request.before_attempt = [&](http::Request& next) {
        begun = false;
        next.headers = link.headers;
        next.headers.emplace_back("Range", "bytes=" + std::to_string(at) + '-' + std::to_string(end - 1));
        return at > std::exchange(before, at);
    };
    request.on_receive = [&](const http::Response& head, std::string_view bytes) {
        if (!std::exchange(begun, true)) expect_part(head, at);
        const auto size = static_cast<std::int64_t>(bytes.size());
        if (at + size > end) throw HttpError("download: the store sent more of " + path_ + " than was asked for");
        file.write_at(at, bytes);
        at += size;
        context_.meter.bytes_done += size;
    };
    http::Response response = context_.storage.send(request);
    if (response.ok() && at != end) throw HttpError("download: the store sent less of " + path_ + " than it has");
    return response;
}

void StoreDownload::expect_part(const http::Response& head, std::int64_t begin) {
    const ContentRange range = read_content_range(head);
    const std::string etag(head.header("ETag").value_or(""));
    const std::lock_guard lock(mutex_);
    if (etag_.empty()) etag_ = etag;
    if (head.status == 206 && range.first == begin && range.total == size_ && etag == etag_) return;
    throw HttpError("download: expected the part of " + path_ + " at byte " + std::to_string(begin) +
                    ", got another, or one of another content; was it replaced meanwhile?");
}

}  // namespace assay::tracking::detail
