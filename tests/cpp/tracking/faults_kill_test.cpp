// SIGKILL and forks: what a call has returned for is there, once. ASSAY_FAULTS_KILLS sets the number of kills.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/sync.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::FakeMlflow;
using assay::tests::TemporaryFolder;

constexpr int max_threads = 4;

/// What each thread of the child was promised: steps below it are in the journal. Shared with the parent, so that no
/// call of the child stands between the logging call's return and the promise.
struct Promises {
    std::atomic<std::int64_t> steps[max_threads];

    static Promises* shared() {
        void* memory = ::mmap(nullptr, sizeof(Promises), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        return new (memory) Promises{};
    }
};

[[noreturn]] void log_until_killed(const fs::path& journal, Promises& promises, int threads) {
    const JournalOptions options{.fsync = FsyncPolicy::every_record, .segment_bytes = 8 << 20};
    Run run{{.experiment = "icu/Test", .run_name = "killed", .journal = journal, .journal_options = options}};
    const auto log = [&](int thread) {
        const std::string key = "t" + std::to_string(thread);
        for (std::int64_t step = 0;; ++step) {
            run.log_metric(key, 0.5 * static_cast<double>(step), step);
            promises.steps[thread].store(step + 1, std::memory_order_release);
        }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(log, t);
    log(0);
    std::abort();
}

MlflowClient client_of(const FakeMlflow& server) {
    ServerAddress address;
    address.url = server.url();
    return MlflowClient(std::move(address));
}

SyncOptions not_read_back() {
    SyncOptions options;
    options.verify = false;
    return options;
}

int number_of(const char* variable, int usual) {
    const char* text = std::getenv(variable);
    return text == nullptr ? usual : std::atoi(text);
}

TEST_CASE("faults: SIGKILL of forked loggers at random points loses no record whose call returned, and doubles none") {
    const int kills = number_of("ASSAY_FAULTS_KILLS", 60);
    std::mt19937 random(20261121);  // NOLINT: the same points in every run, as far as the scheduler lets them be
    std::int64_t promised_in_all = 0, kept_in_all = 0;
    int before_first = 0;
    for (int kill = 0; kill < kills; ++kill) {
        const auto folder = TemporaryFolder::in_memory();
        const int threads = kill % 2 == 0 ? 1 : max_threads;
        Promises* promises = Promises::shared();
        const pid_t child = ::fork();
        if (child == 0) log_until_killed(folder.path(), *promises, threads);
        ::usleep(static_cast<useconds_t>(random() % 6000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFSIGNALED(status));

        std::map<std::string, std::int64_t> next;  // steps found of each thread, in order and without a gap
        recover(folder.path());
        for (const auto& path : list_segments(folder.path())) {
            const SegmentReader segment(path);
            REQUIRE(segment.damage().empty());
            for (const auto& frame : segment.frames()) {
                const auto record = decode(frame.kind, frame.payload);
                if (const auto* metric = std::get_if<Metric>(&record)) {
                    REQUIRE(metric->step == next[metric->key]++);
                    REQUIRE(metric->value == 0.5 * static_cast<double>(metric->step));
                }
            }
        }
        std::size_t kept = 0;
        for (int t = 0; t < threads; ++t) {
            const std::int64_t promised = promises->steps[t];
            const std::int64_t found = next["t" + std::to_string(t)];
            REQUIRE(found >= promised);
            REQUIRE(found <= promised + 1);  // at most the call that did not return
            promised_in_all += promised;
            kept += static_cast<std::size_t>(found);
        }
        kept_in_all += static_cast<std::int64_t>(kept);
        before_first += kept == 0;
        ::munmap(promises, sizeof(Promises));

        FakeMlflow server;
        const auto report = sync(folder.path(), client_of(server), not_read_back());
        REQUIRE(report.complete);
        REQUIRE(report.problems.size() <= 1);  // a record that was cut short
        REQUIRE(report.metrics == static_cast<index>(kept));
        REQUIRE(server.points.size() == kept);
        REQUIRE(server.runs.size() <= 1);
    }
    WARN(kills << " kills: " << promised_in_all << " calls had returned, " << kept_in_all
               << " records kept and delivered, " << before_first << " kills before the first record");
    CHECK(kept_in_all > kills);
}

TEST_CASE("faults: eight threads in each of four forked processes write one run") {
    const TemporaryFolder folder;
    constexpr int processes = 4, threads = 8, each = 250;
    std::string id;
    {
        Run run{{.experiment = "icu/Test", .run_name = "many", .journal = folder.path()}};
        id = run.id();
        std::vector<pid_t> children;
        for (int p = 0; p < processes; ++p) {
            const pid_t child = ::fork();
            if (child != 0) {
                children.push_back(child);
                continue;
            }
            std::vector<std::thread> workers;
            for (int t = 0; t < threads; ++t) {
                workers.emplace_back([&run, p, t] {
                    const std::string key = "p" + std::to_string(p) + "t" + std::to_string(t);
                    for (int i = 0; i < each; ++i) run.log_metric(key, i, i);
                });
            }
            for (auto& worker : workers) worker.join();
            ::_exit(0);
        }
        for (const pid_t child : children) {
            int status = 0;
            ::waitpid(child, &status, 0);
            REQUIRE(status == 0);
        }
    }
    FakeMlflow server;
    const auto report = sync(folder.path(), client_of(server), not_read_back());
    CHECK(report.complete);
    CHECK(report.metrics == processes * threads * each);
    CHECK(server.points.size() == processes * threads * each);
    REQUIRE(server.runs.size() == 1);
    CHECK(server.runs.begin()->second["uuid"] == id);
    CHECK(server.runs.begin()->second["run"]["info"]["status"] == "FINISHED");
}

}  // namespace
}  // namespace assay::tracking
