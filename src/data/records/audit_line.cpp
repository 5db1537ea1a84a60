#include "data/records/audit_line.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/index.hpp"

namespace assay::data::detail {
namespace {

constexpr std::size_t longest_line = 64 << 10;
constexpr std::size_t hash_size = 64;
constexpr std::string_view before_hash = ",\"hash\":\"", after_hash = "\"}";

std::string audit_hash(std::string_view text, const Secret& key) {
    return to_hex(key.empty() ? sha256(text) : hmac_sha256(key.reveal(), text));
}

/// The line without its hash and what closes it, and the hash; nothing where it does not end in them.
std::optional<std::pair<std::string_view, std::string_view>> split_audit_line(std::string_view line) {
    const std::size_t tail = before_hash.size() + hash_size + after_hash.size();
    if (line.size() < tail || !line.ends_with(after_hash)) return std::nullopt;
    const std::string_view body = line.substr(0, line.size() - tail);
    if (line.substr(body.size(), before_hash.size()) != before_hash) return std::nullopt;
    return std::pair(body, line.substr(body.size() + before_hash.size(), hash_size));
}

}  // namespace

const std::string& no_audit_hash() {
    static const std::string zeros(hash_size, '0');
    return zeros;
}

std::string audit_line(const AuditEntry& entry, Timestamp when, const AuditHead& previous, const Secret& key) {
    nlohmann::ordered_json json;
    json["entry"] = previous.entries + 1;
    json["when"] = to_iso8601(when);
    json["who"] = entry.who;
    json["what"] = entry.what;
    json["why"] = entry.why;
    json["about"] = entry.about;
    json["previous"] = previous.hash;
    std::string line;
    try {
        line = json.dump();
    } catch (const nlohmann::json::exception&) {
        throw ValueError("audit: expected texts in UTF-8, got other bytes");
    }
    line.pop_back();
    const std::string hash = audit_hash(line, key);
    line += before_hash;
    line += hash;
    line += after_hash;
    line += '\n';
    if (line.size() > longest_line) {
        throw ValueError("audit: expected an entry of at most 64 KiB, got " + std::to_string(line.size()) +
                         " bytes; name tables and counts, not their content");
    }
    return line;
}

std::optional<AuditHead> sole_audit_head(std::string_view line, const Secret& key) {
    const auto parts = split_audit_line(line);
    if (!parts || audit_hash(parts->first, key) != parts->second) return std::nullopt;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("entry") || !json["entry"].is_number_integer()) return std::nullopt;
    return AuditHead{json["entry"].get<std::int64_t>(), std::string(parts->second)};
}

std::optional<AuditHead> follow_audit_line(std::string_view line, const AuditHead& previous, const Secret& key) {
    const auto head = sole_audit_head(line, key);
    if (!head || head->entries != previous.entries + 1) return std::nullopt;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.contains("previous") || json["previous"] != previous.hash) return std::nullopt;
    return head;
}

std::string audit_head_text(const AuditHead& head, const Secret& key) {
    const std::string text = std::to_string(head.entries) + ' ' + head.hash;
    return text + ' ' + audit_hash("assay audit head " + text, key) + '\n';
}

std::optional<AuditHead> read_audit_head(std::string_view text, const Secret& key) {
    AuditHead head;
    std::size_t at = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at < 18; ++at)
        head.entries = head.entries * 10 + (text[at] - '0');
    if (text.size() < at + 1 + hash_size) return std::nullopt;
    head.hash = text.substr(at + 1, hash_size);
    return audit_head_text(head, key) == text ? std::optional(head) : std::nullopt;
}

}  // namespace assay::data::detail
