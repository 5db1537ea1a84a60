#include "assay/tracking/trace_filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/base/number.hpp"

namespace assay::tracking {
namespace {

using Comparison = TraceFilter::Comparison;
using Operator = TraceFilter::Operator;
using Subject = TraceFilter::Subject;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

/// Cuts the words of an expression from its front.
class Words {
  public:
    explicit Words(std::string_view text) : whole_(text), rest_(text) { skip(); }

    bool done() const noexcept { return rest_.empty(); }

    bool accept(std::string_view word) {
        if (lowered(rest_.substr(0, word.size())) != word) return false;
        const bool letters = std::isalpha(static_cast<unsigned char>(word.back())) != 0;
        if (letters && rest_.size() > word.size() && is_word(rest_[word.size()])) return false;
        advance(word.size());
        return true;
    }

    void expect(std::string_view word) {
        if (!accept(word)) refuse("'" + std::string(word) + "'");
    }

    /// Letters, digits, '_', '.' and '-', with parts in backticks or double quotes.
    std::string name() {
        std::string out;
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == '`' || (c == '"' && !out.empty() && out.back() == '.')) {
                out += quoted(c, false);
            } else if (is_word(c)) {
                out += c;
                rest_.remove_prefix(1);
            } else {
                break;
            }
        }
        if (out.empty()) refuse("a name such as status or tags.ward");
        skip();
        return out;
    }

    std::string value() {
        if (rest_.empty()) refuse("a value");
        const char c = rest_.front();
        if (c == '\'' || c == '"') return quoted(c, true);
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char x) { return is_word(x) || x == '+'; });
        const std::string number(rest_.begin(), end);
        if (!parse_number(number)) refuse("a number, or text in quotes");
        advance(number.size());
        return number;
    }

    [[noreturn]] void refuse(const std::string& expected) const {
        throw ValueError("traces: expected " + expected + " at character " +
                         std::to_string(whole_.size() - rest_.size() + 1) + " of the filter");
    }

  private:
    static bool is_word(char c) noexcept {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
    }

    std::string quoted(char quote, bool then_skip) {
        const auto end = rest_.find(quote, 1);
        if (end == std::string_view::npos) refuse(std::string("a closing ") + quote);
        std::string out(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        if (then_skip) skip();
        return out;
    }

    void advance(std::size_t count) {
        rest_.remove_prefix(count);
        skip();
    }
    void skip() {
        while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) rest_.remove_prefix(1);
    }

    std::string_view whole_;
    std::string_view rest_;
};

bool cut_prefix(std::string& name, std::initializer_list<std::string_view> prefixes) {
    for (const auto prefix : prefixes) {
        if (name.substr(0, prefix.size()) != prefix) continue;
        name.erase(0, prefix.size());
        return true;
    }
    return false;
}

const std::map<std::string, std::string>& trace_members() {
    static const std::map<std::string, std::string> members{
        {"name", "name"},
        {"status", "status"},
        {"state", "status"},
        {"timestamp_ms", "timestamp_ms"},
        {"timestamp", "timestamp_ms"},
        {"execution_time_ms", "execution_time_ms"},
        {"execution_time", "execution_time_ms"},
        {"trace_id", "trace_id"},
        {"request_id", "trace_id"},
        {"client_request_id", "client_request_id"},
    };
    return members;
}

void read_subject(Words& words, Comparison& out) {
    std::string name = words.name();
    out.key = name;
    if (cut_prefix(out.key, {"tags.", "tag.", "trace.tags.", "trace.tag."})) {
        out.subject = Subject::tag;
    } else if (cut_prefix(out.key, {"metadata.", "request_metadata.", "trace.metadata."})) {
        out.subject = Subject::metadata;
    } else if (cut_prefix(out.key, {"span.attributes."})) {
        out.subject = Subject::span_attribute;
    } else if (cut_prefix(out.key, {"span."})) {
        out.subject = Subject::span;
        if (out.key != "name" && out.key != "type" && out.key != "status") words.refuse("span.name, .type or .status");
    } else {
        cut_prefix(out.key, {"attributes.", "attribute.", "trace."});
        const auto member = trace_members().find(out.key);
        if (member == trace_members().end()) words.refuse("a name that traces have before this place");
        out.subject = Subject::trace;
        out.key = member->second;
    }
}

void read_operator(Words& words, Comparison& out) {
    static constexpr std::array<std::pair<std::string_view, Operator>, 8> symbols{{{"!=", Operator::ne},
                                                                                   {"<=", Operator::le},
                                                                                   {">=", Operator::ge},
                                                                                   {"=", Operator::eq},
                                                                                   {"<", Operator::lt},
                                                                                   {">", Operator::gt},
                                                                                   {"like", Operator::like},
                                                                                   {"ilike", Operator::ilike}}};
    for (const auto& [symbol, op] : symbols) {
        if (!words.accept(symbol)) continue;
        out.op = op;
        out.values.push_back(words.value());
        return;
    }
    if (words.accept("is")) {
        out.op = words.accept("not") ? Operator::is_not_null : Operator::is_null;
        return words.expect("null");
    }
    out.op = words.accept("not") ? Operator::not_in : Operator::in;
    words.expect("in");
    words.expect("(");
    do out.values.push_back(words.value());
    while (words.accept(","));
    words.expect(")");
}

/// % stands for any text, _ for one byte.
bool is_like(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '%') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && (pattern[p] == '_' || pattern[p] == text[t])) {
            ++t;
            ++p;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('%', p) == std::string_view::npos;
}

/// Times are compared as numbers, all else as text, as MLflow's databases do.
int compare(const std::string& left, const Comparison& wanted) {
    const std::string& right = wanted.values.front();
    const bool time = wanted.subject == Subject::trace && wanted.key.find("_ms") != std::string::npos;
    const auto a = time ? parse_number(left) : std::nullopt;
    const auto b = time ? parse_number(right) : std::nullopt;
    if (a && b) return *a < *b ? -1 : *a > *b ? 1 : 0;
    return left.compare(right);
}

bool holds(const std::string& value, const Comparison& wanted) {
    const auto& values = wanted.values;
    const bool listed = std::find(values.begin(), values.end(), value) != values.end();
    switch (wanted.op) {
        case Operator::eq:
            return compare(value, wanted) == 0;
        case Operator::ne:
            return compare(value, wanted) != 0;
        case Operator::lt:
            return compare(value, wanted) < 0;
        case Operator::le:
            return compare(value, wanted) <= 0;
        case Operator::gt:
            return compare(value, wanted) > 0;
        case Operator::ge:
            return compare(value, wanted) >= 0;
        case Operator::like:
            return is_like(value, values.front());
        case Operator::ilike:
            return is_like(lowered(value), lowered(values.front()));
        case Operator::in:
            return listed;
        case Operator::not_in:
            return !listed;
        case Operator::is_null:
            return false;
        case Operator::is_not_null:
            return true;
    }
    return false;
}

std::optional<std::string> find(const std::map<std::string, std::string>& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> member(const TraceData& trace, const std::string& key) {
    if (key == "status") return std::string(to_string(trace.state));
    if (key == "timestamp_ms") return std::to_string(trace.start_ns / 1'000'000);
    if (key == "execution_time_ms") return std::to_string((trace.end_ns - trace.start_ns) / 1'000'000);
    if (key == "trace_id") return trace.id.mlflow_id();
    if (key == "client_request_id") {
        return trace.client_request_id.empty() ? std::nullopt : std::optional(trace.client_request_id);
    }
    const auto named = find(trace.tags, "mlflow.traceName");
    if (named) return named;
    const auto* root = trace.root();
    return root == nullptr ? std::nullopt : std::optional(root->name);
}

std::optional<std::string> span_value(const SpanData& span, const Comparison& wanted) {
    if (wanted.subject == Subject::span) {
        return wanted.key == "name"   ? span.name
               : wanted.key == "type" ? span.type
                                      : std::string(to_string(span.status));
    }
    const auto* value = span.attribute(wanted.key);
    if (value == nullptr) return std::nullopt;
    const auto json = nlohmann::json::parse(value->text(), nullptr, false);
    return json.is_string() ? json.get<std::string>() : value->text();
}

bool satisfies(const TraceData& trace, const Comparison& wanted) {
    if (wanted.subject == Subject::span || wanted.subject == Subject::span_attribute) {
        const auto has = [&wanted](const SpanData& span) {
            const auto value = span_value(span, wanted);
            return value && holds(*value, wanted);
        };
        if (wanted.op != Operator::is_null) return std::any_of(trace.spans.begin(), trace.spans.end(), has);
        return std::none_of(trace.spans.begin(), trace.spans.end(),
                            [&wanted](const SpanData& span) { return span_value(span, wanted).has_value(); });
    }
    const auto value = wanted.subject == Subject::tag        ? find(trace.tags, wanted.key)
                       : wanted.subject == Subject::metadata ? find(trace.metadata, wanted.key)
                                                             : member(trace, wanted.key);
    return value ? holds(*value, wanted) : wanted.op == Operator::is_null;
}

}  // namespace

TraceFilter::TraceFilter(std::string_view text) {
    Words words(text);
    while (!words.done()) {
        if (!comparisons_.empty()) words.expect("and");
        Comparison next;
        read_subject(words, next);
        read_operator(words, next);
        comparisons_.push_back(std::move(next));
    }
}

bool TraceFilter::matches(const TraceData& trace) const {
    return std::all_of(comparisons_.begin(), comparisons_.end(),
                       [&trace](const Comparison& wanted) { return satisfies(trace, wanted); });
}

}  // namespace assay::tracking
