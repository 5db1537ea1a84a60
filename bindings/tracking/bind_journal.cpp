#include "assay/base/error.hpp"
#include "assay/tracking/journal_export.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/retention.hpp"
#include "assay/tracking/verify.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using tracking::JournalStatus;
using tracking::RetentionReport;
using tracking::RunSummary;
using tracking::ServerStatus;

std::optional<std::int64_t> millis_of(const std::optional<Timestamp>& time) {
    if (!time) return std::nullopt;
    return time->micros() / 1000;
}

RetentionReport gc_journal(const std::filesystem::path& journal, double keep_days, const std::string& server_key,
                           bool refused, bool dry_run, std::int64_t content_grace) {
    tracking::RetentionOptions options;
    options.keep = std::chrono::hours(static_cast<std::int64_t>(std::min(keep_days, 365'000.0) * 24));
    options.server_key = server_key;
    options.refused = refused;
    options.dry_run = dry_run;
    options.content_grace = std::chrono::seconds(content_grace);
    const py::gil_scoped_release release;
    return tracking::collect_garbage(journal, options);
}

index write_journal(const std::filesystem::path& journal, const std::string& format, const std::string& run,
                    const py::function& write) {
    if (format != "jsonl" && format != "csv") {
        throw ValueError("export: expected the format 'jsonl' or 'csv', got '" + format + "'");
    }
    const auto chosen = format == "csv" ? tracking::ExportFormat::csv : tracking::ExportFormat::jsonl;
    // The GIL is kept: the text goes to Python piece by piece.
    return tracking::export_journal(journal, chosen, run, [&write](std::string_view text) { write(py::bytes(text)); });
}

void bind_status(py::module_& m) {
    py::class_<ServerStatus>(m, "ServerStatus", "How far delivery to one server has come, in records.")
        .def_readonly("name", &ServerStatus::name)
        .def_readonly("delivered", &ServerStatus::delivered)
        .def_readonly("refused", &ServerStatus::refused)
        .def_readonly("waiting", &ServerStatus::waiting);
    py::class_<RunSummary>(m, "RunSummary", "What a journal holds of one run.")
        .def_readonly("run_id", &RunSummary::run)
        .def_readonly("experiment", &RunSummary::experiment)
        .def_readonly("run_name", &RunSummary::name)
        .def_readonly("parent_run_id", &RunSummary::parent)
        .def_property_readonly("start_time", [](const RunSummary& r) { return millis_of(r.start); })
        .def_property_readonly("end_time", [](const RunSummary& r) { return millis_of(r.end); })
        .def_property_readonly(
            "status",
            [](const RunSummary& r) { return std::string(to_string(r.status.value_or(tracking::RunStatus::running))); })
        .def_readonly("records", &RunSummary::records)
        .def_readonly("metrics", &RunSummary::metrics)
        .def_readonly("waiting", &RunSummary::waiting)
        .def_readonly("params", &RunSummary::params)
        .def_readonly("tags", &RunSummary::tags)
        .def_readonly("artifacts", &RunSummary::artifacts)
        .def_readonly("server_run_ids", &RunSummary::server_run_ids);
    py::class_<JournalStatus>(m, "JournalStatus", "What a journal holds and what of it was delivered.")
        .def_readonly("segments", &JournalStatus::segments)
        .def_readonly("open_segments", &JournalStatus::open_segments)
        .def_readonly("records", &JournalStatus::records)
        .def_readonly("segment_bytes", &JournalStatus::segment_bytes)
        .def_readonly("artifact_bytes", &JournalStatus::artifact_bytes)
        .def_readonly("artifacts", &JournalStatus::artifacts)
        .def_readonly("servers", &JournalStatus::servers)
        .def_readonly("runs", &JournalStatus::runs)
        .def_readonly("damage", &JournalStatus::damage);
}

}  // namespace

void bind_journal(py::module_& m) {
    bind_status(m);
    py::class_<RetentionReport>(m, "RetentionReport", "What was removed from a journal, and what was kept and why.")
        .def_readonly("segments_removed", &RetentionReport::segments_removed)
        .def_readonly("records_removed", &RetentionReport::records_removed)
        .def_readonly("artifacts_removed", &RetentionReport::artifacts_removed)
        .def_readonly("leftovers_removed", &RetentionReport::leftovers_removed)
        .def_readonly("bytes_freed", &RetentionReport::bytes_freed)
        .def_readonly("segments_waiting", &RetentionReport::segments_waiting)
        .def_readonly("segments_refused", &RetentionReport::segments_refused)
        .def_readonly("segments_damaged", &RetentionReport::segments_damaged)
        .def_readonly("segments_open", &RetentionReport::segments_open)
        .def_readonly("segments_kept", &RetentionReport::segments_kept)
        .def_readonly("bytes_left", &RetentionReport::bytes_left);
    m.def("journal_status", &tracking::inspect, py::arg("journal"), py::call_guard<py::gil_scoped_release>());
    m.def("collect_garbage", &gc_journal, py::arg("journal"), py::kw_only(), py::arg("keep_days"),
          py::arg("server_key"), py::arg("refused"), py::arg("dry_run"), py::arg("content_grace"));
    m.def("export_journal", &write_journal, py::arg("journal"), py::kw_only(), py::arg("format"), py::arg("run"),
          py::arg("write"));
    m.def(
        "verify_delivered",
        [](const std::filesystem::path& journal, const std::string& tracking_uri, const std::string& server_key) {
            const tracking::MlflowClient client(tracking::resolve_tracking_uri(tracking_uri));
            return tracking::verify_delivered(journal, client, server_key);
        },
        py::arg("journal"), py::kw_only(), py::arg("tracking_uri"), py::arg("server_key"),
        py::call_guard<py::gil_scoped_release>());
}

}  // namespace assay::bindings
