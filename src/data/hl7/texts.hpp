#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "data/hl7/message.hpp"

namespace assay::data::hl7 {

/// Character sets of MSH-18 that are read. Undeclared bytes beyond ASCII are UTF-8 where they are that, else unknown.
enum class CharacterSet : std::uint8_t { Undeclared, Utf8, Latin1, Latin9 };

/// The set of that name (HL7 table 0211), or nothing where it is not read.
std::optional<CharacterSet> character_set(std::string_view name) noexcept;

/// Whether the bytes can be text of that set.
bool is_text_of(std::string_view bytes, CharacterSet set) noexcept;

/// Turns parts of a message into UTF-8 text: escape sequences resolved, characters decoded. Views live until clear().
class Texts {
  public:
    /// @param message  of which all texts will be parts
    void begin(const Separators& separators, CharacterSet set, std::string_view message);
    void clear() { kept_.clear(); }

    /// \F\ \S\ \T\ \R\ \E\ \P\ stand for separators, \X..\ for bytes, \.br\ and \.sp\ for line ends, \H\ \N\ for
    /// nothing; what else stands between escape characters stays as it is, and "" is the null: empty text. Source: HL7
    /// v2.8 §2.7.
    std::string_view text(std::string_view bytes) {
        if (bytes.size() == 2 && bytes == "\"\"") return {};
        return as_they_are_ ? bytes : resolved(bytes);
    }
    /// Keeps a text of one's own as long as the others.
    std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  private:
    std::string_view resolved(std::string_view bytes);
    void append_escape(std::string_view sequence, std::string& out) const;
    std::string decoded(std::string_view bytes) const;

    Separators separators_;
    CharacterSet set_ = CharacterSet::Undeclared;
    bool as_they_are_ = false;  ///< nothing in the message needs to be resolved or decoded
    std::deque<std::string> kept_;
};

}  // namespace assay::data::hl7
