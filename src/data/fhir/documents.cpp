#include "data/fhir/documents.hpp"

#include <algorithm>
#include <utility>

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
    explicit Cutter(std::string_view text) : text_(text), cursor_(text), limit_(text.size()) {}

    RawDocuments cut() {
        if (text_.starts_with("\xEF\xBB\xBF")) cursor_.go(3);
        by_line_ = first_line_is_whole();
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
        if (limit_ < text_.size()) {  // in a document whose end is known
            add(begin, std::max(begin, limit_), -1, "json.syntax");
            return cursor_.go(std::max(begin, limit_));
        }
        const auto end = std::min(text_.find('\n', begin), text_.size());
        const std::size_t next = text_.find_first_not_of(" \t\r\n", end);
        const bool lines =
            next != std::string_view::npos && text_[next] == '{' && (begin == 0 || text_[begin - 1] == '\n');
        add(begin, lines ? end : text_.size(), -1, lines ? "json.syntax" : "json.truncated");
        by_line_ = by_line_ || lines;
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

    /// A document a line: then a broken line must not take the next ones with it.
    bool first_line_is_whole() {
        const std::size_t begin = (cursor_.skip_space(), cursor_.at());
        const std::size_t end = std::min(text_.find('\n', begin), text_.size());
        const std::size_t next = text_.find_first_not_of(" \t\r\n", end);
        if (next == std::string_view::npos || text_[begin] != '{' || text_[next] != '{') return false;
        Cursor line(text_.substr(0, end));
        line.go(begin);
        return line.skip_value();
    }

    /// Past a document. False where it does not end: in its line, where each has one of its own.
    bool skip_document() {
        const std::size_t begin = cursor_.at();
        if (!by_line_) return cursor_.skip_value();
        const std::size_t end = std::min(text_.find('\n', begin), text_.size());
        Cursor line(text_.substr(0, end));
        line.go(begin);
        if (line.skip_value()) {
            cursor_.go(line.at());
            return true;
        }
        const std::size_t next = text_.find_first_not_of(" \t\r\n", end);
        const std::size_t last = text_.find_last_not_of(" \t\r\n", end - 1);
        const bool goes_on = next != std::string_view::npos && (text_[next] != '{' || text_[last] == '[');
        if (!goes_on || long_failures_ >= kMostLongFailures) return false;
        if (cursor_.skip_value()) return true;
        ++long_failures_;
        return false;
    }

    /// One document: a bundle's entries, or a resource.
    void cut_document(int) {
        const std::size_t begin = (cursor_.skip_space(), cursor_.at());
        if (cursor_.next() != '{' || !skip_document()) {
            cursor_.go(begin);
            return add_rest(begin);
        }
        const std::size_t end = cursor_.at();
        if (!cut_collection(begin, end, 0)) add(begin, end, -1);
        cursor_.go(end);
    }

    /// The resources of a Bundle or of Parameters; false where the object is neither.
    bool cut_collection(std::size_t begin, std::size_t end, int level) {
        std::size_t entries = 0;
        RawBundle bundle;
        if (!is_collection(begin, end, bundle, entries)) return false;
        out_.bundles.push_back(bundle);
        if (entries == 0) return true;
        const int outer = std::exchange(level_, level);
        const std::size_t outer_limit = std::exchange(limit_, end);
        cursor_.go(entries);
        cut_array(static_cast<int>(out_.bundles.size()) - 1, &Cutter::cut_entry);
        level_ = outer;
        limit_ = outer_limit;
        return true;
    }

    /// Calls with the name, the begin and the end of each member of an object, until it returns false.
    template <class Each>
    void each_member(std::size_t begin, std::size_t end, Each each) {
        Cursor cursor(text_.substr(0, end));
        cursor.go(begin);
        if (!cursor.take('{')) return;
        while (cursor.next() == '"') {
            const std::size_t name_at = cursor.at();
            if (!cursor.skip_string()) return;
            const std::string_view name = text_.substr(name_at, cursor.at() - name_at);
            if (!cursor.take(':')) return;
            cursor.skip_space();
            const std::size_t value_at = cursor.at();
            if (!cursor.skip_value() || !each(name, value_at, cursor.at()) || !cursor.take(',')) return;
        }
    }

    /// Looks at the members of the outermost object.
    bool is_collection(std::size_t begin, std::size_t end, RawBundle& bundle, std::size_t& entries) {
        bool is_bundle = false;
        bool is_parameters = false;
        std::size_t parameters = 0;
        each_member(begin, end, [&](std::string_view name, std::size_t value_at, std::size_t value_end) {
            const std::string_view value = text_.substr(value_at, value_end - value_at);
            if (name == "\"resourceType\"") {
                is_bundle = value == "\"Bundle\"";
                is_parameters = value == "\"Parameters\"";
                return is_bundle || is_parameters;
            }
            if (name == "\"type\"") bundle.type = without_quotes(value);
            if (name == "\"timestamp\"") bundle.timestamp = without_quotes(value);
            if (name == "\"entry\"" && value.starts_with('[')) entries = value_at;
            if (name == "\"parameter\"" && value.starts_with('[')) parameters = value_at;
            return true;
        });
        if (is_parameters) {
            entries = parameters;
            bundle = {};
            bundle.is_parameters = true;
        }
        return is_bundle || is_parameters;
    }

    /// An entry of a bundle or a parameter: its resource, and the resources in that where it is a bundle again.
    void cut_entry(int bundle) {
        const std::size_t begin = (cursor_.skip_space(), cursor_.at());
        const bool whole = cursor_.skip_value();
        const std::size_t end = cursor_.at();
        if (end == begin) return;
        if (!whole) return add(begin, end, bundle, "json.truncated");
        std::size_t resource = 0;
        std::size_t resource_end = 0;
        std::size_t parts = 0;
        each_member(begin, end, [&](std::string_view name, std::size_t value_at, std::size_t value_end) {
            if (name == "\"resource\"") {
                resource = value_at;
                resource_end = value_end;
            }
            if (name == "\"part\"" && text_[value_at] == '[') parts = value_at;
            return true;
        });
        const bool too_deep = level_ >= kMostBundles;
        RawBundle inner;
        std::size_t entries = 0;
        if (resource != 0 && is_collection(resource, resource_end, inner, entries)) {
            if (too_deep) return add(begin, end, bundle, "json.too_deep");
            cut_collection(resource, resource_end, level_ + 1);
        } else if (resource != 0 || !out_.bundles[static_cast<std::size_t>(bundle)].is_parameters) {
            add(begin, end, bundle);
        }
        if (parts != 0) {
            if (too_deep) return add(begin, end, bundle, "json.too_deep");
            ++level_;
            cursor_.go(parts);
            cut_array(bundle, &Cutter::cut_entry);
            --level_;
        }
        cursor_.go(end);
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

    static constexpr int kMostBundles = 16;
    static constexpr int kMostLongFailures = 8;

    std::string_view text_;
    Cursor cursor_;
    std::size_t limit_;  ///< end of the bundle that is being cut, else of the text
    RawDocuments out_;
    bool by_line_ = false;
    int long_failures_ = 0;  ///< documents sought beyond their line in vain: each costs the whole text
    int level_ = 0;          ///< bundles in bundles
};

}  // namespace

RawDocuments cut_documents(std::string_view text) { return Cutter(text).cut(); }

}  // namespace assay::data::fhir
