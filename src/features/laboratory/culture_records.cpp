#include "culture_records.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/features/detail/numeric_column.hpp"

namespace assay::features::detail {
namespace {

using data::Array;

constexpr std::int32_t kMostCultureDays = 36'600;

Array text_or_nulls(const data::Table& table, std::string_view name) {
    if (!table.has_column(name)) return Array::nulls(data::Type::Utf8, table.num_rows());
    return expect_column(table, name, data::Type::Utf8);
}

std::string_view text_of(const Array& column, index row) {
    return column.is_valid(row) ? column.text(row) : std::string_view();
}

/// The names of a column in order, and where each stands.
struct Names {
    std::vector<std::string> sorted;
    std::unordered_map<std::string_view, std::int32_t> places;

    Names(const Array& column, bool with_empty) {
        std::set<std::string_view> found;
        for (index row = 0; row < column.size(); ++row) found.insert(text_of(column, row));
        if (!with_empty) found.erase(std::string_view());
        for (const std::string_view name : found) {
            places.emplace(name, static_cast<std::int32_t>(sorted.size()));
            sorted.emplace_back(name);
        }
    }
};

/// Names as numbers; a row without one has a number of its own below 0.
class Numbers {
  public:
    explicit Numbers(const Array& column) : column_(column) {}
    std::int64_t of(index row) {
        const std::string_view text = text_of(column_, row);
        return text.empty() ? -1 - row : seen_.emplace(text, static_cast<std::int64_t>(seen_.size())).first->second;
    }

  private:
    const Array& column_;
    std::unordered_map<std::string_view, std::int64_t> seen_;
};

}  // namespace

CultureRecords read_cultures(const data::Table& cultures, const OutbreakOptions& options) {
    CultureRecords out;
    const Array ward = text_or_nulls(cultures, "ward"), organism = text_or_nulls(cultures, "organism");
    const Array specimen = text_or_nulls(cultures, "specimen_id"), patient = text_or_nulls(cultures, "patient_id");
    const Array& collected = expect_column(cultures, "collected_at", data::Type::Timestamp);
    const Array reported = cultures.has_column("reported_at")
                               ? expect_column(cultures, "reported_at", data::Type::Timestamp)
                               : Array::nulls(data::Type::Timestamp, cultures.num_rows());
    Names wards(ward, true), organisms(organism, false);
    Numbers specimens(specimen), patients(patient);
    for (index row = 0; row < cultures.num_rows(); ++row) {
        const auto taken = collected.get<Timestamp>(row);
        const auto told = reported.get<Timestamp>(row);
        if (!told && !(taken && options.known_when_observed)) {
            ++out.left_out["cultures.no_report_time"];
            continue;
        }
        const Timestamp known = !told ? *taken : !taken ? *told : std::max(*taken, *told);
        if (options.last_day && known >= options.calendar.start_of(Date{options.last_day->days() + 1})) {
            ++out.left_out["cultures.after_last_day"];
            continue;
        }
        const std::string_view name = text_of(organism, row);
        const std::int64_t sample = specimens.of(row);
        out.rows.push_back({known.micros(), options.calendar.day_of(known).days(), wards.places.at(text_of(ward, row)),
                            name.empty() ? -1 : organisms.places.at(name), sample,
                            text_of(patient, row).empty() ? -1 - cultures.num_rows() - (sample < 0 ? row : sample)
                                                          : patients.of(row)});
    }
    std::stable_sort(out.rows.begin(), out.rows.end(),
                     [](const CultureRecord& a, const CultureRecord& b) { return a.known < b.known; });
    if (!out.rows.empty()) {
        out.last_day = options.last_day ? options.last_day->days() : out.rows.back().day;
        if (index{out.last_day} - out.rows.front().day >= kMostCultureDays) {
            throw ValueError(
                "cultures: expected reports within 36,600 days; one lies far in the past or the future: give last_day, "
                "or leave it out");
        }
    }
    out.wards = std::move(wards.sorted);
    out.organisms = std::move(organisms.sorted);
    return out;
}

}  // namespace assay::features::detail
