#include "standardise_groups.hpp"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "assay/base/thread_pool.hpp"

namespace assay::data::detail {
namespace {

constexpr index kRowsPerBlock = 1 << 16;

std::uint64_t mixed(std::uint64_t hash, std::string_view text) noexcept {
    hash = (hash ^ text.size()) * 0x9E3779B97F4A7C15u;
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        hash = std::rotl(hash ^ word, 29) * 0x9E3779B97F4A7C15u;
        text.remove_prefix(8);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), text.size());
    return std::rotl(hash ^ word, 29) * 0x9E3779B97F4A7C15u;
}

struct HashOfKey {
    std::size_t operator()(const TestKey& key) const noexcept {
        return mixed(mixed(mixed(0, key.local_code), key.loinc), key.unit);
    }
};

/// A text column without the checks of every access.
class Texts {
  public:
    explicit Texts(const Array& column) : column_(column), has_nulls_(column.null_count() > 0) {}
    std::string_view operator[](index row) const {
        return has_nulls_ && column_.is_null(row) ? std::string_view{} : column_.text(row);
    }

  private:
    const Array& column_;
    bool has_nulls_;
};

/// Keys of one block, by open addressing: a power of two at least twice their number.
class BlockKeys {
  public:
    BlockKeys() : places_(256, kEmpty) {}

    std::uint32_t number_of(const TestKey& key, index row) {
        const std::uint64_t hash = HashOfKey{}(key);
        std::size_t at = home(hash);
        for (; places_[at] != kEmpty; at = (at + 1) & (places_.size() - 1)) {
            const std::uint32_t number = places_[at];
            if (hashes_[number] == hash && keys[number] == key) return number;
        }
        const auto number = static_cast<std::uint32_t>(keys.size());
        places_[at] = number;
        keys.push_back(key);
        hashes_.push_back(hash);
        first_rows.push_back(row);
        if (keys.size() * 2 > places_.size()) grow();
        return number;
    }

    std::vector<TestKey> keys;
    std::vector<index> first_rows;

  private:
    static constexpr std::uint32_t kEmpty = 0xffffffffu;

    std::size_t home(std::uint64_t hash) const noexcept { return (hash >> 32) & (places_.size() - 1); }
    void grow() {
        places_.assign(places_.size() * 2, kEmpty);
        for (std::uint32_t number = 0; number < hashes_.size(); ++number) {
            std::size_t at = home(hashes_[number]);
            while (places_[at] != kEmpty) at = (at + 1) & (places_.size() - 1);
            places_[at] = number;
        }
    }

    std::vector<std::uint32_t> places_;
    std::vector<std::uint64_t> hashes_;
};

}  // namespace

TestGroups group_tests(const Array& local_codes, const Array& loincs, const Array& units) {
    const index rows = local_codes.size();
    TestGroups out;
    out.of_row.resize(static_cast<std::size_t>(rows));
    std::vector<BlockKeys> blocks(static_cast<std::size_t>((rows + kRowsPerBlock - 1) / kRowsPerBlock));
    const Texts codes(local_codes);
    const Texts terms(loincs);
    const Texts spellings(units);
    parallel_for(rows, kRowsPerBlock, [&](index begin, index end) {
        BlockKeys& block = blocks[static_cast<std::size_t>(begin / kRowsPerBlock)];
        for (index row = begin; row < end; ++row) {
            out.of_row[static_cast<std::size_t>(row)] = block.number_of({codes[row], terms[row], spellings[row]}, row);
        }
    });
    // In the order of the blocks, so that numbers do not depend on which was done first.
    std::unordered_map<TestKey, std::uint32_t, HashOfKey> numbers;
    std::vector<std::vector<std::uint32_t>> of_block(blocks.size());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        for (std::size_t k = 0; k < blocks[b].keys.size(); ++k) {
            const auto [place, added] = numbers.emplace(blocks[b].keys[k], static_cast<std::uint32_t>(out.keys.size()));
            if (added) {
                out.keys.push_back(blocks[b].keys[k]);
                out.first_rows.push_back(blocks[b].first_rows[k]);
            }
            of_block[b].push_back(place->second);
        }
    }
    parallel_for(rows, kRowsPerBlock, [&](index begin, index end) {
        const auto& numbers_of_block = of_block[static_cast<std::size_t>(begin / kRowsPerBlock)];
        for (index row = begin; row < end; ++row) {
            auto& number = out.of_row[static_cast<std::size_t>(row)];
            number = numbers_of_block[number];
        }
    });
    return out;
}

}  // namespace assay::data::detail
