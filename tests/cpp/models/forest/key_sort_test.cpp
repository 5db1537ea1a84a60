#include "models/forest/key_sort.hpp"

#include "assay/base/random.hpp"
#include "catch.hpp"

#include <algorithm>
#include <functional>
#include <vector>

using namespace assay;
using models::detail::KeySort;

TEST_CASE("Keys are sorted by their codes, however these lie", "[forest]") {
    Rng rng(7);
    const std::vector<std::function<std::uint32_t(std::size_t)>> codes{
        [&](std::size_t) { return static_cast<std::uint32_t>(rng.integer(0, 65535)); },
        [&](std::size_t) { return static_cast<std::uint32_t>(rng.integer(300, 303)); },
        [&](std::size_t) { return static_cast<std::uint32_t>(rng.integer(40'000, 40'200)); },
        [](std::size_t i) { return static_cast<std::uint32_t>(i == 0 ? 65535 : 12); },
        [&](std::size_t i) { return static_cast<std::uint32_t>(i % 50 == 0 ? rng.integer(0, 65535) : 7 + i % 9); },
        [](std::size_t i) { return static_cast<std::uint32_t>(i % 65536); },
        [](std::size_t i) { return static_cast<std::uint32_t>(65535 - i % 65536); },
    };
    KeySort sort;
    for (const std::size_t count : {1, 2, 3, 8, 9, 47, 48, 49, 130, 1000, 5000, 70'000}) {
        for (std::size_t kind = 0; kind < codes.size(); ++kind) {
            CAPTURE(count, kind);
            std::vector<std::uint64_t> keys;
            for (std::size_t i = 0; i < count; ++i) keys.push_back(std::uint64_t{codes[kind](i)} << 32 | (i * 7) % 11);
            const auto [least, greatest] = std::minmax_element(keys.begin(), keys.end());
            const auto low = static_cast<std::uint32_t>(*least >> 32),
                       high = static_cast<std::uint32_t>(*greatest >> 32);
            const auto sorted = [&] {
                std::copy(keys.begin(), keys.end(), sort.room(count));
                const auto found = sort.sort(count, low, high);
                return std::vector<std::uint64_t>(found.begin(), found.end());
            };
            const std::vector<std::uint64_t> once = sorted();
            REQUIRE(once == sorted());
            std::stable_sort(keys.begin(), keys.end(), [](auto a, auto b) { return a >> 32 < b >> 32; });
            REQUIRE(once == keys);
        }
    }
}
