#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// How one column of a table is made from another table: the declaration that turns a vendor's layout into ours.
///
/// `from` lists templates, best first: text in which `{column}` stands for the row's value. `{column:lower}` and
/// `{column:upper}` change ASCII case; `{column:coding}` writes the code system before the first '|' in lower case and
/// the code in upper case ("ICD9|v707" becomes "icd9|V707"); `{column:given}` writes nothing and asks only for a value.
/// A template that names a column the table lacks is left out; one that meets a null yields to the next. A template
/// without braces is a constant.
struct ColumnRule {
    Field field;
    std::vector<std::string> from;
    std::map<std::string, std::string> recode;  ///< other text for these texts; what is not listed stays
};

/// A table with one column for each rule, row by row from `table`; null where no template gives a value.
/// @throws SchemaError if no template of a column that may not be null can be used, or if it gives a null.
/// @throws ValueError if a text is not a value of the column's type (the text itself is not repeated).
/// Cost: O(rows · rules); a plain `{column}` of the right type is shared, not copied.
ASSAY_EXPORT Table project(const Table& table, std::span<const ColumnRule> rules);

}  // namespace assay::data
