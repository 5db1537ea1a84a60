#include "data/hl7/result_reader.hpp"

#include <utility>

#include "assay/data/loinc.hpp"
#include "data/laboratory/words.hpp"

namespace assay::data::hl7 {
namespace {

constexpr std::string_view kNull = "\"\"";

bool given(std::string_view field) { return !field.empty() && field != kNull; }

bool is_segment(std::string_view segment, std::string_view name) { return segment.starts_with(name); }

/// The first of some fields that says something.
template <class... Views>
std::string_view first_given(Views... fields) {
    std::string_view found;
    static_cast<void>(((given(fields) ? (found = fields, true) : false) || ...));
    return found;
}

}  // namespace

void ResultReader::read(const Message& message, std::string_view file) {
    file_ = file;
    const std::string_view fault = read_header(message, options_.max_message_bytes, options_.times, header_);
    if (!fault.empty()) {
        ++units_read_;
        refuse(fault, "", message.raw, message.segments.front().line, message);
        return;
    }
    if (header_.type != "ORU" && header_.type != "OUL") {
        ++other_messages_;
        return;
    }
    patient_.clear();
    location_.clear();
    order_control_ = {};
    last_specimen_ = {};
    order_seen_ = false;
    group_ = {};
    known_.begin_message();
    texts_.begin(header_.separators, header_.characters);
    for (std::size_t at = 0; at < message.segments.size(); ++at) {
        const std::string_view bytes = message.segments[at].bytes;
        if (is_segment(bytes, "OBX")) {
            read_observation(message.segments[at], message);
        } else if (is_segment(bytes, "PID")) {
            read_patient(bytes);
        } else if (is_segment(bytes, "PV1")) {
            fields_.split(bytes, header_.separators.field);
            location_ = component(fields_[3], 1);
        } else if (is_segment(bytes, "ORC")) {
            fields_.split(bytes, header_.separators.field);
            order_control_ = part(first_given(fields_[3], fields_[2]), header_.separators.component, 1);
        } else if (is_segment(bytes, "OBR")) {
            read_group(message, at);
        } else if (is_segment(bytes, "SPM")) {
            if (!order_seen_ || !last_specimen_.empty()) last_specimen_ = bytes;
        }
    }
}

/// PID-3, the identifier of the type asked for, else the first; PID-2 in messages of old.
void ResultReader::read_patient(std::string_view segment) {
    fields_.split(segment, header_.separators.field);
    patient_.clear();
    location_.clear();
    group_ = {};
    order_control_ = {};
    last_specimen_ = {};
    order_seen_ = false;
    std::string_view rest = fields_[3];
    for (bool more = true; more;) {
        const auto end =
            header_.separators.repetition == '\0' ? std::string_view::npos : rest.find(header_.separators.repetition);
        const std::string_view identifier = rest.substr(0, end);
        const std::string_view id = part(identifier, header_.separators.component, 1);
        const std::string_view type = part(identifier, header_.separators.component, 5);
        if (given(id) && (options_.patient_id_type.empty() || type == options_.patient_id_type)) {
            patient_ = texts_.text(id);
            return;
        }
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
    }
    if (options_.patient_id_type.empty() && given(fields_[2])) patient_ = component(first(fields_[2]), 1);
}

/// OBR and its SPM, which stands behind it, or before it in an OUL that begins with a specimen (R22, R23).
void ResultReader::read_group(const Message& message, std::size_t at) {
    const Separators& separators = header_.separators;
    fields_.split(message.segments[at].bytes, separators.field);
    group_ = {};
    group_.order = first_given(part(fields_[3], separators.component, 1), part(fields_[2], separators.component, 1),
                               order_control_);
    const std::string_view source = part(fields_[15], separators.component, 1);
    group_.specimen = first_given(part(source, separators.subcomponent, 2), part(source, separators.subcomponent, 1));
    group_.observed_at = part(fields_[7], separators.component, 1);
    group_.reported_at = part(fields_[22], separators.component, 1);
    group_.status = fields_[25];
    order_seen_ = true;
    if (header_.type == "OUL" && !last_specimen_.empty()) return read_specimen(last_specimen_);
    for (std::size_t next = at + 1; next < message.segments.size(); ++next) {
        const std::string_view bytes = message.segments[next].bytes;
        if (is_segment(bytes, "OBR") || is_segment(bytes, "PID")) return;
        if (is_segment(bytes, "SPM")) return read_specimen(bytes);
    }
}

/// SPM-2 (the laboratory's number, else the ward's), SPM-4 and SPM-17.
void ResultReader::read_specimen(std::string_view segment) {
    const Separators& separators = header_.separators;
    fields_.split(segment, separators.field);
    const std::string_view placer = part(fields_[2], separators.component, 1);
    const std::string_view filler = part(fields_[2], separators.component, 2);
    group_.specimen_id =
        first_given(part(filler, separators.subcomponent, 1), part(placer, separators.subcomponent, 1));
    group_.specimen = first_given(part(fields_[4], separators.component, 2), part(fields_[4], separators.component, 1),
                                  group_.specimen);
    // A range of collection: its start.
    const std::string_view collected = part(part(fields_[17], separators.component, 1), separators.subcomponent, 1);
    if (given(collected)) group_.observed_at = collected;
}

void ResultReader::read_observation(const Segment& segment, const Message& message) {
    texts_.clear();
    obx_.split(segment.bytes, header_.separators.field);
    const std::string_view type = obx_[2];
    const char repetition = header_.separators.repetition;
    if (!repeats_are_results(type) || repetition == '\0' || obx_[5].find(repetition) == std::string_view::npos) {
        read_repetition(type, obx_[5], 1, segment, message);
        return;
    }
    int number = 1;
    for (std::string_view rest = obx_[5];; ++number) {
        const auto end = rest.find(repetition);
        read_repetition(type, rest.substr(0, end), number, segment, message);
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
}

void ResultReader::read_repetition(std::string_view type, std::string_view field, int repetition,
                                   const Segment& segment, const Message& message) {
    ++units_read_;
    const auto refuse_it = [&](std::string_view rule, std::string_view column) {
        refuse(rule, column, segment.bytes, segment.line, message);
    };
    if (obx_.count() < 5) return refuse_it("obx.truncated", "");
    const ObservationValue value = read_value(type, field, header_.separators, options_.decimal_point, texts_);
    laboratory::ResultRow row;
    fill_test(row);
    if (row.local_code.empty() && row.loinc.empty() && row.test_name.empty()) {
        return refuse_it("obx.test_missing", "local_code");
    }
    if (value.encapsulated) return refuse_it("obx.encapsulated_data", "value");
    if (patient_.empty()) return refuse_it("patient_id.required", "patient_id");
    row.patient_id = patient_;
    row.specimen_id = texts_.text(group_.specimen_id);
    fill_value(value, row);
    const ResultKey key = key_of(row, repetition);
    const auto when = observed_at(row, key);
    if (!when) return refuse_it(time_text().empty() ? "observed_at.required" : "observed_at.type", "observed_at");
    row.observed_at = *when;
    row.location = location_;
    row.order_id = key.order.empty() ? key.message_id : key.order;
    row.specimen = texts_.text(group_.specimen);
    const std::string_view reported = first_given(group_.reported_at, part(obx_[19], header_.separators.component, 1));
    row.reported_at = parse_result_time(reported, options_.times);
    if (!row.reported_at && !reported.empty()) ++unread_reported_;
    const std::string_view unit =
        first_given(part(obx_[6], header_.separators.component, 1), part(obx_[6], header_.separators.component, 2));
    row.unit = texts_.text(unit);
    fill_range(row);
    row.flag = flags();
    row.device_id = component(first(obx_[18]), 1);
    row.source_file = file_;
    row.source_line = segment.line;
    identities.push_back(known_.number(key, row.observed_at));
    name_ = known_.name(identities.back());
    row.result_id = name_;
    results.append(row);
    said_at.push_back(header_.said_at);
}

/// The time of the observation, else of the collection.
std::string_view ResultReader::time_text() const {
    return first_given(part(obx_[14], header_.separators.component, 1), group_.observed_at);
}

/// OBX-3: LOINC's triplet by its coding system, and the laboratory's own.
void ResultReader::fill_test(laboratory::ResultRow& row) {
    const char separator = header_.separators.component;
    for (const int at : {1, 4, 10}) {  // code, text and system thrice
        const std::string_view code = part(obx_[3], separator, at);
        const std::string_view text = part(obx_[3], separator, at + 1);
        const std::string_view system = part(obx_[3], separator, at + 2);
        if (system == "LN" || system == "LOINC") {
            if (row.loinc.empty()) row.loinc = texts_.text(code);
        } else if (row.local_code.empty() && given(code)) {
            row.local_code = texts_.text(code);
            if (given(text)) row.test_name = texts_.text(text);
        }
        if (row.test_name.empty() && given(text)) row.test_name = texts_.text(text);
    }
}

/// The result, its status, and why there is none.
void ResultReader::fill_value(const ObservationValue& value, laboratory::ResultRow& row) {
    const std::string_view letter = given(obx_[11]) ? obx_[11] : group_.status;
    row.status = letter == "N" ? std::string_view("cancelled") : laboratory::known_status(texts_.text(letter));
    if (row.status.empty() && given(letter)) ++unread_statuses_;
    row.comparator = value.comparator;
    row.value = value.number;
    row.text = value.text;
    if (value.number || !value.text.empty()) return;
    row.absent_reason = value.is_null   ? "null"
                        : letter == "N" ? "not-asked"
                        : letter == "X" ? "not-performed"
                                        : "unknown";
}

/// OBX-8, repetitions joined by '~' whatever the message's sign for them.
std::string_view ResultReader::flags() {
    const char repetition = header_.separators.repetition;
    std::string all;
    for (std::string_view rest = obx_[8];;) {
        const auto end = repetition == '\0' ? std::string_view::npos : rest.find(repetition);
        const std::string_view written = rest.substr(0, end);
        const std::string_view flag = laboratory::known_flag(component(written, 1));
        if (flag.empty() && given(written)) ++unread_flags_;
        if (!flag.empty() && !all.empty()) all += '~';
        all += flag;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return texts_.keep(std::move(all));
}

void ResultReader::fill_range(laboratory::ResultRow& row) {
    if (!given(obx_[7])) return;
    const auto ends = laboratory::reference_ends(texts_.text(first(obx_[7])), options_.decimal_point);
    if (!ends) {
        ++other_ranges_;
        return;
    }
    row.reference_low = ends->first;
    row.reference_high = ends->second;
}

ResultKey ResultReader::key_of(const laboratory::ResultRow& row, int repetition) {
    ResultKey key;
    key.patient = row.patient_id;
    key.application = header_.application;
    key.facility = header_.facility;
    key.order = texts_.text(group_.order);
    key.specimen_id = row.specimen_id;
    key.message_id = texts_.text(header_.control_id);
    key.code = !row.local_code.empty() ? row.local_code : !row.loinc.empty() ? row.loinc : row.test_name;
    if (given(obx_[4])) key.sub_id = texts_.text(obx_[4]);
    key.repetition = repetition;
    return key;
}

/// As the message says; a correction that gives no time has that of the one result it can mean.
std::optional<Timestamp> ResultReader::observed_at(const laboratory::ResultRow& row, const ResultKey& key) {
    const std::string_view written = time_text();
    if (!written.empty()) return parse_result_time(written, options_.times);
    return laboratory::is_correction(row.status) ? known_.only_time(key) : std::nullopt;
}

void ResultReader::refuse(std::string_view rules, std::string_view columns, std::string_view raw, std::int64_t line,
                          const Message& message) {
    const index offset = message.byte_offset + (raw.data() - message.raw.data());
    refused.append({file_, line, offset, rules, columns, raw});
}

}  // namespace assay::data::hl7
