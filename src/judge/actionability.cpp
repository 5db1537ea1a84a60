#include <algorithm>

#include "assay/judge/detail/context.hpp"

namespace assay::judge::detail {
namespace {

/// What a sentence of the plan says: what is to be done, when, and by whom.
struct ItemParts {
    bool action = false;
    bool timing = false;
    bool owner = false;
};

bool is_item(const Document& doc, const Sentence& s) {
    if (s.heading || s.section != Section::Plan || s.words() < 2) return false;
    const std::size_t first = doc.lower.find_first_not_of(" \t", static_cast<std::size_t>(s.begin));
    return doc.lower[first] != '[';  // the source of the item before
}

/// Sentences of one list item or line are one item.
struct Item {
    ItemParts parts;
    index begin = 0;
    index end = 0;
    index line = 0;
};

std::vector<Item> plan_items(const Context& context, const std::vector<Mention>& mentions) {
    std::vector<Item> items;
    std::size_t at = 0;
    for (const Sentence& s : context.doc.sentences) {
        while (at < mentions.size() && mentions[at].begin < s.begin) ++at;
        if (!is_item(context.doc, s)) continue;
        if (items.empty() || items.back().line != s.line) items.push_back({{}, s.begin, s.end, s.line});
        Item& item = items.back();
        item.end = s.end;
        for (std::size_t m = at; m < mentions.size() && mentions[m].begin < s.end; ++m) {
            const auto kind = static_cast<PlanConcept>(mentions[m].kind);
            item.parts.action = item.parts.action || kind == PlanConcept::Action || kind == PlanConcept::Return;
            item.parts.timing = item.parts.timing || kind == PlanConcept::Timing;
            item.parts.owner = item.parts.owner || kind == PlanConcept::Owner;
        }
    }
    // A line without an action that ends in a colon names a problem; it is no item.
    std::erase_if(items, [&](const Item& item) {
        const std::string_view text = context.doc.lower_slice(item.begin, item.end);
        const std::size_t last = text.find_last_not_of(" \t\r*_");
        return !item.parts.action && last != std::string_view::npos && text[last] == ':';
    });
    return items;
}

bool has_return_precautions(const Context& context, const std::vector<Mention>& mentions) {
    return std::any_of(mentions.begin(), mentions.end(), [&](const Mention& m) {
        if (m.kind != static_cast<int>(PlanConcept::Return)) return false;
        const Sentence* s = context.sentence_at(m.begin);
        if (s == nullptr || s->heading) return false;
        if (s->section == Section::SafetyNet) return true;
        const std::string_view text = context.doc.lower_slice(s->begin, s->end);
        return s->section == Section::Plan &&
               (text.find(" if ") != std::string_view::npos || text.find(" for wors") != std::string_view::npos);
    });
}

void report_item(const Context& context, const Item& item, CriterionResult& out) {
    const auto add = [&](const char* rule, const char* message) {
        out.findings.push_back(
            context.finding(rule, Criterion::Actionability, Severity::Minor, message, item.begin, item.end, ""));
    };
    if (!item.parts.action) add("ACT-NO-ACTION", "the plan item does not say what to do");
    if (!item.parts.timing) add("ACT-NO-TIMING", "the plan item does not say when");
    if (!item.parts.owner) add("ACT-NO-OWNER", "the plan item does not say by whom");
}

}  // namespace

CriterionResult judge_actionability(const Context& context) {
    const std::vector<Mention> mentions = plan_phrases().find(context.doc);
    const std::vector<Item> items = plan_items(context, mentions);
    CriterionResult out;
    double sum = 0;
    for (const Item& item : items) {
        sum += 0.5 * item.parts.action + 0.25 * item.parts.timing + 0.25 * item.parts.owner;
        report_item(context, item, out);
    }
    out.checked = static_cast<index>(items.size());
    const bool returns = has_return_precautions(context, mentions);
    if (items.empty()) {
        out.findings.push_back(
            missing("ACT-NO-PLAN", Criterion::Actionability, Severity::Critical, "the note has no plan item", ""));
    }
    if (!returns) {
        out.findings.push_back(missing("ACT-NO-RETURN-PRECAUTIONS", Criterion::Actionability, Severity::Major,
                                       "the note does not say when to return or escalate", "",
                                       "Return or call for help at once if symptoms get worse."));
    }
    out.share = items.empty() ? 0 : 0.8 * sum / static_cast<double>(items.size()) + (returns ? 0.2 : 0.0);
    return out;
}

}  // namespace assay::judge::detail
