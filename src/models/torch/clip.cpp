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
    tokenizer_ = WordPiece::from_vocabulary(vocabulary);
    if (tokenizer_->vocabulary_size() <= encoder_.config().vocabulary) return;
    throw ValueError("vocab.txt: expected at most " + std::to_string(encoder_.config().vocabulary) + " tokens, got " +
                     std::to_string(tokenizer_->vocabulary_size()) + "; do tokenizer and weights belong together?");
}

TextEmbeddings TextModel::encode(std::span<const std::string> texts) const {
    if (!tokenizer_) {
        throw StateError(
            "encode: expected a vocab.txt (WordPiece) beside the weights; bring it from the model's own folder. Models "
            "with another tokenizer, such as OpenAI's CLIP, take token ids in this version");
    }
    TextEmbeddings result;
    std::vector<std::int32_t> ids;
    std::vector<index> ends;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string cleaned = clean_ ? clean_text(texts[i]) : std::string();
        const TokenIds tokens = tokenizer_->tokenize(clean_ ? cleaned : texts[i], encoder_.config().most_tokens);
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
    return Clip(read_clip(path), options);
}

Clip::Clip(const PretrainedClip& model, const EncoderOptions& options)
    : vision_(model.vision_config, model.vision, options),
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
