#include "assay/judge/detail/phrases.hpp"

namespace assay::judge::detail {

void PhraseIndex::add(std::string_view phrase, int kind, int id) {
    const Document doc = parse_document(phrase);
    if (doc.tokens.empty()) return;
    Entry entry{{}, kind, id};
    for (index t = 0; t < static_cast<index>(doc.tokens.size()); ++t) entry.words.emplace_back(doc.word(t));
    by_first_word_[entry.words.front()].push_back(std::move(entry));
}

std::vector<Mention> PhraseIndex::find(const Document& doc) const {
    std::vector<Mention> found;
    for (const Sentence& s : doc.sentences) {
        for (index t = s.first_token; t < s.last_token; ++t) {
            const auto candidates = by_first_word_.find(std::string(doc.word(t)));
            if (candidates == by_first_word_.end()) continue;
            const Entry* best = nullptr;
            for (const Entry& e : candidates->second) {
                const auto n = static_cast<index>(e.words.size());
                if (t + n > s.last_token || (best != nullptr && best->words.size() >= e.words.size())) continue;
                index same = 1;
                while (same < n && doc.word(t + same) == e.words[static_cast<std::size_t>(same)]) ++same;
                if (same == n) best = &e;
            }
            if (best == nullptr) continue;
            const index last = t + static_cast<index>(best->words.size()) - 1;
            found.push_back({best->kind, best->id, doc.tokens[static_cast<std::size_t>(t)].begin,
                             doc.tokens[static_cast<std::size_t>(last)].end, t});
            t = last;
        }
    }
    return found;
}

}  // namespace assay::judge::detail
