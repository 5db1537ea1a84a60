#pragma once

#include "assay/base/export.hpp"

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// A password, token or key. It never prints, its memory is wiped when it goes, and it compares in constant time.
class ASSAY_EXPORT Secret {
  public:
    Secret() noexcept = default;
    /// Copies the text; wiping the original is the caller's part.
    explicit Secret(std::string_view text);
    Secret(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret other) noexcept;
    ~Secret();

    /// The value of an environment variable. @throws AuthError if it is not set or empty.
    static Secret from_env(const char* name);
    /// The same, or nothing where the variable is not set or empty.
    static std::optional<Secret> find_env(const char* name);
    /// The content of a file without the line end it closes with. @throws IoError, AuthError if it is empty.
    static Secret from_file(const std::filesystem::path& path);
    /// What a shell command prints, without the line end: a password manager's command line, say.
    /// @throws AuthError if it fails or prints nothing; neither the command nor its output is in the text.
    static Secret from_command(const std::string& command);

    /// The text itself. The only way to see it; do not copy it into a std::string that stays.
    std::string_view reveal() const noexcept { return {text_.get(), size_}; }
    bool empty() const noexcept { return size_ == 0; }

    /// Constant time for texts of one length.
    friend ASSAY_EXPORT bool operator==(const Secret& a, const Secret& b) noexcept;

  private:
    std::unique_ptr<char[]> text_;
    std::size_t size_ = 0;
};

/// Always "***".
ASSAY_EXPORT std::string to_string(const Secret& secret);

/// Writes "***".
ASSAY_EXPORT std::ostream& operator<<(std::ostream& out, const Secret& secret);

}  // namespace assay
