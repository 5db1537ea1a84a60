#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/time.hpp"
#include "data/hl7/text_ids.hpp"

namespace assay::data::hl7 {

/// What a message says of whose results it tells, and in which order.
struct ResultGroup {
    std::string_view patient;
    std::string_view application;  ///< MSH-3
    std::string_view facility;     ///< MSH-4
    std::string_view order;        ///< empty where the message has no order number
    std::string_view specimen_id;  ///< counts where there is no order number
    std::string_view message_id;   ///< in the name of a result without an order number
};

/// The parts of which two results must have all in common, each with its length: no two groups are spelt alike.
void spell_group(const ResultGroup& group, std::string& out);

/// The order's number, else the message's, as results' names begin; a sign that parts names stands behind a backslash.
void spell_parent(const ResultGroup& group, std::string& out);

/// test[/OBX-4][~n of a repeated field], as results' names end. No two tests are spelt alike.
void spell_test(std::string_view code, std::string_view sub_id, int repetition, std::string& out);

/// Which result a row tells, by the numbers of what is spelt above.
struct ResultKey {
    std::uint32_t group;
    std::uint32_t parent;
    std::uint32_t test;
};

/// Tells which results of several messages are the same one, and names each.
///
/// Two are the same where patient, sender, order (without one: specimen), test, OBX-4, repetition and time are equal;
/// what is still equal in one message is told apart by its order there. Order numbers are used again and again, so that
/// a result never meets that of another patient or sender.
class ResultIdentities {
  public:
    TextIds groups;
    TextIds parents;
    TextIds tests;

    /// The time of the one result told before under that key, whatever its time; nothing where there are several or
    /// none.
    std::optional<Timestamp> only_time(const ResultKey& key) const;

    /// The number of the result, from 0 in the order of their first telling.
    /// @param message  from 0, in reading order
    index number(const ResultKey& key, Timestamp observed_at, index message);

    /// Appends order/test[/OBX-4][~n of a repeated field][#n of several results of that name]. No two results have the
    /// same name.
    void append_name(index number, std::string& out) const;

  private:
    /// Results of one key and time.
    struct Moment {
        std::uint64_t key;
        std::int64_t time;
        index message = -1;    ///< that told them last
        index told = -1;       ///< the last one told by that message
        index first = -1;      ///< from where they are linked
        bool several = false;  ///< of a key's first moment: that there are others
    };
    struct Name {
        std::uint32_t parent;
        std::uint32_t test;
        int ordinal = 1;
        int of_same_name = 1;  ///< counted at the first of that name
        index next = -1;       ///< of the same moment
    };

    index first_moment(std::uint64_t key) const;
    Moment& moment_of(std::uint64_t key, std::int64_t time);
    index new_name(const ResultKey& key);

    std::vector<Moment> moments_;
    HashIndex first_moments_;  ///< by key
    HashIndex later_moments_;  ///< by key and time
    std::vector<Name> names_;
    HashIndex names_told_;  ///< the first of each name
};

}  // namespace assay::data::hl7
