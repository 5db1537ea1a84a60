#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/fhir/references.hpp"
#include "data/laboratory/result_columns.hpp"

namespace assay::data::fhir {

/// Where an observation stands.
struct Place {
    std::string_view file;
    std::int64_t line = 1;
    index byte_offset = 0;
    std::string_view raw;
    std::string scope;             ///< of its bundle
    bool local_ids = false;        ///< ids mean something in this bundle alone
    std::string_view bundle_time;  ///< Bundle.timestamp
    std::string_view full_url;
};

/// Turns observations into results and refusals.
class ObservationReader {
  public:
    ObservationReader(const ReadingOptions& options, const References& references)
        : options_(options), references_(references) {}

    /// @param contained  of the resource that contains it, or its own
    void read(const json& observation, const json& contained, const Place& place);
    void refuse(std::string_view rule, std::string_view columns, const Place& place);

    index units_read() const noexcept { return units_read_; }
    index panels() const noexcept { return panels_; }
    index released_times() const noexcept { return released_times_; }
    index other_ranges() const noexcept { return other_ranges_; }
    index unread_reported() const noexcept { return unread_reported_; }
    index unread_statuses() const noexcept { return unread_statuses_; }
    index unread_flags() const noexcept { return unread_flags_; }

    laboratory::ResultColumns results;
    std::vector<std::optional<Timestamp>> said_at;
    laboratory::RefusedRows refused;

  private:
    struct Shared;  ///< what an observation and its components share
    std::string name_of_result(const json& observation, const Shared& shared, const Place& place);
    void read_unit(const json& unit, const Shared& shared, const Place& place, std::string id);
    void fill_value(const json& unit, laboratory::ResultRow& row, std::string_view& fault);
    void fill_quantity(const json& quantity, laboratory::ResultRow& row);
    void fill_range(const json& unit, laboratory::ResultRow& row);
    std::string_view keep(std::string text);

    const ReadingOptions& options_;
    const References& references_;
    std::deque<std::string> kept_;        ///< of one observation
    std::map<std::string, int> unnamed_;  ///< results without any name, by file and line
    index units_read_ = 0;
    index panels_ = 0;
    index released_times_ = 0;
    index other_ranges_ = 0;
    index unread_reported_ = 0;
    index unread_statuses_ = 0;
    index unread_flags_ = 0;
};

}  // namespace assay::data::fhir
