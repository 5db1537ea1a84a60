#include "assay/data/deid/pseudonymiser.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/nfkc.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/select.hpp"

namespace assay::data {
namespace {

constexpr index tokens_per_block = 4096;

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Whether text of ASCII needs no other change than the case: what nearly all identifiers are.
bool is_plain(std::string_view text) {
    unsigned all = 0;
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return all < 0x80 && !text.empty() && !is_ascii_space(text.front()) && !is_ascii_space(text.back());
}

/// Length of the invisible character at the front, 0 where there is none. NFKC has made other blanks to spaces.
std::size_t invisible_size(std::string_view text) {
    for (const std::string_view mark : {"\u00AD", "\u200B", "\u200C", "\u200D", "\u200E", "\u200F", "\u2060", "\uFEFF"})
        if (text.starts_with(mark)) return mark.size();
    return 0;
}

std::string_view without_outer_space(std::string_view text) {
    constexpr std::string_view spaces[] = {"\u0085", "\u1680", "\u2028", "\u2029"};
    for (bool again = true; again;) {
        again = false;
        while (!text.empty() && is_ascii_space(text.front())) text.remove_prefix(1);
        while (!text.empty() && is_ascii_space(text.back())) text.remove_suffix(1);
        for (const std::string_view space : spaces) {
            if (text.starts_with(space)) text.remove_prefix(space.size()), again = true;
            if (text.ends_with(space)) text.remove_suffix(space.size()), again = true;
        }
    }
    return text;
}

void to_ascii_upper(std::string& text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
}

void write_token(const Sha256Digest& digest, char* out) {
    constexpr char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned held = 0;
    int count = 0;
    for (int byte = 0; byte < 16; ++byte) {
        held = held << 8U | digest[static_cast<std::size_t>(byte)];
        for (count += 8; count >= 5; count -= 5) *out++ = digits[held >> (count - 5) & 31U];
    }
    *out = digits[held << (5 - count) & 31U];
}

/// Tokens at their places as if no row were null; `present` says which are there.
void write_tokens(const Array& column, std::string_view key, bool fold_case, char* out, std::uint8_t* present) {
    parallel_for(column.size(), tokens_per_block, [&](index begin, index end) {
        HmacSha256 hmac(key);
        for (index row = begin; row < end; ++row) {
            present[row] = 0;
            if (column.is_null(row)) continue;
            const std::string_view text = column.text(row);
            char* const token = out + row * Pseudonymiser::token_size;
            if (!fold_case && is_plain(text)) {
                write_token(hmac.digest(text), token);
            } else {
                std::optional<std::string> normal;
                try {
                    normal = normalise_identifier(text, fold_case);
                } catch (const ValueError&) {
                    throw ValueError("tokens: expected UTF-8, got other bytes in row " + std::to_string(row) +
                                     "; read the file in its own encoding");
                }
                if (!normal) continue;
                write_token(hmac.digest(*normal), token);
            }
            present[row] = 1;
        }
    });
}

}  // namespace

std::optional<std::string> normalise_identifier(std::string_view text, bool fold_case) {
    std::string normal;
    if (is_plain(text)) {
        normal = text;
    } else {
        const auto composed = to_nfkc(text);
        if (!composed) throw ValueError("identifier: expected UTF-8, got other bytes");
        std::string visible;
        for (std::string_view rest = *composed; !rest.empty();) {
            const std::size_t skip = invisible_size(rest);
            if (skip == 0) visible += rest.front();
            rest.remove_prefix(std::max<std::size_t>(skip, 1));
        }
        // A letter and its mark may have met only now.
        normal = *to_nfkc(without_outer_space(visible));
    }
    if (normal.empty()) return std::nullopt;
    if (fold_case) to_ascii_upper(normal);
    return normal;
}

Pseudonymiser::Pseudonymiser(const DeidKey& key, std::string_view purpose, bool fold_case)
    : key_id_(key.key_id()), fold_case_(fold_case) {
    if (purpose.empty()) throw ValueError("pseudonymiser: expected a purpose such as 'patient_id', got none");
    key_ = key.subkey("token/" + std::string(purpose));
}

std::optional<std::string> Pseudonymiser::token(std::string_view identifier) const {
    const auto normal = normalise_identifier(identifier, fold_case_);
    if (!normal) return std::nullopt;
    std::string out(token_size, '\0');
    write_token(hmac_sha256(key_.reveal(), *normal), out.data());
    return out;
}

Array Pseudonymiser::tokens(const Array& identifiers) const {
    const Type type = identifiers.type();
    if (type == Type::Int32 || type == Type::Int64) return tokens(cast(identifiers, Type::Utf8));
    if (type != Type::Utf8) {
        throw SchemaError("tokens: expected identifiers as text or whole numbers, got " + std::string(name_of(type)) +
                          "; read the column as text");
    }
    const index rows = identifiers.size();
    if (rows > std::numeric_limits<std::int32_t>::max() / token_size) {
        throw ValueError("tokens: expected at most 82 million rows at once, got " + std::to_string(rows) +
                         "; slice the table");
    }
    MutableBuffer out(rows * token_size), offsets((rows + 1) * index{sizeof(std::int32_t)});
    std::vector<std::uint8_t> present(static_cast<std::size_t>(rows));
    char* const text = out.as<char>();
    write_tokens(identifiers, key_.reveal(), fold_case_, text, present.data());

    auto* const ends = offsets.as<std::int32_t>();
    detail::ValidityBuilder validity;
    index used = 0;
    ends[0] = 0;
    for (index row = 0; row < rows; ++row) {
        validity.append_valid(row);
        if (present[static_cast<std::size_t>(row)] != 0) {
            if (used != row) std::memmove(text + used * token_size, text + row * token_size, token_size);
            ++used;
        } else {
            validity.mark_null(row);
        }
        ends[row + 1] = static_cast<std::int32_t>(used * token_size);
    }
    out.resize(used * token_size);
    Buffer bits = validity.finish();
    const index nulls = validity.null_count();
    return Array(Type::Utf8, rows, {std::move(bits), std::move(out).freeze(), std::move(offsets).freeze()}, nulls);
}

}  // namespace assay::data
