#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/judge/detail/document.hpp"

namespace assay::judge::detail {

/// A phrase found in a document. `kind` and `id` are whatever they were added with.
struct Mention {
    int kind = 0;
    int id = 0;
    index begin = 0;
    index end = 0;
    index token = 0;  ///< its first word
};

/// Looks many phrases up at once, by whole words; of two that begin at one word the longer wins.
/// Cost of find: O(words × phrases that share a first word).
class PhraseIndex {
  public:
    /// Adds a phrase (any case, any separators). Phrases without a word are ignored.
    void add(std::string_view phrase, int kind, int id);

    /// Phrases in document order that do not overlap and do not cross a sentence.
    std::vector<Mention> find(const Document& doc) const;

  private:
    struct Entry {
        std::vector<std::string> words;
        int kind;
        int id;
    };
    std::unordered_map<std::string, std::vector<Entry>> by_first_word_;
};

}  // namespace assay::judge::detail
