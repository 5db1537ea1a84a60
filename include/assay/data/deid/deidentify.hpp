#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/data/deid/deid_key.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

class Vault;

/// What a column is, and so what becomes of it.
enum class ColumnRole : std::uint8_t {
    identifier,  ///< replaced by tokens, and looked for in free text
    date,        ///< moved by the patient's number of days
    year,        ///< a date of which the year stays
    birth_date,  ///< the year stays, as far as it tells no age over 89
    age,         ///< in years; over 89 becomes 90
    zip,         ///< the first three digits, 000 where few people live
    free_text,   ///< identifiers replaced by their kind in brackets
    name,        ///< dropped, and looked for in free text
    keep,
    drop,
};

/// "identifier", "birth_date", …
ASSAY_EXPORT std::string_view name_of(ColumnRole role);
/// @throws ValueError naming the roles there are.
ASSAY_EXPORT ColumnRole role_from_name(std::string_view name);

struct ColumnPlan {
    ColumnRole role = ColumnRole::drop;
    std::string purpose{};   ///< of an identifier's tokens; the column's name where empty
    bool fold_case = false;  ///< of an identifier: "a1" and "A1" are one
};

/// What becomes of each column of a table.
struct DeidPlan {
    std::map<std::string, ColumnPlan> columns;
    std::string patient = "patient_id";  ///< the identifier whose dates move together
    int most_days = 182;                 ///< see DateShift
    bool keep_weekday = false;
    std::optional<Date> as_of;  ///< the day on which ages count; asked for where a column is a birth_date
};

/// What happened to one column.
struct ColumnOutcome {
    std::string column;
    ColumnRole role;
    index values = 0;   ///< not null before
    index changed = 0;  ///< of free text: rows with a finding
    index removed = 0;  ///< null now because they were blank, no ZIP code, or a date without a patient
};

struct Deidentified {
    Table rows;
    std::vector<ColumnOutcome> columns;
    Table findings;  ///< in free text: column, row, kind, begin, end; no text
    std::map<std::string, index> counts_by_kind;
};

/// The column that says with which key tokens and dates were made.
inline constexpr std::string_view key_id_column = "deid_key_id";

/// A table without what identifies persons, as far as its columns are what the plan says.
///
/// @param vault  takes up every token and its identifier where given; the caller saves it, before the rows are used
/// @throws SchemaError if a column has no role, if dates are moved without a patient column, or if a type does not fit
///         its role; ValueError if `as_of` is missing.   Cost: O(rows · columns), tokens over all threads.
ASSAY_EXPORT Deidentified deidentify(const Table& table, const DeidPlan& plan, const DeidKey& key,
                                     Vault* vault = nullptr);

/// De-identified rows under another key: new tokens, dates moved accordingly, the new key's id.
/// @param vault  knows the tokens of `from`, takes up those of `to`
/// @throws SchemaError if the rows have no deid_key_id; ValueError if a row is of another key than `from` or a token is
///         not in the vault.
ASSAY_EXPORT Table rotate(const Table& rows, const DeidPlan& plan, Vault& vault, const DeidKey& from,
                          const DeidKey& to);

}  // namespace assay::data
