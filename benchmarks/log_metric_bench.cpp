// Time of one log_metric call into a journal: log_metric_bench FOLDER CALLS prints nanoseconds as JSON.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "assay/tracking/run.hpp"

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: log_metric_bench FOLDER CALLS\n");
        return 2;
    }
    const long calls = std::strtol(argv[2], nullptr, 10);
    assay::tracking::Run run({.experiment = "bench/log_metric", .journal = argv[1]});
    std::vector<double> taken(static_cast<std::size_t>(calls));
    for (long step = 0; step < calls; ++step) {
        const auto begin = std::chrono::steady_clock::now();
        run.log_metric("loss", 0.123456789 * static_cast<double>(step), step);
        const auto end = std::chrono::steady_clock::now();
        taken[static_cast<std::size_t>(step)] = std::chrono::duration<double, std::nano>(end - begin).count();
    }
    std::sort(taken.begin(), taken.end());
    const auto at = [&](double share) {
        return taken[static_cast<std::size_t>(share * static_cast<double>(taken.size() - 1))];
    };
    std::printf("{\"median_ns\": %.0f, \"p99_ns\": %.0f}\n", at(0.5), at(0.99));
}
