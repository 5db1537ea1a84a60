#include <set>

#include "assay/base/error.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

/// A record as Python reads it.
struct ReadRecord {
    std::string segment;
    std::uint64_t sequence = 0;
    std::string kind;
    std::int64_t millis = 0;
    std::string payload;
};

std::vector<ReadRecord> read_records(const std::filesystem::path& journal, const std::set<std::string>& kinds,
                                     const std::map<std::string, std::uint64_t>& after) {
    const py::gil_scoped_release release;
    std::vector<ReadRecord> records;
    for (const auto& path : tracking::list_segments(journal)) {
        try {
            const tracking::SegmentReader segment(path);
            const auto known = after.find(segment.name());
            for (const auto& frame : segment.frames()) {
                const std::string kind(to_string(frame.kind));
                if (known != after.end() && frame.sequence <= known->second) continue;
                if (kinds.count(kind) == 0) continue;
                records.push_back(
                    {segment.name(), frame.sequence, kind, frame.time.micros() / 1000, std::string(frame.payload)});
            }
        } catch (const IoError&) {
            if (std::filesystem::exists(path)) throw;  // else it was removed meanwhile
        }
    }
    return records;
}

http::Request json_request(const std::string& method, const std::string& url, const std::string& body) {
    http::Request request;
    request.method = method;
    request.url = url;
    request.headers = {{"Accept", "application/json"}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    return request;
}

/// The status of the last answer, 0 where none came. The address is a secret, and stands in no error.
int post_webhook(const std::string& url, const std::string& body, int attempts, int first_delay_ms, double timeout) {
    const py::gil_scoped_release release;
    http::ClientOptions options;
    options.timeout = options.connect_timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout * 1000));
    options.retry.attempts = attempts;
    options.retry.first_delay = std::chrono::milliseconds(first_delay_ms);
    try {
        return http::Client(std::move(options)).send(json_request("POST", url, body)).status;
    } catch (const HttpError&) {
        return 0;
    } catch (const ValueError&) {
        throw ValueError("alerts: expected the webhook's address to begin with http:// or https://");
    }
}

}  // namespace

void bind_feedback(py::module_& m) {
    py::class_<ReadRecord>(m, "JournalRecord", "A record of a journal, its payload as JSON text.")
        .def_readonly("segment", &ReadRecord::segment)
        .def_readonly("sequence", &ReadRecord::sequence)
        .def_readonly("kind", &ReadRecord::kind)
        .def_readonly("time", &ReadRecord::millis, "ms since 1970, UTC")
        .def_readonly("payload", &ReadRecord::payload);
    m.def("read_records", &read_records,
          "Records of some kinds, oldest segment first; of a segment named in `after`, those behind that number.",
          py::arg("journal"), py::kw_only(), py::arg("kinds"), py::arg("after"));
    m.def("post_webhook", &post_webhook, py::arg("url"), py::kw_only(), py::arg("body"), py::arg("attempts"),
          py::arg("first_delay_ms"), py::arg("timeout"));
}

}  // namespace assay::bindings
