#include "models/torch/device_rows.hpp"

#include <ATen/Context.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/masked_select.h>
#include <ATen/ops/max.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "models/torch/weights_to_tensors.hpp"

namespace assay::models::search {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
/// Bytes of rows that are stored together.
constexpr index kBlockBytes = index{1} << 30;
/// Products at a time, and those of which positions are taken out.
constexpr index kTileValues = index{1} << 24;
constexpr index kListedValues = index{1} << 22;

/// Factor c with upper bound = computed product + c·‖x‖ and score >= upper bound - 2·c·‖x‖, for queries of length one.
///
/// Rounding of d products, the added bound and the query: γ of d + 4 terms (Higham 2002, §3.1, §4.2: any order), of
/// float32 with u = 2^-24, of bf16 products summed by matrix units with u = 2^-22, because those truncate (Fasi,
/// Higham, Mikaitis and Pranesh 2021, PeerJ Computer Science 7:e330). bf16 adds the rounding of both vectors and twice
/// that of the result, u = 2^-8 each. The last factor covers the norms' own rounding, subnormal values and 1 / (1 - u).
double bound_factor(index dim, bool bf16) {
    const double n = static_cast<double>(dim + 4) * (bf16 ? 0x1p-22 : 0x1p-24);
    const double gamma = n / (1 - n);
    if (!bf16) return 1.01 * gamma / (1 - gamma);
    const double u = 0x1p-8;
    const double values = u * (2 + u) + gamma * (1 + u) * (1 + u) + 2 * u * (1 + gamma) * std::pow(1 + u, 3);
    return 1.01 * values / (1 - gamma - 2 * u * (1 + u));
}

/// bf16 products summed in parts are to be added in float32. The setting is libtorch's and the process's.
class WholeSums {
  public:
    explicit WholeSums(bool needed)
        : changed_(needed && at::globalContext().allowBF16ReductionCuBLAS() ==
                                 at::CuBLASReductionOption::AllowReducedPrecisionWithSplitK) {
        if (changed_) at::globalContext().setAllowBF16ReductionCuBLAS(false, true);
    }
    WholeSums(const WholeSums&) = delete;
    WholeSums& operator=(const WholeSums&) = delete;
    ~WholeSums() {
        if (changed_) at::globalContext().setAllowBF16ReductionCuBLAS(true, true);
    }

  private:
    bool changed_;
};

/// Calls run(segment, row, count, position) for slots [first, first + count) in pieces of one segment.
template <class Run>
void for_runs(const SearchSpace& space, index first, index count, const Run& run) {
    for (index done = 0; done < count;) {
        const index slot = first + done, row = slot % space.rows_per_segment;
        const index here = std::min(count - done, space.rows_per_segment - row);
        run(static_cast<std::size_t>(slot / space.rows_per_segment), row, here, done);
        done += here;
    }
}

bool is_set(std::span<const std::uint64_t> bits, index i) {
    return (bits[static_cast<std::size_t>(i / 64)] >> (i % 64) & 1) != 0;
}

/// Rows of [first, first + count) that are there; first is a multiple of 64.
index live_rows(const SearchSpace& space, index first, index count) {
    index rows = 0;
    for_runs(space, first, count, [&](std::size_t segment, index row, index here, index) {
        const auto bits = space.segments[segment].live_bits();
        for (index i = row; i < row + here; i += 64) rows += std::popcount(bits[static_cast<std::size_t>(i / 64)]);
    });
    return rows;
}

}  // namespace

struct DeviceRows::State {
    struct Block {
        at::Tensor rows;    ///< [room, stride]
        at::Tensor bounds;  ///< [room]: what is added to products; -infinity for rows that are not there
        index filled = 0;
        index live = 0;
    };
    /// Rows of a block that were multiplied at a time.
    struct Step {
        std::size_t block;
        index first;
        index count;
    };

    index dim;
    index stride;
    index block_rows;
    index most_bytes;
    double factor;
    detail::Placement placement;
    std::vector<Block> blocks{};
    at::Tensor queries{};
    at::Tensor tile{};
    at::Tensor probe_units{}, probe_rows{}, probe_products{};  ///< what check_precision multiplies, and the result
    std::vector<Step> steps{};                                 ///< of the last `best`
    std::vector<float> tops{};                                 ///< [steps, queries]: the best of each
    std::vector<float> bounds{};                               ///< room on the host

    index held() const {
        index bytes = 0;
        for (const Block& block : blocks) {
            if (block.rows.defined()) bytes += static_cast<index>(block.rows.nbytes() + block.bounds.nbytes());
        }
        return bytes;
    }
    void expect_room(index bytes) const {
        if (most_bytes == 0 || bytes <= most_bytes) return;
        TORCH_CHECK_WITH(OutOfMemoryError, false, "most_bytes: ", bytes, " bytes are needed");
    }
    at::TensorOptions options() const { return at::TensorOptions(placement.device).dtype(placement.computed); }

    void grow(Block& block, index wanted) {
        const index room = block.rows.defined() ? block.rows.size(0) : 0;
        if (room >= wanted) return;
        block = Block{};
        const index larger = std::min(block_rows, std::max(wanted, 2 * room));
        const index value = placement.computed == at::kFloat ? 4 : 2;
        expect_room(held() + larger * (stride + 1) * value);
        block.rows = at::empty({larger, stride}, options());
        block.bounds = at::empty({larger}, options());
    }

    void bring(Block& block, const SearchSpace& space, index first, index count) {
        for_runs(space, first + block.filled, count - block.filled,
                 [&](std::size_t segment, index row, index here, index done) {
                     float* source = const_cast<float*>(space.segments[segment].vector(row));
                     block.rows.narrow(0, block.filled + done, here)
                         .copy_(at::from_blob(source, {here, stride}, at::kFloat));
                 });
        const at::Tensor fresh = block.rows.narrow(0, block.filled, count - block.filled);
        if (!at::isfinite(fresh.sum(1, false, at::kFloat)).all().item<bool>()) {
            throw IoError("search: rows of the index are not finite; its file is damaged, save it again");
        }
        block.filled = count;
    }

    /// Bounds of rows [first, first + count) as the space admits them, rounded up to the device's type.
    at::Tensor bounds_of(const SearchSpace& space, index first, index count) {
        bounds.resize(static_cast<std::size_t>(count));
        for_runs(space, first, count, [&](std::size_t segment, index row, index here, index done) {
            const auto admitted = space.rows_of(segment);
            for (index i = 0; i < here; ++i) {
                const double most = factor * norm_of(space.segments[segment], row + i);
                bounds[static_cast<std::size_t>(done + i)] = is_set(admitted, row + i) ? rounded_up(most) : kNever;
            }
        });
        return at::from_blob(bounds.data(), {count}, at::kFloat).to(placement.computed).to(placement.device);
    }
    float rounded_up(double value) const {
        // A step of bf16 is at most 2^-7 of the value, of float32 2^-23.
        return static_cast<float>(value * (placement.computed == at::kFloat ? 1 + 0x1p-22 : 1 + 0x1p-7));
    }

    index step_rows(index queries_of_step, index most_values) const {
        return std::min(block_rows, std::max<index>(64, most_values / std::max<index>(1, queries_of_step) / 64 * 64));
    }
    /// Room for products, kept from search to search.
    void make_tile(index values) {
        if (tile.defined() && tile.numel() >= values) return;
        tile = at::Tensor();
        expect_room(held() + values * (placement.computed == at::kFloat ? 4 : 2));
        tile = at::empty({values}, options());
    }
    /// Highest scores [queries, count] of rows of a block.
    at::Tensor multiply(const at::Tensor& some, const Step& step, const at::Tensor& added) {
        const int64_t n = some.size(0);
        at::Tensor products = tile.narrow(0, 0, n * step.count).view({n, step.count});
        const at::Tensor rows = blocks[step.block].rows.narrow(0, step.first, step.count);
        // Bounds as a matrix: with a vector, CUDA may take a kernel that asks for TF32 by itself.
        at::addmm_out(products, added.unsqueeze(0).expand({n, step.count}), some, rows.t());
        return products;
    }
    /// Unit vectors against values of 24 bits: in float32 each product is the value itself, in any order of summation.
    void make_probe() {
        const int64_t n = 32, m = 64;
        const at::Tensor ones = at::zeros({n, stride}, at::kFloat), rows = at::empty({m, stride}, at::kFloat);
        const at::Tensor wanted = at::empty({n, m}, at::kFloat);
        float* one = ones.mutable_data_ptr<float>();
        float* value = rows.mutable_data_ptr<float>();
        float* product = wanted.mutable_data_ptr<float>();
        for (int64_t i = 0; i < n; ++i) one[i * stride + i % dim] = 1;
        for (int64_t i = 0; i < m * stride; ++i) value[i] = 1 + static_cast<float>(2 * (i % 4096) + 1) * 0x1p-23f;
        for (int64_t i = 0; i < n * m; ++i) product[i] = value[i % m * stride + i / m % dim];
        probe_units = ones.to(placement.device);
        probe_rows = rows.to(placement.device);
        probe_products = wanted.to(placement.device);
    }
    at::Tensor added_of(const SearchSpace& space, const Step& step) {
        if (space.admitted.empty()) return blocks[step.block].bounds.narrow(0, step.first, step.count);
        return bounds_of(space, static_cast<index>(step.block) * block_rows + step.first, step.count);
    }
};

DeviceRows::DeviceRows(index dim, const DeviceIndexOptions& options) {
    detail::Placement placement = detail::placement_of({options.device, options.dtype});
    if (placement.dtype_name == "fp16") throw ValueError("dtype: expected fp32 or bf16, got 'fp16'");
    placement.computed = placement.stored;  // bf16 also where the processor is slow at it: the bounds are of bf16
    if (options.block_rows < 0 || options.most_bytes < 0) {
        throw ValueError("DeviceIndex: expected block_rows and most_bytes of 0 or more");
    }
    const index stride = row_stride(dim);
    const index by_length = std::max<index>(64, kBlockBytes / (stride * 4) / 64 * 64);
    const index rows = options.block_rows > 0 ? round_up(options.block_rows, 64) : by_length;
    const double factor = bound_factor(dim, placement.computed != at::kFloat);
    state_ = std::make_unique<State>(State{dim, stride, rows, options.most_bytes, factor, placement});
}

DeviceRows::~DeviceRows() = default;

void DeviceRows::update(const SearchSpace& space) {
    const c10::InferenceMode guard;
    State& state = *state_;
    const index slots = slots_of(space.segments, space.rows_per_segment);
    const SearchSpace all{space.segments, space.rows_per_segment, space.dim, {}, 0};
    state.blocks.resize(static_cast<std::size_t>((slots + state.block_rows - 1) / state.block_rows));
    for (std::size_t b = 0; b < state.blocks.size(); ++b) {
        State::Block& block = state.blocks[b];
        const index first = static_cast<index>(b) * state.block_rows;
        const index count = std::min(state.block_rows, slots - first);
        const index before = block.filled;
        state.grow(block, count);
        if (block.filled < count) state.bring(block, all, first, count);
        const index live = live_rows(space, first, count);
        if (block.filled == before && block.live == live) continue;
        block.bounds.narrow(0, 0, count).copy_(state.bounds_of(all, first, count));
        block.live = live;
    }
}

void DeviceRows::ask(std::span<const float> queries) {
    const c10::InferenceMode guard;
    const index n = std::ssize(queries) / state_->stride;
    const at::Tensor given = at::from_blob(const_cast<float*>(queries.data()), {n, state_->stride}, at::kFloat);
    state_->queries = given.to(state_->options(), false, true);
}

BestRows DeviceRows::best(const SearchSpace& space, index kept) {
    const c10::InferenceMode guard;
    const at::NoTF32Guard whole_products;
    State& state = *state_;
    const WholeSums whole_sums(state.placement.computed != at::kFloat);
    const index n = state.queries.size(0);
    const index rows = state.step_rows(n, kTileValues);
    const auto floats = at::TensorOptions(state.placement.device).dtype(at::kFloat);
    at::Tensor values = at::full({n, kept}, kNever, floats);
    at::Tensor slots = at::zeros({n, kept}, floats.dtype(at::kLong));
    std::vector<at::Tensor> tops;
    state.steps.clear();
    for (std::size_t b = 0; b < state.blocks.size(); ++b) {
        for (index first = 0; first < state.blocks[b].filled; first += rows) {
            const State::Step step{b, first, std::min(rows, state.blocks[b].filled - first)};
            state.make_tile(n * std::min(rows, state.blocks[b].filled));
            const at::Tensor upper = state.multiply(state.queries, step, state.added_of(space, step));
            auto [here, positions] = at::topk(upper, std::min(kept, step.count), 1, true, false);
            here = here.to(at::kFloat);
            positions.add_(static_cast<int64_t>(b) * state.block_rows + first);
            tops.push_back(std::get<0>(here.max(1)));
            state.steps.push_back(step);
            const at::Tensor both = at::cat({values, here}, 1);
            at::Tensor order;
            std::tie(values, order) = at::topk(both, kept, 1, true, true);
            slots = at::cat({slots, positions}, 1).gather(1, order);
        }
    }
    state.tops.assign(state.steps.size() * static_cast<std::size_t>(n), kNever);
    BestRows found{kept, std::vector<float>(static_cast<std::size_t>(n * kept)), {}};
    if (!tops.empty()) at::from_blob(state.tops.data(), {std::ssize(tops), n}, at::kFloat).copy_(at::stack(tops));
    at::from_blob(found.uppers.data(), {n, kept}, at::kFloat).copy_(values);
    const at::Tensor numbers = slots.to(at::kCPU).contiguous();
    const int64_t* begin = numbers.const_data_ptr<int64_t>();
    found.slots.assign(begin, begin + n * kept);
    return found;
}

void DeviceRows::reaching(const SearchSpace& space, std::span<const index> queries, bool after_best,
                          const std::function<float(index)>& threshold,
                          const std::function<void(index, std::uint32_t, float)>& take,
                          const std::function<void()>& settled) {
    const c10::InferenceMode guard;
    const at::NoTF32Guard whole_products;
    State& state = *state_;
    const WholeSums whole_sums(state.placement.computed != at::kFloat);
    const index n = std::ssize(queries), all = state.queries.size(0);
    std::vector<int64_t> numbers(queries.begin(), queries.end());
    const at::Tensor chosen = at::from_blob(numbers.data(), {n}, at::kLong).to(state.placement.device);
    const at::Tensor some = state.queries.index_select(0, chosen);
    const index rows = state.step_rows(n, kListedValues);
    if (!after_best) {
        state.steps.clear();
        for (std::size_t b = 0; b < state.blocks.size(); ++b) state.steps.push_back({b, 0, state.blocks[b].filled});
    }
    std::vector<float> wanted(static_cast<std::size_t>(n));
    for (std::size_t s = 0; s < state.steps.size(); ++s) {
        for (index done = 0; done < state.steps[s].count; done += rows) {
            bool any = !after_best;
            for (index i = 0; i < n; ++i) {
                // No row that is left out reaches the least number.
                wanted[i] = std::max(threshold(queries[i]), std::numeric_limits<float>::lowest());
                any = any || state.tops[s * static_cast<std::size_t>(all) + queries[i]] >= wanted[i];
            }
            if (!any) break;
            const State::Step step{state.steps[s].block, state.steps[s].first + done,
                                   std::min(rows, state.steps[s].count - done)};
            state.make_tile(n * step.count);
            const at::Tensor upper = state.multiply(some, step, state.added_of(space, step));
            const at::Tensor least = at::from_blob(wanted.data(), {n, 1}, at::kFloat).to(state.placement.device);
            const at::Tensor reached = at::ge(upper, least);
            const at::Tensor where = at::nonzero(reached).to(at::kCPU).contiguous();
            const at::Tensor scores = at::masked_select(upper, reached).to(at::kCPU, at::kFloat).contiguous();
            const index first = static_cast<index>(step.block) * state.block_rows + step.first;
            const int64_t* pairs = where.const_data_ptr<int64_t>();
            const float* uppers = scores.const_data_ptr<float>();
            for (index i = 0; i < where.size(0); ++i) {
                take(queries[static_cast<std::size_t>(pairs[2 * i])],
                     static_cast<std::uint32_t>(first + pairs[2 * i + 1]), uppers[i]);
            }
            settled();
        }
    }
}

double DeviceRows::slack(double norm) const noexcept {
    return 2.05 * static_cast<double>(state_->rounded_up(state_->factor * norm));
}

void DeviceRows::check_precision() {
    if (state_->placement.computed != at::kFloat) return;
    const c10::InferenceMode guard;
    const at::NoTF32Guard whole_products;
    State& state = *state_;
    if (!state.probe_units.defined()) state.make_probe();
    const at::Tensor none = at::zeros(state.probe_products.sizes(), state.options());
    if (at::equal(at::addmm(none, state.probe_units, state.probe_rows.t()), state.probe_products)) return;
    throw StateError(
        "search: the device multiplies float32 with fewer bits, so that nothing is certain; take back what asks for "
        "that "
        "(torch.set_float32_matmul_precision(\"highest\"), NVIDIA_TF32_OVERRIDE), or use dtype=\"bf16\"");
}

index DeviceRows::bytes() const noexcept { return state_->held(); }
const std::string& DeviceRows::device() const noexcept { return state_->placement.device_name; }
const std::string& DeviceRows::dtype() const noexcept { return state_->placement.dtype_name; }

}  // namespace assay::models::search
