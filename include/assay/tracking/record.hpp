#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"

namespace assay::tracking {

/// What a journal record says. The numbers are written to disk and never change their meaning.
enum class RecordKind : std::uint8_t {
    create_run = 1,
    metric = 2,
    param = 3,
    tag = 4,
    artifact = 5,
    end_run = 6,
    input = 7,          ///< a dataset that a run read
    model = 8,          ///< a logged model
    model_version = 9,  ///< a version in the model registry
    trace = 10,         ///< a trace with its spans
    assessment = 11,    ///< feedback on a trace
    tag_removal = 12,   ///< a run's tag goes
    experiment_tag = 13,
    model_metric = 14,  ///< says of a run's point which model and data set it was measured on
    segment_end = 15,   ///< the last record of a segment that was closed in order
};

enum class RunStatus : std::uint8_t { running, finished, failed, killed };

/// MLflow's word for a status: RUNNING, FINISHED, FAILED, KILLED.
ASSAY_EXPORT std::string_view to_string(RunStatus status) noexcept;

/// "create_run", "metric", …: the kind's name in reports.
ASSAY_EXPORT std::string_view to_string(RecordKind kind) noexcept;

/// @throws ValueError for any other word
ASSAY_EXPORT RunStatus parse_run_status(std::string_view text);

/// A run begins. Its start is the record's time.
struct CreateRun {
    std::string run;         ///< 32 hexadecimal digits, made here; the server gives its own id later
    std::string experiment;  ///< experiment name
    std::string name;        ///< run name
    std::string parent;      ///< `run` of the parent, empty for none
    std::string user;
    std::map<std::string, std::string> tags;

    friend bool operator==(const CreateRun&, const CreateRun&) = default;
};

/// One point of a metric. Its time is the record's time.
struct Metric {
    std::string run;
    std::string key;
    double value = 0;  ///< NaN and infinities are kept
    std::int64_t step = 0;

    /// NaN equals NaN here: two records are equal where they say the same.
    friend bool operator==(const Metric& a, const Metric& b) noexcept {
        const bool same_value = a.value == b.value || (a.value != a.value && b.value != b.value);
        return a.run == b.run && a.key == b.key && a.step == b.step && same_value;
    }
};

struct Param {
    std::string run;
    std::string key;
    std::string value;

    friend bool operator==(const Param&, const Param&) = default;
};

struct Tag {
    std::string run;
    std::string key;
    std::string value;

    friend bool operator==(const Tag&, const Tag&) = default;
};

/// A file of the run, whose bytes lie in the journal's artifact store under their SHA-256.
struct Artifact {
    std::string run;
    std::string path;    ///< place inside the run's artifacts, '/' between parts
    std::string sha256;  ///< 64 hexadecimal digits
    std::int64_t size = 0;

    friend bool operator==(const Artifact&, const Artifact&) = default;
};

/// A run ends at the record's time; with the status RUNNING it is gone on with from there.
struct EndRun {
    std::string run;
    RunStatus status = RunStatus::finished;

    friend bool operator==(const EndRun&, const EndRun&) = default;
};

/// What the server takes as one document of its own: kinds input to model_metric. What `body` holds for each kind is
/// said where it is delivered: src/tracking/detail/deliver_*.cpp.
struct Document {
    RecordKind kind{};
    std::string run;                      ///< empty where it belongs to no run
    std::string experiment;               ///< name; empty where the run's, or none, is meant
    std::string id;                       ///< made here; tells it from others wherever it is delivered
    std::string body;                     ///< a JSON object
    std::vector<std::string> contents{};  ///< SHA-256 of what it keeps in the artifact store

    friend bool operator==(const Document&, const Document&) = default;
};

using Record = std::variant<CreateRun, Metric, Param, Tag, Artifact, EndRun, Document>;

ASSAY_EXPORT RecordKind kind_of(const Record& record) noexcept;

/// Id of the run a record belongs to; empty for a document of no run.
ASSAY_EXPORT const std::string& run_of(const Record& record) noexcept;

/// The record as one JSON object. Non-finite numbers are the strings "NaN", "Infinity", "-Infinity".
/// @throws ValueError if a text is not valid UTF-8
ASSAY_EXPORT std::string encode(const Record& record);

/// Appends a metric's JSON to `out` without allocating when `out` has room. `run` is written as it is.
/// Cost: O(characters).
ASSAY_EXPORT void encode_metric(std::string& out, std::string_view run, std::string_view key, double value,
                                std::int64_t step);

/// Reads what `encode` wrote; unknown members are ignored, so that a later version may add some.
/// @throws ValueError if the payload is not such an object, or the kind is unknown
ASSAY_EXPORT Record decode(RecordKind kind, std::string_view payload);

}  // namespace assay::tracking
