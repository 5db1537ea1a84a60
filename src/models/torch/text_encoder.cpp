#include "assay/models/clip/text_encoder.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <numeric>

#include "assay/base/error.hpp"
#include "models/torch/transformer.hpp"

namespace assay::models {
namespace {

/// Some texts, ordered by length, with their tokens one after another.
struct Pack {
    std::vector<int64_t> tokens, positions, first, last;  ///< first and last: rows of each text
    std::vector<detail::Run> runs;

    void add(std::span<const std::int32_t> ids) {
        const auto length = static_cast<int64_t>(ids.size());
        first.push_back(static_cast<int64_t>(tokens.size()));
        tokens.insert(tokens.end(), ids.begin(), ids.end());
        last.push_back(static_cast<int64_t>(tokens.size()) - 1);
        for (int64_t i = 0; i < length; ++i) positions.push_back(i);
        if (runs.empty() || runs.back().length != length) runs.push_back({0, length});
        ++runs.back().sequences;
    }
};

at::Tensor rows_of(const std::vector<int64_t>& values, const at::Device& device) {
    const at::Tensor host = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
    std::copy(values.begin(), values.end(), host.mutable_data_ptr<int64_t>());
    return host.to(device);
}

/// The mean of each text's rows, summed in their order: libtorch's depends on how many texts there are.
at::Tensor means_of(const at::Tensor& rows, const Pack& pack) {
    const int64_t width = rows.size(1), texts = static_cast<int64_t>(pack.first.size());
    at::Tensor means = at::zeros({texts, width}, rows.options());
    const float* from = rows.const_data_ptr<float>();
    float* to = means.mutable_data_ptr<float>();
    for (int64_t text = 0; text < texts; ++text, to += width) {
        for (int64_t row = pack.first[text]; row <= pack.last[text]; ++row) {
            for (int64_t i = 0; i < width; ++i) to[i] += from[row * width + i];
        }
        const auto length = static_cast<float>(pack.last[text] - pack.first[text] + 1);
        for (int64_t i = 0; i < width; ++i) to[i] /= length;
    }
    return means;
}

}  // namespace

struct TextEncoder::State {
    TextConfig config;
    detail::Placement placement;
    at::Tensor tokens, positions, type;  ///< type: of token type 0, where there are types
    detail::Norm norm;  ///< after the embeddings where norms follow the sums, else after the last block
    std::vector<detail::Block> blocks;
    std::vector<detail::Linear> projection;

    State(const TextConfig& wanted, const WeightMap& weights, const EncoderOptions& options)
        : config(wanted), placement(detail::placement_of(options)) {
        const c10::InferenceMode guard;
        detail::TensorLoader loader(weights, placement);
        const index width = config.transformer.width;
        tokens = loader.take("tokens", {config.vocabulary, width});
        positions = loader.take("positions", {config.positions, width});
        if (config.token_types) type = loader.take("token_types", {2, width}).select(0, 0);
        norm = detail::take_norm(loader, "norm", width, config.transformer.epsilon);
        blocks = detail::take_blocks(loader, config.transformer);
        if (config.projection == Projection::linear) {
            projection.push_back(detail::take_linear(loader, "projection.0", width, config.embedding_dim, false));
        } else if (config.projection == Projection::mlp) {
            const index between = (width + config.embedding_dim) / 2;
            projection.push_back(detail::take_linear(loader, "projection.0", width, between, false));
            projection.push_back(detail::take_linear(loader, "projection.1", between, config.embedding_dim, false));
        }
        loader.finish();
    }

    at::Tensor pool(const at::Tensor& rows, const Pack& pack) const {
        if (config.pooling == Pooling::cls) return at::index_select(rows, 0, rows_of(pack.first, placement.device));
        if (config.pooling == Pooling::last) return at::index_select(rows, 0, rows_of(pack.last, placement.device));
        if (rows.is_cpu() && rows.scalar_type() == at::kFloat) return means_of(rows, pack);
        std::vector<at::Tensor> means;
        int64_t row = 0;
        for (const detail::Run& run : pack.runs) {
            const int64_t count = run.sequences * run.length;
            means.push_back(rows.narrow(0, row, count).view({run.sequences, run.length, -1}).mean(1));
            row += count;
        }
        return at::cat(means);
    }

    at::Tensor forward(const Pack& pack) const {
        at::Tensor rows = at::index_select(tokens, 0, rows_of(pack.tokens, placement.device));
        if (config.token_types) rows.add_(type);
        rows.add_(at::index_select(positions, 0, rows_of(pack.positions, placement.device)));
        const bool pre_norm = config.transformer.pre_norm;
        if (!pre_norm) rows = norm(rows);
        rows = detail::run_blocks(config.transformer, blocks, rows, pack.runs);
        rows = pool(rows, pack);
        if (pre_norm)
            rows = norm(rows);  // row by row, and the pooled are single rows: `validate` refuses the mean here
        for (std::size_t i = 0; i < projection.size(); ++i) {
            if (i > 0) detail::activate(Activation::gelu, rows);
            rows = projection[i](rows);
        }
        return rows;
    }
};

namespace {

void check_texts(const TextConfig& config, std::span<const std::int32_t> ids, std::span<const index> ends) {
    index start = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const index length = ends[i] - start;
        if (length < 1 || length > config.most_tokens) {
            throw ValueError("encode: expected from 1 to " + std::to_string(config.most_tokens) +
                             " tokens in each text, text " + std::to_string(i) + " has " + std::to_string(length));
        }
        start = ends[i];
    }
    if (start != std::ssize(ids)) {
        throw ShapeError("encode: expected the last end to be the number of tokens, " + std::to_string(ids.size()) +
                         ", got " + std::to_string(start));
    }
    for (const std::int32_t id : ids) {
        if (id < 0 || id >= config.vocabulary) {
            throw ValueError("encode: expected token ids from 0 to " + std::to_string(config.vocabulary - 1) +
                             ", got " + std::to_string(id) + "; do tokenizer and weights belong together?");
        }
    }
}

}  // namespace

TextEncoder::TextEncoder(const TextConfig& config, const WeightMap& weights, const EncoderOptions& options) {
    validate(config);
    detail::loading("weights", [&] { state_ = std::make_unique<State>(config, weights, options); });
}

TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;
TextEncoder& TextEncoder::operator=(TextEncoder&&) noexcept = default;

void TextEncoder::encode(std::span<const std::int32_t> ids, std::span<const index> ends, std::span<float> embeddings,
                         bool unit) const {
    const index n = std::ssize(ends);
    if (n * dim() != std::ssize(embeddings)) {
        throw ShapeError("encode: expected room for " + std::to_string(n) + " × " + std::to_string(dim()) +
                         " numbers, got " + std::to_string(embeddings.size()));
    }
    check_texts(config(), ids, ends);
    const auto begin_of = [&](index text) { return text == 0 ? 0 : ends[text - 1]; };
    const auto length_of = [&](index text) { return ends[text] - begin_of(text); };
    std::vector<index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), index{0});
    std::stable_sort(order.begin(), order.end(), [&](index a, index b) { return length_of(a) < length_of(b); });

    const c10::InferenceMode guard;
    const index most_tokens = state_->placement.device.is_cpu() ? 4096 : 65536;
    std::vector<float> piece;
    for (index begin = 0, end = 0; begin < n; begin = end) {
        for (index sum = 0; end < n && (end == begin || sum + length_of(order[end]) <= most_tokens); ++end) {
            sum += length_of(order[end]);
        }
        detail::in_pieces("encode", end - begin, end - begin, [&](index first, index count) {
            Pack pack;
            for (index i = begin + first; i < begin + first + count; ++i) {
                pack.add(ids.subspan(begin_of(order[i]), length_of(order[i])));
            }
            piece.resize(static_cast<std::size_t>(count * dim()));
            detail::copy_out(state_->forward(pack), piece);
            for (index i = 0; i < count; ++i) {
                std::copy_n(piece.begin() + i * dim(), dim(), embeddings.begin() + order[begin + first + i] * dim());
            }
        });
    }
    if (unit) detail::scale_to_unit(embeddings, dim());
}

index TextEncoder::dim() const noexcept { return state_->config.embedding_dim; }
const TextConfig& TextEncoder::config() const noexcept { return state_->config; }
const std::string& TextEncoder::device() const noexcept { return state_->placement.device_name; }
const std::string& TextEncoder::dtype() const noexcept { return state_->placement.dtype_name; }

}  // namespace assay::models
