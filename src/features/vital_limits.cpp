#include "assay/features/vital_limits.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/vital_signs.hpp"

namespace assay::features {
namespace {

using nlohmann::json;

template <class Column>
VitalLimit limit_of() {
    const data::Field field = Column::field();
    return {field.name, field.unit, field.valid.value_or(data::Range{}), field.outlier.value_or(data::Range{})};
}

void check(const VitalLimit& limit) {
    const auto ordered = [](data::Range range) { return range.low <= range.high; };
    if (!ordered(limit.valid) || !ordered(limit.outlier)) {
        throw ValueError("vital limits: expected low ≤ high for '" + limit.measurement + "'");
    }
    if (limit.valid.low < limit.outlier.low || limit.valid.high > limit.outlier.high) {
        throw ValueError("vital limits: expected 'valid' inside 'outlier' for '" + limit.measurement + "'");
    }
}

data::Range range_of(const json& pair, const std::string& measurement) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) {
        throw ValueError("vital limits: expected [low, high] for '" + measurement + "'");
    }
    return {pair[0].get<double>(), pair[1].get<double>()};
}

VitalLimit& place_for(VitalLimits& limits, const std::string& measurement) {
    for (VitalLimit& limit : limits) {
        if (limit.measurement == measurement) return limit;
    }
    return limits.emplace_back(VitalLimit{measurement, "", {}, {}});
}

data::TableSchema csv_schema() {
    std::vector<data::Field> fields;
    for (const char* name : {"measurement", "unit"}) {
        data::Field field;
        field.name = name;
        field.type = data::Type::Utf8;
        field.nullable = field.name == "unit";
        fields.push_back(std::move(field));
    }
    for (const char* name : {"valid_low", "valid_high", "outlier_low", "outlier_high"}) {
        data::Field field;
        field.name = name;
        fields.push_back(std::move(field));
    }
    return data::TableSchema(std::move(fields));
}

VitalLimits limits_from_csv(const std::filesystem::path& path) {
    data::CsvOptions options;
    options.schema = csv_schema();
    options.missing_as_null = true;
    const data::CsvResult file = data::read_csv(path, options);
    if (file.rejected.num_rows() > 0) {
        throw ValueError("vital limits: expected a measurement and numbers in every row, got " +
                         std::to_string(file.rejected.num_rows()) + " other rows");
    }
    VitalLimits limits = default_vital_limits();
    for (index row = 0; row < file.rows.num_rows(); ++row) {
        VitalLimit& limit = place_for(limits, std::string(file.rows.column("measurement").text(row)));
        const auto set = [&](const char* column, double& side) {
            side = file.rows.column(column).get<double>(row).value_or(side);
        };
        set("valid_low", limit.valid.low);
        set("valid_high", limit.valid.high);
        set("outlier_low", limit.outlier.low);
        set("outlier_high", limit.outlier.high);
        limit.unit = file.rows.column("unit").get<std::string>(row).value_or(limit.unit);
        check(limit);
    }
    return limits;
}

}  // namespace

const VitalLimits& default_vital_limits() {
    static const VitalLimits kLimits = {
        limit_of<data::HeartRate>(),       limit_of<data::SystolicBp>(), limit_of<data::DiastolicBp>(),
        limit_of<data::MeanBp>(),          limit_of<data::Spo2>(),       limit_of<data::Temperature>(),
        limit_of<data::RespiratoryRate>(),
    };
    return kLimits;
}

const VitalLimit* find_limit(const VitalLimits& limits, std::string_view measurement) noexcept {
    for (const VitalLimit& limit : limits) {
        if (limit.measurement == measurement) return &limit;
    }
    return nullptr;
}

VitalLimits vital_limits_from_json(std::string_view text) {
    const json site = json::parse(text, nullptr, false);
    if (!site.is_object()) {
        throw ValueError("vital limits: expected a JSON object of measurements, each with 'valid' and 'outlier'");
    }
    VitalLimits limits = default_vital_limits();
    for (const auto& [measurement, entry] : site.items()) {
        if (!entry.is_object()) throw ValueError("vital limits: expected an object for '" + measurement + "'");
        VitalLimit& limit = place_for(limits, measurement);
        for (const auto& [key, value] : entry.items()) {
            if (key == "valid") {
                limit.valid = range_of(value, measurement);
            } else if (key == "outlier") {
                limit.outlier = range_of(value, measurement);
            } else if (key == "unit" && value.is_string()) {
                limit.unit = value.get<std::string>();
            } else {
                throw ValueError("vital limits: expected 'valid', 'outlier' or 'unit' for '" + measurement +
                                 "', got '" + key + "'");
            }
        }
        check(limit);
    }
    return limits;
}

VitalLimits read_vital_limits(const std::filesystem::path& path) {
    return path.extension() == ".json" ? vital_limits_from_json(read_file(path)) : limits_from_csv(path);
}

}  // namespace assay::features
