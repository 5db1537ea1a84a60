#include "assay/tracking/verify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <tuple>

#include "assay/base/error.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/detail/run_registry.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

/// What the journal says a run is.
struct Expected {
    bool began_on_server = false;  // under a name and at a time that the journal does not know
    std::string name;
    std::int64_t start_time = 0;
    std::optional<EndRun> end;
    std::int64_t end_time = 0;
    std::map<std::string, MetricPoint> metrics;  // the last point of each
    std::map<std::string, std::string> params;
    std::map<std::string, std::string> tags;
    std::map<std::string, Artifact> artifacts;
};

/// MLflow's last point of a metric: the highest step, then the latest time, then the largest value.
bool is_later(const MetricPoint& a, const MetricPoint& b) noexcept {
    const double low = -std::numeric_limits<double>::infinity();
    const auto order = [low](const MetricPoint& p) {
        return std::tuple(p.step, p.timestamp, std::isnan(p.value) ? low : p.value);
    };
    return order(a) >= order(b);
}

void add(Expected& run, Record record, Timestamp time) {
    const std::int64_t millis = time.micros() / 1000;
    if (auto* begin = std::get_if<CreateRun>(&record)) {
        run.began_on_server = begin->tags.count(detail::on_server_tag) != 0;
        if (run.began_on_server) return;
        run.name = begin->name;
        run.start_time = millis;
        for (const auto& [key, value] : begin->tags) run.tags.emplace(key, value);
    } else if (auto* metric = std::get_if<Metric>(&record)) {
        const MetricPoint point{metric->key, metric->value, millis, metric->step};
        const auto [at, first] = run.metrics.emplace(metric->key, point);
        if (!first && is_later(point, at->second)) at->second = point;
    } else if (auto* param = std::get_if<Param>(&record)) {
        run.params.emplace(param->key, param->value);
    } else if (auto* tag = std::get_if<Tag>(&record)) {
        run.tags.insert_or_assign(tag->key, tag->value);
    } else if (auto* artifact = std::get_if<Artifact>(&record)) {
        run.artifacts.insert_or_assign(artifact->path, std::move(*artifact));
    } else if (auto* end = std::get_if<EndRun>(&record)) {
        run.end = *end;
        run.end_time = millis;
    }
}

std::map<std::string, Expected> read_journal(const fs::path& journal, const std::map<std::string, std::string>& runs) {
    std::map<std::string, Expected> expected;
    for (const auto& path : list_segments(journal)) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) {
            try {
                auto record = decode(frame.kind, frame.payload);
                const std::string run = run_of(record);
                if (runs.count(run) != 0) add(expected[run], std::move(record), frame.time);
            } catch (const ValueError&) {
                // A record of a later version: not delivered, so not compared.
            }
        }
    }
    return expected;
}

/// As the server holds it: infinities are clamped, the sign of zero is not kept.
bool same_value(double logged, double held) noexcept {
    if (std::isnan(logged) || std::isnan(held)) return std::isnan(logged) && std::isnan(held);
    const double most = std::numeric_limits<double>::max();
    return std::clamp(logged, -most, most) == std::clamp(held, -most, most);
}

class Comparison {
  public:
    Comparison(const ArtifactClient& artifacts, VerifyReport& report) : artifacts_(artifacts), report_(report) {}

    void run(const Expected& expected, const ServerRun& held) {
        name_ = held.name;
        ++report_.runs;
        expect(expected.began_on_server || expected.name == held.name, "name");
        expect(expected.began_on_server || expected.start_time == held.start_time, "start time");
        if (expected.end) {
            expect(to_string(expected.end->status) == held.status, "status");
            expect(held.end_time == expected.end_time, "end time");
        }
        pairs(expected.params, held.params, "param", report_.params);
        pairs(expected.tags, held.tags, "tag", report_.tags);
        metrics(expected, held);
        for (const auto& [path, artifact] : expected.artifacts) this->artifact(artifact, held);
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
        for (const auto& [key, point] : expected.metrics) {
            const auto found = last.find(key);
            expect(found != last.end() && found->second->step == point.step &&
                       found->second->timestamp == point.timestamp && same_value(point.value, found->second->value),
                   "metric '" + key + "'");
            ++report_.metrics;
        }
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

    const ArtifactClient& artifacts_;
    VerifyReport& report_;
    std::string name_;
};

}  // namespace

VerifyReport verify(const fs::path& journal, const MlflowClient& client,
                    const std::map<std::string, std::string>& runs) {
    VerifyReport report;
    const ArtifactClient artifacts(client.address());
    Comparison comparison(artifacts, report);
    for (const auto& [run, expected] : read_journal(journal, runs)) {
        comparison.run(expected, client.get_run(runs.at(run)));
    }
    return report;
}

}  // namespace assay::tracking
