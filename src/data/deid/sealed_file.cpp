#include "assay/data/deid/sealed_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "assay/base/aead.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/index.hpp"

namespace assay::data {
namespace {

constexpr std::string_view magic = "ASSAYSF1";
constexpr std::size_t id_size = 8, salt_size = 16, header_size = magic.size() + id_size + salt_size;
constexpr std::size_t chunk_size = std::size_t{1} << 20;
constexpr std::size_t sealed_overhead = 28;

std::string bytes_of_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

std::string hex_of_bytes(std::string_view bytes) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// One key for one file: random nonces never meet however many files there are.
Secret file_key(const DeidKey& key, std::string_view purpose, std::string_view salt) {
    const Secret base = key.subkey("seal/" + std::string(purpose));
    const Sha256Digest digest = hmac_sha256(base.reveal(), salt);
    return Secret({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string chunk_label(std::string_view header, std::uint64_t number, bool last) {
    std::string label(header);
    for (int shift = 0; shift < 64; shift += 8) label += static_cast<char>(number >> shift & 0xFFU);
    return label += last ? '\1' : '\0';
}

[[noreturn]] void throw_changed(const std::string& where) {
    throw AuthError("unseal: expected " + where +
                    " as it was sealed, got something that was changed, cut or sealed for another purpose; take it "
                    "from a backup, and ask who may write there");
}

}  // namespace

std::string seal_content(const DeidKey& key, std::string_view purpose, std::string_view content) {
    const Secret random = generate_key();
    std::string out(magic);
    out += bytes_of_hex(key.key_id());
    out += random.reveal().substr(0, salt_size);
    const std::string header = out;
    const Secret own = file_key(key, purpose, std::string_view(header).substr(magic.size() + id_size));
    out.reserve(header.size() + content.size() + (content.size() / chunk_size + 1) * sealed_overhead);
    for (std::uint64_t number = 0;; ++number) {
        const std::string_view chunk = content.substr(0, chunk_size);
        content.remove_prefix(chunk.size());
        out += seal(own, chunk, chunk_label(header, number, content.empty()));
        if (content.empty()) return out;
    }
}

std::string unseal_content(const DeidKey& key, std::string_view purpose, std::string_view sealed) {
    if (sealed.size() < header_size + sealed_overhead || !sealed.starts_with(magic)) throw_changed("the file");
    const std::string_view header = sealed.substr(0, header_size);
    const std::string id = hex_of_bytes(header.substr(magic.size(), id_size));
    if (id != key.key_id()) {
        throw AuthError("unseal: expected the key '" + id + "', got '" + key.key_id() +
                        "'; name the key that it was sealed with");
    }
    const Secret own = file_key(key, purpose, header.substr(magic.size() + id_size));
    sealed.remove_prefix(header_size);
    std::string out;
    out.reserve(sealed.size());
    for (std::uint64_t number = 0; !sealed.empty(); ++number) {
        const std::string_view chunk = sealed.substr(0, chunk_size + sealed_overhead);
        sealed.remove_prefix(chunk.size());
        try {
            out += unseal(own, chunk, chunk_label(header, number, sealed.empty()));
        } catch (const AuthError&) {
            throw_changed("part " + std::to_string(number + 1) + " of the file");
        }
    }
    return out;
}

void write_sealed(const std::filesystem::path& path, const DeidKey& key, std::string_view purpose,
                  std::string_view content) {
    write_file_atomic(path, seal_content(key, purpose, content));
    ::chmod(path.c_str(), S_IRUSR | S_IWUSR);  // sealed bytes stood there before: nothing was readable in between
}

std::string read_sealed(const std::filesystem::path& path, const DeidKey& key, std::string_view purpose) {
    const std::string bytes = read_file(path);
    try {
        return unseal_content(key, purpose, bytes);
    } catch (const AuthError& error) {
        throw AuthError(std::string(error.what()) + ": '" + path.string() + "'");
    }
}

std::optional<std::string> sealed_with(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw IoError("sealed file: cannot read '" + path.string() + "'; check the path and its rights");
    std::string head(magic.size() + id_size, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (static_cast<std::size_t>(in.gcount()) != head.size() || !head.starts_with(magic)) return std::nullopt;
    return hex_of_bytes(std::string_view(head).substr(magic.size()));
}

}  // namespace assay::data
