#include "assay/models/clip/clip.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/models/text/clean_text.hpp"

namespace assay::models {
namespace {

features::ImagePreprocessor preprocessor_of(const PretrainedClip& model) {
    features::ImagePreprocessorOptions options;
    options.size = model.vision_config.image_size;
    options.mean = model.mean;
    options.std = model.standard_deviation;
    return features::ImagePreprocessor(options);
}

}  // namespace

TextModel TextModel::from_pretrained(const std::filesystem::path& path, const EncoderOptions& options) {
    const PretrainedText model = read_text_model(path);
    return {TextEncoder(model.config, model.text, options), model.vocabulary, model.unit};
}

TextModel::TextModel(TextEncoder encoder, const std::filesystem::path& vocabulary, bool unit, bool clean)
    : encoder_(std::move(encoder)), unit_(unit), clean_(clean) {
    if (vocabulary.empty()) return;
    if (vocabulary.extension() == ".json") {
        byte_pair_ = BytePair::from_files(vocabulary, vocabulary.parent_path() / "merges.txt");
    } else {
        word_piece_ = WordPiece::from_vocabulary(vocabulary);
    }
    const index tokens = byte_pair_ ? byte_pair_->vocabulary_size() : word_piece_->vocabulary_size();
    if (tokens <= encoder_.config().vocabulary) return;
    throw ValueError(vocabulary.filename().string() + ": expected at most " +
                     std::to_string(encoder_.config().vocabulary) + " tokens, got " + std::to_string(tokens) +
                     "; do tokenizer and weights belong together?");
}

TokenIds TextModel::tokenize(const std::string& text) const {
    const index most = encoder_.config().most_tokens;
    if (!byte_pair_) return word_piece_->tokenize(clean_ ? clean_text(text) : text, most);
    TokenIds tokens = byte_pair_->tokenize(text, most);
    // The vector is that of the first end token, and a token sees none that follow.
    tokens.ids.erase(std::find(tokens.ids.begin(), tokens.ids.end(), byte_pair_->end_id()) + 1, tokens.ids.end());
    return tokens;
}

TextEmbeddings TextModel::encode(std::span<const std::string> texts) const {
    if (!has_tokenizer()) {
        throw StateError(
            "encode: expected a tokenizer's files beside the weights, vocab.txt or vocab.json and merges.txt; bring "
            "them from the model's own folder. Without, only token ids can be encoded");
    }
    TextEmbeddings result;
    std::vector<std::int32_t> ids;
    std::vector<index> ends;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const TokenIds tokens = tokenize(texts[i]);
        if (tokens.left_out > 0) result.truncated.push_back(static_cast<index>(i));
        ids.insert(ids.end(), tokens.ids.begin(), tokens.ids.end());
        ends.push_back(std::ssize(ids));
    }
    result.rows.resize(texts.size() * static_cast<std::size_t>(dim()));
    encoder_.encode(ids, ends, result.rows, unit_);
    return result;
}

void TextModel::encode_tokens(std::span<const std::int32_t> ids, std::span<const index> ends,
                              std::span<float> embeddings) const {
    encoder_.encode(ids, ends, embeddings, unit_);
}

Clip Clip::from_pretrained(const std::filesystem::path& path, const EncoderOptions& options) {
    PretrainedClip model = read_clip(path);
    VisionEncoder vision(model.vision_config, model.vision, options);
    model = read_clip(path);  // mapped anew: the pages of the image tower's weights leave memory before the texts' come
    return {std::move(vision), model, options};
}

Clip::Clip(const PretrainedClip& model, const EncoderOptions& options)
    : Clip(VisionEncoder(model.vision_config, model.vision, options), model, options) {}

Clip::Clip(VisionEncoder vision, const PretrainedClip& model, const EncoderOptions& options)
    : vision_(std::move(vision)),
      text_(TextEncoder(model.text_config, model.text, options), model.vocabulary, true, true),
      preprocessor_(preprocessor_of(model)),
      logit_scale_(model.logit_scale) {
    if (vision_.dim() == text_.dim()) return;
    throw ValueError("weights: expected embeddings of one length, those of images have " +
                     std::to_string(vision_.dim()) + " numbers, those of texts " + std::to_string(text_.dim()));
}

std::vector<float> Clip::encode_images(std::span<const data::Image> images) const {
    constexpr index kPiece = 64;  // pixels of so many images at a time
    std::vector<float> rows(images.size() * static_cast<std::size_t>(dim()));
    std::vector<float> pixels;
    for (index first = 0; first < std::ssize(images); first += kPiece) {
        const index count = std::min(kPiece, std::ssize(images) - first);
        pixels.resize(static_cast<std::size_t>(count * preprocessor_.values()));
        preprocessor_(images.subspan(first, count), pixels);
        encode_pixels(pixels, std::span(rows).subspan(first * dim(), count * dim()));
    }
    return rows;
}

void Clip::encode_pixels(std::span<const float> pixels, std::span<float> embeddings) const {
    vision_.encode(pixels, embeddings);
}

}  // namespace assay::models
