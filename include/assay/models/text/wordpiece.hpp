#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models {

/// Token ids of one text, and what did not fit.
struct TokenIds {
    std::vector<std::int32_t> ids;  ///< [CLS] … [SEP]
    index left_out = 0;             ///< tokens cut off at the end; 0 where the text fitted
};

/// Uncased BERT's tokenizer: the ids that Hugging Face's BertTokenizerFast gives, special tokens in the text included.
///
/// Ids come from the vocabulary alone. Immutable: threads may share one. Bytes that are not UTF-8 are dropped.
/// Source: Devlin et al. 2019; categories, decompositions and lower case are those of the tokenizers package
/// (Unicode 8.0, 9.0 and 17.0).
class ASSAY_EXPORT WordPiece {
  public:
    /// Reads a vocab.txt: one token a line, the line number from 0 is its id.
    /// @throws IoError if it cannot be read; ValueError if [PAD], [UNK], [CLS] or [SEP] is missing, or a
    ///         tokenizer_config.json beside it asks for cased text, accents kept or CJK kept together.
    static WordPiece from_vocabulary(const std::filesystem::path& vocab_txt);

    /// The ids of a text, cut to `most_tokens` with [CLS] and [SEP] counted.   Cost: O(length).
    /// @throws ValueError if most_tokens is below 2.
    TokenIds tokenize(std::string_view text, index most_tokens) const;

    /// `tokenize(text, most_tokens).ids`.
    std::vector<std::int32_t> encode(std::string_view text, index most_tokens) const;

    std::int32_t padding_id() const noexcept;
    /// Ids run from 0 to this less one.
    index vocabulary_size() const noexcept;
    /// The token of an id.   @throws ValueError for an id outside the vocabulary.
    const std::string& token(std::int32_t id) const;

  private:
    struct Vocabulary;
    explicit WordPiece(std::shared_ptr<const Vocabulary> vocabulary);

    std::shared_ptr<const Vocabulary> vocabulary_;
};

}  // namespace assay::models
