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

std::uint64_t both(std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32 | low; }

std::uint64_t hash_of_moment(std::uint64_t key, std::int64_t time) {
    return hash_of(hash_of(key) ^ static_cast<std::uint64_t>(time));
}

}  // namespace

void spell_group(const ResultGroup& group, std::string& out) {
    out.assign(1, group.order.empty() ? 's' : 'o');
    const std::string_view parent = group.order.empty() ? group.specimen_id : group.order;
    for (const std::string_view each : {group.patient, group.application, group.facility, parent}) {
        append_measured(each, out);
    }
}

void spell_parent(const ResultGroup& group, std::string& out) {
    out.clear();
    append_escaped(group.order.empty() ? group.message_id : group.order, out);
}

void spell_test(std::string_view code, std::string_view sub_id, int repetition, std::string& out) {
    out.clear();
    append_escaped(code, out);
    if (!sub_id.empty()) {
        out += '/';
        append_escaped(sub_id, out);
    }
    if (repetition > 1) out += '~' + std::to_string(repetition);
}

index ResultIdentities::first_moment(std::uint64_t key) const {
    return first_moments_.find(hash_of(key),
                               [&](index at) { return moments_[static_cast<std::size_t>(at)].key == key; });
}

std::optional<Timestamp> ResultIdentities::only_time(const ResultKey& key) const {
    const index found = first_moment(both(key.group, key.test));
    if (found < 0 || moments_[static_cast<std::size_t>(found)].several) return std::nullopt;
    return Timestamp{moments_[static_cast<std::size_t>(found)].time};
}

ResultIdentities::Moment& ResultIdentities::moment_of(std::uint64_t key, std::int64_t time) {
    const auto added = static_cast<index>(moments_.size());
    const index first = first_moment(key);
    if (first < 0) {
        first_moments_.add(hash_of(key), added);
        return moments_.emplace_back(Moment{key, time});
    }
    if (Moment& moment = moments_[static_cast<std::size_t>(first)]; moment.time == time) return moment;
    const std::uint64_t hash = hash_of_moment(key, time);
    const index later = later_moments_.find(hash, [&](index at) {
        const Moment& moment = moments_[static_cast<std::size_t>(at)];
        return moment.key == key && moment.time == time;
    });
    if (later >= 0) return moments_[static_cast<std::size_t>(later)];
    later_moments_.add(hash, added);
    moments_[static_cast<std::size_t>(first)].several = true;
    return moments_.emplace_back(Moment{key, time});
}

index ResultIdentities::new_name(const ResultKey& key) {
    const std::uint64_t hash = hash_of(both(key.parent, key.test));
    const auto added = static_cast<index>(names_.size());
    const index first = names_told_.find(hash, [&](index at) {
        const Name& name = names_[static_cast<std::size_t>(at)];
        return name.parent == key.parent && name.test == key.test;
    });
    Name name{key.parent, key.test};
    first < 0 ? names_told_.add(hash, added)
              : static_cast<void>(name.ordinal = ++names_[static_cast<std::size_t>(first)].of_same_name);
    names_.push_back(name);
    return added;
}

index ResultIdentities::number(const ResultKey& key, Timestamp observed_at, index message) {
    Moment& moment = moment_of(both(key.group, key.test), observed_at.micros());
    if (moment.message != message) moment.told = -1;
    moment.message = message;
    const index next = moment.told < 0 ? moment.first : names_[static_cast<std::size_t>(moment.told)].next;
    if (next >= 0) return moment.told = next;
    const index added = new_name(key);
    (moment.told < 0 ? moment.first : names_[static_cast<std::size_t>(moment.told)].next) = added;
    return moment.told = added;
}

void ResultIdentities::append_name(index number, std::string& out) const {
    const Name& name = names_[static_cast<std::size_t>(number)];
    out += parents[name.parent];
    out += '/';
    out += tests[name.test];
    if (name.ordinal > 1) out += '#' + std::to_string(name.ordinal);
}

}  // namespace assay::data::hl7
