#include "assay/tracking/verify.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/detail/run_registry.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/server_folders.hpp"
#include "assay/tracking/detail/verify_documents.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

/// A point of a history, as a server can hold it: infinities clamped, zero without sign, one NaN.
struct Point {
    std::int64_t timestamp = 0;
    std::int64_t step = 0;
    std::uint64_t value = 0;

    auto operator<=>(const Point&) const = default;
};

Point point_of(const MetricPoint& point) noexcept {
    const double most = std::numeric_limits<double>::max();
    const double value =
        std::isnan(point.value) ? std::numeric_limits<double>::quiet_NaN() : std::clamp(point.value, -most, most) + 0.0;
    Point out{point.timestamp, point.step, 0};
    std::memcpy(&out.value, &value, sizeof value);
    return out;
}

struct ExpectedMetric {
    std::optional<MetricPoint> last;    // of those delivered
    std::optional<MetricPoint> latest;  // of all: more may have been delivered meanwhile
    std::vector<Point> delivered;       // where histories are compared
    std::vector<Point> waiting;
};

/// What the journal says a run is.
struct Expected {
    bool begun = false;  // here: the journal knows its name and start
    std::string name;
    std::int64_t start_time = 0;
    std::optional<EndRun> end;
    std::int64_t end_time = 0;
    Timestamp end_order;
    std::map<std::string, ExpectedMetric> metrics;
    std::map<std::string, std::string> params;
    std::map<std::string, std::string> tags;
    std::map<std::string, Artifact> artifacts;
    std::vector<DatasetInput> datasets;
};

/// MLflow's last point of a metric: the highest step, then the latest time, then the largest value.
bool is_later(const MetricPoint& a, const MetricPoint& b) noexcept {
    const double low = -std::numeric_limits<double>::infinity();
    const auto order = [low](const MetricPoint& p) {
        return std::tuple(p.step, p.timestamp, std::isnan(p.value) ? low : p.value);
    };
    return order(a) >= order(b);
}

void keep_later(std::optional<MetricPoint>& last, const MetricPoint& point) {
    if (!last || is_later(point, *last)) last = point;
}

/// MLflow tells datasets by these.
bool is_same(const DatasetInput& a, const DatasetInput& b) { return a.name == b.name && a.digest == b.digest; }

void add_point(Expected& run, const Metric& record, std::int64_t millis, bool delivered, bool histories) {
    const MetricPoint point{record.key, record.value, millis, record.step};
    ExpectedMetric& metric = run.metrics[record.key];
    keep_later(metric.latest, point);
    if (delivered) keep_later(metric.last, point);
    if (histories) (delivered ? metric.delivered : metric.waiting).push_back(point_of(point));
}

/// @param order  the record's time, or that of one before it in its segment
void add(Expected& run, Record record, Timestamp time, Timestamp order) {
    const std::int64_t millis = time.micros() / 1000;
    if (auto* begin = std::get_if<CreateRun>(&record)) {
        if (begin->tags.count(detail::on_server_tag) != 0) return;  // it began there
        run.begun = true;
        run.name = begin->name;
        run.start_time = millis;
        for (const auto& [key, value] : begin->tags) run.tags.emplace(key, value);
    } else if (auto* param = std::get_if<Param>(&record)) {
        run.params.emplace(param->key, param->value);
    } else if (auto* tag = std::get_if<Tag>(&record)) {
        run.tags.insert_or_assign(tag->key, tag->value);
    } else if (const auto* removal = std::get_if<Document>(&record);
               removal != nullptr && removal->kind == RecordKind::tag_removal) {
        run.tags.erase(removal->id);
    } else if (auto* artifact = std::get_if<Artifact>(&record)) {
        run.artifacts.insert_or_assign(artifact->path, std::move(*artifact));
    } else if (auto* end = std::get_if<EndRun>(&record); end != nullptr && (!run.end || order >= run.end_order)) {
        run.end = *end;
        run.end_time = millis;
        run.end_order = order;
    }
}

/// What the journal says that a server has.
class Expectation {
  public:
    Expectation(const std::map<std::string, std::string>& runs, const VerifyOptions& options,
                detail::DocumentComparison& documents, VerifyReport& report)
        : ids_(runs), options_(options), documents_(documents), report_(report) {}

    void read(const fs::path& journal) {
        for (const auto& path : list_segments(journal)) {
            if (options_.skips && options_.skips(path.filename().string())) continue;
            const auto opened = open_segment(path);
            if (!opened) continue;
            Timestamp order;
            for (const auto& frame : opened->frames()) {
                order = std::max(order, frame.time);
                try {
                    take(opened->name(), frame, order);
                } catch (const ValueError&) {
                    // A record of a later version: not delivered, so not compared.
                }
            }
        }
    }

    const std::map<std::string, Expected>& runs() const noexcept { return runs_; }

  private:
    void take(const std::string& segment, const detail::Frame& frame, Timestamp order) {
        auto record = decode(frame.kind, frame.payload);
        const std::string run = run_of(record);
        auto* document = std::get_if<Document>(&record);
        if (ids_.count(run) == 0 && !(document != nullptr && run.empty())) return;
        bool delivered = !options_.delivered || options_.delivered(segment, frame.sequence);
        if (delivered && options_.refused && options_.refused(segment, frame.sequence)) {
            ++report_.refused;
            delivered = false;
        }
        if (const auto* metric = std::get_if<Metric>(&record)) {
            const std::int64_t millis = frame.time.micros() / 1000;
            add_point(runs_[run], *metric, millis, delivered, options_.histories);
        } else if (!delivered) {
            return;
        } else if (document == nullptr || document->kind == RecordKind::tag_removal) {
            add(runs_[run], std::move(record), frame.time, order);
        } else if (!options_.documents || options_.documents(segment, frame.sequence)) {
            take_document(std::move(*document), frame.time);
        }
    }

    void take_document(Document document, Timestamp time) {
        if (document.kind == RecordKind::input) return take_dataset(document);
        if (!document.run.empty()) runs_[document.run];  // its run is asked for, too
        documents_.expect(std::move(document), time);
    }

    void take_dataset(const Document& document) {
        Expected& run = runs_[document.run];
        try {
            auto dataset = detail::read<DatasetInput>(nlohmann::json::parse(document.body));
            const auto same = [&](const DatasetInput& d) { return is_same(d, dataset); };
            // The server keeps the first of those that are the same.
            if (std::none_of(run.datasets.begin(), run.datasets.end(), same))
                run.datasets.push_back(std::move(dataset));
        } catch (const std::exception&) {
            // Set aside at delivery.
        }
    }

    const std::map<std::string, std::string>& ids_;
    const VerifyOptions& options_;
    detail::DocumentComparison& documents_;
    VerifyReport& report_;
    std::map<std::string, Expected> runs_;
};

bool holds_tags(const DatasetInput& held, const DatasetInput& expected) {
    return std::all_of(expected.tags.begin(), expected.tags.end(), [&](const auto& tag) {
        const auto found = held.tags.find(tag.first);
        return found != held.tags.end() && found->second == tag.second;
    });
}

class ServerComparison {
  public:
    ServerComparison(const MlflowClient& client, const ArtifactClient& artifacts, bool histories, VerifyReport& report)
        : client_(client), artifacts_(artifacts), histories_(histories), report_(report) {}

    void run(const Expected& expected, const ServerRun& held) {
        name_ = held.name;
        ++report_.runs;
        if (expected.begun) {
            expect(expected.name == held.name, "name");
            expect(expected.start_time == held.start_time, "start time");
        }
        if (expected.end) {
            expect(to_string(expected.end->status) == held.status, "status");
            const bool goes_on = expected.end->status == RunStatus::running;
            expect(goes_on || held.end_time == expected.end_time, "end time");
        }
        pairs(expected.params, held.params, "param", report_.params);
        pairs(expected.tags, held.tags, "tag", report_.tags);
        metrics(expected, held);
        for (const auto& [path, artifact] : expected.artifacts) this->artifact(artifact, held);
        for (const auto& dataset : expected.datasets) this->dataset(dataset, held);
    }

  private:
    void expect(bool same, const std::string& what) {
        if (!same) report_.differences.push_back("run '" + name_ + "': " + what + " differs");
    }

    void pairs(const std::map<std::string, std::string>& expected, const std::map<std::string, std::string>& held,
               const char* what, index& count) {
        for (const auto& [key, value] : expected) {
            const auto found = held.find(key);
            expect(found != held.end() && found->second == value, std::string(what) + " '" + key + "'");
            ++count;
        }
    }

    void metrics(const Expected& expected, const ServerRun& held) {
        std::map<std::string, const MetricPoint*> last;
        for (const auto& point : held.metrics) last[point.key] = &point;
        for (const auto& [key, metric] : expected.metrics) {
            if (!metric.last) continue;
            const auto found = last.find(key);
            const auto is = [&](const MetricPoint& point) { return point_of(*found->second) == point_of(point); };
            expect(found != last.end() && (is(*metric.last) || is(*metric.latest)), "metric '" + key + "'");
            ++report_.metrics;
            if (histories_) history(key, metric, held.id, expected.begun);
        }
    }

    void history(const std::string& key, const ExpectedMetric& metric, const std::string& run, bool whole) {
        std::vector<Point> held;
        std::string token;
        do {
            const auto page = client_.metric_history(run, key, token);
            for (const auto& point : page.items) held.push_back(point_of(point));
            token = page.next;
        } while (!token.empty());
        std::sort(held.begin(), held.end());
        const auto once = std::unique(held.begin(), held.end());
        tell(held.end() - once, key, "point(s) more than once");
        held.erase(once, held.end());
        // The server keeps points that are equal to the millisecond as one.
        const auto delivered = sorted(metric.delivered);
        auto known = metric.waiting;  // delivered by another sender since, perhaps
        known.insert(known.end(), delivered.begin(), delivered.end());
        tell(count_missing(delivered, held), key, "point(s) missing");
        if (whole) tell(count_missing(held, sorted(std::move(known))), key, "point(s) that the journal does not hold");
        report_.points += static_cast<index>(delivered.size());
    }

    static std::vector<Point> sorted(std::vector<Point> points) {
        std::sort(points.begin(), points.end());
        points.erase(std::unique(points.begin(), points.end()), points.end());
        return points;
    }

    /// How many of `points` are not in `among`; both sorted.
    static std::ptrdiff_t count_missing(const std::vector<Point>& points, const std::vector<Point>& among) {
        return std::count_if(points.begin(), points.end(),
                             [&](const Point& p) { return !std::binary_search(among.begin(), among.end(), p); });
    }

    void tell(std::ptrdiff_t count, const std::string& key, const char* what) {
        if (count == 0) return;
        report_.differences.push_back("run '" + name_ + "': history of metric '" + key + "': " + std::to_string(count) +
                                      " " + what);
    }

    void artifact(const Artifact& expected, const ServerRun& held) {
        ++report_.artifacts;
        try {
            const TransferredFile file = artifacts_.measure(held.artifact_uri, expected.path);
            expect(file.size == expected.size && file.sha256 == expected.sha256, "artifact '" + expected.path + "'");
        } catch (const MlflowError& e) {
            if (e.transient()) throw;
            expect(false, "artifact '" + expected.path + "'");
        } catch (const ValueError&) {  // a store that only its own client reads; delivery has told why
            expect(false, "artifact '" + expected.path + "'");
        } catch (const StateError&) {  // a server without the proxy
            expect(false, "artifact '" + expected.path + "'");
        }
    }

    void dataset(const DatasetInput& expected, const ServerRun& held) {
        ++report_.datasets;
        const bool found = std::any_of(
            held.dataset_inputs.begin(), held.dataset_inputs.end(),
            [&](const DatasetInput& each) { return is_same(each, expected) && holds_tags(each, expected); });
        expect(found, "dataset '" + expected.name + "'");
    }

    const MlflowClient& client_;
    const ArtifactClient& artifacts_;
    bool histories_;
    VerifyReport& report_;
    std::string name_;
};

}  // namespace

VerifyReport verify(const fs::path& journal, const MlflowClient& client, const std::map<std::string, std::string>& runs,
                    const VerifyOptions& options) {
    VerifyReport report;
    const ArtifactClient artifacts(client.address());
    detail::DocumentComparison documents(client, artifacts, ArtifactStore(journal / "artifacts"), report);
    Expectation expectation(runs, options, documents, report);
    expectation.read(journal);
    ServerComparison comparison(client, artifacts, options.histories, report);
    for (const auto& [run, expected] : expectation.runs()) {
        const ServerRun held = client.get_run(runs.at(run));
        documents.place_run(run, held.experiment_id);
        comparison.run(expected, held);
    }
    documents.compare();
    return report;
}

VerifyReport verify_delivered(const fs::path& journal, const MlflowClient& client, const std::string& server_key) {
    detail::ServerFolder server(detail::server_folder(journal, server_key.empty() ? client.url() : server_key));
    VerifyOptions options;
    options.histories = true;
    options.delivered = [&server](const std::string& segment, std::uint64_t sequence) {
        return server.acks(segment).contains(sequence);
    };
    options.refused = [&server](const std::string& segment, std::uint64_t sequence) {
        return server.acks(segment).refused(sequence);
    };
    return verify(journal, client, server.runs(), options);
}

}  // namespace assay::tracking
