#include "assay/data/deid/vault.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "assay/data/deid/sealed_file.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

constexpr std::string_view vault_purpose = "vault";

assay::detail::FileDescriptor lock_vault(const std::filesystem::path& vault) {
    const std::filesystem::path path = vault.string() + ".lock";
    const int raw = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (raw < 0) throw assay::detail::io_error("write", path, errno);
    assay::detail::FileDescriptor fd{raw};
    while (::flock(fd.get(), LOCK_EX) != 0)
        if (errno != EINTR) throw assay::detail::io_error("lock", path, errno);
    return fd;
}

std::string vault_entry(std::string_view purpose, std::string_view key_id, std::string_view token) {
    std::string key(purpose);
    key += '\0';
    key += key_id;
    key += '\0';
    return key += token;
}

void add_sized(std::string& out, std::string_view text) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(text.size() >> shift & 0xFFU);
    out += text;
}

/// Takes a text with its length off the front. @throws ValueError if there is none.
std::string take_sized(std::string_view& bytes) {
    std::size_t size = 0;
    if (bytes.size() >= 4) {
        for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        bytes.remove_prefix(4);
        if (size <= bytes.size()) {
            std::string text(bytes.substr(0, size));
            bytes.remove_prefix(size);
            return text;
        }
    }
    throw ValueError("vault: expected pairs of texts, got content of another form; was it made by another release?");
}

}  // namespace

Vault::Vault(std::filesystem::path path, DeidKey key)
    : path_(std::move(path)), key_(std::move(key)), lock_(lock_vault(path_)) {
    if (!std::filesystem::exists(path_)) return;
    const std::string content = read_sealed(path_, key_, vault_purpose);
    for (std::string_view rest = content; !rest.empty();) {
        std::string entry = take_sized(rest);
        entries_[std::move(entry)] = take_sized(rest);
    }
}

index Vault::add(std::string_view purpose, std::string_view key_id, const Array& identifiers, const Array& tokens,
                 bool fold_case) {
    if (identifiers.size() != tokens.size()) {
        throw ShapeError("vault: expected a token for each of " + std::to_string(identifiers.size()) +
                         " identifiers, got " + std::to_string(tokens.size()));
    }
    const Array texts = identifiers.type() == Type::Utf8 ? identifiers : cast(identifiers, Type::Utf8);
    index added = 0;
    for (index row = 0; row < texts.size(); ++row) {
        if (texts.is_null(row) || tokens.is_null(row)) continue;
        const auto identifier = normalise_identifier(texts.text(row), fold_case);
        if (!identifier) continue;
        const auto [entry, is_new] = entries_.try_emplace(vault_entry(purpose, key_id, tokens.text(row)), *identifier);
        if (!is_new && entry->second != *identifier) {
            throw ValueError("vault: expected one identifier for a token, got a second one in row " +
                             std::to_string(row) + "; are the tokens of another purpose or key?");
        }
        added += is_new ? 1 : 0;
    }
    return added;
}

std::optional<std::string> Vault::find(std::string_view purpose, std::string_view key_id,
                                       std::string_view token) const {
    const auto entry = entries_.find(vault_entry(purpose, key_id, token));
    return entry == entries_.end() ? std::nullopt : std::optional(entry->second);
}

Array Vault::find(std::string_view purpose, std::string_view key_id, const Array& tokens) const {
    TextBuilder out;
    for (index row = 0; row < tokens.size(); ++row)
        out.append(tokens.is_null(row) ? std::nullopt : find(purpose, key_id, tokens.text(row)));
    return out.finish();
}

void Vault::save() const {
    std::string content;
    for (const auto& [entry, identifier] : entries_) {
        add_sized(content, entry);
        add_sized(content, identifier);
    }
    write_sealed(path_, key_, vault_purpose, content);
}

void Vault::rekey(DeidKey key) {
    std::swap(key_, key);
    try {
        save();
    } catch (...) {
        std::swap(key_, key);
        throw;
    }
}

}  // namespace assay::data
