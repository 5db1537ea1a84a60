#include "assay/tracking/sync.hpp"

#include <thread>

#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/model_download.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using tracking::MlflowClient;
using tracking::SetAside;
using tracking::SyncReport;
using tracking::VerifyReport;

/// Ctrl-C and other signals get their turn between two calls to the server, and while it is waited for.
void let_signals_in() {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

http::Waiting interruptible() {
    http::Waiting waiting;
    waiting.sleep = [](std::chrono::milliseconds rest) {
        constexpr std::chrono::milliseconds step{100};
        for (; rest.count() > 0; rest -= step) {
            std::this_thread::sleep_for(std::min(rest, step));
            let_signals_in();
        }
    };
    return waiting;
}

SyncReport run_sync(const std::filesystem::path& journal, const std::string& tracking_uri,
                    const std::string& server_key, bool verify, bool from_scratch, double deadline) {
    const py::gil_scoped_release release;
    auto address = tracking::resolve_tracking_uri(tracking_uri);
    const double seconds = deadline < 1e9 ? deadline : 1e9;  // "never" does not fit into milliseconds
    const auto most = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    address.options.retry.deadline = most;
    if (deadline < 30) {  // who is in a hurry does not wait a minute for one answer either
        address.options.connect_timeout = std::min(most, address.options.connect_timeout);
        address.options.timeout = std::max(most, std::chrono::milliseconds(5000));
    }
    tracking::SyncOptions options;
    options.server_key = server_key;
    options.verify = verify;
    options.from_scratch = from_scratch;
    options.retry = address.options.retry;
    options.waiting = address.options.waiting = interruptible();
    options.progress = [](index, index) { let_signals_in(); };
    const MlflowClient client(std::move(address));
    return tracking::sync(journal, client, options);
}

/// Whether anything answers HTTP there within the time; what it answers does not matter.
bool answers(const std::string& tracking_uri, double seconds) {
    const py::gil_scoped_release release;
    auto address = tracking::resolve_tracking_uri(tracking_uri);
    const auto most = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    address.options.timeout = address.options.connect_timeout = most;
    address.options.retry.attempts = 1;
    http::Request request;
    request.url = address.url + "/health";
    try {
        return http::Client(std::move(address.options)).send(request).status != 0;
    } catch (const HttpError&) {
        return false;
    }
}

VerifyReport run_verify(const std::filesystem::path& journal, const std::string& tracking_uri,
                        const std::map<std::string, std::string>& runs) {
    const py::gil_scoped_release release;
    const MlflowClient client(tracking::resolve_tracking_uri(tracking_uri));
    return tracking::verify(journal, client, runs);
}

}  // namespace

void bind_sync(py::module_& m) {
    py::class_<SetAside>(m, "SetAside", "A record that the server refuses for good; it stays in the journal.")
        .def_readonly("run", &SetAside::run)
        .def_readonly("kind", &SetAside::kind)
        .def_readonly("key", &SetAside::key)
        .def_readonly("error_code", &SetAside::error_code)
        .def_readonly("words", &SetAside::words)
        .def("__repr__",
             [](const SetAside& s) { return "<SetAside " + s.kind + " '" + s.key + "' " + s.error_code + ">"; });
    py::class_<VerifyReport>(m, "VerifyReport", "What was read back from the server, and what differs.")
        .def_readonly("runs", &VerifyReport::runs)
        .def_readonly("metrics", &VerifyReport::metrics)
        .def_readonly("points", &VerifyReport::points)
        .def_readonly("params", &VerifyReport::params)
        .def_readonly("tags", &VerifyReport::tags)
        .def_readonly("artifacts", &VerifyReport::artifacts)
        .def_readonly("datasets", &VerifyReport::datasets)
        .def_readonly("models", &VerifyReport::models)
        .def_readonly("model_versions", &VerifyReport::model_versions)
        .def_readonly("traces", &VerifyReport::traces)
        .def_readonly("spans", &VerifyReport::spans)
        .def_readonly("assessments", &VerifyReport::assessments)
        .def_readonly("refused", &VerifyReport::refused)
        .def_readonly("differences", &VerifyReport::differences)
        .def_property_readonly("ok", &VerifyReport::ok);
    py::class_<SyncReport>(m, "SyncReport", "What a delivery did.")
        .def_readonly("complete", &SyncReport::complete)
        .def_readonly("stopped_by", &SyncReport::stopped_by)
        .def_readonly("runs_created", &SyncReport::runs_created)
        .def_readonly("runs_ended", &SyncReport::runs_ended)
        .def_readonly("metrics", &SyncReport::metrics)
        .def_readonly("params", &SyncReport::params)
        .def_readonly("tags", &SyncReport::tags)
        .def_readonly("artifacts", &SyncReport::artifacts)
        .def_readonly("documents", &SyncReport::documents)
        .def_readonly("remaining", &SyncReport::remaining)
        .def_readonly("set_aside", &SyncReport::set_aside)
        .def_readonly("refused_earlier", &SyncReport::refused_earlier)
        .def_readonly("problems", &SyncReport::problems)
        .def_readonly("run_ids", &SyncReport::run_ids)
        .def_readonly("verified", &SyncReport::verified)
        .def("__repr__", [](const SyncReport& r) {
            return "<SyncReport " + std::string(r.complete ? "complete" : "incomplete") + ": " +
                   std::to_string(r.runs_created) + " runs created, " + std::to_string(r.metrics) + " metrics, " +
                   std::to_string(r.artifacts) + " artifacts, " + std::to_string(r.remaining) + " records remain>";
        });
    m.def("sync", &run_sync, py::arg("journal"), py::kw_only(), py::arg("tracking_uri"), py::arg("server_key"),
          py::arg("verify"), py::arg("from_scratch"), py::arg("deadline"));
    m.def("verify", &run_verify, py::arg("journal"), py::kw_only(), py::arg("tracking_uri"), py::arg("runs"));
    m.def("answers", &answers, py::arg("tracking_uri"), py::kw_only(), py::arg("timeout"));
    m.def(
        "download_model",
        [](const std::string& model_uri, const std::filesystem::path& folder, const std::string& tracking_uri) {
            const py::gil_scoped_release release;
            const MlflowClient client(tracking::resolve_tracking_uri(tracking_uri));
            tracking::download_model(client, tracking::ModelUri::parse(model_uri), folder);
        },
        py::arg("model_uri"), py::arg("folder"), py::kw_only(), py::arg("tracking_uri"));
    m.def(
        "is_healthy",
        [](const std::string& uri) {
            const py::gil_scoped_release release;
            return MlflowClient(tracking::resolve_tracking_uri(uri)).healthy();
        },
        py::arg("tracking_uri"));
}

}  // namespace assay::bindings
