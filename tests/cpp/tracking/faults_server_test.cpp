// A server that is killed again and again while a journal is delivered. ASSAY_FAULTS_RESTARTS sets how often.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "assay/base/error.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/sync.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;
using assay::tests::TemporaryFolder;

/// A server in a process of its own, whose state is the log of requests that it applied. It kills itself after a random
/// number of requests: before one is applied, after that and before the answer, or in the middle of the answer.
class MortalServer {
  public:
    explicit MortalServer(fs::path log, unsigned seed) : log_(std::move(log)), random_(seed) {
        FakeMlflow reserved;
        port_ = reserved.port();
    }
    ~MortalServer() { end(); }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    int lives() const noexcept { return lives_; }

    /// Begins the next life where the last one is over. @param mortal  whether it ends by itself
    void revive(bool mortal) {
        if (child_ != 0 && ::waitpid(child_, nullptr, WNOHANG) == 0) return;
        const int requests = mortal ? static_cast<int>(random_() % 5) : -1;
        const int way = static_cast<int>(random_() % 3);
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            try {
                live(requests, way, ready[1]);
            } catch (const std::exception&) {
                ::_exit(1);
            }
        }
        ++lives_;
        ::close(ready[1]);
        char byte;
        [[maybe_unused]] const auto got = ::read(ready[0], &byte, 1);
        ::close(ready[0]);
    }

    void end() {
        if (child_ == 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }

    /// What it holds, by replaying its log.
    void show(FakeMlflow& server) const {
        std::ifstream in(log_);
        for (std::string line; std::getline(in, line);) server.apply(parse(line));
    }

  private:
    static FakeRequest parse(const std::string& line) {
        const auto entry = nlohmann::json::parse(line);
        return {entry.at(0), entry.at(1), entry.at(2)};
    }

    [[noreturn]] void live(int requests, int way, int ready) const {
        FakeMlflow server(port_);
        show(server);
        std::ofstream out(log_, std::ios::app);
        server.set_fault([&, left = requests, cut = false](const FakeRequest& request, FakeAnswer& reply) mutable {
            const bool last = left-- == 0;
            if (last && (way == 0 || cut)) ::kill(::getpid(), SIGKILL);
            reply = server.apply(request);
            out << nlohmann::json{request.method, request.path, request.body}.dump() << std::endl;
            if (last && way == 1) ::kill(::getpid(), SIGKILL);
            if (last) {
                reply.cut = 10;  // announced and never sent: the next request finds it dead
                left = 0;
                cut = true;
            }
            return true;
        });
        [[maybe_unused]] const auto told = ::write(ready, "x", 1);
        ::close(ready);
        for (;;) ::pause();
    }

    fs::path log_;
    std::mt19937 random_;
    int port_ = 0;
    int lives_ = 0;
    pid_t child_ = 0;
};

TEST_CASE("faults: a forked server killed and restarted during delivery gets everything once") {
    const char* text = std::getenv("ASSAY_FAULTS_RESTARTS");
    const int restarts = text == nullptr ? 50 : std::atoi(text);
    const auto folder = TemporaryFolder::in_memory();
    constexpr int runs = 24, points = 500;
    for (int r = 0; r < runs; ++r) {
        Run run{{.experiment = "icu/Test", .run_name = "r" + std::to_string(r), .journal = folder.path() / "journal"}};
        for (int i = 0; i < points; ++i) {
            run.log_metric("m" + std::to_string(r), i, i, Timestamp{1'700'000'000'000'000 + 1000 * i});
        }
        run.log_param("p" + std::to_string(r), "value");
        run.log_text("made-up note " + std::to_string(r), "note" + std::to_string(r) + ".txt");
    }
    MortalServer mortal(folder.path() / "log", 7);
    mortal.revive(true);
    const http::Waiting instead_of_waiting{
        .elapsed = {}, .sleep = [&](std::chrono::milliseconds) { mortal.revive(mortal.lives() <= restarts); }};
    ServerAddress address;
    address.url = mortal.url();
    address.options.retry.attempts = 3;
    address.options.waiting = instead_of_waiting;
    SyncOptions options;
    options.verify = false;
    options.server_key = "mortal";
    options.retry.attempts = 3;
    options.waiting = instead_of_waiting;
    const MlflowClient client(std::move(address));
    SyncReport report;
    int deliveries = 0;
    while (!report.complete && deliveries < 100) {
        mortal.revive(mortal.lives() <= restarts);
        report = sync(folder.path() / "journal", client, options);
        CHECK(report.set_aside.empty());
        CHECK(report.problems.empty());
        ++deliveries;
    }
    const int lives = mortal.lives();
    mortal.end();
    CHECK(report.complete);
    FakeMlflow held;
    mortal.show(held);
    CHECK(held.runs.size() == runs);
    CHECK(held.points.size() == runs * points);
    CHECK(held.params.size() == runs);
    CHECK(held.artifacts.size() == runs);
    for (const auto& [id, run] : held.runs) CHECK(run["run"]["info"]["status"] == "FINISHED");
    WARN(lives << " lives of the server, " << deliveries << " deliveries");
    CHECK(lives > restarts);
}

}  // namespace
}  // namespace assay::tracking
