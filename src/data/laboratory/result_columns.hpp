#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/data/array_builder.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data::laboratory {

/// One result as a reader of messages hands it over; empty text is null.
struct ResultRow {
    std::string_view result_id;
    std::string_view patient_id;
    std::string_view order_id;
    std::string_view specimen_id;
    std::string_view specimen;
    Timestamp observed_at;
    std::optional<Timestamp> reported_at;
    std::string_view local_code;
    std::string_view test_name;
    std::string_view loinc;
    std::string_view comparator;
    std::optional<double> value;
    std::string_view text;
    std::string_view unit;
    std::optional<double> reference_low;
    std::optional<double> reference_high;
    std::string_view flag;
    std::string_view status;
    std::string_view absent_reason;
    std::string_view device_id;
    std::string_view location;
    std::string_view source_file;
    std::int64_t source_line = 0;
};

/// The columns of LaboratoryResults while they grow row by row.
class ResultColumns {
  public:
    void append(const ResultRow& row);
    index size() const noexcept { return observed_at_.size(); }
    /// The table so far; leaves the columns empty.
    Table finish();

  private:
    TextBuilder result_id_, patient_id_, order_id_, specimen_id_, specimen_, local_code_, test_name_, loinc_,
        comparator_, text_, unit_, flag_, status_, absent_reason_, device_id_, location_, source_file_;
    ArrayBuilder<std::int64_t> observed_at_, reported_at_, source_line_;
    ArrayBuilder<double> value_, reference_low_, reference_high_;
};

/// Bytes that a reader did not accept.
struct Refusal {
    std::string_view file;
    std::int64_t line = 0;
    std::int64_t byte_offset = 0;
    std::string_view rules;
    std::string_view columns;
    std::string_view raw;
};

/// The quarantine while it grows.
class RefusedRows {
  public:
    void append(const Refusal& refusal);
    index size() const noexcept { return lines_.size(); }
    Quarantine finish();

  private:
    TextBuilder files_, rules_, columns_;
    TextBuilder raw_{Type::Binary};
    ArrayBuilder<std::int64_t> lines_, offsets_, lengths_;
};

/// The last word on each result and what it replaced.
struct Corrected {
    Table rows;
    Table superseded;
};

/// Of the rows of one result the one said last counts. Where times do not tell (one is missing, or both are the same)
/// it is the later in reading order, but what is registered or preliminary never replaces what is final, amended,
/// corrected or withdrawn.
/// @param identities  from 0; the same number for rows of the same result
Corrected last_words(const Table& rows, const std::vector<std::optional<Timestamp>>& said_at,
                     const std::vector<index>& identities);

/// The same for rows that are named by their result_id alone.
Corrected last_words(const Table& rows, const std::vector<std::optional<Timestamp>>& said_at);

}  // namespace assay::data::laboratory
