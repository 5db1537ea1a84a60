#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "data/fhir/json.hpp"

namespace assay::data::fhir {

/// What observations refer to.
struct KnownSpecimen {
    std::string id;
    std::string type;
    std::string collected_at;
};
struct KnownReport {
    std::string order;
    std::string effective;
    std::string issued;
};

/// "http://server/fhir/Patient/1/_history/2" is "Patient/1"; urn: and # references stay.
std::string_view plain_reference(std::string_view reference) noexcept;
/// "http://server/fhir" of an absolute reference, else empty.
std::string_view reference_base(std::string_view reference) noexcept;
/// The last part: "1" of "Patient/1", the uuid of "urn:uuid:…".
std::string_view reference_id(std::string_view reference) noexcept;

/// The text of a CodeableConcept: its own, else a coding's display, else its code.
std::string_view concept_text(const json& codeable) noexcept;

/// effectiveDateTime and its kin, of an observation or a report; of a period its start, else its end.
std::string_view effective_text(const json& resource) noexcept;

/// Resources by the references that other resources of the same bundle, or of any file, use for them.
class References {
  public:
    explicit References(std::string identifier_type) : identifier_type_(std::move(identifier_type)) {}

    /// @param scope  of the bundle: where ids mean something before they do elsewhere
    void add(const json& resource, std::string_view full_url, const std::string& scope);

    /// The patient's identifier, or empty where the reference leads to none of the type asked for. Where no type is
    /// asked for, an absolute reference is the identifier itself: Patient/17 of two servers are two patients.
    /// @param base  of the resource that refers: relative references mean its server
    std::string patient(const json& reference, const json& contained, std::string_view base,
                        const std::string& scope) const;
    const KnownSpecimen* specimen(std::string_view reference, std::string_view base, const std::string& scope) const;
    const KnownReport* report(std::string_view observation, std::string_view base, const std::string& scope) const;

    KnownSpecimen specimen_of(const json& resource) const;
    std::string device(const json& reference, const json& contained, std::string_view base,
                       const std::string& scope) const;

  private:
    std::string identifier_of(const json& patient) const;

    template <class T>
    using Map = std::unordered_map<std::string, T>;

    template <class T>
    const T* find(const Map<T>& map, std::string_view reference, std::string_view base, const std::string& scope) const;

    std::string identifier_type_;
    std::unordered_set<std::string> bases_;  ///< of the servers that references and bundles name
    Map<std::string> patients_;
    Map<std::string> devices_;
    Map<KnownSpecimen> specimens_;
    Map<KnownReport> reports_;  ///< by the observations that they list
};

/// The contained resource that "#id" names, or null.
const json& contained_resource(const json& contained, std::string_view reference) noexcept;

}  // namespace assay::data::fhir
