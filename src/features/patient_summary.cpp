#include "assay/features/patient_summary.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/vital_signs.hpp"
#include "assay/features/detail/abnormal_result_json.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::ArrayBuilder;
using data::Field;
using data::Table;
using data::TableSchema;
using data::TextBuilder;
using data::Type;
using nlohmann::json;

Field plain_field(std::string name, Type type, const char* description = "") {
    Field field;
    field.name = std::move(name);
    field.type = type;
    field.description = description;
    return field;
}

Field vital_field(const Field& vital, const std::string& name) {
    Field field = vital;
    field.name = name;
    return field;
}

const Field& field_of(Vital vital) {
    static const TableSchema kVitals = data::VitalSigns::table_schema();
    return kVitals.field(name_of(vital));
}

void append_vital_fields(Vital vital, std::vector<Field>& fields) {
    const Field& measured = field_of(vital);
    const std::string& name = measured.name;
    for (const char* statistic : {"avg_", "min_", "max_", "last_"}) {
        fields.push_back(vital_field(measured, statistic + name));
    }
    fields.push_back(plain_field("last_" + name + "_at", Type::Timestamp));
    Field slope = plain_field(name + "_slope_per_hour", Type::Float64, "least squares over all accepted measurements");
    slope.unit = measured.unit == "/min" ? "/min/h" : measured.unit + "/h";
    fields.push_back(std::move(slope));
    fields.push_back(plain_field(name + "_count", Type::Int64, "accepted measurements"));
}

TableSchema make_schema() {
    Field id = data::PatientId::field();
    std::vector<Field> fields = {std::move(id),
                                 plain_field("age", Type::Int64),
                                 plain_field("sex", Type::Utf8),
                                 plain_field("chief_complaint", Type::Utf8),
                                 plain_field("first_observed_at", Type::Timestamp),
                                 plain_field("last_observed_at", Type::Timestamp)};
    fields[1].unit = "a";
    for (const Vital vital : kVitals) append_vital_fields(vital, fields);
    fields.push_back(plain_field("vital_count", Type::Int64, "rows of vital signs"));
    fields.push_back(plain_field("history_count", Type::Int64, "rows of medical history"));
    fields.push_back(plain_field("avg_risk_score", Type::Float64, "[0, 1]"));
    fields.push_back(plain_field("max_risk_score", Type::Float64, "[0, 1]"));
    fields.push_back(plain_field("worst_news2", Type::Int64, "0 to 20"));
    fields.push_back(plain_field("worst_news2_at", Type::Timestamp));
    fields.push_back(plain_field("news2_red", Type::Bool, "a single parameter scored 3 in any row"));
    fields.push_back(
        plain_field("news2_red_parameters", Type::Utf8, "JSON list of text, the parameters that scored 3"));
    fields.push_back(plain_field("diagnoses", Type::Utf8, "JSON list of text"));
    fields.push_back(plain_field("medications", Type::Utf8, "JSON list of text, active ones"));
    fields.push_back(plain_field("allergies", Type::Utf8, "JSON list of text"));
    fields.push_back(plain_field("abnormal_results", Type::Utf8, "JSON list, the latest abnormal result of each test"));
    fields.push_back(plain_field("imaging", Type::Utf8));
    fields.push_back(plain_field("aggregated_at", Type::Timestamp));
    return TableSchema(std::move(fields));
}

std::string list_text(const std::vector<std::string>& items) {
    if (items.empty()) return "[]";
    return json(items).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The columns in the order of the schema; take() makes them, on all threads.
class Columns {
  public:
    explicit Columns(const std::vector<PatientSummary>& patients) : patients_(patients) {}

    template <class T, class Get>
    void add(Get get) {
        columns_.push_back([this, get] {
            ArrayBuilder<T> builder;
            builder.reserve(static_cast<index>(patients_.size()));
            for (const PatientSummary& p : patients_) builder.append(std::optional<T>(get(p)));
            return builder.finish();
        });
    }
    template <class Get>
    void add_text(Get get, bool empty_is_null) {
        columns_.push_back([this, get, empty_is_null] {
            TextBuilder builder;
            for (const PatientSummary& p : patients_) {
                const auto text = get(p);  // a view or a string of its own
                text.empty() && empty_is_null ? builder.append_null() : builder.append(std::string_view(text));
            }
            return builder.finish();
        });
    }
    std::vector<Array> take() const {
        std::vector<Array> arrays(columns_.size());
        const index few = static_cast<index>(columns_.size());
        const index at_once = patients_.size() < kFewPatients ? few : 1;
        parallel_for(few, at_once, [&](index begin, index end) {
            for (auto c = static_cast<std::size_t>(begin); c < static_cast<std::size_t>(end); ++c) {
                arrays[c] = columns_[c]();
            }
        });
        return arrays;
    }

  private:
    static constexpr std::size_t kFewPatients = 1000;  // below, waking threads costs more

    const std::vector<PatientSummary>& patients_;
    std::vector<std::function<Array()>> columns_;
};

using P = const PatientSummary&;

std::optional<std::int64_t> widened(std::optional<int> value) {
    return value ? std::optional<std::int64_t>(*value) : std::nullopt;
}

void add_vital(Columns& columns, Vital vital) {
    columns.add<double>([=](P p) { return p.vital(vital).average; });
    columns.add<double>([=](P p) { return p.vital(vital).minimum; });
    columns.add<double>([=](P p) { return p.vital(vital).maximum; });
    columns.add<double>([=](P p) { return p.vital(vital).last; });
    columns.add<Timestamp>([=](P p) { return p.vital(vital).last_at; });
    columns.add<double>([=](P p) { return p.vital(vital).slope_per_hour; });
    columns.add<std::int64_t>([=](P p) { return p.vital(vital).count; });
}

/// Reads one row of a gold table.
class GoldRow {
  public:
    GoldRow(const Table& gold, index row) : gold_(gold), row_(row) {
        if (row < 0 || row >= gold.num_rows()) {
            throw ShapeError("patient_summary: expected a row in [0, " + std::to_string(gold.num_rows()) + "), got " +
                             std::to_string(row));
        }
    }

    template <class T>
    std::optional<T> get(std::string_view name) const {
        return gold_.column(name).get<T>(row_);
    }
    std::string text(std::string_view name) const { return get<std::string>(name).value_or(""); }
    std::optional<int> whole(std::string_view name, std::int64_t most) const {
        const auto value = get<std::int64_t>(name);
        if (value && (*value < 0 || *value > most)) {
            throw SchemaError("patient_summary: expected 0 to " + std::to_string(most) + " in column '" +
                              std::string(name) + "', row " + std::to_string(row_));
        }
        return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
    }
    json list(std::string_view name) const {
        const std::string content = text(name);
        if (content.empty()) return json::array();
        json parsed = json::parse(content, nullptr, false);
        if (!parsed.is_array()) {
            throw SchemaError("patient_summary: expected a JSON list in column '" + std::string(name) + "', row " +
                              std::to_string(row_));
        }
        return parsed;
    }
    std::vector<std::string> texts(std::string_view name) const {
        std::vector<std::string> out;
        for (const json& item : list(name)) {
            if (!item.is_string()) {
                throw SchemaError("patient_summary: expected a JSON list of text in column '" + std::string(name) +
                                  "', row " + std::to_string(row_));
            }
            out.push_back(item.get<std::string>());
        }
        return out;
    }

  private:
    const Table& gold_;
    index row_;
};

VitalStatistics read_vital(const GoldRow& row, Vital vital) {
    const std::string name(name_of(vital));
    VitalStatistics out;
    out.count = row.get<std::int64_t>(name + "_count").value_or(0);
    out.average = row.get<double>("avg_" + name);
    out.minimum = row.get<double>("min_" + name);
    out.maximum = row.get<double>("max_" + name);
    out.last = row.get<double>("last_" + name);
    out.last_at = row.get<Timestamp>("last_" + name + "_at");
    out.slope_per_hour = row.get<double>(name + "_slope_per_hour");
    return out;
}

}  // namespace

std::string_view name_of(Vital vital) noexcept {
    switch (vital) {
        case Vital::HeartRate:
            return "heart_rate";
        case Vital::SystolicBp:
            return "systolic_bp";
        case Vital::DiastolicBp:
            return "diastolic_bp";
        case Vital::Spo2:
            return "spo2";
        case Vital::Temperature:
            return "temperature";
        case Vital::RespiratoryRate:
            return "respiratory_rate";
    }
    return {};
}

const TableSchema& patient_summary_schema() {
    static const TableSchema kSchema = make_schema();
    return kSchema;
}

Table to_table(const std::vector<PatientSummary>& patients) {
    Columns columns(patients);
    columns.add_text([](P p) -> std::string_view { return p.patient_id; }, false);
    columns.add<std::int64_t>([](P p) { return widened(p.age); });
    columns.add_text([](P p) -> std::string_view { return p.sex; }, true);
    columns.add_text([](P p) -> std::string_view { return p.chief_complaint; }, true);
    columns.add<Timestamp>([](P p) { return p.first_observed_at; });
    columns.add<Timestamp>([](P p) { return p.last_observed_at; });
    for (const Vital vital : kVitals) add_vital(columns, vital);
    columns.add<std::int64_t>([](P p) { return static_cast<std::int64_t>(p.vital_count); });
    columns.add<std::int64_t>([](P p) { return static_cast<std::int64_t>(p.history_count); });
    columns.add<double>([](P p) { return p.average_risk_score; });
    columns.add<double>([](P p) { return p.max_risk_score; });
    columns.add<std::int64_t>([](P p) { return widened(p.worst_news2); });
    columns.add<Timestamp>([](P p) { return p.worst_news2_at; });
    columns.add<bool>([](P p) { return p.news2_red; });
    columns.add_text([](P p) { return list_text(p.news2_red_parameters); }, false);
    columns.add_text([](P p) { return list_text(p.diagnoses); }, false);
    columns.add_text([](P p) { return list_text(p.medications); }, false);
    columns.add_text([](P p) { return list_text(p.allergies); }, false);
    columns.add_text([](P p) { return detail::abnormal_results_json(p.abnormal_results); }, false);
    columns.add_text([](P p) -> std::string_view { return p.imaging; }, true);
    columns.add<Timestamp>([](P p) { return p.aggregated_at; });
    return Table(patient_summary_schema(), columns.take());
}

PatientSummary patient_summary(const Table& gold, index row_number) {
    const GoldRow row(gold, row_number);
    PatientSummary p;
    p.patient_id = row.text("patient_id");
    p.age = row.whole("age", 130);
    p.sex = row.text("sex");
    p.chief_complaint = row.text("chief_complaint");
    p.first_observed_at = row.get<Timestamp>("first_observed_at");
    p.last_observed_at = row.get<Timestamp>("last_observed_at");
    for (const Vital vital : kVitals) p.vital(vital) = read_vital(row, vital);
    p.vital_count = row.get<std::int64_t>("vital_count").value_or(0);
    p.history_count = row.get<std::int64_t>("history_count").value_or(0);
    p.average_risk_score = row.get<double>("avg_risk_score");
    p.max_risk_score = row.get<double>("max_risk_score");
    p.worst_news2 = row.whole("worst_news2", 20);
    p.worst_news2_at = row.get<Timestamp>("worst_news2_at");
    p.news2_red = row.get<bool>("news2_red");
    p.news2_red_parameters = row.texts("news2_red_parameters");
    p.diagnoses = row.texts("diagnoses");
    p.medications = row.texts("medications");
    p.allergies = row.texts("allergies");
    p.abnormal_results = detail::abnormal_results_from_json(row.text("abnormal_results"), row_number);
    p.imaging = row.text("imaging");
    p.aggregated_at = row.get<Timestamp>("aggregated_at");
    return p;
}

}  // namespace assay::features
