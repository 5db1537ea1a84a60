#include "assay/features/clean_vitals.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/select.hpp"
#include "assay/data/units/reported_unit.hpp"
#include "assay/features/detail/duplicate_rows.hpp"
#include "assay/features/detail/limit_check.hpp"
#include "assay/features/detail/measurement_quarantine_builder.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/likely_cause.hpp"
#include "features/measured_column.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::MutableBuffer;
using data::Table;
using data::Type;
using detail::Measured;

constexpr index kBlock = 65536;  // rows of a task, a multiple of 64

enum class Rule : std::uint8_t { Key, Unit, Impossible, Implausible, Duplicate, Conflict };

struct Refusal {
    index row;
    std::int32_t column;  ///< position among the measurement columns
    Rule rule;
};

std::string rule_id(Rule rule, const std::string& measurement) {
    switch (rule) {
        case Rule::Key:
            return "row.key";
        case Rule::Unit:
            return measurement + ".unit";
        case Rule::Impossible:
            return measurement + ".impossible";
        case Rule::Implausible:
            return measurement + ".implausible";
        case Rule::Duplicate:
            return "row.duplicate";
        case Rule::Conflict:
            return "row.conflict";
    }
    return {};
}

std::string column_unit(const Table& vitals, const VitalLimit& limit, const CleanOptions& options) {
    if (const auto given = options.units.find(limit.measurement); given != options.units.end()) {
        return data::ReportedUnits::code_of(given->second);
    }
    const std::string& declared = vitals.schema().field(limit.measurement).unit;
    return declared.empty() ? limit.unit : declared;
}

/// A float64 column with the same nulls and other values.
Array with_values(const Array& like, MutableBuffer values) {
    return Array(
        Type::Float64, like.size(),
        {like.null_count() == 0 ? data::Buffer() : data::copy_bits(like.validity()), std::move(values).freeze(), {}},
        like.null_count());
}

MutableBuffer copy_values(const Array& column) {
    const auto values = column.values<double>();
    MutableBuffer out(static_cast<index>(values.size_bytes()));
    if (!values.empty()) std::memcpy(out.data(), values.data(), values.size_bytes());
    return out;
}

/// Converts where column or cell name another unit; cells with a unit of no use are noted.
void convert_units(const Table& vitals, Measured& m) {
    data::ReportedUnits known(m.limit->unit);
    const data::UnitConverter* found = known.from(m.unit);
    if (found == nullptr) {
        throw ValueError("clean_vitals: expected column '" + m.limit->measurement + "' in " + m.limit->unit +
                         " or a unit that converts to it, got " + m.unit);
    }
    const data::UnitConverter whole = *found;
    if (m.unit == m.limit->unit && !m.unit_column) return;
    MutableBuffer converted = copy_values(m.reported);
    auto* values = converted.as<double>();
    const Array* units = m.unit_column ? &vitals.column(*m.unit_column) : nullptr;
    for (index i = 0; i < m.reported.size(); ++i) {
        if (units == nullptr || units->is_null(i) || units->text(i).empty()) {
            values[i] = whole(values[i]);
            continue;
        }
        if (const data::UnitConverter* own = known.from(units->text(i))) {
            values[i] = (*own)(values[i]);
        } else if (m.reported.is_valid(i)) {
            m.bad_units.push_back(i);
        }
    }
    m.checked = with_values(m.reported, std::move(converted));
}

std::vector<Measured> measured_columns(const Table& vitals, const CleanOptions& options) {
    for (const auto& [name, unit] : options.units) {
        if (find_limit(options.limits, name) == nullptr) {
            throw ValueError("clean_vitals: expected units of measurements that have limits, got '" + name + "'");
        }
    }
    std::vector<Measured> out;
    for (index at = 0; at < vitals.num_columns(); ++at) {
        const std::string& name = vitals.schema()[at].name;
        const VitalLimit* limit = find_limit(options.limits, name);
        if (limit == nullptr) continue;
        Measured m{at,
                   limit,
                   detail::as_float64(vitals.column(at), name),
                   {},
                   column_unit(vitals, *limit, options),
                   {},
                   {},
                   {},
                   {},
                   {},
                   0,
                   0};
        m.checked = m.reported;
        m.unit_column = vitals.schema().find(name + "_unit");
        if (m.unit_column) detail::expect_column(vitals, name + "_unit", Type::Utf8);
        m.source_column = vitals.schema().find(name + "_source_row");
        if (m.source_column) detail::expect_column(vitals, name + "_source_row", Type::Int64);
        convert_units(vitals, m);
        out.push_back(std::move(m));
    }
    return out;
}

/// Fills `accepted` by the limits, on all threads.
void check_column(Measured& m) {
    const index n = m.checked.size();
    m.accepted.resize(static_cast<std::size_t>((n + 63) / 64));
    const data::Range both{std::max(m.limit->valid.low, m.limit->outlier.low),
                           std::min(m.limit->valid.high, m.limit->outlier.high)};
    std::vector<detail::LimitCounts> counts(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
    const double* values = m.checked.values<double>().data();
    parallel_for(n, kBlock, [&](index begin, index end) {
        counts[static_cast<std::size_t>(begin / kBlock)] = detail::check_limits(
            values + begin, m.checked.validity().slice(begin, end - begin), both, m.accepted.data() + begin / 64);
    });
    for (const auto& block : counts) {
        m.measured += block.measured;
        m.kept += block.accepted;
    }
}

void note_refusals(const Measured& m, std::int32_t column, std::vector<Refusal>& refusals) {
    if (m.measured == m.kept && m.bad_units.empty()) return;
    const data::BitmapView measured = m.checked.validity();
    for (std::size_t w = 0; w < m.accepted.size(); ++w) {
        std::uint64_t lost = detail::load_bits(measured, static_cast<index>(w) * 64) & ~m.accepted[w];
        for (; lost != 0; lost &= lost - 1) {
            const index row = static_cast<index>(w) * 64 + std::countr_zero(lost);
            const bool possible = m.limit->outlier.contains(m.value(row));
            const bool unit = std::binary_search(m.bad_units.begin(), m.bad_units.end(), row);
            refusals.push_back({row, column, unit ? Rule::Unit : possible ? Rule::Implausible : Rule::Impossible});
        }
    }
}

/// The whole cleaning of one table: keys, units, limits, duplicates, then the result.
class Cleaning {
  public:
    Cleaning(const Table& vitals, const CleanOptions& options)
        : vitals_(vitals),
          ids_(detail::expect_column(vitals, "patient_id", Type::Utf8)),
          times_(detail::expect_column(vitals, "observed_at", Type::Timestamp)),
          source_column_(vitals.schema().find("source_row")),
          columns_(measured_columns(vitals, options)) {
        if (source_column_) detail::expect_column(vitals, "source_row", Type::Int64);
    }

    CleanedVitals run() {
        check_values();
        refuse_rows_without_key();
        merge_duplicates();
        Table rows = kept_rows();
        Table refused = quarantine();
        expect_conserved(counts_);
        if (!keep_.empty()) return {std::move(rows), std::move(refused), counts_, {}};
        return {std::move(rows), std::move(refused), counts_,
                std::make_shared<const detail::GroupedIds>(detail::GroupedIds{ids_, std::move(groups_)})};
    }

  private:
    void check_values() {
        counts_.rows_read = counts_.rows_accepted = vitals_.num_rows();
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            Measured& m = columns_[c];
            check_column(m);
            counts_.measurements_read += m.measured;
            for (const index row : m.bad_units) m.refuse(row);
        }
        std::vector<std::vector<Refusal>> found(columns_.size());
        parallel_for(static_cast<index>(columns_.size()), 1, [&](index begin, index end) {
            for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
                note_refusals(columns_[c], static_cast<std::int32_t>(c), found[c]);
            }
        });
        for (const auto& of_column : found) refusals_.insert(refusals_.end(), of_column.begin(), of_column.end());
    }

    bool has_key(index row) const { return ids_.is_valid(row) && !ids_.text(row).empty() && times_.is_valid(row); }

    void drop(index row) {
        if (keep_.empty()) keep_.assign(static_cast<std::size_t>(vitals_.num_rows()), 1);
        keep_[static_cast<std::size_t>(row)] = 0;
        --counts_.rows_accepted;
    }

    void refuse_rows_without_key() {
        groups_ = detail::group_by_patient(ids_);
        const auto named = std::find(groups_.ids.begin(), groups_.ids.end(), std::string_view{});
        const auto nameless =
            static_cast<std::int32_t>(named - groups_.ids.begin());  // past the end where all have one
        if (ids_.null_count() == 0 && times_.null_count() == 0 && named == groups_.ids.end()) return;
        for (index r = 0; r < groups_.num_runs(); ++r) {
            const detail::PatientRun run = groups_.run(r);
            const bool patient = run.patient >= 0 && run.patient != nameless;
            if (patient && times_.null_count() == 0) continue;
            for (index row = run.begin; row < run.end; ++row) {
                if (!has_key(row)) refuse_row(row);
            }
            if (!patient) groups_.patients[r] = -1;
        }
        if (counts_.rows_quarantined == 0) return;
        // A row without key answers for itself: what its limits said is replaced.
        refusals_.erase(std::remove_if(refusals_.begin(), refusals_.end(),
                                       [&](const Refusal& r) {
                                           return r.rule != Rule::Key && !keep_[static_cast<std::size_t>(r.row)];
                                       }),
                        refusals_.end());
    }

    void refuse_row(index row) {
        drop(row);
        ++counts_.rows_quarantined;
        bool held = false;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            if (columns_[c].reported.is_null(row)) continue;
            held = true;
            columns_[c].refuse(row);
            refusals_.push_back({row, static_cast<std::int32_t>(c), Rule::Key});
        }
        if (!held) refusals_.push_back({row, -1, Rule::Key});
    }

    void merge_duplicates() {
        for (const detail::RowGroup& group : detail::find_duplicate_rows(groups_, times_)) {
            for (std::size_t k = 1; k < group.size(); ++k) {
                for (std::size_t c = 0; c < columns_.size(); ++c) {
                    merge_cell(columns_[c], static_cast<std::int32_t>(c), group.front(), group[k]);
                }
                drop(group[k]);
                ++counts_.rows_merged;
            }
        }
    }

    void merge_cell(Measured& m, std::int32_t column, index kept, index row) {
        if (!m.holds(row)) return;
        m.refuse(row);
        if (m.holds(kept)) {
            const double first = m.merged.size() == 0 ? m.value(kept) : m.merged.as<double>()[kept];
            refusals_.push_back({row, column, first == m.value(row) ? Rule::Duplicate : Rule::Conflict});
            return;
        }
        if (m.merged.size() == 0) m.merged = copy_values(m.checked);
        m.merged.as<double>()[kept] = m.value(row);
        m.accept(kept);
    }

    Table kept_rows() {
        std::vector<data::Field> fields;
        std::vector<Array> arrays;
        std::size_t next = 0;
        for (index at = 0; at < vitals_.num_columns(); ++at) {
            data::Field field = vitals_.schema()[at];
            const bool measured = next < columns_.size() && columns_[next].position == at;
            if (!measured && is_used_up(at)) continue;
            if (measured) {
                Measured& m = columns_[next++];
                field.type = Type::Float64;
                field.unit = m.limit->unit;
                arrays.push_back(with_accepted(m));
            } else {
                arrays.push_back(vitals_.column(at));
            }
            field.nullable = true;
            fields.push_back(std::move(field));
        }
        Table rows(data::TableSchema(fields), std::move(arrays));
        if (!keep_.empty()) rows = data::filter(rows, keep_);  // the only copy
        return rows;
    }

    /// Columns about single measurements: true of the input, not of the cleaned values.
    bool is_used_up(index at) const {
        return std::any_of(columns_.begin(), columns_.end(),
                           [&](const Measured& m) { return m.unit_column == at || m.source_column == at; });
    }

    Array with_accepted(Measured& m) {
        index accepted = 0;
        for (const std::uint64_t word : m.accepted) accepted += std::popcount(word);
        counts_.measurements_accepted += accepted;
        const Array values = m.merged.size() == 0 ? m.checked : with_values(m.checked, std::move(m.merged));
        if (accepted == values.size()) return values.with_validity({}, 0);
        auto bits = std::make_shared<std::vector<std::uint64_t>>(m.accepted);
        const auto* bytes = reinterpret_cast<const std::byte*>(bits->data());
        const index size = static_cast<index>(bits->size() * sizeof(std::uint64_t));
        return values.with_validity(data::Buffer(std::move(bits), bytes, size), values.size() - accepted);
    }

    Table quarantine() {
        std::stable_sort(refusals_.begin(), refusals_.end(), [](const Refusal& a, const Refusal& b) {
            return a.row != b.row ? a.row < b.row : a.column < b.column;
        });
        detail::MeasurementQuarantineBuilder builder;
        for (const Refusal& r : refusals_) {
            detail::QuarantinedMeasurement out;
            if (ids_.is_valid(r.row)) out.patient_id = ids_.text(r.row);
            out.observed_at = times_.get<Timestamp>(r.row);
            const Measured* m = r.column < 0 ? nullptr : &columns_[static_cast<std::size_t>(r.column)];
            const std::string rule = rule_id(r.rule, m == nullptr ? std::string() : m->limit->measurement);
            out.rule = rule;
            if (m != nullptr) describe(*m, r, out);
            out.source_row = source_row(m, r.row);
            builder.append(out);
            if (m != nullptr) ++counts_.measurements_quarantined;
        }
        return builder.finish();
    }

    std::int64_t source_row(const Measured* m, index row) const {
        const auto& column = m != nullptr && m->source_column ? m->source_column : source_column_;
        if (!column) return row;
        return vitals_.column(*column).get<std::int64_t>(row).value_or(row);
    }

    void describe(const Measured& m, const Refusal& r, detail::QuarantinedMeasurement& out) const {
        out.measurement = m.limit->measurement;
        out.value = m.reported.get<double>(r.row);
        out.unit = m.unit;
        if (m.unit_column) {
            const Array& units = vitals_.column(*m.unit_column);
            if (units.is_valid(r.row) && !units.text(r.row).empty()) out.unit = units.text(r.row);
        }
        if (r.rule == Rule::Impossible || r.rule == Rule::Implausible) {
            out.likely_cause = likely_cause(m.limit->measurement, m.value(r.row));
        }
    }

    const Table& vitals_;
    const Array& ids_;
    const Array& times_;
    std::optional<index> source_column_;
    std::vector<Measured> columns_;
    detail::PatientGroups groups_;
    std::vector<Refusal> refusals_;
    std::vector<std::uint8_t> keep_;  ///< empty: every row
    MeasurementCounts counts_;
};

}  // namespace

CleanedVitals clean_vitals(const Table& vitals, const CleanOptions& options) { return Cleaning(vitals, options).run(); }

}  // namespace assay::features
