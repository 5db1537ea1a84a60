#include "data/fhir/documents.hpp"

#include <algorithm>

namespace assay::data::fhir {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Walks over JSON by brackets and quotes alone.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    void go(std::size_t at) { at_ = at; }
    bool done() {
        skip_space();
        return at_ >= text_.size();
    }
    char next() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (next() != c) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    /// Past a string; false where it does not end.
    bool skip_string() {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            }
        }
        at_ = text_.size();
        return false;
    }
    /// Past a value; false where it does not end or brackets cross.
    bool skip_value() {
        const char first = next();
        if (first == '"') return skip_string();
        if (first != '{' && first != '[') return skip_word();
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                if (!skip_string()) return false;
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return true;
        }
        return false;
    }

  private:
    bool skip_word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && !is_space(text_[at_]) &&
               std::string_view(",]}{[:\"").find(text_[at_]) == std::string_view::npos)
            ++at_;
        return at_ > begin;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string_view without_quotes(std::string_view text) {
    return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                         : std::string_view{};
}

class Cutter {
  public:
    explicit Cutter(std::string_view text) : text_(text), cursor_(text) {}

    RawDocuments cut() {
        if (text_.starts_with("\xEF\xBB\xBF")) cursor_.go(3);
        while (!cursor_.done()) {
            if (cursor_.next() == '[') {
                cut_array(-1, &Cutter::cut_document);
            } else {
                cut_document(-1);
            }
        }
        number_lines();
        return std::move(out_);
    }

  private:
    using Each = void (Cutter::*)(int);

    void add(std::size_t begin, std::size_t end, int bundle, std::string_view fault = {}) {
        out_.resources.push_back({text_.substr(begin, end - begin), static_cast<index>(begin), 1, fault, bundle});
    }

    /// The rest of the text cannot be cut. A line of its own that is broken does not spoil the next ones.
    void add_rest(std::size_t begin) {
        const auto end = std::min(text_.find('\n', begin), text_.size());
        const std::size_t next = text_.find_first_not_of(" \t\r\n", end);
        const bool lines =
            next != std::string_view::npos && text_[next] == '{' && (begin == 0 || text_[begin - 1] == '\n');
        add(begin, lines ? end : text_.size(), -1, lines ? "json.syntax" : "json.truncated");
        cursor_.go(lines ? end : text_.size());
    }

    void cut_array(int bundle, Each each) {
        const std::size_t begin = cursor_.at();
        cursor_.take('[');
        while (!cursor_.take(']')) {
            if (cursor_.done()) {
                add(begin, begin + 1, bundle, "json.truncated");
                return;
            }
            const std::size_t before = cursor_.at();
            (this->*each)(bundle);
            cursor_.take(',');
            if (cursor_.at() == before) return add_rest(before);
        }
    }

    /// One document: a bundle's entries, or a resource.
    void cut_document(int) {
        const std::size_t begin = (cursor_.skip_space(), cursor_.at());
        if (cursor_.next() != '{' || !cursor_.skip_value()) {
            cursor_.go(begin);
            return add_rest(begin);
        }
        const std::size_t end = cursor_.at();
        std::size_t entries = 0;
        RawBundle bundle;
        if (!is_bundle(begin, end, bundle, entries)) return add(begin, end, -1);
        out_.bundles.push_back(bundle);
        if (entries != 0) {
            cursor_.go(entries);
            cut_array(static_cast<int>(out_.bundles.size()) - 1, &Cutter::cut_entry);
        }
        cursor_.go(end);
    }

    /// Looks at the members of the outermost object.
    bool is_bundle(std::size_t begin, std::size_t end, RawBundle& bundle, std::size_t& entries) {
        bool found = false;
        Cursor cursor(text_.substr(0, end));
        cursor.go(begin);
        cursor.take('{');
        while (cursor.next() == '"') {
            const std::size_t name_at = cursor.at();
            if (!cursor.skip_string()) break;
            const std::string_view name = text_.substr(name_at, cursor.at() - name_at);
            if (!cursor.take(':')) break;
            cursor.skip_space();
            const std::size_t value_at = cursor.at();
            if (!cursor.skip_value()) break;
            const std::string_view value = text_.substr(value_at, cursor.at() - value_at);
            if (name == "\"resourceType\"") found = value == "\"Bundle\"";
            if (name == "\"type\"") bundle.type = without_quotes(value);
            if (name == "\"timestamp\"") bundle.timestamp = without_quotes(value);
            if (name == "\"entry\"" && value.starts_with('[')) entries = value_at;
            if (!cursor.take(',')) break;
        }
        return found;
    }

    void cut_entry(int bundle) {
        const std::size_t begin = (cursor_.skip_space(), cursor_.at());
        const bool whole = cursor_.skip_value();
        if (cursor_.at() > begin) add(begin, cursor_.at(), bundle, whole ? std::string_view{} : "json.truncated");
    }

    void number_lines() {
        std::int64_t line = 1;
        std::size_t at = 0;
        for (RawResource& resource : out_.resources) {
            const auto begin = static_cast<std::size_t>(resource.byte_offset);
            if (begin >= at) {
                line += std::count(text_.begin() + static_cast<std::ptrdiff_t>(at),
                                   text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
                at = begin;
            }
            resource.line = line;
        }
    }

    std::string_view text_;
    Cursor cursor_;
    RawDocuments out_;
};

}  // namespace

RawDocuments cut_documents(std::string_view text) { return Cutter(text).cut(); }

}  // namespace assay::data::fhir
