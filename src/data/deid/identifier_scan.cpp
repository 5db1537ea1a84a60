#include "assay/data/deid/identifier_scan.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <memory>
#include <span>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/select.hpp"
#include "data/deid/folded_text.hpp"
#include "data/deid/identifier_patterns.hpp"

namespace assay::data {
namespace {

constexpr index texts_per_block = 64;

/// All patterns at once to learn which occur, and each to learn where.
class Scanner {
  public:
    Scanner() : all_(options(), RE2::UNANCHORED) {
        for (const detail::IdentifierPattern& pattern : detail::identifier_patterns()) {
            each_.push_back(std::make_unique<RE2>(pattern.expression, options()));
            std::string problem;
            if (!each_.back()->ok() || all_.Add(pattern.expression, &problem) < 0) {
                throw Error("identifier scan: a pattern was not accepted by RE2; report this");
            }
        }
        if (!all_.Compile()) throw Error("identifier scan: RE2 did not compile its patterns; report this");
    }

    void find(std::string_view text, std::vector<IdentifierFinding>& found) const {
        const re2::StringPiece piece(text.data(), text.size());
        std::vector<int> occurring;
        RE2::Set::ErrorInfo error{};
        if (!all_.Match(piece, &occurring, &error) && error.kind != RE2::Set::kNoError) {
            occurring.resize(each_.size());  // out of memory for one pass: look for each
            for (std::size_t i = 0; i < each_.size(); ++i) occurring[i] = static_cast<int>(i);
        }
        for (const int number : occurring) find_one(static_cast<std::size_t>(number), piece, found);
    }

  private:
    static RE2::Options options() {
        RE2::Options options;
        options.set_log_errors(false);  // RE2 would log the text
        options.set_max_mem(std::int64_t{64} << 20);
        return options;
    }

    void find_one(std::size_t number, re2::StringPiece text, std::vector<IdentifierFinding>& found) const {
        const RE2& expression = *each_[number];
        const int groups = std::min(expression.NumberOfCapturingGroups(), 1);
        re2::StringPiece match[2];
        std::size_t at = 0;
        while (at < text.size() && expression.Match(text, at, text.size(), RE2::UNANCHORED, match, groups + 1)) {
            const re2::StringPiece part = groups == 1 && match[1].data() != nullptr ? match[1] : match[0];
            const auto begin = static_cast<index>(part.data() - text.data());
            const auto end = begin + static_cast<index>(part.size());
            if (end > begin) found.push_back({detail::identifier_patterns()[number].kind, begin, end});
            at = std::max(static_cast<std::size_t>(end), at + 1);
        }
    }

    RE2::Set all_;
    std::vector<std::unique_ptr<RE2>> each_;
};

const Scanner& scanner() {
    static const Scanner instance;
    return instance;
}

using FoldedView = std::span<const detail::FoldedPoint>;

/// Whether a word may end between two code points that follow each other.
bool is_word_border(const detail::FoldedPoint& before, const detail::FoldedPoint& after, bool among_unspaced) {
    if (!detail::is_letter_or_digit(before.folded) || !detail::is_letter_or_digit(after.folded)) return true;
    if (before.end < after.begin) return true;  // a joiner or the like stands between them
    return among_unspaced && (detail::is_unspaced(before.folded) || detail::is_unspaced(after.folded));
}

/// Where a word stands in the text with no letter or digit beside it.
void find_word(FoldedView text, FoldedView word, bool either_case, IdentifierKind kind,
               std::vector<IdentifierFinding>& found) {
    const auto same = [&](const detail::FoldedPoint& a, const detail::FoldedPoint& b) {
        return either_case ? a.folded == b.folded : a.as_is == b.as_is;
    };
    const bool among_unspaced = word.size() > 1;
    for (auto at = text.begin();; ++at) {
        at = std::search(at, text.end(), word.begin(), word.end(), same);
        if (at == text.end()) return;
        const auto end = at + static_cast<std::ptrdiff_t>(word.size());
        const bool inside = (at != text.begin() && !is_word_border(at[-1], *at, among_unspaced)) ||
                            (end != text.end() && !is_word_border(end[-1], *end, among_unspaced));
        if (!inside) found.push_back({kind, at->begin, end[-1].end});
    }
}

void find_name(FoldedView text, std::string_view name, std::vector<IdentifierFinding>& found) {
    const auto is_letter = [](const detail::FoldedPoint& p) { return detail::is_letter_or_digit(p.folded); };
    const std::vector<detail::FoldedPoint> points = detail::fold_text(name);
    for (auto at = points.begin(); at != points.end();) {
        at = std::find_if(at, points.end(), is_letter);
        const auto end = std::find_if_not(at, points.end(), is_letter);
        const FoldedView word(at, end);
        // "An" is a name, "an" is not.
        const bool whole_word = word.size() >= 2 || (word.size() == 1 && detail::is_unspaced(word[0].folded));
        if (whole_word) find_word(text, word, word.size() > 2, IdentifierKind::name, found);
        at = end;
    }
}

void find_known(std::string_view text, const KnownIdentifiers& known, std::vector<IdentifierFinding>& found) {
    if (known.names.empty() && known.ids.empty()) return;
    const std::vector<detail::FoldedPoint> folded = detail::fold_text(text);
    for (const std::string& name : known.names) find_name(folded, name, found);
    for (const std::string& id : known.ids) {
        const std::vector<detail::FoldedPoint> points = detail::fold_text(id);
        if (points.size() >= 3) find_word(folded, points, true, IdentifierKind::other_id, found);
    }
}

/// In order of place; where findings overlap one stands for all that they cover.
std::vector<IdentifierFinding> without_overlaps(std::vector<IdentifierFinding> found) {
    std::stable_sort(found.begin(), found.end(), [](const IdentifierFinding& a, const IdentifierFinding& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<IdentifierFinding> out;
    for (const IdentifierFinding& finding : found) {
        if (!out.empty() && finding.begin < out.back().end) {
            out.back().end = std::max(out.back().end, finding.end);
        } else {
            out.push_back(finding);
        }
    }
    return out;
}

KnownIdentifiers known_of(index row, std::span<const Array> names, std::span<const Array> ids) {
    KnownIdentifiers known;
    for (const Array& column : names)
        if (column.is_valid(row)) known.names.emplace_back(column.text(row));
    for (const Array& column : ids)
        if (column.is_valid(row)) known.ids.emplace_back(column.text(row));
    return known;
}

std::vector<Array> as_texts(std::span<const Array> columns, index rows) {
    std::vector<Array> texts;
    for (const Array& column : columns) {
        texts.push_back(column.type() == Type::Utf8 ? column : cast(column, Type::Utf8));
        if (column.size() != rows) {
            throw ShapeError("redact: expected columns of " + std::to_string(rows) + " rows, got " +
                             std::to_string(column.size()));
        }
    }
    return texts;
}

RedactedText assembled(const Array& texts, const std::vector<std::vector<IdentifierFinding>>& found) {
    RedactedText out;
    TextBuilder text, kind;
    ArrayBuilder<std::int64_t> row, begin, end;
    for (index i = 0; i < texts.size(); ++i) {
        if (texts.is_null(i)) {
            text.append_null();
            continue;
        }
        const auto& findings = found[static_cast<std::size_t>(i)];
        text.append(std::string_view(redact(texts.text(i), findings)));
        for (const IdentifierFinding& finding : findings) {
            row.append(i);
            kind.append(name_of(finding.kind));
            begin.append(finding.begin);
            end.append(finding.end);
            ++out.counts_by_kind[std::string(name_of(finding.kind))];
        }
    }
    out.text = text.finish();
    out.findings = Table(TableSchema{{.name = "row", .type = Type::Int64, .nullable = false},
                                     {.name = "kind", .type = Type::Utf8, .nullable = false},
                                     {.name = "begin", .type = Type::Int64, .nullable = false},
                                     {.name = "end", .type = Type::Int64, .nullable = false}},
                         {row.finish(), kind.finish(), begin.finish(), end.finish()});
    return out;
}

}  // namespace

std::string_view name_of(IdentifierKind kind) {
    constexpr std::string_view names[] = {"NAME",    "ADDRESS", "DATE", "AGE",         "PHONE",   "FAX",
                                          "EMAIL",   "SSN",     "MRN",  "HEALTH_PLAN", "ACCOUNT", "LICENCE",
                                          "VEHICLE", "DEVICE",  "URL",  "IP",          "ID"};
    return names[static_cast<std::size_t>(kind)];
}

std::vector<IdentifierFinding> find_identifiers(std::string_view text, const KnownIdentifiers& known) {
    std::vector<IdentifierFinding> found;
    if (text.empty()) return found;
    find_known(text, known, found);
    scanner().find(text, found);
    return without_overlaps(std::move(found));
}

std::string redact(std::string_view text, std::span<const IdentifierFinding> findings) {
    std::string out;
    out.reserve(text.size());
    index at = 0;
    for (const IdentifierFinding& finding : findings) {
        out += text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(finding.begin - at));
        out += '[';
        out += name_of(finding.kind);
        out += ']';
        at = finding.end;
    }
    return out += text.substr(static_cast<std::size_t>(at));
}

RedactedText redact(const Array& texts, std::span<const Array> names, std::span<const Array> ids) {
    if (texts.type() != Type::Utf8) {
        throw SchemaError("redact: expected text, got " + std::string(name_of(texts.type())));
    }
    const index rows = texts.size();
    const std::vector<Array> name_texts = as_texts(names, rows), id_texts = as_texts(ids, rows);
    std::vector<std::vector<IdentifierFinding>> found(static_cast<std::size_t>(rows));
    parallel_for(rows, texts_per_block, [&](index first, index last) {
        for (index row = first; row < last; ++row) {
            if (texts.is_null(row)) continue;
            found[static_cast<std::size_t>(row)] =
                find_identifiers(texts.text(row), known_of(row, name_texts, id_texts));
        }
    });
    return assembled(texts, found);
}

}  // namespace assay::data
