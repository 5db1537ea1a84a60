// Fuzz target of de-identification: normal forms are normal, findings lie within the text and in order, and neither a
// sealed file nor a key comes out of any bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "assay/base/error.hpp"
#include "assay/base/nfkc.hpp"
#include "assay/data/deid/identifier_scan.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "assay/data/deid/sealed_file.hpp"

using namespace assay;
using namespace assay::data;

namespace {

void expect(bool holds) {
    if (!holds) std::abort();
}

void check_normal_form(std::string_view bytes) {
    const auto form = to_nfkc(bytes);
    if (!form) return;
    expect(to_nfkc(*form) == form);
    const auto identifier = normalise_identifier(bytes);
    if (identifier) expect(normalise_identifier(*identifier) == identifier);
}

void check_findings(std::string_view text) {
    const std::string_view word = text.substr(0, 8);
    const KnownIdentifiers known{{std::string(word)}, {std::string(word)}};
    const auto found = find_identifiers(text, known);
    assay::index at = 0;
    for (const IdentifierFinding& finding : found) {
        expect(finding.begin >= at && finding.begin < finding.end);
        at = finding.end;
    }
    expect(at <= static_cast<assay::index>(text.size()));
    expect(!found.empty() || redact(text, found) == text);
}

void check_sealed(std::string_view bytes) {
    static const DeidKey key(Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));  // made up
    try {
        unseal_content(key, "quarantine", bytes);
        expect(false);
    } catch (const AuthError&) {
    }
    try {
        expect(DeidKey(Secret(bytes)).key_id().size() == 16);
    } catch (const AuthError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_normal_form(bytes);
    check_findings(bytes);
    check_sealed(bytes);
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
