#pragma once

#include "assay/base/export.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models {

/// A trained model as one file: a description in JSON that is read without the rest, the numbers, and a checksum.
///
/// Layout, little-endian: "ASSAYMDL"; format version (4 bytes), length of the header (4), length of the payload (8),
/// CRC-32C of the 24 bytes before and of the header (4); header; payload; SHA-256 of all before (32).
/// The header is a JSON object: `kind` says what the payload is; `feature_names`, `classes`, `threshold`,
/// `preparation`, `trained_on`, `metrics` and `library_version` where they are known. Lists and objects in it lie
/// within each other to 64 levels at most.
struct ASSAY_EXPORT ModelFile {
    static constexpr unsigned kVersion = 1;

    std::string header;  ///< UTF-8, a JSON object with a text `kind`
    std::string payload{};

    /// The bytes of the file. @throws ValueError if the header is no JSON object with a `kind`, above 64 MB, or
    /// deeper than 64 levels.
    std::string to_bytes() const;
    /// Writes the file whole or not at all. @throws IoError, ValueError
    void save(const std::filesystem::path& path) const;

    /// @param name  what errors call the bytes
    /// @throws IoError if they are no model, cut short, changed, or of a newer format.
    static ModelFile from_bytes(std::string_view bytes, const std::string& name);
    /// @throws IoError as from_bytes(), and where the file cannot be read.
    static ModelFile load(const std::filesystem::path& path);
    /// The header alone, held against its own checksum. Cost: one read of the beginning of the file.
    /// @throws IoError as load(); what follows the header is not looked at.
    static std::string load_header(const std::filesystem::path& path);

    /// A text of the header, such as `kind`; empty where it is not there or no text.
    std::string text(std::string_view name) const;
    /// Texts of a list of the header, such as `feature_names`; numbers are written as JSON does.
    std::vector<std::string> texts(std::string_view name) const;
};

}  // namespace assay::models
