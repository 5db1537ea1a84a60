#pragma once

#include "assay/base/export.hpp"
#include "assay/models/text/wordpiece.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace assay::models {

/// The byte-level pair encoding of OpenAI's CLIP: the ids that Hugging Face's CLIPTokenizerFast gives, special tokens
/// in the text included.
///
/// Ids come from the files alone. Immutable: threads may share one. Bytes that are not UTF-8 are dropped; ftfy's
/// repairs, which OpenAI's own code applies first and Hugging Face's does not, are not part of it. Source: Sennrich et
/// al. 2016, §3.2; Radford et al. 2019, §2.2; categories, composition and lower case are those of the tokenizers
/// package.
class ASSAY_EXPORT BytePair {
  public:
    /// @param vocab_json  an object of tokens and their ids
    /// @param merges_txt  a pair a line, the first line is merged first; "#version" lines are skipped
    /// @throws IoError if a file cannot be read; ValueError if it is damaged, <|startoftext|> or <|endoftext|> is
    /// missing,
    ///         or a pair or what it makes is no token
    static BytePair from_files(const std::filesystem::path& vocab_json, const std::filesystem::path& merges_txt);

    /// The ids of a text between <|startoftext|> and <|endoftext|>, cut to `most_tokens` with both counted.
    /// Cost: O(n log n) in the length of a word, O(length) otherwise.
    /// @throws ValueError if most_tokens is below 2.
    TokenIds tokenize(std::string_view text, index most_tokens) const;

    /// `tokenize(text, most_tokens).ids`.
    std::vector<std::int32_t> encode(std::string_view text, index most_tokens) const;

    /// <|endoftext|>, which is the unknown token too: a text's vector is that of the first of them.
    std::int32_t end_id() const noexcept;
    /// Ids run from 0 to this less one.
    index vocabulary_size() const noexcept;

  private:
    struct Vocabulary;
    explicit BytePair(std::shared_ptr<const Vocabulary> vocabulary);

    std::shared_ptr<const Vocabulary> vocabulary_;
};

}  // namespace assay::models
