#include "assay/tracking/detail/artifact_upload.hpp"

#include <sys/stat.h>

#include <mutex>
#include <utility>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/file_hash.hpp"
#include "assay/tracking/detail/multipart_upload.hpp"

namespace assay::tracking::detail {
namespace {

/// What tells one state of a file from another where its hash is not known.
std::string identity_of(const ArtifactUpload& upload, const struct stat& info) {
    if (!upload.sha256.empty()) return upload.sha256;
    return std::to_string(info.st_dev) + ' ' + std::to_string(info.st_ino) + ' ' + std::to_string(info.st_size) + ' ' +
           std::to_string(info.st_mtim.tv_sec) + '.' + std::to_string(info.st_mtim.tv_nsec);
}

UploadSource look_at(const ArtifactUpload& upload) {
    struct stat info {};
    if (::stat(upload.file.c_str(), &info) != 0) throw assay::detail::io_error("read", upload.file, errno);
    if (!S_ISREG(info.st_mode)) {
        throw IoError("upload: expected a file, got something else at " + upload.file.string());
    }
    return {upload.file, info.st_size, upload.sha256, identity_of(upload, info)};
}

/// Hashes what is sent, and stops before its last bytes where it is not what it should be: no server takes a body that
/// is cut for a whole one.
class OutgoingHash {
  public:
    OutgoingHash(const UploadSource& source, const std::string& path, TransferMeter& meter)
        : source_(source), path_(path), meter_(meter) {}

    void take(std::int64_t offset, std::string_view bytes) {
        if (offset == 0) {
            meter_.bytes_done -= std::exchange(sent_, 0);
            hash_.finish();
        }
        hash_.update(bytes);
        sent_ = offset + static_cast<std::int64_t>(bytes.size());
        if (sent_ == source_.size) finish();
        meter_.bytes_done += static_cast<std::int64_t>(bytes.size());
    }
    /// Also of an empty file, of which nothing is seen.
    void finish() {
        digest_ = to_hex(hash_.finish());
        if (!source_.sha256.empty() && digest_ != source_.sha256) {
            throw DamagedContent("upload: the content of " + path_ + " is not what was logged");
        }
    }
    const std::string& digest() const noexcept { return digest_; }

  private:
    const UploadSource& source_;
    const std::string& path_;
    TransferMeter& meter_;
    Sha256 hash_;
    std::int64_t sent_ = 0;
    std::string digest_;
};

/// A proxy's login page says 200, too.
void expect_no_page(const http::Request& request, const http::Response& response) {
    const auto type = response.header("Content-Type").value_or("");
    if (type.find("html") == std::string_view::npos) return;
    throw MlflowError("MLflow: PUT " + http::loggable_url(request.url) +
                          " answered with a page, expected nothing; is a proxy or a login page in between?",
                      response.status, "", "", true);
}

std::string upload_whole(const TransferContext& context, const std::string& path, const UploadSource& source) {
    OutgoingHash hash(source, path, context.meter);
    if (source.size == 0) hash.finish();
    http::Request request;
    request.method = "PUT";
    request.url = context.server.place.url(path);
    request.headers = {{"Content-Type", "application/octet-stream"}};
    request.body_file = source.file;
    request.body_size = source.size;
    request.cancelled = &context.meter.cancelled;
    request.on_send = [&hash](index offset, std::string_view bytes) { hash.take(offset, bytes); };
    expect_no_page(request, context.server.transfer(request));
    return hash.digest();
}

/// Whether the rest would fail in the same way: the server is away, or does not know us.
bool concerns_all(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const AuthError&) {
        return true;
    } catch (const MlflowError& e) {
        return e.transient();
    } catch (const HttpError&) {
        return true;
    } catch (const DamagedContent&) {
        return false;
    } catch (const IoError&) {
        return false;
    } catch (...) {
        return true;
    }
}

class Uploads {
  public:
    Uploads(const TransferContext& context, const std::vector<ArtifactUpload>& files)
        : context_(context), files_(files), sources_(files.size()), outcomes_(files.size()) {}

    std::vector<TransferOutcome> run() {
        std::vector<std::size_t> small;
        std::vector<std::size_t> large;
        context_.meter.files += static_cast<index>(files_.size());
        for (std::size_t i = 0; i < files_.size(); ++i) {
            attempt(i, [&] {
                expect_inside(files_[i].path);
                sources_[i] = look_at(files_[i]);
                context_.meter.bytes += sources_[i].size;
                (sources_[i].size < context_.options.multipart_from ? small : large).push_back(i);
            });
        }
        const auto send_small = [&](std::size_t i) { send_whole(small[i]); };
        run_transfers(small.size(), context_.options.parallel, send_small, context_.meter.cancelled, context_.tick);
        for (const std::size_t i : large) {
            send_large(i);
            if (tick_error_) std::rethrow_exception(tick_error_);
        }
        return std::move(outcomes_);
    }

  private:
    template <typename Call>
    void attempt(std::size_t i, Call&& call) {
        try {
            call();
        } catch (...) {
            outcomes_[i].error = std::current_exception();
        }
    }

    void send_whole(std::size_t i) {
        if (outcomes_[i].error || give_up(i)) return;
        attempt(i, [&] { done(i, upload_whole(context_, files_[i].path, sources_[i])); });
        if (outcomes_[i].error && concerns_all(outcomes_[i].error)) stop(outcomes_[i].error);
    }

    // The calling thread reports while the parts, or the one stream, go. What it throws stops everything.
    void send_large(std::size_t i) {
        if (give_up(i)) return;
        const auto whole = [&](std::size_t) { send_whole(i); };
        const auto tick = [this] {
            try {
                context_.tick();
            } catch (...) {
                tick_error_ = std::current_exception();
                throw;
            }
        };
        attempt(i, [&] {
            MultipartUpload upload(context_.server, context_.storage, files_[i].path, sources_[i], context_.options,
                                   context_.meter);
            if (upload.run(tick)) {
                done(i, upload.sha256());
            } else {
                run_transfers(1, 1, whole, context_.meter.cancelled, tick);
            }
        });
        if (outcomes_[i].error && concerns_all(outcomes_[i].error)) stop(outcomes_[i].error);
    }

    void done(std::size_t i, std::string digest) {
        outcomes_[i].file = {files_[i].path, sources_[i].size, std::move(digest)};
        ++context_.meter.files_done;
    }

    void stop(const std::exception_ptr& error) {
        const std::lock_guard lock(mutex_);
        if (!stopped_by_) stopped_by_ = error;
    }
    bool give_up(std::size_t i) {
        const std::lock_guard lock(mutex_);
        if (stopped_by_) outcomes_[i].error = stopped_by_;
        return static_cast<bool>(stopped_by_);
    }

    const TransferContext& context_;
    const std::vector<ArtifactUpload>& files_;
    std::vector<UploadSource> sources_;
    std::vector<TransferOutcome> outcomes_;
    std::mutex mutex_;
    std::exception_ptr stopped_by_;
    std::exception_ptr tick_error_;
};

}  // namespace

std::vector<TransferOutcome> upload_all(const TransferContext& context, const std::vector<ArtifactUpload>& files) {
    return Uploads(context, files).run();
}

}  // namespace assay::tracking::detail
