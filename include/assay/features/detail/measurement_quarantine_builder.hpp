#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "assay/data/array_builder.hpp"
#include "assay/data/table.hpp"

namespace assay::features::detail {

/// One row of the quarantine; empty text becomes null.
struct QuarantinedMeasurement {
    std::string_view patient_id;
    std::optional<Timestamp> observed_at;
    std::string_view measurement;
    std::optional<double> value;
    std::string_view unit;
    std::string_view rule;
    std::string_view likely_cause;
    std::int64_t source_row = 0;
};

/// Grows a table of measurement_quarantine_schema().
class MeasurementQuarantineBuilder {
  public:
    void append(const QuarantinedMeasurement& refused);
    index size() const noexcept { return source_row_.size(); }
    data::Table finish();

  private:
    data::TextBuilder patient_id_;
    data::ArrayBuilder<Timestamp> observed_at_;
    data::TextBuilder measurement_;
    data::ArrayBuilder<double> value_;
    data::TextBuilder unit_;
    data::TextBuilder rule_;
    data::TextBuilder likely_cause_;
    data::ArrayBuilder<std::int64_t> source_row_;
};

}  // namespace assay::features::detail
