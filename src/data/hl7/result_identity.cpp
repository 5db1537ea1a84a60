#include "data/hl7/result_identity.hpp"

namespace assay::data::hl7 {
namespace {

/// With its length before it, so that no two rows of parts are spelt alike.
void append_measured(std::string_view part, std::string& out) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
}

void append_escaped(std::string_view part, std::string& out) {
    for (const char c : part) {
        if (c == '/' || c == '~' || c == '#' || c == '\\') out += '\\';
        out += c;
    }
}

}  // namespace

void ResultIdentities::spell_key(const ResultKey& key) {
    spelt_.assign(key.order.empty() ? "s" : "o");
    const std::string_view parent = key.order.empty() ? key.specimen_id : key.order;
    for (const std::string_view each : {key.patient, key.application, key.facility, parent, key.code, key.sub_id}) {
        append_measured(each, spelt_);
    }
    spelt_ += std::to_string(key.repetition);
}

void ResultIdentities::spell_name(const ResultKey& key) {
    spelt_.clear();
    append_escaped(key.order.empty() ? key.message_id : key.order, spelt_);
    spelt_ += '/';
    append_escaped(key.code, spelt_);
    if (!key.sub_id.empty()) {
        spelt_ += '/';
        append_escaped(key.sub_id, spelt_);
    }
    if (key.repetition > 1) spelt_ += '~' + std::to_string(key.repetition);
}

std::optional<Timestamp> ResultIdentities::only_time(const ResultKey& key) {
    if (key.order.empty() && key.specimen_id.empty()) return std::nullopt;
    spell_key(key);
    const auto found = moments_.find(spelt_);
    if (found == moments_.end() || found->second.size() != 1) return std::nullopt;
    return Timestamp{found->second.begin()->first};
}

index ResultIdentities::number(const ResultKey& key, Timestamp observed_at) {
    spell_key(key);
    Moment& moment = moments_[spelt_][observed_at.micros()];
    if (moment.message != message_) moment.told_here = 0;
    moment.message = message_;
    const std::size_t place = moment.told_here++;
    if (place < moment.numbers.size()) return moment.numbers[place];
    spell_name(key);
    const auto base = bases_.emplace(spelt_, 0).first;
    names_.push_back({&base->first, ++base->second});
    moment.numbers.push_back(static_cast<index>(names_.size()) - 1);
    return moment.numbers.back();
}

std::string ResultIdentities::name(index number) const {
    const Name& name = names_[static_cast<std::size_t>(number)];
    return name.ordinal == 1 ? *name.base : *name.base + '#' + std::to_string(name.ordinal);
}

}  // namespace assay::data::hl7
