// Time of spans: trace_bench FOLDER TRACES SPANS prints nanoseconds as JSON. Each span has an input, an output and an
// attribute; its share of the record that the root's end writes is counted.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "assay/tracking/tracer.hpp"

namespace {

using namespace assay::tracking;

void trace_once(const Tracer& tracer, long spans) {
    const auto root = tracer.start_trace("root");
    for (long i = 1; i < spans; ++i) {
        auto child = root.start_child("child", {.type = "LLM"});
        child.set_inputs("made-up question");
        child.set_outputs("answer");
        child.set_attribute("temperature", 0.5);
    }
}

/// Nanoseconds of one span in each trace, sorted.
std::vector<double> measure(const Tracer& tracer, long traces, long spans) {
    std::vector<double> taken;
    for (long i = 0; i < traces; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        trace_once(tracer, spans);
        const auto end = std::chrono::steady_clock::now();
        taken.push_back(std::chrono::duration<double, std::nano>(end - begin).count() / static_cast<double>(spans));
    }
    std::sort(taken.begin(), taken.end());
    return taken;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: trace_bench FOLDER TRACES SPANS\n");
        return 2;
    }
    const long traces = std::strtol(argv[2], nullptr, 10);
    const long spans = std::strtol(argv[3], nullptr, 10);
    const Tracer tracer({.experiment = "bench/traces", .journal = argv[1]});
    const auto whole = measure(tracer, traces, spans);
    const auto single = measure(tracer, traces, 1);
    const auto at = [](const std::vector<double>& taken, double share) {
        return taken[static_cast<std::size_t>(share * static_cast<double>(taken.size() - 1))];
    };
    std::printf(
        "{\"span_median_ns\": %.0f, \"span_p99_ns\": %.0f, \"trace_median_ns\": %.0f, \"trace_p99_ns\": %.0f}\n",
        at(whole, 0.5), at(whole, 0.99), at(single, 0.5), at(single, 0.99));
}
