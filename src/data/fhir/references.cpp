#include "data/fhir/references.hpp"

#include <algorithm>

namespace assay::data::fhir {
namespace {

constexpr const char* kBased = "\x1f";  // before the relative reference of what has an absolute one, too

std::string_view without_history(std::string_view reference) {
    return reference.substr(0, std::min(reference.size(), reference.find("/_history/")));
}

/// An absolute reference as it is; a relative one behind the base, where there is one.
std::string full_reference(std::string_view reference, std::string_view base) {
    if (!reference_base(reference).empty()) return std::string(without_history(reference));
    std::string plain(plain_reference(reference));
    if (base.empty() || plain.starts_with("urn:") || plain.starts_with("#")) return plain;
    return std::string(base).append("/").append(plain);
}

template <class Map, class Value>
void put_reference(Map& map, std::string_view reference, std::string_view base, const std::string& scope,
                   bool everywhere, const Value& value) {
    const std::string plain(plain_reference(reference));
    const std::string full = full_reference(reference, base);
    map[scope + full] = value;
    if (everywhere) map["\n" + full] = value;
    if (full == plain) return;
    map[scope + kBased + plain] = value;
    if (everywhere) map["\n" + (kBased + plain)] = value;
}

template <class Map, class Value>
void put_scoped(Map& map, const json& resource, std::string_view full_url, const std::string& scope,
                const Value& value) {
    const std::string_view id = text_of(member(resource, "id"));
    const std::string type(text_of(member(resource, "resourceType")));
    const std::string_view base = reference_base(full_url);
    if (!full_url.empty()) put_reference(map, full_url, base, scope, !base.empty(), value);
    if (!id.empty()) put_reference(map, type + "/" + std::string(id), base, scope, true, value);
}

std::string first_identifier(const json& resource) {
    return std::string(text_of(member(element(member(resource, "identifier"), 0), "value")));
}

}  // namespace

std::string_view reference_base(std::string_view reference) noexcept {
    if (!reference.starts_with("http://") && !reference.starts_with("https://")) return {};
    reference = without_history(reference);
    const std::size_t plain = plain_reference(reference).size();
    return plain < reference.size() ? reference.substr(0, reference.size() - plain - 1) : std::string_view{};
}

std::string_view plain_reference(std::string_view reference) noexcept {
    reference = without_history(reference);
    if (reference.starts_with("urn:") || reference.starts_with("#")) return reference;
    const auto last = reference.rfind('/');
    if (last == std::string_view::npos || last == 0) return reference;
    const auto before = reference.rfind('/', last - 1);
    return before == std::string_view::npos ? reference : reference.substr(before + 1);
}

std::string_view reference_id(std::string_view reference) noexcept {
    reference = plain_reference(reference);
    const auto cut = reference.rfind(reference.starts_with("urn:") ? ':' : '/');
    return cut == std::string_view::npos ? reference : reference.substr(cut + 1);
}

std::string_view concept_text(const json& codeable) noexcept {
    if (const std::string_view text = text_of(member(codeable, "text")); !text.empty()) return text;
    const json& codings = member(codeable, "coding");
    for (const char* name : {"display", "code"}) {
        for (std::size_t i = 0; i < count(codings); ++i) {
            if (const std::string_view text = text_of(member(element(codings, i), name)); !text.empty()) return text;
        }
    }
    return {};
}

std::string_view effective_text(const json& resource) noexcept {
    for (const char* name : {"effectiveDateTime", "effectiveInstant"}) {
        if (const std::string_view text = text_of(member(resource, name)); !text.empty()) return text;
    }
    const json& period = member(resource, "effectivePeriod");
    for (const char* end : {"start", "end"}) {
        if (const std::string_view text = text_of(member(period, end)); !text.empty()) return text;
    }
    return text_of(element(member(member(resource, "effectiveTiming"), "event"), 0));
}

const json& contained_resource(const json& contained, std::string_view reference) noexcept {
    static const json kNull;
    if (!reference.starts_with("#")) return kNull;
    for (std::size_t i = 0; i < count(contained); ++i) {
        std::string_view id = text_of(member(element(contained, i), "id"));
        if (id.starts_with("#")) id.remove_prefix(1);
        if (id == reference.substr(1)) return element(contained, i);
    }
    return kNull;
}

std::string References::identifier_of(const json& patient) const {
    if (identifier_type_.empty()) return std::string(text_of(member(patient, "id")));
    const json& identifiers = member(patient, "identifier");
    for (std::size_t i = 0; i < count(identifiers); ++i) {
        const json& each = element(identifiers, i);
        bool fits = text_of(member(each, "system")) == identifier_type_;
        const json& codings = member(member(each, "type"), "coding");
        for (std::size_t k = 0; k < count(codings); ++k) {
            fits = fits || text_of(member(element(codings, k), "code")) == identifier_type_;
        }
        if (fits) return std::string(text_of(member(each, "value")));
    }
    return {};
}

KnownSpecimen References::specimen_of(const json& resource) const {
    KnownSpecimen out;
    const json& accession = member(member(resource, "accessionIdentifier"), "value");
    out.id = text_of(accession);
    if (out.id.empty()) out.id = first_identifier(resource);
    if (out.id.empty()) out.id = text_of(member(resource, "id"));
    out.type = concept_text(member(resource, "type"));
    const json& collection = member(resource, "collection");
    out.collected_at = text_of(member(collection, "collectedDateTime"));
    if (out.collected_at.empty()) out.collected_at = text_of(member(member(collection, "collectedPeriod"), "start"));
    return out;
}

/// What is stored under the reference in its bundle, else anywhere. A server's resources are not found under those
/// of another one.
template <class T>
const T* References::find(const Map<T>& map, std::string_view reference, std::string_view base,
                          const std::string& scope) const {
    const std::string plain(plain_reference(reference));
    const std::string full = full_reference(reference, base);
    const bool one_server = bases_.size() <= 1;
    const auto look = [&](const std::string& key) -> const T* {
        const auto found = map.find(key);
        return found == map.end() ? nullptr : &found->second;
    };
    const T* out = look(scope + full);
    if (out == nullptr && full == plain) out = look(scope + kBased + plain);
    if (out == nullptr) out = look("\n" + full);
    if (out != nullptr || !one_server) return out;
    if (full == plain) return look("\n" + (kBased + plain));
    out = look(scope + plain);
    return out == nullptr ? look("\n" + plain) : out;
}

void References::add(const json& resource, std::string_view full_url, const std::string& scope) {
    const std::string_view type = text_of(member(resource, "resourceType"));
    const std::string_view base = reference_base(full_url);
    for (const std::string_view each :
         {base, reference_base(text_of(member(member(resource, "subject"), "reference")))}) {
        if (!each.empty()) bases_.emplace(each);
    }
    if (type == "Patient") {
        std::string identity = identifier_of(resource);
        if (identifier_type_.empty() && !base.empty()) identity = without_history(full_url);
        put_scoped(patients_, resource, full_url, scope, identity);
    } else if (type == "Specimen") {
        put_scoped(specimens_, resource, full_url, scope, specimen_of(resource));
    } else if (type == "Device") {
        const std::string identifier = first_identifier(resource);
        put_scoped(devices_, resource, full_url, scope,
                   identifier.empty() ? std::string(text_of(member(resource, "id"))) : identifier);
    } else if (type == "DiagnosticReport") {
        KnownReport report;
        report.order = first_identifier(resource);
        if (report.order.empty()) report.order = text_of(member(resource, "id"));
        report.effective = effective_text(resource);
        report.issued = text_of(member(resource, "issued"));
        const json& results = member(resource, "result");
        for (std::size_t i = 0; i < count(results); ++i) {
            const std::string_view reference = text_of(member(element(results, i), "reference"));
            if (reference.empty()) continue;
            put_reference(reports_, reference, base, scope, scope == "\n" || !reference.starts_with("#"), report);
        }
        reports_[scope + "*"] = report;  // of a document: whose results need not be listed one by one
    }
}

std::string References::patient(const json& reference, const json& contained, std::string_view base,
                                const std::string& scope) const {
    const std::string_view text = text_of(member(reference, "reference"));
    if (const json& own = contained_resource(contained, text); own.is_object()) {
        return identifier_type_.empty() ? first_identifier(own) : identifier_of(own);
    }
    if (text.empty()) return std::string(text_of(member(member(reference, "identifier"), "value")));
    const std::string_view plain = plain_reference(text);
    const std::string full = full_reference(text, base);
    const bool is_patient = plain.starts_with("Patient/");
    if (identifier_type_.empty() && is_patient && full != plain) return full;
    const std::string* found = find(patients_, text, base, scope);
    if (found != nullptr && !found->empty()) return *found;
    if (!identifier_type_.empty() || (!is_patient && !plain.starts_with("urn:"))) return {};
    return std::string(reference_id(text));
}

const KnownSpecimen* References::specimen(std::string_view reference, std::string_view base,
                                          const std::string& scope) const {
    return find(specimens_, reference, base, scope);
}

const KnownReport* References::report(std::string_view observation, std::string_view base,
                                      const std::string& scope) const {
    return find(reports_, observation, base, scope);
}

std::string References::device(const json& reference, const json& contained, std::string_view base,
                               const std::string& scope) const {
    const std::string_view text = text_of(member(reference, "reference"));
    if (const json& own = contained_resource(contained, text); own.is_object()) return first_identifier(own);
    if (text.empty()) {
        const std::string_view identifier = text_of(member(member(reference, "identifier"), "value"));
        return std::string(identifier.empty() ? text_of(member(reference, "display")) : identifier);
    }
    const std::string* found = find(devices_, text, base, scope);
    return found == nullptr ? std::string(reference_id(text)) : *found;
}

}  // namespace assay::data::fhir
