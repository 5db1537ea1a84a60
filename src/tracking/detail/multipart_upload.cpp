#include "assay/tracking/detail/multipart_upload.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/detail/file_hash.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

namespace {

constexpr std::int64_t most_parts = 10'000;  // S3's
constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

std::int64_t seconds_now() { return now().micros() / Timestamp::micros_per_second; }

/// The size asked for, or as much more as keeps the number of parts within S3's.
std::int64_t part_size_for(std::int64_t size, std::int64_t asked) {
    const std::int64_t least = (size / most_parts / mebibyte + 1) * mebibyte;
    return std::max({asked, least, 5 * mebibyte});
}

std::filesystem::path memory_file(const TransferOptions& options, const UploadSource& source, const std::string& url) {
    if (options.resume_folder.empty() || source.identity.empty()) return {};
    const auto digest = sha256(url + '\n' + source.identity);
    return options.resume_folder / (to_hex(digest).substr(0, 32) + ".upload");
}

/// The store no longer takes a link.
class LinkExpired : public HttpError {
  public:
    using HttpError::HttpError;
};

}  // namespace

MultipartUpload::MultipartUpload(const ArtifactServer& server, const http::Client& storage, std::string path,
                                 UploadSource source, const TransferOptions& options, TransferMeter& meter)
    : server_(server),
      storage_(storage),
      path_(std::move(path)),
      source_(std::move(source)),
      options_(options),
      meter_(meter),
      memory_(memory_file(options, source_, server.place.url(path_))) {}

std::int64_t MultipartUpload::size_of(int number) const {
    return std::min(upload_.part_size, source_.size - (number - 1) * upload_.part_size);
}

int MultipartUpload::parts() const {
    return static_cast<int>((source_.size + upload_.part_size - 1) / upload_.part_size);
}

bool MultipartUpload::run(const std::function<void()>& tick) {
    replaces_ = server_.listed_size(path_).has_value();
    if (!begin()) return false;
    try {
        send(tick);
    } catch (const DamagedContent&) {
        abort();
        throw;
    } catch (...) {
        if (!memory_.keeps()) abort();
        memory_.hold_links(std::move(upload_));
        throw;
    }
    memory_.forget();
    return true;
}

/// Goes on with an upload that is known, or begins one. @return false where the store takes no parts
bool MultipartUpload::begin() {
    auto known = memory_.recall(seconds_now());
    if (!known) return create();
    upload_ = std::move(*known);
    const auto have = static_cast<int>(upload_.etags.size());
    const bool whole = !upload_.id.empty() && have == parts();  // Azure's parts are named by their links
    resumed_ = !upload_.links.empty() || whole;
    if (resumed_) return true;
    abort();
    return create();
}

void MultipartUpload::send(const std::function<void()>& tick) {
    const auto all = [&] {
        send_parts(tick);
        finish();
    };
    if (!resumed_) return all();
    try {
        all();
    } catch (const LinkExpired&) {
        begin_anew();
        all();
    } catch (const AuthError&) {
        throw;
    } catch (const MlflowError& e) {
        if (e.transient() && e.status() != 500) throw;  // MLflow's 500: the store knows the upload no more
        begin_anew();
        all();
    }
}

void MultipartUpload::begin_anew() {
    for (const auto& [number, etag] : upload_.etags) meter_.bytes_done -= size_of(number);
    abort();
    resumed_ = false;
    if (!create()) throw HttpError("artifacts: the server's store took parts before, and takes none now");
}

void MultipartUpload::abandon() noexcept {
    try {
        auto known = memory_.recall(seconds_now());
        if (!known) return;
        upload_ = std::move(*known);
        abort();
    } catch (const std::exception&) {  // as in abort()
    }
}

bool MultipartUpload::create() {
    upload_ = {};
    upload_.part_size = part_size_for(source_.size, options_.part_size);
    upload_.began = seconds_now();
    const int count = parts();
    const json body{{"path", path_.substr(folder_of(path_).empty() ? 0 : folder_of(path_).size() + 1)},
                    {"num_parts", count}};
    try {
        server_.connection.send("POST", server_.place.endpoint("mpu/create", folder_of(path_)), body,
                                [this](const json& answer) { read_links(answer); });
    } catch (const MlflowError& e) {
        const bool absent = e.status() == 501 || e.status() == 405 || e.error_code() == "NOT_IMPLEMENTED" ||
                            (e.status() == 404 && e.error_code() != "RESOURCE_DOES_NOT_EXIST");
        if (absent) return false;
        throw;
    }
    if (static_cast<int>(upload_.links.size()) != count) {
        throw HttpError("artifacts: expected " + std::to_string(count) + " links for as many parts, got " +
                        std::to_string(upload_.links.size()));
    }
    for (const auto& link : upload_.links) expect_no_downgrade(server_.place.server, link.url);
    memory_.keep(upload_);
    return true;
}

void MultipartUpload::read_links(const json& answer) {
    upload_.links.clear();
    upload_.id = answer.value("upload_id", "");  // Azure's has none
    int number = 0;
    for (const auto& item : answer.at("credentials")) {
        PartLink link{item.at("part_number"), item.at("url"), {}};
        if (item.contains("headers")) link.headers = item.at("headers");
        if (link.number != ++number) throw ValueError("parts out of order");
        upload_.links.push_back(std::move(link));
    }
}

// The content is measured beside the parts, from the same pages of the file; the upload is completed only where it is
// the one expected.
void MultipartUpload::send_parts(const std::function<void()>& tick) {
    std::vector<const PartLink*> missing;
    for (const auto& link : upload_.links) {
        if (upload_.etags.count(link.number) == 0) missing.push_back(&link);
    }
    for (const auto& [number, etag] : upload_.etags) meter_.bytes_done += size_of(number);
    const auto task = [&](std::size_t i) { i == 0 ? measure() : send_part(*missing[i - 1]); };
    run_transfers(missing.size() + 1, options_.parallel, task, meter_.cancelled, tick);
}

void MultipartUpload::measure() {
    sha256_ = hash_file(source_.file, source_.size, meter_.cancelled);
    if (!source_.sha256.empty() && source_.sha256 != sha256_) {
        throw DamagedContent("upload: the content of " + path_ + " is not what was logged");
    }
}

void MultipartUpload::send_part(const PartLink& link) {
    http::Request request;
    request.method = "PUT";
    request.url = link.url;
    request.headers.assign(link.headers.begin(), link.headers.end());
    request.body_file = source_.file;
    request.body_offset = (link.number - 1) * upload_.part_size;
    request.body_size = size_of(link.number);
    request.cancelled = &meter_.cancelled;
    std::int64_t sent = 0;
    request.on_send = [&](index offset, std::string_view bytes) {
        const std::int64_t reached = offset + static_cast<std::int64_t>(bytes.size());
        meter_.bytes_done += reached - std::exchange(sent, reached);
    };
    const http::Response response = storage_.send(request);
    if (response.status == 403) throw LinkExpired("upload: the store's link does not hold any more", 403);
    http::expect_success(request, response);
    const std::string etag(response.header("ETag").value_or(""));
    const std::lock_guard lock(mutex_);
    upload_.etags[link.number] = etag;
    memory_.keep_part(link.number, etag);
}

void MultipartUpload::complete(rest::Repeat repeat) const {
    json parts = json::array();
    for (const auto& [number, etag] : upload_.etags) parts.push_back({{"part_number", number}, {"etag", etag}});
    for (const auto& link : upload_.links) parts.at(static_cast<std::size_t>(link.number - 1))["url"] = link.url;
    const std::string name = path_.substr(path_.rfind('/') + 1);
    server_.connection.send(
        "POST", server_.place.endpoint("mpu/complete", folder_of(path_)),
        {{"path", name}, {"upload_id", upload_.id}, {"parts", parts}}, [](const json&) {}, repeat);
}

// The answer may be lost after the parts were put together, and asking again is refused then: the listing tells, if
// there was no such file before.
void MultipartUpload::finish() {
    const auto is_there = [this] { return !replaces_ && server_.listed_size(path_) == source_.size; };
    try {
        complete(rest::Repeat::no);
    } catch (const AuthError&) {
        throw;
    } catch (const HttpError&) {
        if (is_there()) return;
        try {
            complete(rest::Repeat::yes);
        } catch (const HttpError&) {
            if (!is_there()) throw;
        }
    }
}

void MultipartUpload::abort() noexcept {
    try {
        memory_.forget();
        server_.connection.send(
            "POST", server_.place.endpoint("mpu/abort", folder_of(path_)),
            {{"path", path_.substr(path_.rfind('/') + 1)}, {"upload_id", upload_.id}}, [](const json&) {},
            rest::Repeat::no);
    } catch (const std::exception&) {  // the store drops what nobody completes, by its own rules
    }
}

}  // namespace assay::tracking::detail
