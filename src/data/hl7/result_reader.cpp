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
        refused.push_back(refusal(fault, "", {message.raw, message.segments.front().line}, message));
        return;
    }
    if (header_.type != "ORU" && header_.type != "OUL") {
        ++other_messages_;
        return;
    }
    ++messages_;
    texts_.begin(header_.separators, header_.characters, message.raw);
    lasting_.begin(header_.separators, header_.characters, message.raw);
    message_id_ = lasting_.text(header_.control_id);
    last_time_ = {};
    begin_patient();
    for (std::size_t at = 0; at < message.segments.size(); ++at) read_segment(message, at);
}

void ResultReader::read_segment(const Message& message, std::size_t at) {
    const std::string_view bytes = message.segments[at].bytes;
    if (is_segment(bytes, "OBX")) {
        read_observation(message.segments[at], message);
    } else if (is_segment(bytes, "PID")) {
        read_patient(bytes);
    } else if (is_segment(bytes, "PV1")) {
        fields_.split(bytes, header_.separators.field);
        location_ = lasting_.text(component(fields_[3], 1));
    } else if (is_segment(bytes, "ORC")) {
        fields_.split(bytes, header_.separators.field);
        order_control_ = component(first_given(fields_[3], fields_[2]), 1);
    } else if (is_segment(bytes, "OBR")) {
        read_group(message, at);
    } else if (is_segment(bytes, "SPM")) {
        if (!order_seen_ || !last_specimen_.empty()) last_specimen_ = bytes;
    }
}

void ResultReader::begin_patient() {
    patient_ = {};
    location_ = {};
    group_ = {};
    told_group_.reset();
    order_control_ = {};
    last_specimen_ = {};
    order_seen_ = false;
}

/// PID-3, the identifier of the type asked for, else the first; PID-2 in messages of old.
void ResultReader::read_patient(std::string_view segment) {
    fields_.split(segment, header_.separators.field);
    begin_patient();
    std::string_view rest = fields_[3];
    for (bool more = true; more;) {
        const auto end =
            header_.separators.repetition == '\0' ? std::string_view::npos : rest.find(header_.separators.repetition);
        const std::string_view identifier = rest.substr(0, end);
        const std::string_view id = part(identifier, header_.separators.component, 1);
        const std::string_view type = part(identifier, header_.separators.component, 5);
        if (given(id) && (options_.patient_id_type.empty() || type == options_.patient_id_type)) {
            patient_ = lasting_.text(id);
            return;
        }
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
    }
    if (options_.patient_id_type.empty() && given(fields_[2]))
        patient_ = lasting_.text(component(first(fields_[2]), 1));
}

/// OBR and its SPM, which stands behind it, or before it in an OUL that begins with a specimen (R22, R23).
void ResultReader::read_group(const Message& message, std::size_t at) {
    const Separators& separators = header_.separators;
    fields_.split(message.segments[at].bytes, separators.field);
    group_ = {};
    told_group_.reset();
    group_.order = lasting_.text(first_given(component(fields_[3], 1), component(fields_[2], 1), order_control_));
    const std::string_view source = component(fields_[15], 1);
    group_.specimen =
        lasting_.text(first_given(part(source, separators.subcomponent, 2), part(source, separators.subcomponent, 1)));
    group_.observed_at = component(fields_[7], 1);
    group_.reported_at = component(fields_[22], 1);
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
    const std::string_view placer = component(fields_[2], 1);
    const std::string_view filler = component(fields_[2], 2);
    group_.specimen_id =
        lasting_.text(first_given(part(filler, separators.subcomponent, 1), part(placer, separators.subcomponent, 1)));
    const std::string_view specimen = first_given(component(fields_[4], 2), component(fields_[4], 1));
    if (!specimen.empty()) group_.specimen = lasting_.text(specimen);
    // A range of collection: its start.
    const std::string_view collected = part(component(fields_[17], 1), separators.subcomponent, 1);
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
        refused.push_back(refusal(rule, column, segment, message));
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
    fill_value(value, row);
    const std::string_view written = time_text();
    const auto when = time_of(written);
    const bool undated_correction = written.empty() && can_be_dated(row);
    if (!when && !undated_correction) {
        return refuse_it(laboratory::time_fault(written, options_.times), "observed_at");
    }
    const LeftOut before = left_out;
    row.observed_at = when.value_or(Timestamp{});
    fill_who(row);
    row.unit = texts_.text(first_given(component(obx_[6], 1), component(obx_[6], 2)));
    fill_range(row);
    row.flag = flags();
    row.device_id = texts_.text(component(first(obx_[18]), 1));
    row.source_line = segment.line;
    results.append(row);
    tell(row, repetition);
    if (when) return;
    undated.push_back({static_cast<index>(told.size()) - 1, static_cast<index>(refused.size()),
                       refusal("observed_at.required", "observed_at", segment, message), left_out});
    undated.back().left_out.add(before, -1);
}

/// What the message says of all results of a group.
void ResultReader::fill_who(laboratory::ResultRow& row) {
    row.patient_id = patient_;
    row.specimen_id = group_.specimen_id;
    row.location = location_;
    row.order_id = group_.order.empty() ? message_id_ : group_.order;
    row.specimen = group_.specimen;
    const std::string_view reported = first_given(group_.reported_at, component(obx_[19], 1));
    row.reported_at = parse_result_time(reported, options_.times);
    if (!row.reported_at && !reported.empty()) ++left_out.reported;
    row.source_file = file_;
}

/// A correction that gives no time has that of the one result it can mean, if order or specimen say which.
bool ResultReader::can_be_dated(const laboratory::ResultRow& row) const {
    return laboratory::is_correction(row.status) && !(group_.order.empty() && group_.specimen_id.empty());
}

std::optional<Timestamp> ResultReader::time_of(std::string_view written) {
    if (written.empty()) return std::nullopt;
    if (written != last_time_) {
        last_time_ = written;
        last_moment_ = parse_result_time(written, options_.times);
    }
    return last_moment_;
}

/// The time of the observation, else of the collection.
std::string_view ResultReader::time_text() const { return first_given(component(obx_[14], 1), group_.observed_at); }

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
    if (row.status.empty() && given(letter)) ++left_out.statuses;
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
    if (repetition == '\0' || obx_[8].find(repetition) == std::string_view::npos) return known_flag(obx_[8]);
    std::string all;
    for (std::string_view rest = obx_[8];;) {
        const auto end = rest.find(repetition);
        const std::string_view flag = known_flag(rest.substr(0, end));
        if (!flag.empty() && !all.empty()) all += '~';
        all += flag;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return texts_.keep(std::move(all));
}

std::string_view ResultReader::known_flag(std::string_view written) {
    const std::string_view flag = laboratory::known_flag(texts_.text(component(written, 1)));
    if (flag.empty() && given(written)) ++left_out.flags;
    return flag;
}

void ResultReader::fill_range(laboratory::ResultRow& row) {
    if (!given(obx_[7])) return;
    const auto ends = laboratory::reference_ends(texts_.text(first(obx_[7])), options_.decimal_point);
    if (!ends) {
        ++left_out.ranges;
        return;
    }
    row.reference_low = ends->first;
    row.reference_high = ends->second;
}

void ResultReader::tell(const laboratory::ResultRow& row, int repetition) {
    const std::string_view code = !row.local_code.empty() ? row.local_code
                                  : !row.loinc.empty()    ? row.loinc
                                                          : row.test_name;
    spell_test(code, given(obx_[4]) ? texts_.text(obx_[4]) : std::string_view{}, repetition, spelt_);
    const std::uint32_t test = tests.id(spelt_);
    told.push_back({told_group(), test, row.observed_at});
}

std::uint32_t ResultReader::told_group() {
    if (told_group_) return *told_group_;
    const ResultGroup group{patient_,     header_.application, header_.facility,
                            group_.order, group_.specimen_id,  message_id_};
    spell_group(group, spelt_);
    const std::uint32_t same = groups.id(spelt_);
    spell_parent(group, spelt_);
    told_groups.push_back({same, parents.id(spelt_), messages_ - 1, header_.said_at});
    told_group_ = static_cast<std::uint32_t>(told_groups.size() - 1);
    return *told_group_;
}

laboratory::Refusal ResultReader::refusal(std::string_view rules, std::string_view columns, const Segment& segment,
                                          const Message& message) const {
    const index offset = message.byte_offset + (segment.bytes.data() - message.raw.data());
    return {file_, segment.line, offset, rules, columns, segment.bytes};
}

}  // namespace assay::data::hl7
