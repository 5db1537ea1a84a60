#include "assay/tracking/rest/experiments.hpp"
#include "assay/tracking/rest/logged_models.hpp"
#include "assay/tracking/rest/run_table.hpp"
#include "assay/tracking/rest/runs.hpp"
#include "prelude.hpp"
#include "tracking/detail/rest_values.hpp"

namespace assay::bindings {
namespace {

using tracking::TextMap;
using tracking::ViewType;
using tracking::rest::Connection;
using tracking::rest::Experiments;
using tracking::rest::LoggedModels;
using tracking::rest::Runs;
using Unlocked = py::call_guard<py::gil_scoped_release>;
using Names = std::vector<std::string>;

/// MLflow's numbers.
ViewType view_type_of(int number) {
    if (number == 1) return ViewType::active_only;
    if (number == 2) return ViewType::deleted_only;
    if (number == 3) return ViewType::all;
    throw ValueError("run_view_type: expected ViewType.ACTIVE_ONLY, DELETED_ONLY or ALL, got another number");
}

tracking::rest::RunQuery server_query(Names experiments, std::string filter, Names order_by, int view, int page_size) {
    return {std::move(experiments), std::move(filter), std::move(order_by), view_type_of(view), page_size};
}

void add_experiments(py::module_& m) {
    py::class_<Experiments>(m, "Experiments")
        .def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def("create", &Experiments::create, py::arg("name"), py::arg("tags"), py::arg("artifact_location"), Unlocked())
        .def("get", &Experiments::get, py::arg("id"), Unlocked())
        .def("find", &Experiments::find, py::arg("name"), Unlocked())
        .def(
            "search_page",
            [](const Experiments& self, std::string filter, Names order_by, int view, int page_size,
               const std::string& token) {
                return page_tuple(
                    self.search_page({std::move(filter), std::move(order_by), view_type_of(view), page_size}, token));
            },
            py::arg("filter"), py::arg("order_by"), py::arg("view"), py::arg("page_size"), py::arg("token"), Unlocked())
        .def("rename", &Experiments::rename, py::arg("id"), py::arg("new_name"), Unlocked())
        .def("delete", &Experiments::remove, py::arg("id"), Unlocked())
        .def("restore", &Experiments::restore, py::arg("id"), Unlocked())
        .def(
            "set_tag",
            [](const Experiments& self, std::string_view id, std::string key, std::string value) {
                self.set_tag(id, {std::move(key), std::move(value)});
            },
            py::arg("id"), py::arg("key"), py::arg("value"), Unlocked())
        .def("delete_tag", &Experiments::delete_tag, py::arg("id"), py::arg("key"), Unlocked());
}

void add_run_searches(py::class_<Runs>& runs) {
    runs.def(
            "search_page",
            [](const Runs& self, Names experiments, std::string filter, Names order_by, int view, int page_size,
               const std::string& token) {
                return page_tuple(self.search_page(
                    server_query(std::move(experiments), std::move(filter), std::move(order_by), view, page_size),
                    token));
            },
            py::arg("experiments"), py::arg("filter"), py::arg("order_by"), py::arg("view"), py::arg("page_size"),
            py::arg("token"), Unlocked())
        .def(
            "search",
            [](const Runs& self, Names experiments, std::string filter, Names order_by, int view, int page_size) {
                return self.search(
                    server_query(std::move(experiments), std::move(filter), std::move(order_by), view, page_size));
            },
            py::arg("experiments"), py::arg("filter"), py::arg("order_by"), py::arg("view"), py::arg("page_size"),
            py::keep_alive<0, 1>())
        .def(
            "search_table",
            [](const Runs& self, Names experiments, std::string filter, Names order_by, int view, int page_size,
               index most) {
                return tracking::rest::to_table(self.search(server_query(std::move(experiments), std::move(filter),
                                                                         std::move(order_by), view, page_size)),
                                                most);
            },
            py::arg("experiments"), py::arg("filter"), py::arg("order_by"), py::arg("view"), py::arg("page_size"),
            py::arg("most"), Unlocked())
        .def(
            "metric_history",
            [](const Runs& self, std::string_view run, std::string_view key) {
                std::vector<tracking::MetricPoint> points;
                for (auto& point : self.metric_history(run, key)) points.push_back(std::move(point));
                return points;
            },
            py::arg("run_id"), py::arg("key"), Unlocked())
        .def("list_artifacts", &Runs::list_artifacts, py::arg("run_id"), py::arg("folder"), Unlocked());
}

std::vector<tracking::KeyValue> key_values(const TextMap& map) {
    std::vector<tracking::KeyValue> pairs;
    for (const auto& [key, value] : map) pairs.push_back({key, value});
    return pairs;
}

void add_run_logging(py::class_<Runs>& runs) {
    runs.def(
            "log_batch",
            [](const Runs& self, std::string_view run, std::vector<tracking::MetricPoint> metrics,
               const TextMap& params, const TextMap& tags) {
                self.log_batch(run, {std::move(metrics), key_values(params), key_values(tags)});
            },
            py::arg("run_id"), py::arg("metrics"), py::arg("params"), py::arg("tags"), Unlocked())
        .def("log_metric", &Runs::log_metric, py::arg("run_id"), py::arg("point"), Unlocked())
        .def(
            "log_param",
            [](const Runs& self, std::string_view run, std::string key, std::string value) {
                self.log_param(run, {std::move(key), std::move(value)});
            },
            py::arg("run_id"), py::arg("key"), py::arg("value"), Unlocked())
        .def(
            "set_tag",
            [](const Runs& self, std::string_view run, std::string key, std::string value) {
                self.set_tag(run, {std::move(key), std::move(value)});
            },
            py::arg("run_id"), py::arg("key"), py::arg("value"), Unlocked())
        .def("delete_tag", &Runs::delete_tag, py::arg("run_id"), py::arg("key"), Unlocked())
        .def(
            "log_inputs",
            [](const Runs& self, std::string_view run, const std::vector<tracking::DatasetInput>& datasets,
               const Names& models) {
                std::vector<tracking::ModelInput> inputs;
                for (const auto& id : models) inputs.push_back({id});
                self.log_inputs(run, datasets, inputs);
            },
            py::arg("run_id"), py::arg("datasets"), py::arg("models"), Unlocked())
        .def(
            "log_outputs",
            [](const Runs& self, std::string_view run,
               const std::vector<std::pair<std::string, std::int64_t>>& models) {
                std::vector<tracking::ModelOutput> outputs;
                for (const auto& [id, step] : models) outputs.push_back({id, step});
                self.log_outputs(run, outputs);
            },
            py::arg("run_id"), py::arg("models"), Unlocked())
        .def("log_model", &Runs::log_model, py::arg("run_id"), py::arg("model_json"), Unlocked());
}

void add_runs_area(py::module_& m) {
    bind_range<tracking::ServerRun>(m, "RunIterator");
    py::class_<Runs> runs(m, "Runs");
    runs.def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def(
            "create",
            [](const Runs& self, std::string experiment, std::string name, std::string user, std::int64_t start_time,
               TextMap tags) {
                return self.create(
                    {std::move(experiment), std::move(name), std::move(user), start_time, std::move(tags)});
            },
            py::arg("experiment_id"), py::arg("name"), py::arg("user"), py::arg("start_time"), py::arg("tags"),
            Unlocked())
        .def("get", &Runs::get, py::arg("run_id"), Unlocked())
        .def(
            "update",
            [](const Runs& self, std::string_view run, std::optional<std::string> status,
               std::optional<std::int64_t> end_time, std::optional<std::string> name) {
                return self.update(run, {std::move(status), end_time, std::move(name)});
            },
            py::arg("run_id"), py::arg("status"), py::arg("end_time"), py::arg("name"), Unlocked())
        .def("delete", &Runs::remove, py::arg("run_id"), Unlocked())
        .def("restore", &Runs::restore, py::arg("run_id"), Unlocked());
    add_run_searches(runs);
    add_run_logging(runs);
}

void add_logged_model_area(py::module_& m) {
    py::class_<LoggedModels>(m, "LoggedModels")
        .def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def(
            "create",
            [](const LoggedModels& self, std::string experiment, std::string name, std::string type, std::string run,
               TextMap params, TextMap tags) {
                return self.create({std::move(experiment), std::move(name), std::move(type), std::move(run),
                                    std::move(params), std::move(tags)});
            },
            py::arg("experiment_id"), py::arg("name"), py::arg("model_type"), py::arg("source_run_id"),
            py::arg("params"), py::arg("tags"), Unlocked())
        .def("get", &LoggedModels::get, py::arg("model_id"), Unlocked())
        .def("finalize", &LoggedModels::finalize, py::arg("model_id"), py::arg("status"), Unlocked())
        .def("delete", &LoggedModels::remove, py::arg("model_id"), Unlocked())
        .def(
            "search_page",
            [](const LoggedModels& self, Names experiments, std::string filter,
               const std::vector<std::tuple<std::string, bool, std::string, std::string>>& order_by,
               const std::vector<std::pair<std::string, std::string>>& datasets, int page_size,
               const std::string& token) {
                tracking::rest::LoggedModelQuery query{std::move(experiments), std::move(filter), {}, {}, page_size};
                for (const auto& [field, ascending, name, digest] : order_by) {
                    query.order_by.push_back({field, ascending, name, digest});
                }
                for (const auto& [name, digest] : datasets) query.datasets.push_back({name, digest});
                return page_tuple(self.search_page(query, token));
            },
            py::arg("experiments"), py::arg("filter"), py::arg("order_by"), py::arg("datasets"), py::arg("page_size"),
            py::arg("token"), Unlocked())
        .def("set_tags", &LoggedModels::set_tags, py::arg("model_id"), py::arg("tags"), Unlocked())
        .def("delete_tag", &LoggedModels::delete_tag, py::arg("model_id"), py::arg("key"), Unlocked())
        .def("log_params", &LoggedModels::log_params, py::arg("model_id"), py::arg("params"), Unlocked())
        .def("list_artifacts", &LoggedModels::list_artifacts, py::arg("model_id"), py::arg("folder"), Unlocked());
}

}  // namespace

void bind_client_runs(py::module_& m) {
    py::class_<Connection>(m, "Connection")
        .def(py::init([](const std::string& uri) {
                 return std::make_unique<Connection>(tracking::resolve_tracking_uri(uri));
             }),
             py::arg("tracking_uri"), Unlocked())
        .def_property_readonly("url", &Connection::url)
        .def("healthy", &Connection::healthy, Unlocked());
    add_experiments(m);
    add_runs_area(m);
    add_logged_model_area(m);
}

}  // namespace assay::bindings
