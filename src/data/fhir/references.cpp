#include "data/fhir/references.hpp"

namespace assay::data::fhir {
namespace {

/// What is stored under the reference in its bundle, else anywhere.
template <class Map>
auto find_scoped(const Map& map, std::string_view reference, const std::string& scope) {
    const std::string plain(plain_reference(reference));
    const auto found = map.find(scope + plain);
    return found != map.end() ? found : map.find("\n" + plain);
}

template <class Map, class Value>
void put_scoped(Map& map, const json& resource, std::string_view full_url, const std::string& scope,
                const Value& value) {
    const std::string_view id = text_of(member(resource, "id"));
    const std::string type(text_of(member(resource, "resourceType")));
    if (!full_url.empty()) map[scope + std::string(plain_reference(full_url))] = value;
    if (id.empty()) return;
    const std::string own = type + "/" + std::string(id);
    map[scope + own] = value;
    map["\n" + own] = value;
}

std::string first_identifier(const json& resource) {
    return std::string(text_of(member(element(member(resource, "identifier"), 0), "value")));
}

}  // namespace

std::string_view plain_reference(std::string_view reference) noexcept {
    if (const auto history = reference.find("/_history/"); history != std::string_view::npos) {
        reference = reference.substr(0, history);
    }
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

void References::add(const json& resource, std::string_view full_url, const std::string& scope) {
    const std::string_view type = text_of(member(resource, "resourceType"));
    if (type == "Patient") {
        put_scoped(patients_, resource, full_url, scope, identifier_of(resource));
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
            const std::string plain(plain_reference(reference));
            reports_[scope + plain] = report;
            if (scope == "\n" || !plain.starts_with("#")) reports_["\n" + plain] = report;
        }
        reports_[scope + "*"] = report;  // of a document: whose results need not be listed one by one
    }
}

std::string References::patient(const json& reference, const json& contained, const std::string& scope) const {
    const std::string_view text = text_of(member(reference, "reference"));
    if (const json& own = contained_resource(contained, text); own.is_object()) {
        const std::string identifier = identifier_type_.empty() ? first_identifier(own) : identifier_of(own);
        return identifier.empty() && identifier_type_.empty() ? std::string() : identifier;
    }
    if (!text.empty()) {
        const std::string_view plain = plain_reference(text);
        const auto found = find_scoped(patients_, text, scope);
        if (found != patients_.end() && !found->second.empty()) return found->second;
        const bool other = !plain.starts_with("Patient/") && !plain.starts_with("urn:");
        if (!identifier_type_.empty() || other) return {};
        return std::string(reference_id(text));
    }
    return std::string(text_of(member(member(reference, "identifier"), "value")));
}

const KnownSpecimen* References::specimen(std::string_view reference, const std::string& scope) const {
    const auto found = find_scoped(specimens_, reference, scope);
    return found == specimens_.end() ? nullptr : &found->second;
}

const KnownReport* References::report(std::string_view observation, const std::string& scope) const {
    const auto found = find_scoped(reports_, observation, scope);
    return found == reports_.end() ? nullptr : &found->second;
}

std::string References::device(const json& reference, const json& contained, const std::string& scope) const {
    const std::string_view text = text_of(member(reference, "reference"));
    if (const json& own = contained_resource(contained, text); own.is_object()) return first_identifier(own);
    if (text.empty()) {
        const std::string_view identifier = text_of(member(member(reference, "identifier"), "value"));
        return std::string(identifier.empty() ? text_of(member(reference, "display")) : identifier);
    }
    const auto found = find_scoped(devices_, text, scope);
    return found == devices_.end() ? std::string(reference_id(text)) : found->second;
}

}  // namespace assay::data::fhir
