#include "assay/models/model_file.hpp"

#include "assay/base/crc32c.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/hash.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace assay::models {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr char kModelMagic[8] = {'A', 'S', 'S', 'A', 'Y', 'M', 'D', 'L'};
constexpr std::size_t kFixedBytes = 28, kDigestBytes = 32, kMostHeaderBytes = 64u << 20;
constexpr int kMostHeaderDepth = 64;

struct ModelSizes {
    std::uint32_t version;
    std::uint32_t header;
    std::uint64_t payload;
};
static_assert(sizeof(ModelSizes) == 16);

[[noreturn]] void refuse_model(const std::string& name, const std::string& what) {
    throw IoError("load model: " + what + " in '" + name + "'; save or fetch the model again");
}

std::uint32_t crc_of_header(std::string_view fixed, std::string_view header) {
    std::string both(fixed.substr(0, kFixedBytes - 4));
    both.append(header);
    return crc32c(both);
}

/// What stands before the header. @throws IoError
ModelSizes sizes_of(std::string_view bytes, const std::string& name) {
    const std::size_t known = std::min(bytes.size(), sizeof kModelMagic);
    if (known == 0) refuse_model(name, "expected a model, got no bytes");
    if (std::memcmp(bytes.data(), kModelMagic, known) != 0) {
        throw IoError("load model: expected the first bytes ASSAYMDL in '" + name + "'; the file is no Assay model");
    }
    if (bytes.size() < kFixedBytes) refuse_model(name, "the file is cut short");
    ModelSizes sizes{};
    std::memcpy(&sizes, bytes.data() + sizeof kModelMagic, sizeof sizes);
    if (sizes.version > ModelFile::kVersion) {
        throw IoError("load model: expected format version " + std::to_string(ModelFile::kVersion) + ", got " +
                      std::to_string(sizes.version) + " in '" + name + "'; a newer Assay wrote it: update this one");
    }
    if (sizes.version == 0 || sizes.header > kMostHeaderBytes || sizes.payload > (std::uint64_t{1} << 48)) {
        refuse_model(name, "the file is changed: impossible sizes");
    }
    return sizes;
}

/// Whether lists and objects lie within each other deeper than any header needs: what reads JSON by recursion, here and
/// in Python, ends its stack there.
bool is_too_deep(std::string_view text) {
    int depth = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_text) {
            if (text[i] == '\\')
                ++i;
            else if (text[i] == '"')
                in_text = false;
        } else if (text[i] == '"') {
            in_text = true;
        } else if (text[i] == '[' || text[i] == '{') {
            if (++depth > kMostHeaderDepth) return true;
        } else if (text[i] == ']' || text[i] == '}') {
            --depth;
        }
    }
    return false;
}

/// Discarded where the text is no JSON or too deep.
json parse_header(std::string_view text) {
    return is_too_deep(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
}

bool is_object_with_kind(std::string_view text) {
    const json parsed = parse_header(text);
    return parsed.is_object() && parsed.contains("kind") && parsed["kind"].is_string();
}

/// The header in bytes that begin with it whole. @throws IoError
std::string_view header_in(std::string_view bytes, const ModelSizes& sizes, const std::string& name) {
    const std::string_view header = bytes.substr(kFixedBytes, sizes.header);
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + kFixedBytes - 4, 4);
    if (crc != crc_of_header(bytes, header)) refuse_model(name, "the header is changed: its checksum does not fit");
    if (!is_object_with_kind(header))
        refuse_model(name, "the header is no JSON object with a kind, or deeper than 64 levels");
    return header;
}

}  // namespace

std::string ModelFile::to_bytes() const {
    if (header.size() > kMostHeaderBytes || !is_object_with_kind(header)) {
        throw ValueError(
            "save model: expected a header of JSON, an object with a text 'kind', of at most 64 MB and 64 levels");
    }
    const ModelSizes sizes{kVersion, static_cast<std::uint32_t>(header.size()), payload.size()};
    std::string bytes(kModelMagic, sizeof kModelMagic);
    bytes.append(reinterpret_cast<const char*>(&sizes), sizeof sizes).append(4, '\0');
    const std::uint32_t crc = crc_of_header(bytes, header);
    std::memcpy(bytes.data() + kFixedBytes - 4, &crc, 4);
    bytes.append(header).append(payload);
    const Sha256Digest digest = sha256(bytes);
    return bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

void ModelFile::save(const std::filesystem::path& path) const { write_file_atomic(path, to_bytes()); }

ModelFile ModelFile::from_bytes(std::string_view bytes, const std::string& name) {
    const ModelSizes sizes = sizes_of(bytes, name);
    const std::uint64_t expected = kFixedBytes + std::uint64_t{sizes.header} + sizes.payload + kDigestBytes;
    if (bytes.size() < expected) refuse_model(name, "the file is cut short");
    if (bytes.size() > expected) refuse_model(name, "the file is changed: it goes on behind its end");
    const Sha256Digest digest = sha256(bytes.substr(0, bytes.size() - kDigestBytes));
    if (std::memcmp(digest.data(), bytes.data() + bytes.size() - kDigestBytes, kDigestBytes) != 0) {
        refuse_model(name, "the file is changed: its SHA-256 does not fit");
    }
    const std::string_view header = header_in(bytes, sizes, name);
    return {std::string(header), std::string(bytes.substr(kFixedBytes + header.size(), sizes.payload))};
}

ModelFile ModelFile::load(const std::filesystem::path& path) { return from_bytes(read_file(path), path.string()); }

std::string ModelFile::load_header(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::string bytes(kFixedBytes, '\0');
    if (!stream.read(bytes.data(), kFixedBytes)) {
        if (!stream.is_open()) throw IoError("load model: expected a readable file at '" + path.string() + "'");
        bytes.resize(static_cast<std::size_t>(stream.gcount()));
    }
    const ModelSizes sizes = sizes_of(bytes, path.string());
    bytes.resize(kFixedBytes + sizes.header);
    if (!stream.read(bytes.data() + kFixedBytes, sizes.header)) refuse_model(path.string(), "the file is cut short");
    return std::string(header_in(bytes, sizes, path.string()));
}

std::string ModelFile::text(std::string_view name) const {
    const json parsed = parse_header(header);
    const auto found = parsed.is_object() ? parsed.find(name) : parsed.end();
    return found != parsed.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> ModelFile::texts(std::string_view name) const {
    const json parsed = parse_header(header);
    const auto found = parsed.is_object() ? parsed.find(name) : parsed.end();
    std::vector<std::string> out;
    if (found == parsed.end() || !found->is_array()) return out;
    for (const json& one : *found) out.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    return out;
}

}  // namespace assay::models
