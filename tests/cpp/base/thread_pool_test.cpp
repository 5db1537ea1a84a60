#include "assay/base/thread_pool.hpp"

#include "assay/base/detail/cpu_limit.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__SANITIZE_THREAD__)
// The fork tests start threads in a child, which ThreadSanitizer must be told to allow.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

using namespace assay;

namespace {

/// Sets the number of threads for one scope.
struct Threads {
    explicit Threads(int count) : before(num_threads()) { set_num_threads(count); }
    ~Threads() { set_num_threads(before); }
    int before;
};

std::vector<double> square_roots(index n, index grain) {
    std::vector<double> out(static_cast<std::size_t>(n));
    parallel_for(n, grain, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) out[static_cast<std::size_t>(i)] += static_cast<double>(i) * 0.5;
    });
    return out;
}

int exit_code_of_child(int (*body)()) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

index threads_of_process() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("parallel_for covers every item once, in blocks of the grain") {
    const Threads threads(4);
    for (const index n : {index{-1}, index{0}, index{1}, index{7}, index{1000}, index{1001}}) {
        for (const index grain : {index{0}, index{1}, index{7}, index{1000}, index{5000}}) {
            std::vector<std::atomic<int>> seen(static_cast<std::size_t>(n < 0 ? 0 : n));
            std::atomic<bool> bad{false};
            parallel_for(n, grain, [&](index begin, index end) {
                const index step = grain < 1 ? 1 : grain;
                if (begin % step != 0 || end <= begin || (end - begin != step && end != n)) bad = true;
                for (index i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
            });
            CHECK_FALSE(bad);
            for (const auto& count : seen) {
                if (count != 1) FAIL("n " << n << " grain " << grain);
            }
        }
    }
}

TEST_CASE("results do not depend on the number of threads") {
    const auto expected = square_roots(10'000, 64);
    for (const int count : {1, 2, 3, 8}) {
        const Threads threads(count);
        CHECK(square_roots(10'000, 64) == expected);
    }
}

TEST_CASE("as many threads as set work at the same time") {
    const Threads threads(3);
    std::latch all_here(3);  // passes only when three threads are inside at once
    parallel_for(3, 1, [&](index, index) { all_here.arrive_and_wait(); });
    CHECK(all_here.try_wait());
}

TEST_CASE("the error of the first failing block arrives, whatever the timing") {
    for (const int count : {1, 2, 4}) {
        const Threads threads(count);
        for (int repeat = 0; repeat < 200; ++repeat) {
            std::vector<std::atomic<int>> ran(64);
            std::string text;
            try {
                parallel_for(64, 1, [&](index begin, index) {
                    ++ran[static_cast<std::size_t>(begin)];
                    if (begin % 10 == 7) throw std::runtime_error(std::to_string(begin));
                });
            } catch (const std::runtime_error& error) {
                text = error.what();
            }
            if (text != "7") FAIL("got '" << text << "' with " << count << " threads");
            for (std::size_t i = 0; i < 7; ++i) {
                if (ran[i] != 1) FAIL("block " << i);
            }
        }
    }
}

TEST_CASE("the pool works on after an error") {
    const Threads threads(4);
    CHECK_THROWS_AS(parallel_for(100, 1, [](index, index) { throw std::logic_error("x"); }), std::logic_error);
    CHECK(square_roots(100, 1)[99] == 49.5);
}

TEST_CASE("nested calls run inline") {
    const Threads threads(4);
    std::atomic<index> sum{0};
    std::atomic<bool> moved{false};
    parallel_for(8, 1, [&](index, index) {
        const auto outer = std::this_thread::get_id();
        parallel_for(100, 10, [&](index begin, index end) {
            if (std::this_thread::get_id() != outer) moved = true;
            sum += end - begin;
        });
    });
    CHECK(sum == 800);
    CHECK_FALSE(moved);
}

TEST_CASE("several threads may use the pool at once") {
    const Threads threads(3);
    std::vector<std::thread> callers;
    std::atomic<int> wrong{0};
    for (int caller = 0; caller < 4; ++caller) {
        callers.emplace_back([&] {
            for (int repeat = 0; repeat < 50; ++repeat) {
                if (square_roots(500, 7)[499] != 249.5) ++wrong;
            }
        });
    }
    for (auto& caller : callers) caller.join();
    CHECK(wrong == 0);
}

TEST_CASE("run_tasks runs every task and reports the first error") {
    const Threads threads(2);
    std::atomic<int> ran{0};
    std::vector<std::function<void()>> tasks(10, [&] { ++ran; });
    run_tasks(tasks);
    CHECK(ran == 10);
    run_tasks({});
    tasks[3] = [] { throw ValueError("third"); };
    tasks[5] = [] { throw ValueError("fifth"); };
    CHECK_THROWS_WITH(run_tasks(tasks), "third");
}

TEST_CASE("a forked child starts threads of its own and the parent keeps its") {
    const Threads threads(3);
    square_roots(1000, 10);
    const int code = exit_code_of_child([] {
        if (threads_of_process() != 1) return 2;
        if (square_roots(1000, 10)[999] != 499.5) return 3;
        std::latch all_here(3);
        parallel_for(3, 1, [&](index, index) { all_here.arrive_and_wait(); });
        return threads_of_process() == 3 ? 0 : 4;
    });
    CHECK(code == 0);
    CHECK(square_roots(1000, 10)[999] == 499.5);
}

TEST_CASE("a fork while another thread uses the pool leaves a working child") {
#if defined(__SANITIZE_THREAD__)
    WARN("ThreadSanitizer cannot start threads in a child whose parent had others running; not tested here");
    return;
#endif
    const Threads threads(3);
    std::atomic<bool> stop{false};
    std::thread busy([&] {
        while (!stop) square_roots(200, 1);
    });
    for (int repeat = 0; repeat < 20; ++repeat) {
        CHECK(exit_code_of_child([] { return square_roots(100, 1)[99] == 49.5 ? 0 : 1; }) == 0);
    }
    stop = true;
    busy.join();
}

TEST_CASE("set_num_threads rejects less than one") {
    CHECK_THROWS_AS(set_num_threads(0), ValueError);
    CHECK_THROWS_WITH(set_num_threads(-2), "set_num_threads: expected at least 1 thread, got -2");
}

TEST_CASE("ASSAY_NUM_THREADS is a positive whole number or nothing") {
    CHECK(detail::initial_num_threads("7") == 7);
    CHECK(detail::initial_num_threads("") == detail::available_cpus());
    CHECK(detail::initial_num_threads(nullptr) == detail::available_cpus());
    for (const char* text : {"0", "-1", "two", "2 ", "2.5", "99999999999"}) {
        INFO(text);
        CHECK_THROWS_AS(detail::initial_num_threads(text), ValueError);
    }
}

TEST_CASE("the CPUs of this process are at least one and at most the machine's") {
    CHECK(detail::available_cpus() >= 1);
    CHECK(detail::available_cpus() <= static_cast<int>(std::thread::hardware_concurrency()));
}

TEST_CASE("the control group's quota is found in version 2, with its parents") {
    const TemporaryFolder folder;
    namespace fs = std::filesystem;
    const auto limit = [&] { return detail::cgroup_cpu_limit(folder / "membership", folder / "mount"); };
    CHECK_FALSE(limit().has_value());
    fs::create_directories(folder / "mount/a/b");
    write_file_atomic(folder / "membership", "0::/a/b\n");
    CHECK_FALSE(limit().has_value());
    write_file_atomic(folder / "mount/a/b/cpu.max", "max 100000\n");
    CHECK_FALSE(limit().has_value());
    write_file_atomic(folder / "mount/a/cpu.max", "150000 100000\n");
    CHECK(limit() == 1.5);
    write_file_atomic(folder / "mount/a/b/cpu.max", "50000 100000\n");
    CHECK(limit() == 0.5);
    write_file_atomic(folder / "membership", "0::/../elsewhere\n");  // a group that the container cannot see
    write_file_atomic(folder / "mount/cpu.max", "200000 100000\n");
    CHECK(limit() == 2.0);
}

TEST_CASE("the control group's quota is found in version 1") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "mount/cpu,cpuacct/job");
    write_file_atomic(folder / "membership", "5:memory:/job\n4:cpu,cpuacct:/job\nnonsense\n");
    write_file_atomic(folder / "mount/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    write_file_atomic(folder / "mount/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
    const auto limit = [&] { return detail::cgroup_cpu_limit(folder / "membership", folder / "mount"); };
    CHECK_FALSE(limit().has_value());
    write_file_atomic(folder / "mount/cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
    CHECK(limit() == 3.0);
}
