#include "device_records.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/id_table.hpp"
#include "assay/features/detail/numeric_column.hpp"

namespace assay::features::detail {
namespace {

using data::Array;
using data::Table;
using data::Type;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

/// A text column as small numbers; −1 for null and empty text.
std::vector<std::int32_t> numbered(const Array& column, IdTable& names) {
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(column.size()), -1);
    std::int32_t last = -1;
    for (index row = 0; row < column.size(); ++row) {
        if (column.is_null(row) || column.text(row).empty()) continue;
        const std::string_view text = column.text(row);
        last = names.position_of(text, IdKey::of(text, static_cast<index>(text.size())), last);
        numbers[static_cast<std::size_t>(row)] = last;
    }
    return numbers;
}

/// Columns of a table that may be absent: then nothing but nulls.
class OptionalColumns {
  public:
    explicit OptionalColumns(const Table& table) : table_(table) {}

    Array text(std::string_view name) const {
        if (!table_.has_column(name)) return Array::nulls(Type::Utf8, table_.num_rows());
        return expect_column(table_, name, Type::Utf8);
    }
    Array time(std::string_view name) const {
        if (!table_.has_column(name)) return Array::nulls(Type::Timestamp, table_.num_rows());
        return expect_column(table_, name, Type::Timestamp);
    }
    Array number(std::string_view name) const {
        if (!table_.has_column(name)) return Array::nulls(Type::Float64, table_.num_rows());
        return as_float64(table_.column(name), name);
    }

  private:
    const Table& table_;
};

double finite_or_nan(const Array& column, index row) {
    const auto value = column.get<double>(row);
    return value && std::isfinite(*value) ? *value : kNoNumber;
}

std::optional<std::int64_t> micros_of(const Array& column, index row) {
    const auto time = column.get<Timestamp>(row);
    return time ? std::optional(time->micros()) : std::nullopt;
}

std::uint64_t pair_of(std::int32_t first, std::int32_t second) {
    return (std::uint64_t{static_cast<std::uint32_t>(first)} << 32) | static_cast<std::uint32_t>(second);
}

/// loinc, and where that is null local_code, as numbers.
std::vector<std::int32_t> numbered_codes(IdTable& names, const Array& loinc, const Array& local) {
    std::vector<std::int32_t> codes = numbered(loinc, names);
    const std::vector<std::int32_t> others = numbered(local, names);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (codes[i] < 0) codes[i] = others[i];
    }
    return codes;
}

/// Devices by name, in order of first appearance.
class DeviceList {
  public:
    explicit DeviceList(std::map<std::string, index>& left_out) : left_out_(left_out) {}

    /// Calls add(records, row) for each row with a device.
    template <class Add>
    void each(const Array& device_id, const std::string& table, Add add) {
        const std::vector<std::int32_t> numbers = numbered(device_id, names_);
        while (devices.size() < names_.ids().size()) {
            const std::string_view id = names_.ids()[devices.size()];
            devices.emplace_back().id = id;
        }
        for (std::size_t row = 0; row < numbers.size(); ++row) {
            if (numbers[row] < 0) {
                ++left_out_[table + ".no_device"];
            } else if (const char* reason =
                           add(devices[static_cast<std::size_t>(numbers[row])], static_cast<index>(row))) {
                ++left_out_[table + "." + reason];
            }
        }
    }

    std::vector<DeviceRecords> devices;

  private:
    IdTable names_;
    std::map<std::string, index>& left_out_;
};

bool is_no_result(std::string_view status) {
    return status == "registered" || status == "cancelled" || status == "entered-in-error";
}

void read_results(const Table& table, bool known_when_observed, DeviceList& devices, ReadRecords& out) {
    const OptionalColumns columns(table);
    const Array status = columns.text("status"), comparator = columns.text("comparator");
    const Array loinc = columns.text("loinc"), local = columns.text("local_code"), unit = columns.text("unit");
    const Array specimen = columns.text("specimen_id"), result = columns.text("result_id");
    const Array& observed = expect_column(table, "observed_at", Type::Timestamp);
    const Array& reported = expect_column(table, "reported_at", Type::Timestamp);
    const bool standard = table.has_column("value_standard");
    const Array values = columns.number(standard ? "value_standard" : "value");
    IdTable names, units, specimens, ids;
    const auto codes = numbered_codes(names, loinc, local);
    const auto unit_of = numbered(standard ? columns.text("unit_standard") : unit, units);
    const auto specimen_of = numbered(specimen, specimens);
    const auto id_of = numbered(result, ids);
    out.codes.assign(names.ids().begin(), names.ids().end());
    out.units.assign(units.ids().begin(), units.ids().end());
    devices.each(
        expect_column(table, "device_id", Type::Utf8), "results", [&](DeviceRecords& device, index row) -> const char* {
            const auto at = static_cast<std::size_t>(row);
            if (status.is_valid(row) && is_no_result(status.text(row))) return "no_result";
            const auto seen = micros_of(observed, row);
            const auto told = micros_of(reported, row);
            if (!told && !(known_when_observed && seen)) return "no_report_time";
            const bool exact = comparator.is_null(row) || comparator.text(row).empty();
            device.results.push_back({.known = !told   ? *seen
                                               : !seen ? *told
                                                       : std::max(*told, *seen),
                                      .took = told && seen ? *told - *seen : -1,
                                      .analyte = pair_of(codes[at], unit_of[at]),
                                      .value = exact && codes[at] >= 0 ? finite_or_nan(values, row) : kNoNumber,
                                      .specimen = specimen_of[at],
                                      .id = id_of[at]});
            return nullptr;
        });
}

void read_controls(const Table& table, DeviceList& devices) {
    if (table.num_columns() == 0) return;
    const OptionalColumns columns(table);
    const Array loinc = columns.text("loinc"), local = columns.text("local_code");
    const Array material = columns.text("material"), recorded = columns.time("recorded_at");
    const Array z = columns.number("z"), value = columns.number("value"), target = columns.number("target");
    const Array deviation = columns.number("standard_deviation");
    const Array& measured = expect_column(table, "measured_at", Type::Timestamp);
    IdTable names, materials;
    const auto codes = numbered_codes(names, loinc, local);
    const auto material_of = numbered(material, materials);
    devices.each(expect_column(table, "device_id", Type::Utf8), "controls",
                 [&](DeviceRecords& device, index row) -> const char* {
                     const auto at = static_cast<std::size_t>(row);
                     const auto time = micros_of(measured, row);
                     if (!time) return "no_time";
                     double score = finite_or_nan(z, row);
                     if (z.is_null(row)) {
                         score =
                             (finite_or_nan(value, row) - finite_or_nan(target, row)) / finite_or_nan(deviation, row);
                     }
                     if (!std::isfinite(score) || (z.is_null(row) && !(*deviation.get<double>(row) > 0))) return "no_z";
                     device.controls.push_back({.known = std::max(*time, micros_of(recorded, row).value_or(*time)),
                                                .measured = *time,
                                                .stream = pair_of(codes[at], material_of[at]),
                                                .z = score});
                     return nullptr;
                 });
}

std::optional<DeviceEventKind> kind_named(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"error", "calibration", "down", "up", "temperature"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<DeviceEventKind>(found - names.begin());
}

void read_events(const Table& table, DeviceList& devices) {
    if (table.num_columns() == 0) return;
    const OptionalColumns columns(table);
    const Array recorded = columns.time("recorded_at"), value = columns.number("value");
    const Array& at = expect_column(table, "at", Type::Timestamp);
    const Array& kinds = expect_column(table, "kind", Type::Utf8);
    devices.each(expect_column(table, "device_id", Type::Utf8), "events",
                 [&](DeviceRecords& device, index row) -> const char* {
                     const auto time = micros_of(at, row);
                     if (!time) return "no_time";
                     const auto kind = kinds.is_valid(row) ? kind_named(kinds.text(row)) : std::nullopt;
                     if (!kind) return "unknown_kind";
                     const double reading = finite_or_nan(value, row);
                     if (*kind == DeviceEventKind::temperature && std::isnan(reading)) return "no_temperature";
                     device.events.push_back({.known = std::max(*time, micros_of(recorded, row).value_or(*time)),
                                              .at = *time,
                                              .value = reading,
                                              .kind = *kind});
                     return nullptr;
                 });
}

template <class Record>
void sort_by_known(std::vector<Record>& records) {
    std::stable_sort(records.begin(), records.end(),
                     [](const Record& a, const Record& b) { return a.known < b.known; });
}

/// Leaves of each result_id the version that was known first; returns how many others there were.
index drop_revisions(std::vector<DeviceResult>& results) {
    std::unordered_set<std::int32_t> seen;
    const auto end = std::remove_if(results.begin(), results.end(), [&](const DeviceResult& result) {
        return result.id >= 0 && !seen.insert(result.id).second;
    });
    const index dropped = results.end() - end;
    results.erase(end, results.end());
    return dropped;
}

}  // namespace

ReadRecords read_device_records(const Table& results, const Table& controls, const Table& events,
                                bool known_when_observed) {
    ReadRecords out;
    DeviceList list(out.left_out);
    read_results(results, known_when_observed, list, out);
    read_controls(controls, list);
    read_events(events, list);
    out.devices = std::move(list.devices);
    std::sort(out.devices.begin(), out.devices.end(),
              [](const DeviceRecords& a, const DeviceRecords& b) { return a.id < b.id; });
    std::vector<index> revisions(out.devices.size());
    parallel_for(static_cast<index>(out.devices.size()), 1, [&](index begin, index end) {
        for (auto d = static_cast<std::size_t>(begin); d < static_cast<std::size_t>(end); ++d) {
            sort_by_known(out.devices[d].results);
            sort_by_known(out.devices[d].controls);
            sort_by_known(out.devices[d].events);
            revisions[d] = drop_revisions(out.devices[d].results);
        }
    });
    for (const index count : revisions) {
        if (count > 0) out.left_out["results.revision"] += count;
    }
    return out;
}

}  // namespace assay::features::detail
