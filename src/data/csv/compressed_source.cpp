#include "data/csv/compressed_source.hpp"

#include <zlib.h>
#include <zstd.h>

#include <utility>
#include <vector>

#include "assay/base/error.hpp"

namespace assay::data::csv {
namespace {

constexpr index kInputBytes = index{256} << 10;

/// What both formats share: a window of packed bytes and the way to say where they are damaged.
class Unpacker : public ByteSource {
  public:
    Unpacker(std::unique_ptr<ByteSource> packed, std::string name, const char* format)
        : packed_(std::move(packed)), name_(std::move(name)), format_(format), window_(kInputBytes) {}

    index position() const override { return packed_->position() - (size_ - at_); }
    index total() const override { return packed_->total(); }

  protected:
    /// Whether packed bytes are at hand.
    bool refill() {
        if (at_ < size_) return true;
        at_ = 0;
        size_ = packed_->read(window_.data(), kInputBytes);
        return size_ > 0;
    }
    const char* next() const { return window_.data() + at_; }
    index available() const { return size_ - at_; }
    void consume(index bytes) { at_ += bytes; }

    [[noreturn]] void cut_short() const {
        throw IoError("read_csv: " + name_ + ": expected the end of the " + format_ + " data, the file ends at byte " +
                      std::to_string(position()) + "; it was cut short, copy or download it again");
    }
    [[noreturn]] void damaged(const std::string& why) const {
        throw IoError("read_csv: " + name_ + ": damaged " + format_ + " data near byte " + std::to_string(position()) +
                      " (" + why + "); copy or download the file again");
    }

  private:
    std::unique_ptr<ByteSource> packed_;
    std::string name_;
    const char* format_;
    std::vector<char> window_;
    index at_ = 0;
    index size_ = 0;
};

class GzipSource final : public Unpacker {
  public:
    GzipSource(std::unique_ptr<ByteSource> packed, std::string name)
        : Unpacker(std::move(packed), std::move(name), "gzip") {
        if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
    GzipSource(const GzipSource&) = delete;
    GzipSource& operator=(const GzipSource&) = delete;
    ~GzipSource() override { inflateEnd(&stream_); }

    index read(char* out, index capacity) override {
        index done = 0;
        while (done < capacity && !at_end_) {
            if (!refill()) {
                if (inside_member_) cut_short();
                at_end_ = true;
            } else if (!inside_member_ && *next() == '\0') {
                consume(1);  // members may be padded with zeros (tapes, block devices)
            } else {
                done += inflate_some(out + done, capacity - done);
            }
        }
        return done;
    }

  private:
    index inflate_some(char* out, index capacity) {
        inside_member_ = true;
        const index step = capacity < (index{1} << 30) ? capacity : index{1} << 30;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(next()));
        stream_.avail_in = static_cast<uInt>(available());
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(step);
        const int status = inflate(&stream_, Z_NO_FLUSH);
        consume(available() - static_cast<index>(stream_.avail_in));
        if (status == Z_STREAM_END) {
            inside_member_ = false;
            inflateReset(&stream_);
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            damaged(stream_.msg != nullptr ? stream_.msg : "not gzip");
        }
        return step - static_cast<index>(stream_.avail_out);
    }

    z_stream stream_{};
    bool inside_member_ = false;
    bool at_end_ = false;
};

class ZstdSource final : public Unpacker {
  public:
    ZstdSource(std::unique_ptr<ByteSource> packed, std::string name)
        : Unpacker(std::move(packed), std::move(name), "zstd"), stream_(ZSTD_createDStream()) {
        if (stream_ == nullptr) throw std::bad_alloc();
    }
    ZstdSource(const ZstdSource&) = delete;
    ZstdSource& operator=(const ZstdSource&) = delete;
    ~ZstdSource() override { ZSTD_freeDStream(stream_); }

    index read(char* out, index capacity) override {
        ZSTD_outBuffer target{out, static_cast<std::size_t>(capacity), 0};
        while (target.pos < target.size) {
            const bool more = refill();
            ZSTD_inBuffer source{next(), static_cast<std::size_t>(available()), 0};
            const std::size_t before = target.pos;
            if (!more && !inside_frame_) break;
            const std::size_t status = ZSTD_decompressStream(stream_, &target, &source);
            consume(static_cast<index>(source.pos));
            if (ZSTD_isError(status) != 0) damaged(ZSTD_getErrorName(status));
            inside_frame_ = status != 0;
            if (!more && inside_frame_ && target.pos == before) cut_short();
        }
        return static_cast<index>(target.pos);
    }

  private:
    ZSTD_DStream* stream_;
    bool inside_frame_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> packed, std::string name) {
    return std::make_unique<GzipSource>(std::move(packed), std::move(name));
}

std::unique_ptr<ByteSource> unzstd(std::unique_ptr<ByteSource> packed, std::string name) {
    return std::make_unique<ZstdSource>(std::move(packed), std::move(name));
}

}  // namespace assay::data::csv
