#include "assay/base/secret.hpp"

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"

#include <openssl/crypto.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <utility>

namespace assay {
namespace {

/// Wipes a buffer that held a secret when the scope ends, by an exception too.
class Wiper {
  public:
    explicit Wiper(std::string& text) : text_(text) {}
    Wiper(const Wiper&) = delete;
    Wiper& operator=(const Wiper&) = delete;
    ~Wiper() { OPENSSL_cleanse(text_.data(), text_.size()); }

  private:
    std::string& text_;
};

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

/// Reads a stream to its end into a buffer that is never moved, so that no copy stays behind.
bool read_all(std::FILE* stream, std::string& buffer) {
    std::size_t used = 0;
    while (used < buffer.size()) {
        const std::size_t got = std::fread(buffer.data() + used, 1, buffer.size() - used, stream);
        if (got == 0) break;
        used += got;
    }
    const bool fits = used < buffer.size();
    buffer.resize(used);
    return fits;
}

}  // namespace

Secret::Secret(std::string_view text) : text_(new char[text.size() + 1]), size_(text.size()) {
    if (!text.empty()) std::memcpy(text_.get(), text.data(), text.size());
    text_[size_] = '\0';
}

Secret::Secret(const Secret& other) : Secret(other.reveal()) {}

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret other) noexcept {
    std::swap(text_, other.text_);
    std::swap(size_, other.size_);
    return *this;
}

Secret::~Secret() {
    if (text_) OPENSSL_cleanse(text_.get(), size_);
}

std::optional<Secret> Secret::find_env(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') return std::nullopt;
    return Secret(text);
}

Secret Secret::from_env(const char* name) {
    if (auto secret = find_env(name)) return *std::move(secret);
    throw AuthError(std::string("secret: expected a value in the environment variable ") + name + ", got none; set it");
}

Secret Secret::from_file(const std::filesystem::path& path) {
    std::string content = read_file(path);
    const Wiper wiper(content);
    const std::string_view text = without_line_end(content);
    if (text.empty()) {
        throw AuthError("secret: expected a value in the file '" + path.string() +
                        "', got an empty file; write it there");
    }
    return Secret(text);
}

Secret Secret::from_command(const std::string& command) {
    std::FILE* stream = ::popen(command.c_str(), "r");
    if (stream == nullptr) {
        throw AuthError(std::string("secret: cannot start the command: ") + std::strerror(errno) +
                        "; check it by hand");
    }
    std::setvbuf(stream, nullptr, _IONBF, 0);  // no copy in the stream's own buffer
    std::string output(65536, '\0');
    const Wiper wiper(output);
    const bool fits = read_all(stream, output);
    const int status = ::pclose(stream);
    const std::string_view text = without_line_end(output);
    if (status != 0 || text.empty() || !fits) {
        throw AuthError(std::string("secret: the command ") +
                        (!fits         ? "printed more than 64 KiB"
                         : status != 0 ? "failed"
                                       : "printed nothing") +
                        "; run it by hand to see why");
    }
    return Secret(text);
}

bool operator==(const Secret& a, const Secret& b) noexcept {
    return a.size_ == b.size_ && (a.size_ == 0 || CRYPTO_memcmp(a.text_.get(), b.text_.get(), a.size_) == 0);
}

std::string to_string(const Secret&) { return "***"; }

std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace assay
