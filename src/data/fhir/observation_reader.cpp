#include "data/fhir/observation_reader.hpp"

#include <map>

#include "assay/data/laboratory/result_value.hpp"
#include "data/laboratory/outcome.hpp"
#include "data/laboratory/told_time.hpp"
#include "data/laboratory/words.hpp"

namespace assay::data::fhir {
namespace {

constexpr std::string_view kLoinc = "http://loinc.org";
constexpr std::string_view kUcum = "http://unitsofmeasure.org";
constexpr std::string_view kAbsent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// The member value[x]: its name behind "value", and what it holds.
struct Choice {
    std::string_view type;
    const json* value = nullptr;
};

Choice value_of(const json& unit) {
    for (const auto& [name, value] : unit.items()) {
        if (name.size() > 5 && name.starts_with("value") && name[5] >= 'A' && name[5] <= 'Z') {
            return {std::string_view(name).substr(5), &value};
        }
    }
    return {};
}

std::string_view absent_reason_of(const json& unit) {
    const json& reason = member(unit, "dataAbsentReason");
    const std::string_view code = text_of(member(element(member(reason, "coding"), 0), "code"));
    return code.empty() ? concept_text(reason) : code;
}

/// The extension that stands in for a value.
std::string_view absent_extension(const json& value) {
    const json& extensions = member(value, "extension");
    for (std::size_t i = 0; i < count(extensions); ++i) {
        const json& each = element(extensions, i);
        if (text_of(member(each, "url")) == kAbsent) return text_of(member(each, "valueCode"));
    }
    return {};
}

std::string_view unit_of(const json& quantity) {
    const std::string_view code = text_of(member(quantity, "code"));
    const std::string_view unit = text_of(member(quantity, "unit"));
    if (text_of(member(quantity, "system")) == kUcum && !code.empty()) return code;
    return unit.empty() ? code : unit;
}

std::string quantity_text(const json& quantity) {
    return std::string(text_of(member(quantity, "comparator"))).append(number_text(member(quantity, "value")));
}

bool is_number_or_missing(const json& value) { return value.is_null() || !number_text(value).empty(); }

/// False where a value stands in JSON of another kind, as a number between quotes.
bool has_its_type(std::string_view type, const json& value) {
    if (value.is_null()) return true;
    if (type == "Quantity") return value.is_object() && is_number_or_missing(member(value, "value"));
    if (type == "Integer") return is_number_or_missing(value);
    if (type == "String") return value.is_string() && number_text(value).empty();
    if (type == "Boolean") return value.is_boolean();
    return true;
}

/// Codes alone: a text may name a person.
std::string interpretation_of(const json& unit, index& unread) {
    const json& all = member(unit, "interpretation");
    std::string out;
    for (std::size_t i = 0; i < count(all); ++i) {
        std::string_view word = text_of(member(element(member(element(all, i), "coding"), 0), "code"));
        if (word.empty()) word = concept_text(element(all, i));
        if (word.empty()) continue;
        const std::string_view flag = laboratory::known_flag(word);
        flag.empty() ? void(++unread) : void(out.append(out.empty() ? "" : "~").append(flag));
    }
    return out;
}

bool is_unit(const json& observation) {
    return value_of(observation).value != nullptr || !member(observation, "dataAbsentReason").is_null();
}

}  // namespace

struct ObservationReader::Shared {
    std::string patient;
    std::string order;
    std::string specimen_id;
    std::string specimen;
    std::string device;
    std::string_view status;
    bool has_status = false;  ///< whether one was given at all
    std::string observed_at;
    bool released_only = false;
    std::string_view issued;
    std::optional<Timestamp> said_at;
};

std::string_view ObservationReader::keep(std::string text) { return kept_.emplace_back(std::move(text)); }

void ObservationReader::refuse(std::string_view rule, std::string_view columns, const Place& place) {
    ++units_read_;
    refused.append({place.file, place.line, place.byte_offset, rule, columns, place.raw});
}

void ObservationReader::read(const json& observation, const json& contained, const Place& place) {
    kept_.clear();
    const json& components = member(observation, "component");
    const bool own = is_unit(observation);
    if (!own && count(components) == 0 && count(member(observation, "hasMember")) > 0) {
        ++panels_;
        return;
    }
    Shared shared;
    const json& inside = contained.is_null() ? member(observation, "contained") : contained;
    const std::string_view id = text_of(member(observation, "id"));
    const std::string self = "Observation/" + std::string(id);
    const std::string_view base = reference_base(place.full_url);
    const KnownReport* report = id.empty() ? nullptr : references_.report(self, base, place.scope);
    if (report == nullptr && !place.full_url.empty()) report = references_.report(place.full_url, base, place.scope);
    if (report == nullptr && place.local_ids) report = references_.report("*", {}, place.scope);
    const json& subject = member(observation, "subject");
    shared.patient = references_.patient(subject, inside, base, place.scope);
    shared.order =
        report != nullptr
            ? report->order
            : std::string(reference_id(text_of(member(element(member(observation, "basedOn"), 0), "reference"))));
    const json& specimen = member(observation, "specimen");
    const std::string_view specimen_reference = text_of(member(specimen, "reference"));
    KnownSpecimen known;
    if (const json& one = contained_resource(inside, specimen_reference); one.is_object()) {
        known = references_.specimen_of(one);
    } else if (const KnownSpecimen* found = references_.specimen(specimen_reference, base, place.scope)) {
        known = *found;
    } else {
        known.id = reference_id(specimen_reference);
        known.type = text_of(member(specimen, "display"));
    }
    shared.specimen_id = known.id;
    shared.specimen = known.type;
    shared.device = references_.device(member(observation, "device"), inside, base, place.scope);
    const std::string_view status = text_of(member(observation, "status"));
    shared.status = laboratory::known_status(status);
    shared.has_status = !status.empty();
    shared.issued = text_of(member(observation, "issued"));
    if (shared.issued.empty() && report != nullptr) shared.issued = report->issued;
    shared.observed_at = effective_text(observation);
    if (shared.observed_at.empty()) shared.observed_at = known.collected_at;
    if (shared.observed_at.empty() && report != nullptr) shared.observed_at = report->effective;
    if (shared.observed_at.empty()) {
        shared.observed_at = shared.issued;
        shared.released_only = !shared.issued.empty();
    }
    const std::string_view updated = text_of(member(member(observation, "meta"), "lastUpdated"));
    for (const std::string_view said : {updated, place.bundle_time, shared.issued}) {
        if (!shared.said_at) shared.said_at = laboratory::told_time(said, options_.times);
    }
    const std::string name = name_of_result(observation, shared, place);
    if (own || count(components) == 0) read_unit(observation, shared, place, name);
    std::map<std::string, int> codes;
    for (std::size_t i = 0; i < count(components); ++i) {
        const json& component = element(components, i);
        std::string code(text_of(member(element(member(member(component, "code"), "coding"), 0), "code")));
        if (code.empty()) code = concept_text(member(component, "code"));
        if (const int again = ++codes[code]; again > 1) code += "#" + std::to_string(again);
        read_unit(component, shared, place, name + "/" + code);
    }
}

/// What tells an observation from all others: two that share a name are one result, told twice.
std::string ObservationReader::name_of_result(const json& observation, const Shared& shared, const Place& place) {
    const std::string_view base = reference_base(place.full_url);
    std::string name(text_of(member(observation, "id")));
    if (!name.empty()) {
        if (!base.empty()) name = std::string(base) + "/Observation/" + name;
    } else if (const json& given = element(member(observation, "identifier"), 0);
               !text_of(member(given, "value")).empty()) {
        const std::string_view system = text_of(member(given, "system"));
        name = shared.patient + "/" + std::string(system) + (system.empty() ? "" : "|");
        name += text_of(member(given, "value"));
    } else if (!place.full_url.empty()) {
        name = base.empty() ? reference_id(place.full_url) : place.full_url;
    } else {
        name = std::string(place.file) + ":" + std::to_string(place.line);
        if (const int again = ++unnamed_[name]; again > 1) name += "#" + std::to_string(again);
    }
    const std::string& around = shared.order.empty() ? shared.patient : shared.order;
    return place.local_ids && !around.empty() ? around + "/" + name : name;
}

void ObservationReader::read_unit(const json& unit, const Shared& shared, const Place& place, std::string id) {
    laboratory::ResultRow row;
    const json& codings = member(member(unit, "code"), "coding");
    for (std::size_t i = 0; i < count(codings); ++i) {
        const std::string_view code = text_of(member(element(codings, i), "code"));
        const bool loinc = text_of(member(element(codings, i), "system")) == kLoinc;
        std::string_view& column = loinc ? row.loinc : row.local_code;
        if (column.empty()) column = code;
    }
    row.test_name = concept_text(member(unit, "code"));
    if (row.loinc.empty() && row.local_code.empty() && row.test_name.empty()) {
        return refuse("observation.code_missing", "local_code", place);
    }
    if (shared.patient.empty()) return refuse("patient_id.required", "patient_id", place);
    const auto observed_at = parse_result_time(shared.observed_at, options_.times);
    if (!observed_at) {
        return refuse(laboratory::time_fault(shared.observed_at, options_.times), "observed_at", place);
    }
    std::string_view fault;
    fill_value(unit, row, fault);
    if (!fault.empty()) return refuse(fault, "value", place);
    fill_range(unit, row);
    row.result_id = id;
    row.patient_id = shared.patient;
    row.order_id = shared.order;
    row.specimen_id = shared.specimen_id;
    row.specimen = shared.specimen;
    row.observed_at = *observed_at;
    row.reported_at = parse_result_time(shared.issued, options_.times);
    if (!row.reported_at && !shared.issued.empty()) ++unread_reported_;
    row.flag = keep(interpretation_of(unit, unread_flags_));
    row.status = shared.status;
    if (shared.status.empty() && shared.has_status) ++unread_statuses_;
    row.device_id = shared.device;
    row.source_file = place.file;
    row.source_line = place.line;
    results.append(row);
    said_at.push_back(shared.said_at);
    ++units_read_;
    if (shared.released_only) ++released_times_;
}

void ObservationReader::fill_quantity(const json& quantity, laboratory::ResultRow& row) {
    const ReportedValue number = parse_result_value(number_text(member(quantity, "value")));
    const std::string_view written = text_of(member(quantity, "comparator"));
    const std::string_view sign = laboratory::comparator_sign(written);
    row.unit = unit_of(quantity);
    if (!written.empty() && sign.empty()) {  // "ad": sufficient to achieve this
        row.text = keep(quantity_text(quantity));
        return;
    }
    row.value = number.number;
    row.text = number.text;
    if (number.number) row.comparator = sign;
}

void ObservationReader::fill_value(const json& unit, laboratory::ResultRow& row, std::string_view& fault) {
    const auto [type, found] = value_of(unit);
    row.absent_reason = absent_reason_of(unit);
    if (found != nullptr) {
        const json& value = *found;
        if (!has_its_type(type, value)) {
            fault = "value.type";
            return;
        }
        if (type == "Quantity") {
            fill_quantity(value, row);
        } else if (type == "String" || type == "Integer") {
            const std::string_view written = type == "String" ? text_of(value) : number_text(value);
            const ReportedValue result = parse_result_value(written, options_.decimal_point);
            row.comparator = result.comparator;
            row.value = result.number;
            row.text = result.text;
        } else if (type == "CodeableConcept") {
            row.text = concept_text(value);
        } else if (type == "Boolean") {
            if (value.is_boolean()) row.text = value.get<bool>() ? "true" : "false";
        } else if (type == "Range") {
            row.text = keep(quantity_text(member(value, "low")) + "-" + quantity_text(member(value, "high")));
            row.unit = unit_of(member(value, member(value, "low").is_null() ? "high" : "low"));
        } else if (type == "Ratio") {
            row.text =
                keep(quantity_text(member(value, "numerator")) + ":" + quantity_text(member(value, "denominator")));
        } else if (type == "DateTime" || type == "Time" || type == "Instant") {
            row.text = text_of(value);
        } else if (type == "Period") {
            row.text =
                keep(std::string(text_of(member(value, "start"))) + "/" + std::string(text_of(member(value, "end"))));
        } else {
            fault = "value.kind";  // SampledData, Attachment, Reference: no single result
            return;
        }
        if (!row.value && row.text.empty() && row.absent_reason.empty()) row.absent_reason = absent_extension(value);
    }
    if (!row.value && row.text.empty() && row.absent_reason.empty()) row.absent_reason = "unknown";
}

/// The only range that holds for everybody. Its unit must be the result's.
void ObservationReader::fill_range(const json& unit, laboratory::ResultRow& row) {
    const json& ranges = member(unit, "referenceRange");
    const json* only = nullptr;
    for (std::size_t i = 0; i < count(ranges); ++i) {
        const json& each = element(ranges, i);
        const std::string_view type = text_of(member(element(member(member(each, "type"), "coding"), 0), "code"));
        const bool special = !member(each, "age").is_null() || !member(each, "appliesTo").is_null();
        if (special || (!type.empty() && type != "normal")) continue;
        if (only != nullptr)
            only = nullptr, i = count(ranges);  // two ranges: which one is not said
        else
            only = &each;
    }
    if (only == nullptr) {
        if (count(ranges) > 0) ++other_ranges_;
        return;
    }
    const json& low = member(*only, "low");
    const json& high = member(*only, "high");
    const auto same_unit = [&](const json& end) {
        const std::string_view written = unit_of(end);
        return written.empty() || row.unit.empty() || written == row.unit || text_of(member(end, "unit")) == row.unit;
    };
    if (low.is_null() && high.is_null()) {
        const auto ends = laboratory::reference_ends(text_of(member(*only, "text")), options_.decimal_point);
        if (!ends) {
            ++other_ranges_;
            return;
        }
        row.reference_low = ends->first;
        row.reference_high = ends->second;
    } else if (same_unit(low) && same_unit(high)) {
        row.reference_low = laboratory::reference_number(number_text(member(low, "value")), '.');
        row.reference_high = laboratory::reference_number(number_text(member(high, "value")), '.');
    } else {
        ++other_ranges_;
    }
}

}  // namespace assay::data::fhir
