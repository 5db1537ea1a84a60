#include "assay/tracking/detail/logged_model_shapes.hpp"
#include "assay/tracking/detail/registry_shapes.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/trace_shapes.hpp"
#include "assay/tracking/rest/prompts.hpp"
#include "prelude.hpp"
#include "tracking/detail/rest_values.hpp"

namespace assay::bindings {
namespace {

std::optional<std::int64_t> millis_if(const std::optional<Timestamp>& time) {
    if (!time) return std::nullopt;
    return time->micros() / 1000;
}

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

void add_run_values(py::module_& m) {
    bind_value<tracking::Experiment>(m, "Experiment", "An experiment on a server.")
        .def("__repr__",
             [](const tracking::Experiment& e) { return "<Experiment " + e.id + " " + in_quotes(e.name) + ">"; });
    bind_value<tracking::MetricPoint>(m, "Metric", "One point of a metric; `timestamp` in ms since 1970.")
        .def(py::init([](std::string key, double value, std::int64_t timestamp, std::int64_t step) {
                 return tracking::MetricPoint{std::move(key), value, timestamp, step};
             }),
             py::arg("key"), py::arg("value"), py::arg("timestamp"), py::arg("step") = 0)
        .def("__repr__", [](const tracking::MetricPoint& p) {
            return "<Metric " + in_quotes(p.key) + " step " + std::to_string(p.step) + ">";
        });
    bind_value<tracking::ModelMetric>(m, "ModelMetric", "A point of a metric of a logged model.");
    bind_value<tracking::DatasetInput>(m, "DatasetInput", "A dataset that a run read.")
        .def_readonly("name", &tracking::DatasetInput::name)
        .def_readonly("digest", &tracking::DatasetInput::digest)
        .def_readonly("source_type", &tracking::DatasetInput::source_type)
        .def_readonly("source", &tracking::DatasetInput::source)
        .def_readonly("schema", &tracking::DatasetInput::schema)
        .def_readonly("profile", &tracking::DatasetInput::profile)
        .def_readonly("tags", &tracking::DatasetInput::tags)
        .def_property_readonly("dataset", [](const tracking::DatasetInput& d) { return d; })
        .def("__repr__", [](const tracking::DatasetInput& d) { return "<DatasetInput " + in_quotes(d.name) + ">"; });
    bind_value<tracking::ModelInput>(m, "ModelInput", "A logged model that a run read.");
    bind_value<tracking::ModelOutput>(m, "ModelOutput", "A logged model that a run made.");
    bind_value<tracking::FileInfo>(m, "FileInfo", "A file or folder among artifacts.")
        .def("__repr__", [](const tracking::FileInfo& f) { return "<FileInfo " + in_quotes(f.path) + ">"; });
    bind_value<tracking::RunInfo>(m, "ServerRunInfo", "A run without what was logged; times in ms since 1970.")
        .def("__repr__", [](const tracking::RunInfo& r) {
            return "<RunInfo " + r.id + " " + in_quotes(r.name) + " " + r.status + ">";
        });
    py::class_<tracking::RunData>(m, "ServerRunData", "What was logged to a run: last values.")
        .def_property_readonly("metrics",
                               [](const tracking::RunData& data) {
                                   std::map<std::string, double> values;
                                   for (const auto& point : data.metrics) values.emplace(point.key, point.value);
                                   return values;
                               })
        .def_readonly("metric_points", &tracking::RunData::metrics)
        .def_readonly("params", &tracking::RunData::params)
        .def_readonly("tags", &tracking::RunData::tags);
    bind_value<tracking::ServerRun>(m, "ServerRun", "A run as the server knows it.")
        .def_property_readonly("info",
                               [](const tracking::ServerRun& r) { return static_cast<const tracking::RunInfo&>(r); })
        .def_property_readonly("data",
                               [](const tracking::ServerRun& r) { return static_cast<const tracking::RunData&>(r); })
        .def_readonly("dataset_inputs", &tracking::ServerRun::dataset_inputs)
        .def_readonly("model_inputs", &tracking::ServerRun::model_inputs)
        .def_readonly("model_outputs", &tracking::ServerRun::model_outputs)
        .def("__repr__", [](const tracking::ServerRun& r) {
            return "<Run " + r.id + " " + in_quotes(r.name) + " " + r.status + ">";
        });
}

void add_logged_model_values(py::module_& m) {
    bind_value<tracking::rest::ModelRegistration>(m, "ModelRegistration",
                                                  "A registered version that a logged model became.");
    auto model = bind_value<tracking::rest::LoggedModel>(m, "LoggedModel", "A model that a run logged.");
    using T = tracking::rest::LoggedModel;
    model.def_readonly("model_id", &T::model_id)
        .def_readonly("experiment_id", &T::experiment_id)
        .def_readonly("name", &T::name)
        .def_readonly("model_type", &T::model_type)
        .def_readonly("source_run_id", &T::source_run_id)
        .def_readonly("artifact_location", &T::artifact_location)
        .def_readonly("status_message", &T::status_message)
        .def_readonly("creation_timestamp", &T::creation_timestamp)
        .def_readonly("last_updated_timestamp", &T::last_updated_timestamp)
        .def_readonly("tags", &T::tags)
        .def_readonly("params", &T::params)
        .def_readonly("metrics", &T::metrics)
        .def_readonly("registrations", &T::registrations)
        .def_property_readonly("model_uri", [](const T& self) { return "models:/" + self.model_id; })
        .def_property_readonly("status",
                               [](const T& self) {
                                   const std::string prefix = "LOGGED_MODEL_";
                                   const bool has = self.status.compare(0, prefix.size(), prefix) == 0;
                                   return has ? self.status.substr(prefix.size()) : self.status;
                               })
        .def("__repr__",
             [](const T& self) { return "<LoggedModel " + self.model_id + " " + in_quotes(self.name) + ">"; });
}

void add_registry_values(py::module_& m) {
    bind_value<tracking::rest::ModelVersion>(m, "ModelVersion",
                                             "A version of a registered model; times in ms since 1970.")
        .def("__repr__", [](const tracking::rest::ModelVersion& v) {
            std::string aliases;
            for (const auto& alias : v.aliases) aliases += " @" + alias;
            return "<ModelVersion " + in_quotes(v.name) + " " + v.version + aliases + ">";
        });
    py::class_<tracking::rest::RegisteredModel> model(m, "RegisteredModel", "A name in the model registry.");
    using T = tracking::rest::RegisteredModel;
    model.def_readonly("name", &T::name)
        .def_readonly("description", &T::description)
        .def_readonly("user_id", &T::user_id)
        .def_readonly("creation_timestamp", &T::creation_timestamp)
        .def_readonly("last_updated_timestamp", &T::last_updated_timestamp)
        .def_readonly("tags", &T::tags)
        .def_readonly("latest_versions", &T::latest_versions)
        .def_property_readonly("aliases",
                               [](const T& self) {
                                   tracking::TextMap aliases;
                                   for (const auto& alias : self.aliases) aliases[alias.alias] = alias.version;
                                   return aliases;
                               })
        .def("__repr__", [](const T& self) { return "<RegisteredModel " + in_quotes(self.name) + ">"; });
    bind_value_methods(model);
}

void add_trace_values(py::module_& m) {
    bind_value<tracking::rest::AssessmentSource>(m, "AssessmentSource", "Who or what judged: HUMAN, LLM_JUDGE or CODE.")
        .def(py::init([](std::string type, std::string id) {
                 return tracking::rest::AssessmentSource{std::move(type), std::move(id)};
             }),
             py::arg("source_type"), py::arg("source_id") = "default");
    bind_value<tracking::rest::AssessmentFailure>(m, "AssessmentError", "Why a judge gave no value.");
    using A = tracking::rest::Assessment;
    bind_value<A>(m, "Assessment", "A judgement of a trace or of one of its spans; times in ms since 1970.")
        .def_readonly("assessment_id", &A::assessment_id)
        .def_readonly("name", &A::name)
        .def_readonly("trace_id", &A::trace_id)
        .def_property_readonly("span_id",
                               [](const A& a) { return a.span_id.empty() ? std::nullopt : std::optional(a.span_id); })
        .def_readonly("source", &A::source)
        .def_property_readonly(
            "kind",
            [](const A& a) {
                return !a.expectation.empty() ? "expectation" : !a.issue_name.empty() ? "issue" : "feedback";
            })
        .def_property_readonly(
            "value",
            [](const A& a) { return from_json_text(a.feedback.empty() ? a.expectation.text : a.feedback.text); })
        .def_readonly("error", &A::feedback_error)
        .def_readonly("issue_name", &A::issue_name)
        .def_readonly("rationale", &A::rationale)
        .def_readonly("metadata", &A::metadata)
        .def_readonly("overrides", &A::overrides)
        .def_property_readonly("valid", [](const A& a) { return a.valid.value_or(true); })
        .def_property_readonly("create_time_ms", [](const A& a) { return millis_if(a.create_time); })
        .def_property_readonly("last_update_time_ms", [](const A& a) { return millis_if(a.last_update_time); })
        .def("__repr__", [](const A& a) { return "<Assessment " + a.assessment_id + " " + in_quotes(a.name) + ">"; });
    using T = tracking::rest::TraceInfo;
    bind_value<T>(m, "TraceInfo", "A trace without its spans; times in ms.")
        .def_readonly("trace_id", &T::trace_id)
        .def_readonly("experiment_id", &T::experiment_id)
        .def_readonly("client_request_id", &T::client_request_id)
        .def_readonly("request_preview", &T::request_preview)
        .def_readonly("response_preview", &T::response_preview)
        .def_property_readonly("request_time", [](const T& t) { return t.request_time.micros() / 1000; })
        .def_property_readonly("execution_duration",
                               [](const T& t) -> std::optional<std::int64_t> {
                                   if (!t.execution_duration) return std::nullopt;
                                   return t.execution_duration->count() / 1000;
                               })
        .def_readonly("state", &T::state)
        .def_readonly("trace_metadata", &T::trace_metadata)
        .def_readonly("tags", &T::tags)
        .def_readonly("assessments", &T::assessments)
        .def("__repr__", [](const T& t) { return "<TraceInfo " + t.trace_id + " " + t.state + ">"; });
}

void add_prompt_values(py::module_& m) {
    using V = tracking::rest::PromptVersion;
    py::class_<V>(m, "PromptVersionValue", "A prompt's version; assay.tracking has the friendly face.")
        .def_readonly("name", &V::name)
        .def_readonly("version", &V::version)
        .def_readonly("template_text", &V::template_text)
        .def_readonly("is_chat", &V::is_chat)
        .def_readonly("commit_message", &V::commit_message)
        .def_readonly("response_format", &V::response_format)
        .def_readonly("model_config", &V::model_config)
        .def_readonly("user_id", &V::user_id)
        .def_readonly("creation_timestamp", &V::creation_timestamp)
        .def_readonly("last_updated_timestamp", &V::last_updated_timestamp)
        .def_readonly("tags", &V::tags)
        .def_readonly("aliases", &V::aliases);
    using P = tracking::rest::Prompt;
    py::class_<P>(m, "Prompt", "A prompt's name in the registry.")
        .def_readonly("name", &P::name)
        .def_readonly("description", &P::description)
        .def_readonly("creation_timestamp", &P::creation_timestamp)
        .def_readonly("tags", &P::tags)
        .def("__repr__", [](const P& p) { return "<Prompt " + in_quotes(p.name) + ">"; });
}

}  // namespace

void bind_client_values(py::module_& m) {
    add_run_values(m);
    add_logged_model_values(m);
    add_registry_values(m);
    add_trace_values(m);
    add_prompt_values(m);
}

}  // namespace assay::bindings
