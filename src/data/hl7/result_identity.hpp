#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/base/index.hpp"
#include "assay/base/time.hpp"

namespace assay::data::hl7 {

/// What a message says of which result it tells.
struct ResultKey {
    std::string_view patient;
    std::string_view application;  ///< MSH-3
    std::string_view facility;     ///< MSH-4
    std::string_view order;        ///< empty where the message has no order number
    std::string_view specimen_id;  ///< counts where there is no order number
    std::string_view message_id;   ///< in the name of a result without an order number
    std::string_view code;
    std::string_view sub_id;  ///< OBX-4
    int repetition = 1;       ///< of OBX-5
};

/// Tells which results of several messages are the same one, and names each.
///
/// Two are the same where patient, sender, order (without one: specimen), test, OBX-4, repetition and time are equal;
/// what is still equal in one message is told apart by its order there. Order numbers are used again and again, so that
/// a result never meets that of another patient or sender.
class ResultIdentities {
  public:
    void begin_message() { ++message_; }

    /// The time of the one result told before under that key, whatever its time; nothing where there are several or
    /// none, or where neither order nor specimen says which is meant.
    std::optional<Timestamp> only_time(const ResultKey& key);

    /// The number of the result, from 0 in the order of their first telling.
    index number(const ResultKey& key, Timestamp observed_at);

    /// order/test[/OBX-4][~n of a repeated field][#n of several results of that name]; a sign of these in a part stands
    /// behind a backslash. No two results have the same name.
    std::string name(index number) const;

  private:
    /// Results of one key and time.
    struct Moment {
        std::vector<index> numbers;
        std::int64_t message = 0;   ///< that told them last
        std::size_t told_here = 0;  ///< by that message
    };
    using Moments = std::map<std::int64_t, Moment>;
    struct Name {
        const std::string* base;
        int ordinal;
    };

    void spell_key(const ResultKey& key);
    void spell_name(const ResultKey& key);

    std::unordered_map<std::string, Moments> moments_;
    std::unordered_map<std::string, int> bases_;
    std::vector<Name> names_;
    std::string spelt_;
    std::int64_t message_ = 0;
};

}  // namespace assay::data::hl7
