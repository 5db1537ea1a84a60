#include <algorithm>

#include "accuracy_detail.hpp"

namespace assay::judge::detail {

CriterionResult judge_accuracy(const Context& context) {
    CriterionResult out;
    check_numbers(context, out);
    check_conditions(context, out);
    check_diagnoses(context, out);
    check_statements(context, out);
    const auto wrong = static_cast<index>(std::count_if(out.findings.begin(), out.findings.end(),
                                                        [](const Finding& f) { return f.severity != Severity::Info; }));
    if (out.checked == 0) {
        out.share = 0.25;
        out.findings.push_back(missing("ACC-NOTHING-CHECKED", Criterion::Accuracy, Severity::Major,
                                       "the note says nothing that could be matched to the record", ""));
        return out;
    }
    out.share = std::max(0.0, 1.0 - static_cast<double>(wrong) / static_cast<double>(out.checked));
    std::stable_sort(out.findings.begin(), out.findings.end(), [](const Finding& a, const Finding& b) {
        return a.begin.value_or(PTRDIFF_MAX) < b.begin.value_or(PTRDIFF_MAX);
    });
    return out;
}

}  // namespace assay::judge::detail
