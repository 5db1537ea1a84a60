// Time of one data::convert from texts, parsed, cached and converted: convert_bench CALLS prints JSON.

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "assay/data/units/unit.hpp"
#include "assay/data/units/unit_converter.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: convert_bench CALLS\n");
        return 2;
    }
    struct Case {
        std::string_view from;
        std::string_view to;
        assay::data::Substance substance;
    };
    const std::array<Case, 8> cases = {{{"mg/dL", "mmol/L", {.loinc = "2345-7"}},
                                        {"g/L", "g/dL", {}},
                                        {"10*9/L", "10*3/uL", {}},
                                        {"umol/L", "mg/dL", {.loinc = "2160-0"}},
                                        {"[degF]", "Cel", {}},
                                        {"kPa", "mm[Hg]", {}},
                                        {"meq/L", "mmol/L", {.loinc = "17861-6"}},
                                        {"U/L", "ukat/L", {}}}};
    const long calls = std::strtol(argv[1], nullptr, 10);
    const auto seconds_of = [&](auto&& body) {
        const std::clock_t begin = std::clock();  // of this process: a busy machine does not count
        double sum = 0;
        for (long i = 0; i < calls; ++i) sum += body(cases[static_cast<std::size_t>(i) % cases.size()], i);
        const double taken = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        return sum == 0.5 ? -1.0 : taken;  // the sum is used, so that nothing is left out
    };
    const auto convert = [](const Case& c, long i) {
        return assay::data::convert(static_cast<double>(i % 500), c.from, c.to, c.substance);
    };
    seconds_of(convert);  // warm
    const auto begin = std::chrono::steady_clock::now();
    const double remembered = seconds_of(convert);
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double parsed =
        seconds_of([](const Case& c, long) { return assay::data::UcumUnit::parse(c.from).magnitude(); });
    std::printf("{\"convert_per_s\": %.0f, \"convert_wall_per_s\": %.0f, \"parse_per_s\": %.0f}\n",
                static_cast<double>(calls) / remembered, static_cast<double>(calls) / wall,
                static_cast<double>(calls) / parsed);
}
