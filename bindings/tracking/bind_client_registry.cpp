#include "assay/tracking/rest/assessments.hpp"
#include "assay/tracking/rest/prompts.hpp"
#include "assay/tracking/rest/registry.hpp"
#include "assay/tracking/rest/traces.hpp"
#include "prelude.hpp"
#include "tracking/detail/rest_values.hpp"

namespace assay::bindings {
namespace {

using tracking::TextMap;
using tracking::rest::Assessment;
using tracking::rest::Assessments;
using tracking::rest::Connection;
using tracking::rest::JsonText;
using tracking::rest::Prompts;
using tracking::rest::Registry;
using tracking::rest::RegistryKind;
using tracking::rest::Traces;
using Free = py::call_guard<py::gil_scoped_release>;
using Texts = std::vector<std::string>;

void add_models(py::class_<Registry>& registry) {
    registry
        .def(py::init([](const Connection& connection, bool unity_catalog) {
                 return Registry(connection, unity_catalog ? RegistryKind::unity_catalog : RegistryKind::mlflow);
             }),
             py::arg("connection"), py::arg("unity_catalog"), py::keep_alive<1, 2>())
        .def("create_model", &Registry::create_model, py::arg("name"), py::arg("tags"), py::arg("description"), Free())
        .def("get_model", &Registry::get_model, py::arg("name"), Free())
        .def(
            "search_models_page",
            [](const Registry& self, std::string filter, Texts order_by, int page_size, const std::string& token) {
                return page_tuple(self.search_models_page({std::move(filter), std::move(order_by), page_size}, token));
            },
            py::arg("filter"), py::arg("order_by"), py::arg("page_size"), py::arg("token"), Free())
        .def("rename_model", &Registry::rename_model, py::arg("name"), py::arg("new_name"), Free())
        .def("update_model", &Registry::update_model, py::arg("name"), py::arg("description"), Free())
        .def("delete_model", &Registry::delete_model, py::arg("name"), Free())
        .def(
            "set_model_tag",
            [](const Registry& self, const std::string& name, std::string key, std::string value) {
                self.set_model_tag(name, {std::move(key), std::move(value)});
            },
            py::arg("name"), py::arg("key"), py::arg("value"), Free())
        .def("delete_model_tag", &Registry::delete_model_tag, py::arg("name"), py::arg("key"), Free())
        .def("set_alias", &Registry::set_alias, py::arg("name"), py::arg("alias"), py::arg("version"), Free())
        .def("delete_alias", &Registry::delete_alias, py::arg("name"), py::arg("alias"), Free())
        .def("version_by_alias", &Registry::version_by_alias, py::arg("name"), py::arg("alias"), Free())
        .def("latest_versions", &Registry::latest_versions, py::arg("name"), py::arg("stages"), Free());
}

void add_versions(py::class_<Registry>& registry) {
    registry
        .def(
            "create_version",
            [](const Registry& self, std::string name, std::string source, std::string run, std::string model,
               std::string description, std::string run_link, TextMap tags) {
                return self.create_version({std::move(name), std::move(source), std::move(run), std::move(model),
                                            std::move(description), std::move(run_link), std::move(tags)});
            },
            py::arg("name"), py::arg("source"), py::arg("run_id"), py::arg("model_id"), py::arg("description"),
            py::arg("run_link"), py::arg("tags"), Free())
        .def("get_version", &Registry::get_version, py::arg("name"), py::arg("version"), Free())
        .def(
            "search_versions_page",
            [](const Registry& self, std::string filter, Texts order_by, int page_size, const std::string& token) {
                return page_tuple(
                    self.search_versions_page({std::move(filter), std::move(order_by), page_size}, token));
            },
            py::arg("filter"), py::arg("order_by"), py::arg("page_size"), py::arg("token"), Free())
        .def("update_version", &Registry::update_version, py::arg("name"), py::arg("version"), py::arg("description"),
             Free())
        .def("delete_version", &Registry::delete_version, py::arg("name"), py::arg("version"), Free())
        .def(
            "set_version_tag",
            [](const Registry& self, const std::string& name, const std::string& version, std::string key,
               std::string value) {
                self.set_version_tag(name, version, {std::move(key), std::move(value)});
            },
            py::arg("name"), py::arg("version"), py::arg("key"), py::arg("value"), Free())
        .def("delete_version_tag", &Registry::delete_version_tag, py::arg("name"), py::arg("version"), py::arg("key"),
             Free())
        .def("download_uri", &Registry::download_uri, py::arg("name"), py::arg("version"), Free())
        .def("transition_stage", &Registry::transition_stage, py::arg("name"), py::arg("version"), py::arg("stage"),
             py::arg("archive_existing"), Free());
}

void add_traces(py::module_& m) {
    py::class_<Traces>(m, "Traces")
        .def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def("get", &Traces::get, py::arg("trace_id"), Free())
        .def("spans",
             [](const Traces& self, const std::string& id) {
                 JsonText spans;
                 {
                     const py::gil_scoped_release unlocked;
                     spans = self.spans(id);
                 }
                 return from_json_text(spans.text);
             })
        .def(
            "search_page",
            [](const Traces& self, Texts experiments, std::string filter, Texts order_by, int page_size,
               const std::string& token) {
                return page_tuple(self.search_page(
                    {std::move(experiments), std::move(filter), std::move(order_by), page_size}, token));
            },
            py::arg("experiments"), py::arg("filter"), py::arg("order_by"), py::arg("page_size"), py::arg("token"),
            Free())
        .def(
            "set_tag",
            [](const Traces& self, std::string_view id, std::string key, std::string value) {
                self.set_tag(id, {std::move(key), std::move(value)});
            },
            py::arg("trace_id"), py::arg("key"), py::arg("value"), Free())
        .def("delete_tag", &Traces::delete_tag, py::arg("trace_id"), py::arg("key"), Free())
        .def("delete", &Traces::remove, py::arg("experiment_id"), py::arg("trace_ids"), Free())
        .def(
            "delete_until",
            [](const Traces& self, const std::string& experiment, std::int64_t millis, std::optional<int> most) {
                return self.remove_until(experiment, Timestamp{millis * 1000}, most);
            },
            py::arg("experiment_id"), py::arg("max_timestamp_millis"), py::arg("max_traces"), Free())
        .def("link_to_run", &Traces::link_to_run, py::arg("trace_ids"), py::arg("run_id"), Free());
}

Assessment assessment_of(std::string trace, std::string name, tracking::rest::AssessmentSource source,
                         const std::string& kind, std::string value, std::string rationale, TextMap metadata,
                         std::string span) {
    Assessment assessment;
    assessment.trace_id = std::move(trace);
    assessment.name = std::move(name);
    assessment.source = std::move(source);
    (kind == "expectation" ? assessment.expectation : assessment.feedback).text = std::move(value);
    assessment.rationale = std::move(rationale);
    assessment.metadata = std::move(metadata);
    assessment.span_id = std::move(span);
    return assessment;
}

void add_assessments(py::module_& m) {
    py::class_<Assessments>(m, "Assessments")
        .def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def(
            "create",
            [](const Assessments& self, std::string trace, std::string name, tracking::rest::AssessmentSource source,
               const std::string& kind, const py::object& value, std::string rationale, TextMap metadata,
               std::string span) {
                const auto assessment =
                    assessment_of(std::move(trace), std::move(name), std::move(source), kind, to_json_text(value),
                                  std::move(rationale), std::move(metadata), std::move(span));
                const py::gil_scoped_release unlocked;
                return self.create(assessment);
            },
            py::arg("trace_id"), py::arg("name"), py::arg("source"), py::arg("kind"), py::arg("value"),
            py::arg("rationale"), py::arg("metadata"), py::arg("span_id"))
        .def("get", &Assessments::get, py::arg("trace_id"), py::arg("assessment_id"), Free())
        .def(
            "update",
            [](const Assessments& self, std::string_view trace, std::string_view id, std::optional<std::string> name,
               std::optional<std::string> feedback, std::optional<std::string> expectation,
               std::optional<std::string> rationale, std::optional<TextMap> metadata) {
                tracking::rest::AssessmentUpdate update{
                    std::move(name), {}, {}, std::move(rationale), std::move(metadata)};
                if (feedback) update.feedback = JsonText{*feedback};
                if (expectation) update.expectation = JsonText{*expectation};
                return self.update(trace, id, update);
            },
            py::arg("trace_id"), py::arg("assessment_id"), py::arg("name"), py::arg("feedback"), py::arg("expectation"),
            py::arg("rationale"), py::arg("metadata"), Free())
        .def("delete", &Assessments::remove, py::arg("trace_id"), py::arg("assessment_id"), Free());
}

template <class T>
std::vector<T> all_items(tracking::rest::PageRange<T> range) {
    std::vector<T> items;
    for (auto& item : range) items.push_back(std::move(item));
    return items;
}

void add_prompts(py::module_& m) {
    py::class_<Prompts>(m, "Prompts")
        .def(py::init<const Connection&>(), py::keep_alive<1, 2>())
        .def(
            "create",
            [](const Prompts& self, std::string name, std::string text, bool is_chat, std::string message,
               std::string response_format, std::string model_config, TextMap tags) {
                return self.create({std::move(name), std::move(text), is_chat, std::move(message),
                                    std::move(response_format), std::move(model_config), std::move(tags)});
            },
            py::arg("name"), py::arg("text"), py::arg("is_chat"), py::arg("commit_message"), py::arg("response_format"),
            py::arg("model_config"), py::arg("tags"), Free())
        .def("find", &Prompts::find, py::arg("name"), Free())
        .def("get", &Prompts::get, py::arg("name"), py::arg("version"), Free())
        .def("get_by_alias", &Prompts::get_by_alias, py::arg("name"), py::arg("alias"), Free())
        .def("latest", &Prompts::latest, py::arg("name"), Free())
        .def(
            "search", [](const Prompts& self, const std::string& filter) { return all_items(self.search(filter)); },
            py::arg("filter"), Free())
        .def(
            "versions", [](const Prompts& self, const std::string& name) { return all_items(self.versions(name)); },
            py::arg("name"), Free());
}

}  // namespace

void bind_client_registry(py::module_& m) {
    py::class_<Registry> registry(m, "Registry");
    add_models(registry);
    add_versions(registry);
    add_traces(m);
    add_assessments(m);
    add_prompts(m);
}

}  // namespace assay::bindings
