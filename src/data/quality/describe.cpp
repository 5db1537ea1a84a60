#include <cmath>
#include <string>
#include <vector>

#include "assay/base/number.hpp"
#include "data/quality/checks.hpp"

namespace assay::data::detail {
namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

std::string in_words(Range range) {
    if (std::isinf(range.low)) return "at most " + to_text(range.high);
    if (std::isinf(range.high)) return "at least " + to_text(range.low);
    return "between " + to_text(range.low) + " and " + to_text(range.high);
}

struct InWords {
    const Table& table;

    std::string operator()(const RequiredCheck& c) const { return c.column + " must be present"; }
    std::string operator()(const RangeCheck& c) const {
        const std::string& unit = table.schema().field(c.column).unit;
        return c.column + " " + in_words(c.range) + (unit.empty() ? "" : " " + unit);
    }
    std::string operator()(const UniqueCheck& c) const { return joined(c.columns) + " must be unique"; }
    std::string operator()(const ReferenceCheck& c) const { return c.column + " must exist in " + c.target; }
    std::string operator()(const PatternCheck& c) const { return c.column + " must match " + c.pattern; }
    std::string operator()(const AllowedCheck& c) const { return c.column + " must be one of " + joined(c.values); }
    std::string operator()(const MonotoneCheck& c) const {
        return c.column + " must not go back in time" + (c.group_by.empty() ? "" : " within a " + c.group_by);
    }
    std::string operator()(const RowCountCheck& c) const {
        Range range;
        if (c.at_least) range.low = static_cast<double>(*c.at_least);
        if (c.at_most) range.high = static_cast<double>(*c.at_most);
        return "number of rows " + in_words(range);
    }
};

}  // namespace

std::string describe(const Table& table, const Check& check) { return std::visit(InWords{table}, check); }

}  // namespace assay::data::detail
