#include "assay/tracking/run.hpp"

#include <optional>

#include "assay/base/error.hpp"
#include "assay/tracking/names.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using tracking::FsyncPolicy;
using tracking::Run;
using tracking::RunOptions;

FsyncPolicy parse_policy(const std::string& text) {
    if (text == "every_record") return FsyncPolicy::every_record;
    if (text == "interval") return FsyncPolicy::interval;
    if (text == "on_close") return FsyncPolicy::on_close;
    throw ValueError("fsync: expected 'every_record', 'interval' or 'on_close', got '" + text + "'");
}

/// MLflow's clients give milliseconds.
std::optional<Timestamp> from_millis(std::optional<std::int64_t> millis) {
    if (!millis) return std::nullopt;
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(*millis, std::int64_t{1000}, &micros)) {
        throw ValueError("time: expected milliseconds since 1970 within 292 000 years, got a larger number");
    }
    return Timestamp{micros};
}

std::unique_ptr<Run> make_run(std::string experiment, std::string run_name, std::filesystem::path journal,
                              std::map<std::string, std::string> tags, std::string parent_run_id, std::string run_id,
                              const std::string& fsync, int fsync_interval_ms, std::optional<std::int64_t> start_time) {
    RunOptions options;
    options.experiment = std::move(experiment);
    options.run_name = std::move(run_name);
    options.journal = std::move(journal);
    options.tags = std::move(tags);
    options.parent_run_id = std::move(parent_run_id);
    options.run_id = std::move(run_id);
    options.journal_options.fsync = parse_policy(fsync);
    options.journal_options.fsync_interval = std::chrono::milliseconds(fsync_interval_ms);
    options.journal_options = tracking::with_environment(options.journal_options);
    options.start_time = from_millis(start_time);
    const py::gil_scoped_release release;
    return std::make_unique<Run>(std::move(options));
}

tracking::RecordKind parse_document_kind(const std::string& text) {
    using tracking::RecordKind;
    for (const auto kind :
         {RecordKind::input, RecordKind::model, RecordKind::model_version, RecordKind::trace, RecordKind::assessment,
          RecordKind::tag_removal, RecordKind::experiment_tag, RecordKind::model_metric}) {
        if (text == tracking::to_string(kind)) return kind;
    }
    throw ValueError("document: expected the kind of a document, such as input or model, got '" + text + "'");
}

void bind_documents(py::module_& m) {
    using release = py::call_guard<py::gil_scoped_release>;
    m.def(
        "append_document",
        [](const std::filesystem::path& journal, const std::string& kind, const std::string& id,
           const std::string& body, const std::string& run, const std::string& experiment,
           const std::vector<std::string>& contents, std::optional<std::int64_t> time) {
            const auto moment = from_millis(time);
            tracking::Journal::open(journal)->append(
                tracking::Document{parse_document_kind(kind), run, experiment, id, body, contents}, moment);
        },
        "Keeps a document in a journal; see Document in record.hpp.", py::arg("journal"), py::kw_only(),
        py::arg("kind"), py::arg("id"), py::arg("body"), py::arg("run") = "", py::arg("experiment") = "",
        py::arg("contents") = std::vector<std::string>{}, py::arg("time") = py::none(), release());
    m.def(
        "store_file",
        [](const std::filesystem::path& journal, const std::filesystem::path& file) {
            const auto stored = tracking::Journal::open(journal)->artifacts().add_file(file);
            return std::pair(stored.sha256, stored.size);
        },
        "Takes a file into a journal's artifact store: its SHA-256 and size.", py::arg("journal"), py::arg("file"),
        release());
    m.def(
        "store_bytes",
        [](const std::filesystem::path& journal, const py::bytes& content) {
            const std::string_view view = content;
            const py::gil_scoped_release unlocked;
            const auto stored = tracking::Journal::open(journal)->artifacts().add_bytes(view);
            return std::pair(stored.sha256, stored.size);
        },
        "Takes bytes into a journal's artifact store: their SHA-256 and size.", py::arg("journal"), py::arg("content"));
}

}  // namespace

void bind_run(py::module_& m) {
    using release = py::call_guard<py::gil_scoped_release>;
    py::class_<Run>(m, "Run", "A run in the local journal; assay.tracking.Run is the friendly face.")
        .def(py::init(&make_run), py::kw_only(), py::arg("experiment"), py::arg("run_name"), py::arg("journal"),
             py::arg("tags"), py::arg("parent_run_id"), py::arg("run_id"), py::arg("fsync"),
             py::arg("fsync_interval_ms"), py::arg("start_time"))
        .def_property_readonly("id", &Run::id)
        .def_property_readonly("name", &Run::name)
        .def_property_readonly("experiment", &Run::experiment)
        .def_property_readonly("parent_id", &Run::parent_id)
        .def_property_readonly("start_time", [](const Run& r) { return r.start_time().micros() / 1000; })
        .def_property_readonly("ended", &Run::ended)
        .def_property_readonly("journal", [](const Run& r) { return r.journal_folder(); })
        .def(
            "log_metric",
            [](Run& run, std::string_view key, double value, std::int64_t step, std::optional<std::int64_t> time) {
                run.log_metric(key, value, step, from_millis(time));
            },
            py::arg("key"), py::arg("value"), py::arg("step"), py::arg("time"), release())
        .def(
            "log_metrics",
            [](Run& run, const std::map<std::string, double>& metrics, std::int64_t step,
               std::optional<std::int64_t> time) { run.log_metrics(metrics, step, from_millis(time)); },
            py::arg("metrics"), py::arg("step"), py::arg("time"), release())
        .def("log_params", &Run::log_params, py::arg("params"), release())
        .def("set_tags", &Run::set_tags, py::arg("tags"), release())
        .def("delete_tag", &Run::delete_tag, py::arg("key"), release())
        .def("log_artifact", &Run::log_artifact, py::arg("file"), py::arg("artifact_path"), release())
        .def("log_artifacts", &Run::log_artifacts, py::arg("folder"), py::arg("artifact_path"), release())
        .def("log_text", &Run::log_text, py::arg("text"), py::arg("artifact_file"), release())
        .def(
            "log_bytes",
            [](Run& run, const py::bytes& content, std::string_view file) {
                const std::string_view view = content;
                const py::gil_scoped_release unlocked;
                run.log_text(view, file);
            },
            py::arg("content"), py::arg("artifact_file"))
        .def("flush", &Run::flush, release())
        .def(
            "log_input",
            [](Run& run, std::string name, std::string digest, std::string source_type, std::string source,
               std::string schema, std::string profile, std::map<std::string, std::string> tags,
               std::string_view context) {
                run.log_input({std::move(name), std::move(digest), std::move(source_type), std::move(source),
                               std::move(schema), std::move(profile), std::move(tags)},
                              context);
            },
            py::kw_only(), py::arg("name"), py::arg("digest"), py::arg("source_type"), py::arg("source"),
            py::arg("schema"), py::arg("profile"), py::arg("tags"), py::arg("context"), release())
        .def(
            "end",
            [](Run& run, const std::string& status, std::optional<std::int64_t> time) {
                run.end(tracking::parse_run_status(status), from_millis(time));
            },
            py::arg("status"), py::arg("time"), release());
    m.def("default_journal", &tracking::default_journal);
    m.def("generate_run_name", &tracking::generate_run_name);
    bind_documents(m);
}

}  // namespace assay::bindings
