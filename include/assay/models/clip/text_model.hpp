#pragma once

#include "assay/base/export.hpp"
#include "assay/models/clip/text_encoder.hpp"
#include "assay/models/text/byte_pair.hpp"
#include "assay/models/text/wordpiece.hpp"
#include "assay/models/weights/pretrained.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay::models {

/// Embeddings of texts, and which of them were cut.
struct TextEmbeddings {
    std::vector<float> rows;       ///< [n, dim]
    std::vector<index> truncated;  ///< positions of the texts that had more tokens than the model takes
};

/// A text encoder with its tokenizer, such as all-MiniLM-L6-v2. Safe to call from several threads.
class ASSAY_EXPORT TextModel {
  public:
    /// Reads a model from a folder or file that the user holds; nothing is downloaded.
    /// @throws as read_text_model() and TextEncoder
    static TextModel from_pretrained(const std::filesystem::path& path, const EncoderOptions& options = {});

    /// @param vocabulary  a vocab.txt (WordPiece), or a vocab.json with its merges.txt beside it (byte pairs); empty:
    ///                    only token ids can be encoded
    /// @param unit        whether embeddings are scaled to length one
    /// @param clean       whether texts for WordPiece pass through clean_text() first, as open_clip has it
    /// @throws ValueError if the vocabulary has more tokens than the encoder
    TextModel(TextEncoder encoder, const std::filesystem::path& vocabulary, bool unit = true, bool clean = false);

    /// Embeddings of texts. A text that is too long is cut, and said to be.
    /// @throws StateError where the model came without a vocabulary
    TextEmbeddings encode(std::span<const std::string> texts) const;

    /// Embeddings of token ids, see TextEncoder::encode.
    void encode_tokens(std::span<const std::int32_t> ids, std::span<const index> ends,
                       std::span<float> embeddings) const;

    index dim() const noexcept { return encoder_.dim(); }
    const TextEncoder& encoder() const noexcept { return encoder_; }
    bool has_tokenizer() const noexcept { return word_piece_ || byte_pair_; }

  private:
    TokenIds tokenize(const std::string& text) const;

    TextEncoder encoder_;
    std::optional<WordPiece> word_piece_;
    std::optional<BytePair> byte_pair_;
    bool unit_;
    bool clean_;
};

}  // namespace assay::models
