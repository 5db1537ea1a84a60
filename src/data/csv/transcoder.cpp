#include "data/csv/transcoder.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"

namespace assay::data::csv {
namespace {

const char* iconv_name(Encoding encoding) {
    switch (encoding) {
        case Encoding::Utf16Le:
            return "UTF-16LE";
        case Encoding::Utf16Be:
            return "UTF-16BE";
        case Encoding::Latin1:
            return "ISO-8859-1";
        case Encoding::Windows1252:
            return "CP1252";
        case Encoding::Cp949:
            return "CP949";
        default:
            return "UTF-8";
    }
}

index unit_of(Encoding encoding) { return encoding == Encoding::Utf16Le || encoding == Encoding::Utf16Be ? 2 : 1; }

class Converter {
  public:
    Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {
        if (handle_ == reinterpret_cast<iconv_t>(-1)) {
            throw IoError(std::string("read_csv: this system cannot convert from ") + from + " to " + to +
                          "; install its character sets (glibc-gconv-extra or libc-bin), or convert the file to UTF-8");
        }
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() { iconv_close(handle_); }

    /// 0, or why it stopped: E2BIG (no room), EILSEQ (unknown bytes), EINVAL (a character is not complete).
    int run(const char*& in, std::size_t& in_size, char*& out, std::size_t& out_size) {
        auto* from = const_cast<char*>(in);
        const std::size_t status = iconv(handle_, &from, &in_size, &out, &out_size);
        in = from;
        return status == static_cast<std::size_t>(-1) ? errno : 0;
    }

  private:
    iconv_t handle_;
};

char* escape(char* out, const char* bytes, index size) {
    for (index i = 0; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        *out++ = '\xff';
        *out++ = static_cast<char>(0x80 | (byte >> 4));
        *out++ = static_cast<char>(0x80 | (byte & 15));
    }
    return out;
}

class TranscodedSource final : public ByteSource {
  public:
    TranscodedSource(std::unique_ptr<ByteSource> source, Encoding encoding)
        : source_(std::move(source)), unit_(unit_of(encoding)), converter_("UTF-8", iconv_name(encoding)) {}

    index read(char* out, index capacity) override {
        index done = 0;
        while (done < capacity) {
            if (at_ == text_.size() && !fill()) break;
            const auto size = std::min(text_.size() - at_, static_cast<std::size_t>(capacity - done));
            std::memcpy(out + done, text_.data() + at_, size);
            at_ += size;
            done += static_cast<index>(size);
        }
        return done;
    }
    index position() const override { return source_->position(); }
    index total() const override { return source_->total(); }

  private:
    static constexpr std::size_t kBytes = std::size_t{64} << 10;

    bool fill() {
        at_ = 0;
        text_.clear();
        while (text_.empty()) {
            const std::size_t kept = bytes_.size();
            bytes_.resize(kept + kBytes);
            const index got = source_->read(bytes_.data() + kept, static_cast<index>(kBytes));
            bytes_.resize(kept + static_cast<std::size_t>(got));
            if (bytes_.empty()) return false;
            decode(got == 0);
        }
        if (std::exchange(at_start_, false) && text_.size() >= 3 && std::memcmp(text_.data(), "\xef\xbb\xbf", 3) == 0) {
            at_ = 3;
        }
        return true;
    }

    void decode(bool last) {
        text_.resize(bytes_.size() * 3 + 16);
        const char* in = bytes_.data();
        std::size_t in_size = bytes_.size();
        char* out = text_.data();
        while (in_size > 0) {
            std::size_t room = text_.size() - static_cast<std::size_t>(out - text_.data());
            const int status = converter_.run(in, in_size, out, room);
            if (status == 0 || (status == EINVAL && !last)) break;
            const auto bad = std::min<index>(unit_, static_cast<index>(in_size));
            if (status != E2BIG) {
                out = escape(out, in, bad);
                in += bad;
                in_size -= static_cast<std::size_t>(bad);
            }
        }
        text_.resize(static_cast<std::size_t>(out - text_.data()));
        bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(in_size));
    }

    std::unique_ptr<ByteSource> source_;
    index unit_;
    Converter converter_;
    std::vector<char> bytes_;
    std::vector<char> text_;
    std::size_t at_ = 0;
    bool at_start_ = true;
};

/// UTF-8 goes through as it is, but for a byte order mark.
class Utf8Source final : public ByteSource {
  public:
    explicit Utf8Source(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
        size_ = source_->read(head_, sizeof head_);
        if (size_ == 3 && std::memcmp(head_, "\xef\xbb\xbf", 3) == 0) size_ = 0;
    }

    index read(char* out, index capacity) override {
        const index kept = std::min(size_ - at_, capacity);
        if (kept > 0) std::memcpy(out, head_ + at_, static_cast<std::size_t>(kept));
        at_ += kept;
        return kept + (kept < capacity ? source_->read(out + kept, capacity - kept) : 0);
    }
    index position() const override { return source_->position(); }
    index total() const override { return source_->total(); }

  private:
    std::unique_ptr<ByteSource> source_;
    char head_[3];
    index size_ = 0;
    index at_ = 0;
};

bool is_escape(std::string_view text) {
    return text.size() >= 3 && text[0] == '\xff' && (text[1] & 0xf0) == 0x80 && (text[2] & 0xf0) == 0x80;
}

}  // namespace

std::unique_ptr<ByteSource> to_utf8(std::unique_ptr<ByteSource> source, Encoding encoding, const std::string& name) {
    if (encoding == Encoding::Utf8) return std::make_unique<Utf8Source>(std::move(source));
    try {
        return std::make_unique<TranscodedSource>(std::move(source), encoding);
    } catch (const IoError& error) {
        throw IoError(std::string(error.what()) + " (" + name + ")");
    }
}

std::string encode(std::string_view text, Encoding encoding) {
    if (encoding == Encoding::Utf8) return std::string(text);
    Converter converter(iconv_name(encoding), "UTF-8");
    std::string bytes(text.size() * 2 + 16, '\0');
    char* out = bytes.data();
    while (!text.empty()) {
        if (is_escape(text)) {
            *out++ = static_cast<char>(((text[1] & 15) << 4) | (text[2] & 15));
            text.remove_prefix(3);
            continue;
        }
        const char* in = text.data();
        std::size_t size = std::min(text.find('\xff', 1), text.size());
        const std::size_t before = size;
        std::size_t room = bytes.size() - static_cast<std::size_t>(out - bytes.data());
        if (converter.run(in, size, out, room) != 0 && size > 0) {
            *out++ = *in;  // cannot happen for text that was decoded; nothing may be lost
            --size;
        }
        text.remove_prefix(before - size);
    }
    bytes.resize(static_cast<std::size_t>(out - bytes.data()));
    return bytes;
}

bool decodes(std::string_view bytes, Encoding encoding) {
    Converter converter("UTF-8", iconv_name(encoding));
    std::vector<char> text(bytes.size() * 3 + 16);
    const char* in = bytes.data();
    std::size_t in_size = bytes.size();
    char* out = text.data();
    std::size_t room = text.size();
    const int status = converter.run(in, in_size, out, room);
    return status == 0 || status == EINVAL;
}

}  // namespace assay::data::csv
