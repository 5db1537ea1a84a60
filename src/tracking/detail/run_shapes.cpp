#include "assay/tracking/detail/run_shapes.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

namespace {

constexpr auto dataset_inputs = member("dataset_inputs", &ServerRun::dataset_inputs);
constexpr auto model_inputs = member("model_inputs", &ServerRun::model_inputs);
constexpr auto model_outputs = member("model_outputs", &ServerRun::model_outputs);

constexpr auto dataset_tags = member("tags", &DatasetInput::tags);
constexpr auto dataset_members = std::tuple{required("name", &DatasetInput::name),
                                            required("digest", &DatasetInput::digest),
                                            member("source_type", &DatasetInput::source_type),
                                            member("source", &DatasetInput::source),
                                            member("schema", &DatasetInput::schema),
                                            member("profile", &DatasetInput::profile)};

}  // namespace

void Shape<DatasetInput>::read(const json& from, DatasetInput& to) {
    const json& dataset = from.at("dataset");
    std::apply([&](const auto&... members) { (read_member(dataset, members, to), ...); }, dataset_members);
    read_member(from, dataset_tags, to);
}

json Shape<DatasetInput>::write(const DatasetInput& dataset) {
    json out{{"tags", write_value(dataset.tags)}, {"dataset", json::object()}};
    std::apply([&](const auto&... members) { (write_member(dataset, members, out["dataset"]), ...); }, dataset_members);
    return out;
}

const char* name_of(ViewType view) noexcept {
    switch (view) {
        case ViewType::deleted_only:
            return "DELETED_ONLY";
        case ViewType::all:
            return "ALL";
        default:
            return "ACTIVE_ONLY";
    }
}

void Shape<ServerRun>::read(const json& from, ServerRun& to) {
    read_value(from.at("info"), static_cast<RunInfo&>(to));
    if (to.end_time == 0) to.end_time.reset();  // how some servers say that a run goes on
    if (from.contains("data")) read_value(from.at("data"), static_cast<RunData&>(to));
    if (from.contains("inputs")) {
        read_member(from.at("inputs"), dataset_inputs, to);
        read_member(from.at("inputs"), model_inputs, to);
    }
    if (from.contains("outputs")) read_member(from.at("outputs"), model_outputs, to);
}

json Shape<ServerRun>::write(const ServerRun& run) {
    json out{{"info", write_value(static_cast<const RunInfo&>(run))},
             {"data", write_value(static_cast<const RunData&>(run))},
             {"inputs", json::object()},
             {"outputs", json::object()}};
    write_member(run, dataset_inputs, out["inputs"]);
    write_member(run, model_inputs, out["inputs"]);
    write_member(run, model_outputs, out["outputs"]);
    return out;
}

}  // namespace assay::tracking::detail
