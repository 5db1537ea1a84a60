#include "assay/features/pivot_measurements.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/select.hpp"
#include "assay/data/units/reported_unit.hpp"
#include "assay/data/vital_signs.hpp"
#include "assay/features/detail/measurement_quarantine_builder.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "assay/features/detail/patient_groups.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::Table;
using data::Type;
using WideVitals = data::Schema<data::HeartRate, data::SystolicBp, data::DiastolicBp, data::Spo2, data::Temperature,
                                data::RespiratoryRate, data::MeanBp>;

/// A value on its way into a cell of the wide table.
struct Cell {
    std::int32_t patient;  ///< rank of the id
    Timestamp time;
    std::int32_t column;
    std::int32_t source;  ///< position in the map
    index row;
    double value;

    auto place() const { return std::tuple(patient, time.micros()); }
    auto order() const { return std::tuple(patient, time.micros(), column, source, row); }
};

struct RefusedRow {
    index row;
    std::string rule;
};

std::vector<data::Field> wide_fields(const MeasurementMap& map) {
    std::vector<data::Field> fields = WideVitals::table_schema().fields();
    for (const MeasurementSource& source : map) {
        const auto named = [&](const data::Field& field) { return field.name == source.column; };
        if (std::any_of(fields.begin(), fields.end(), named)) continue;
        data::Field field;
        field.name = source.column;
        field.unit = source.unit;
        fields.push_back(std::move(field));
    }
    return fields;
}

class Pivot {
  public:
    Pivot(const Table& in, const PivotOptions& options)
        : in_(in),
          options_(options),
          ids_(detail::expect_column(in, "patient_id", Type::Utf8)),
          times_(detail::expect_column(in, "observed_at", Type::Timestamp)),
          items_(in.column("item")),
          values_(detail::as_float64(in.column("value"), "value")),
          units_(in.has_column("unit") ? &detail::expect_column(in, "unit", Type::Utf8) : nullptr),
          source_rows_(in.has_column("source_row") ? &detail::expect_column(in, "source_row", Type::Int64) : nullptr),
          fields_(wide_fields(options.map)) {
        if (items_.type() != Type::Utf8) detail::expect_column(in, "item", Type::Int64);
        for (std::size_t i = 0; i < options.map.size(); ++i) codes_.emplace(options.map[i].code, i);
        rank_patients();
    }

    PivotedMeasurements run() {
        for (index r = 0; r < groups_.num_runs(); ++r) {
            const detail::PatientRun run = groups_.run(r);
            for (index row = run.begin; row < run.end; ++row) read_row(row, run.patient);
        }
        std::sort(cells_.begin(), cells_.end(), [](const Cell& a, const Cell& b) { return a.order() < b.order(); });
        PivotedMeasurements out{wide(), {}, {}, {}};
        out.quarantine = quarantine();
        out.others = data::take(in_, others_);
        out.counts = {in_.num_rows(), accepted_, out.quarantine.num_rows(), out.others.num_rows()};
        if (out.counts.measurements_read !=
            accepted_ + out.counts.measurements_quarantined + out.counts.measurements_other) {
            throw StateError(
                "pivot_measurements: expected every measurement to be placed, quarantined or kept as "
                "other; please report this defect");
        }
        return out;
    }

  private:
    void rank_patients() {
        groups_ = detail::group_by_patient(ids_);
        order_.resize(groups_.ids.size());
        std::iota(order_.begin(), order_.end(), 0);
        std::sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
            return groups_.ids[static_cast<std::size_t>(a)] < groups_.ids[static_cast<std::size_t>(b)];
        });
        rank_.resize(order_.size());
        for (std::size_t r = 0; r < order_.size(); ++r) {
            rank_[static_cast<std::size_t>(order_[r])] = static_cast<std::int32_t>(r);
        }
    }

    void read_row(index row, std::int32_t patient) {
        const bool key = patient >= 0 && !ids_.text(row).empty() && times_.is_valid(row);
        if (!key) return refuse(row, "row.key");
        if (items_.is_null(row)) return refuse(row, "row.item");
        const auto found = codes_.find(items_.type() == Type::Utf8 ? std::string(items_.text(row))
                                                                   : std::to_string(*items_.get<std::int64_t>(row)));
        if (found == codes_.end()) return others_.push_back(row);
        const MeasurementSource& source = options_.map[found->second];
        const std::int32_t column = position_of(source.column);
        if (values_.is_null(row)) return refuse(row, source.column + ".missing");
        const auto converted = convert(row, source, fields_[static_cast<std::size_t>(column)].unit);
        if (!converted) return refuse(row, source.column + ".unit");
        cells_.push_back({rank_[static_cast<std::size_t>(patient)], *times_.get<Timestamp>(row), column,
                          static_cast<std::int32_t>(found->second), row, *converted});
    }

    std::optional<double> convert(index row, const MeasurementSource& source, const std::string& to) {
        const bool stated = units_ != nullptr && units_->is_valid(row) && !units_->text(row).empty();
        const auto known = conversions_.try_emplace(to, to).first;
        const data::UnitConverter* conversion =
            known->second.from(stated ? units_->text(row) : std::string_view(source.unit));
        if (conversion == nullptr) return std::nullopt;
        return (*conversion)(*values_.get<double>(row));
    }

    std::int32_t position_of(const std::string& column) const {
        const auto at = std::find_if(fields_.begin(), fields_.end(), [&](const auto& f) { return f.name == column; });
        return static_cast<std::int32_t>(at - fields_.begin());
    }

    void refuse(index row, std::string rule) { refusals_.push_back({row, std::move(rule)}); }

    Table wide() {
        data::TextBuilder ids;
        data::ArrayBuilder<Timestamp> times;
        std::vector<data::ArrayBuilder<double>> columns(fields_.size());
        std::vector<data::ArrayBuilder<std::int64_t>> sources(fields_.size());
        for (std::size_t begin = 0, end = 0; begin < cells_.size(); begin = end) {
            while (end < cells_.size() && cells_[end].place() == cells_[begin].place()) ++end;
            ids.append(groups_.ids[static_cast<std::size_t>(order_[static_cast<std::size_t>(cells_[begin].patient)])]);
            times.append(cells_[begin].time);
            append_row({cells_.data() + begin, end - begin}, columns, sources);
        }
        std::vector<data::Field> fields = {data::PatientId::field(), data::ObservedAt::field()};
        std::vector<Array> arrays = {ids.finish(), times.finish()};
        for (std::size_t c = 0; c < fields_.size(); ++c) {
            fields.push_back(fields_[c]);
            arrays.push_back(columns[c].finish());
        }
        for (std::size_t c = 0; options_.source_rows && c < fields_.size(); ++c) {
            data::Field field;
            field.name = fields_[c].name + "_source_row";
            field.type = Type::Int64;
            field.description = "charted row that " + fields_[c].name + " was read from";
            fields.push_back(std::move(field));
            arrays.push_back(sources[c].finish());
        }
        return Table(data::TableSchema(std::move(fields)), std::move(arrays));
    }

    /// One wide row from its cells, sorted by column, then priority, then input order.
    void append_row(std::span<const Cell> cells, std::vector<data::ArrayBuilder<double>>& columns,
                    std::vector<data::ArrayBuilder<std::int64_t>>& sources) {
        std::size_t next = 0;
        for (std::size_t c = 0; c < fields_.size(); ++c) {
            const bool held = next < cells.size() && cells[next].column == static_cast<std::int32_t>(c);
            if (!held) {
                columns[c].append_null();
                sources[c].append_null();
                continue;
            }
            const Cell& taken = cells[next++];
            columns[c].append(taken.value);
            sources[c].append(source_row(taken.row));
            ++accepted_;
            for (; next < cells.size() && cells[next].column == taken.column; ++next) refuse_second(taken, cells[next]);
        }
    }

    void refuse_second(const Cell& taken, const Cell& cell) {
        if (cell.source != taken.source)
            return refuse(cell.row, fields_[static_cast<std::size_t>(cell.column)].name + ".other_source");
        refuse(cell.row, cell.value == taken.value ? "row.duplicate" : "row.conflict");
    }

    std::int64_t source_row(index row) const {
        return source_rows_ == nullptr ? row : source_rows_->get<std::int64_t>(row).value_or(row);
    }

    Table quarantine() {
        std::sort(refusals_.begin(), refusals_.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
        detail::MeasurementQuarantineBuilder builder;
        for (const RefusedRow& r : refusals_) {
            const auto item = items_.type() == Type::Utf8 ? items_.get<std::string>(r.row).value_or("")
                              : items_.is_null(r.row)     ? std::string()
                                                          : std::to_string(*items_.get<std::int64_t>(r.row));
            const auto found = codes_.find(item);
            detail::QuarantinedMeasurement out;
            if (ids_.is_valid(r.row)) out.patient_id = ids_.text(r.row);
            out.observed_at = times_.get<Timestamp>(r.row);
            out.measurement = found == codes_.end() ? item : options_.map[found->second].column;
            out.value = values_.get<double>(r.row);
            if (units_ != nullptr && units_->is_valid(r.row)) out.unit = units_->text(r.row);
            out.rule = r.rule;
            out.source_row = source_row(r.row);
            builder.append(out);
        }
        return builder.finish();
    }

    const Table& in_;
    const PivotOptions& options_;
    const Array& ids_;
    const Array& times_;
    const Array& items_;
    const Array values_;
    const Array* units_;
    const Array* source_rows_;
    std::vector<data::Field> fields_;
    std::unordered_map<std::string, std::size_t> codes_;
    std::unordered_map<std::string, data::ReportedUnits> conversions_;  ///< by the unit wanted
    detail::PatientGroups groups_;
    std::vector<std::int32_t> order_;  ///< patients by id
    std::vector<std::int32_t> rank_;   ///< of a patient in that order
    std::vector<Cell> cells_;
    std::vector<RefusedRow> refusals_;
    std::vector<index> others_;
    index accepted_ = 0;
};

}  // namespace

PivotedMeasurements pivot_measurements(const Table& measurements, const PivotOptions& options) {
    return Pivot(measurements, options).run();
}

}  // namespace assay::features
