#include "assay/models/text/wordpiece.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "models/text/bert_words.hpp"

namespace assay::models {
namespace {

constexpr std::size_t kLongestWord = 100;  // characters; a longer word is unknown as a whole

struct TokenHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// Ids of tokens, looked up by the longest beginning of a text.
class TokenTable {
  public:
    void add(std::string_view token, std::int32_t id) {
        ids_.insert_or_assign(std::string(token), id);
        longest_ = std::max(longest_, token.size());
    }

    /// Length of the longest beginning of `text` that is a token, and its id; 0 where there is none.
    std::size_t longest_beginning(std::string_view text, std::int32_t& id) const {
        for (std::size_t size = std::min(text.size(), longest_); size > 0; --size) {
            // A token ends where a character does.
            if (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) continue;
            const auto found = ids_.find(text.substr(0, size));
            if (found == ids_.end()) continue;
            id = found->second;
            return size;
        }
        return 0;
    }

  private:
    std::unordered_map<std::string, std::int32_t, TokenHash, std::equal_to<>> ids_;
    std::size_t longest_ = 0;
};

std::size_t characters(std::string_view word) {
    return static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

bool is_line_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string> vocabulary_lines(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        while (!line.empty() && is_line_space(line.back())) line.remove_suffix(1);
        out.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// Refuses a vocabulary whose own configuration asks for another clean-up than uncased BERT's.
void require_uncased(const std::filesystem::path& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config, ignored)) return;
    const auto settings = nlohmann::json::parse(read_file(config), nullptr, false);
    if (!settings.is_object()) return;  // a tokenizer needs none of it
    for (const char* key : {"do_lower_case", "strip_accents", "tokenize_chinese_chars"}) {
        const auto setting = settings.find(key);
        if (setting != settings.end() && setting->is_boolean() && !setting->get<bool>()) {
            throw ValueError(config.string() + ": expected an uncased vocabulary (" + key + " true), got false");
        }
    }
}

}  // namespace

struct WordPiece::Vocabulary {
    std::vector<std::string> tokens;
    TokenTable beginnings, continuations;
    std::vector<std::pair<std::string, std::int32_t>> special;
    std::int32_t padding = 0, unknown = 0, first = 0, last = 0;

    std::int32_t require(std::string_view token, const std::string& where) {
        // The last of equal lines gives the id.
        const auto found = std::find(tokens.rbegin(), tokens.rend(), token);
        if (found == tokens.rend()) {
            throw ValueError(where + ": expected a vocabulary with " + std::string(token) + ", got " +
                             std::to_string(tokens.size()) + " tokens without it");
        }
        const auto id = static_cast<std::int32_t>(tokens.rend() - found - 1);
        special.emplace_back(token, id);
        return id;
    }

    void append_word(std::string_view word, std::vector<std::int32_t>& ids) const {
        const std::size_t before = ids.size();
        const bool too_long = word.size() > kLongestWord && characters(word) > kLongestWord;
        const TokenTable* table = &beginnings;
        while (!too_long && !word.empty()) {
            std::int32_t id = 0;
            const std::size_t size = table->longest_beginning(word, id);
            if (size == 0) break;
            ids.push_back(id);
            word.remove_prefix(size);
            table = &continuations;
        }
        if (word.empty()) return;
        ids.resize(before);
        ids.push_back(unknown);
    }

    void append_text(std::string_view text, std::vector<std::int32_t>& ids) const {
        detail::BertWords words;
        words.bytes.reserve(text.size());
        detail::append_bert_words(text, words);
        std::size_t begin = 0;
        for (const std::size_t end : words.ends) {
            append_word(std::string_view(words.bytes).substr(begin, end - begin), ids);
            begin = end;
        }
    }

    /// Position of the first special token in `text` and which it is; npos where there is none.
    std::size_t find_special(std::string_view text, const std::pair<std::string, std::int32_t>*& which) const {
        for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
            for (const auto& token : special) {
                if (text.substr(at).starts_with(token.first)) {
                    which = &token;
                    return at;
                }
            }
        }
        return std::string_view::npos;
    }
};

WordPiece::WordPiece(std::shared_ptr<const Vocabulary> vocabulary) : vocabulary_(std::move(vocabulary)) {}

WordPiece WordPiece::from_vocabulary(const std::filesystem::path& vocab_txt) {
    require_uncased(vocab_txt.parent_path() / "tokenizer_config.json");
    auto out = std::make_shared<Vocabulary>();
    const std::string where = vocab_txt.string();
    out->tokens = vocabulary_lines(read_file(vocab_txt));
    out->padding = out->require("[PAD]", where);
    out->unknown = out->require("[UNK]", where);
    out->first = out->require("[CLS]", where);
    out->last = out->require("[SEP]", where);
    const auto mask = std::find(out->tokens.begin(), out->tokens.end(), "[MASK]");
    if (mask != out->tokens.end()) out->require("[MASK]", where);
    for (std::size_t i = 0; i < out->tokens.size(); ++i) {
        const std::string_view token = out->tokens[i];
        const auto id = static_cast<std::int32_t>(i);
        out->beginnings.add(token, id);
        if (token.starts_with("##")) out->continuations.add(token.substr(2), id);
    }
    return WordPiece(std::move(out));
}

TokenIds WordPiece::tokenize(std::string_view text, index most_tokens) const {
    if (most_tokens < 2) {
        throw ValueError("tokenize: expected room for [CLS] and [SEP], got most_tokens " + std::to_string(most_tokens));
    }
    TokenIds out;
    out.ids.push_back(vocabulary_->first);
    while (!text.empty()) {
        const std::pair<std::string, std::int32_t>* special = nullptr;
        const std::size_t end = std::min(vocabulary_->find_special(text, special), text.size());
        vocabulary_->append_text(text.substr(0, end), out.ids);
        text.remove_prefix(end);
        if (special == nullptr) continue;
        out.ids.push_back(special->second);
        text.remove_prefix(special->first.size());
    }
    out.left_out = std::max<index>(0, static_cast<index>(out.ids.size()) + 1 - most_tokens);
    out.ids.resize(out.ids.size() - static_cast<std::size_t>(out.left_out));
    out.ids.push_back(vocabulary_->last);
    return out;
}

std::vector<std::int32_t> WordPiece::encode(std::string_view text, index most_tokens) const {
    return tokenize(text, most_tokens).ids;
}

std::int32_t WordPiece::padding_id() const noexcept { return vocabulary_->padding; }

index WordPiece::vocabulary_size() const noexcept { return static_cast<index>(vocabulary_->tokens.size()); }

const std::string& WordPiece::token(std::int32_t id) const {
    if (id < 0 || id >= vocabulary_size()) {
        throw ValueError("token: expected an id from 0 to " + std::to_string(vocabulary_size() - 1) + ", got " +
                         std::to_string(id));
    }
    return vocabulary_->tokens[static_cast<std::size_t>(id)];
}

}  // namespace assay::models
