#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// The identifiers of 45 CFR 164.514(b)(2)(i) that text can hold. Biometric data and photographs are none of these.
enum class IdentifierKind : std::uint8_t {
    name,
    address,  ///< street, post-office box, town with ZIP code
    date,     ///< more of it than the year
    age,      ///< over 89
    phone,
    fax,
    email,
    ssn,
    mrn,
    health_plan,
    account,
    licence,
    vehicle,
    device,
    url,
    ip,
    other_id,  ///< an identifier of the row that the caller named
};

/// "NAME", "HEALTH_PLAN": what stands in brackets in place of the text.
ASSAY_EXPORT std::string_view name_of(IdentifierKind kind);

/// What was found, in bytes of the text: [begin, end).
struct IdentifierFinding {
    IdentifierKind kind;
    index begin;
    index end;

    bool operator==(const IdentifierFinding&) const = default;
};

/// What a row says elsewhere about the person its text is about.
struct KnownIdentifiers {
    std::vector<std::string> names;  ///< each word of two letters or more is looked for by itself
    std::vector<std::string> ids;    ///< looked for whole, from three characters on
};

/// Identifiers in free text, in order, none overlapping another.
///
/// By their form: e-mail, URL, IP and MAC address, US social security and telephone numbers, dates, credit cards, VIN,
/// Medicare numbers. By a word before them: record, account, licence, device and other numbers, fax, names after a
/// title ("Dr."), a label ("Name:") or a relation ("wife"), street addresses by their last word. Known names and ids
/// wherever they stand as words, with no letter or digit of any script beside them; in either case of Latin, Greek,
/// Cyrillic and Armenian letters, in any of Unicode's forms of the same text (NFKC), with any dash or apostrophe. A
/// word of two letters only in its own case.
///
/// It cannot find a name that nothing announces and the row does not know, misspelt, transcribed ("Mueller" or
/// "Muller" for "Müller") or abbreviated names and initials,
/// towns without a ZIP code, employers, numbers without a label, words in languages other than English, and what
/// identifies by its meaning ("the mayor"). Nobody may take text for de-identified because this found nothing.
/// Cost: one pass for all patterns, one more for each that occurs.
ASSAY_EXPORT std::vector<IdentifierFinding> find_identifiers(std::string_view text, const KnownIdentifiers& known = {});

/// The text with every finding replaced by its kind in brackets: "[NAME] came on [DATE]".
/// @param findings  of find_identifiers for this text
ASSAY_EXPORT std::string redact(std::string_view text, std::span<const IdentifierFinding> findings);

/// A text column without what was found, and where it was.
struct RedactedText {
    Array text;
    Table findings;  ///< row (int64), kind (utf8), begin, end (int64, bytes of the original); no text
    std::map<std::string, index> counts_by_kind;
};

/// @param texts  Utf8
/// @param names  columns of names of the same row, Utf8 of equal length
/// @param ids    columns of identifiers of the same row, text or whole numbers of equal length
/// @throws SchemaError or ShapeError if a column is not that.   Cost: as find_identifiers, over all threads.
ASSAY_EXPORT RedactedText redact(const Array& texts, std::span<const Array> names, std::span<const Array> ids);

}  // namespace assay::data
