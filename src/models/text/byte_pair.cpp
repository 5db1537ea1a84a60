#include "assay/models/text/byte_pair.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <queue>
#include <string>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "models/text/byte_pair_words.hpp"
#include "models/text/utf8.hpp"

namespace assay::models {
namespace {

constexpr std::string_view kStartOfText = "<|startoftext|>", kEndOfText = "<|endoftext|>", kEndOfWord = "</w>";

/// The visible character that stands for a byte in vocabularies: bytes that are printable in Latin-1 stand for
/// themselves.
std::array<std::string, 256> byte_characters() {
    std::array<std::string, 256> out;
    char32_t next = 256;
    for (char32_t byte = 0; byte < 256; ++byte) {
        const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
        detail::append_utf8(out[byte], printable ? byte : next++);
    }
    return out;
}

struct PairMerge {
    std::int32_t rank, id;
};

/// A piece of a word; pieces that were merged into the one before have no length.
struct WordPart {
    std::int32_t id, before, after;
    bool gone = false;
};

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
}

}  // namespace

struct BytePair::Vocabulary {
    std::unordered_map<std::string, std::int32_t> ids;
    std::unordered_map<std::uint64_t, PairMerge> merges;
    std::array<std::int32_t, 256> inside{}, last{};  ///< the id of a byte within a word and at its end
    std::int32_t start = 0, end = 0;
    index size = 0;

    std::int32_t require(std::string_view token, const std::string& where) const {
        const auto found = ids.find(std::string(token));
        if (found != ids.end()) return found->second;
        throw ValueError(where + ": expected the token " + std::string(token) + " in the vocabulary, got " +
                         std::to_string(ids.size()) + " tokens without it");
    }

    void read_tokens(const std::filesystem::path& path) {
        const std::string where = path.string();
        const auto tokens = nlohmann::json::parse(read_file(path), nullptr, false);
        if (!tokens.is_object()) throw ValueError(where + ": expected a JSON object of tokens and ids");
        for (const auto& [token, id] : tokens.items()) {
            if (!id.is_number_integer() || id.get<std::int64_t>() < 0 || id.get<std::int64_t>() > 10'000'000) {
                throw ValueError(where + ": expected ids from 0 to 10000000 as whole numbers, got another");
            }
            ids.emplace(token, id.get<std::int32_t>());
            size = std::max<index>(size, id.get<std::int32_t>() + 1);
        }
        start = require(kStartOfText, where);
        end = require(kEndOfText, where);
        const auto characters = byte_characters();
        const auto id_of = [&](const std::string& token) {
            const auto found = ids.find(token);
            return found == ids.end() ? end : found->second;  // the unknown token
        };
        for (std::size_t byte = 0; byte < 256; ++byte) {
            inside[byte] = id_of(characters[byte]);
            last[byte] = id_of(characters[byte] + std::string(kEndOfWord));
        }
    }

    void read_merges(const std::filesystem::path& path) {
        const std::string text = read_file(path);
        std::string_view rest = text;
        std::int32_t rank = 0;
        for (index line_number = 1; !rest.empty(); ++line_number) {
            std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.empty() || line.starts_with("#version")) continue;
            const std::string where = path.string() + ", line " + std::to_string(line_number);
            const std::size_t space = line.find(' ');
            if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
                throw ValueError(where + ": expected two tokens and a space between them");
            }
            const std::string_view left = line.substr(0, space), right = line.substr(space + 1);
            const std::int32_t made = require(std::string(left) + std::string(right), where);
            merges.insert_or_assign(pair_key(require(left, where), require(right, where)), PairMerge{rank++, made});
        }
    }

    const PairMerge* merge_of(std::int32_t left, std::int32_t right) const {
        const auto found = merges.find(pair_key(left, right));
        return found == merges.end() ? nullptr : &found->second;
    }

    /// Merges the pair of the lowest rank, the leftmost of equals, until there is none.
    void append_word(std::string_view word, std::vector<std::int32_t>& out) const {
        const auto count = static_cast<std::int32_t>(word.size());
        std::vector<WordPart> parts;
        parts.reserve(word.size());
        for (std::int32_t i = 0; i < count; ++i) {
            const auto byte = static_cast<unsigned char>(word[static_cast<std::size_t>(i)]);
            parts.push_back({i + 1 < count ? inside[byte] : last[byte], i - 1, i + 1 < count ? i + 1 : -1});
        }
        using Candidate = std::array<std::int32_t, 3>;  // rank, position of the left part, id
        std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
        const auto offer = [&](std::int32_t at) {
            if (at < 0 || parts[static_cast<std::size_t>(at)].after < 0) return;
            const WordPart& part = parts[static_cast<std::size_t>(at)];
            const PairMerge* merge = merge_of(part.id, parts[static_cast<std::size_t>(part.after)].id);
            if (merge != nullptr) queue.push({merge->rank, at, merge->id});
        };
        for (std::int32_t i = 0; i < count; ++i) offer(i);
        while (!queue.empty()) {
            const auto [rank, at, id] = queue.top();
            queue.pop();
            WordPart& part = parts[static_cast<std::size_t>(at)];
            if (part.gone || part.after < 0) continue;
            WordPart& right = parts[static_cast<std::size_t>(part.after)];
            const PairMerge* merge = merge_of(part.id, right.id);
            if (merge == nullptr || merge->id != id) continue;  // it has merged with another meanwhile
            part.id = id;
            right.gone = true;
            part.after = right.after;
            if (part.after >= 0) parts[static_cast<std::size_t>(part.after)].before = at;
            offer(part.before);
            offer(at);
        }
        for (const WordPart& part : parts) {
            if (!part.gone) out.push_back(part.id);
        }
    }
};

BytePair::BytePair(std::shared_ptr<const Vocabulary> vocabulary) : vocabulary_(std::move(vocabulary)) {}

BytePair BytePair::from_files(const std::filesystem::path& vocab_json, const std::filesystem::path& merges_txt) {
    auto out = std::make_shared<Vocabulary>();
    out->read_tokens(vocab_json);
    out->read_merges(merges_txt);
    return BytePair(std::move(out));
}

TokenIds BytePair::tokenize(std::string_view text, index most_tokens) const {
    if (most_tokens < 2) {
        throw ValueError("tokenize: expected room for <|startoftext|> and <|endoftext|>, got most_tokens " +
                         std::to_string(most_tokens));
    }
    TokenIds out;
    out.ids.push_back(vocabulary_->start);
    while (!text.empty()) {
        std::size_t special = text.find("<|");
        const auto is = [&](std::string_view token) { return text.substr(special).starts_with(token); };
        while (special != std::string_view::npos && !is(kStartOfText) && !is(kEndOfText)) {
            special = text.find("<|", special + 1);
        }
        special = std::min(special, text.size());
        for (const std::string& word : detail::byte_pair_words(text.substr(0, special))) {
            vocabulary_->append_word(word, out.ids);
        }
        text.remove_prefix(special);
        if (text.empty()) break;
        const bool start = text.starts_with(kStartOfText);
        out.ids.push_back(start ? vocabulary_->start : vocabulary_->end);
        text.remove_prefix(start ? kStartOfText.size() : kEndOfText.size());
    }
    out.left_out = std::max<index>(0, std::ssize(out.ids) + 1 - most_tokens);
    out.ids.resize(out.ids.size() - static_cast<std::size_t>(out.left_out));
    out.ids.push_back(vocabulary_->end);
    return out;
}

std::vector<std::int32_t> BytePair::encode(std::string_view text, index most_tokens) const {
    return tokenize(text, most_tokens).ids;
}

std::int32_t BytePair::end_id() const noexcept { return vocabulary_->end; }

index BytePair::vocabulary_size() const noexcept { return vocabulary_->size; }

}  // namespace assay::models
