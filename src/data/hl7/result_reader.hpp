#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/hl7/header.hpp"
#include "data/hl7/observation_value.hpp"
#include "data/hl7/result_identity.hpp"
#include "data/laboratory/result_columns.hpp"

namespace assay::data::hl7 {

/// Whose results a message tells from some segment on.
struct ToldGroup {
    std::uint32_t group;   ///< number in the reader's `groups`
    std::uint32_t parent;  ///< number in the reader's `parents`
    index message;         ///< from 0
    std::optional<Timestamp> said_at;
};

/// Which result a row tells.
struct ToldResult {
    std::uint32_t group;  ///< place in the reader's `told_groups`
    std::uint32_t test;   ///< number in the reader's `tests`
    Timestamp observed_at;
};

/// What was left out of results that were read.
struct LeftOut {
    index ranges = 0;
    index reported = 0;
    index statuses = 0;
    index flags = 0;

    void add(const LeftOut& other, index times = 1) {
        ranges += times * other.ranges;
        reported += times * other.reported;
        statuses += times * other.statuses;
        flags += times * other.flags;
    }
};

/// A correction that gives no time: a result where an earlier message told the one that it can mean, else a refusal.
struct Undated {
    index row;
    index refused_before;
    laboratory::Refusal refusal;
    LeftOut left_out;  ///< of the row, if it is a result
};

/// Turns messages that follow each other into results and refusals. What needs to know other messages (a result's name,
/// the time of a correction without one) is left to ResultIdentities.
class ResultReader {
  public:
    explicit ResultReader(const ReadingOptions& options) : options_(options) {}

    /// @param message, file  must outlive the reader: refusals and results are views of them
    void read(const Message& message, std::string_view file);

    index units_read() const noexcept { return units_read_; }
    index messages() const noexcept { return messages_; }
    index other_messages() const noexcept { return other_messages_; }

    laboratory::ResultColumns results;  ///< without result_id
    std::vector<ToldResult> told;       ///< of each result
    std::vector<ToldGroup> told_groups;
    TextIds groups;
    TextIds parents;
    TextIds tests;
    std::vector<laboratory::Refusal> refused;
    std::vector<Undated> undated;
    LeftOut left_out;

  private:
    /// What one OBR and the segments below it share, as text where it is written to results.
    struct Group {
        std::string_view order;  ///< empty where there is no order number
        std::string_view specimen_id;
        std::string_view specimen;
        std::string_view observed_at;
        std::string_view reported_at;
        std::string_view status;
    };

    void read_segment(const Message& message, std::size_t at);
    void begin_patient();
    void read_patient(std::string_view segment);
    void read_group(const Message& message, std::size_t at);
    void read_specimen(std::string_view segment);
    void read_observation(const Segment& segment, const Message& message);
    void read_repetition(std::string_view type, std::string_view value, int repetition, const Segment& segment,
                         const Message& message);
    void fill_who(laboratory::ResultRow& row);
    void fill_test(laboratory::ResultRow& row);
    void fill_value(const ObservationValue& value, laboratory::ResultRow& row);
    void fill_range(laboratory::ResultRow& row);
    std::string_view flags();
    std::string_view known_flag(std::string_view written);
    void tell(const laboratory::ResultRow& row, int repetition);
    std::uint32_t told_group();
    std::optional<Timestamp> time_of(std::string_view written);
    bool can_be_dated(const laboratory::ResultRow& row) const;
    std::string_view time_text() const;
    laboratory::Refusal refusal(std::string_view rules, std::string_view columns, const Segment& segment,
                                const Message& message) const;
    std::string_view component(std::string_view field, int number) const {
        return part(field, header_.separators.component, number);
    }
    std::string_view first(std::string_view field) const { return part(field, header_.separators.repetition, 1); }

    const ReadingOptions& options_;
    std::string_view file_;
    Header header_;
    Texts texts_;    ///< of the segment at hand
    Texts lasting_;  ///< of the message at hand
    Fields fields_;  ///< of the segment at hand
    Fields obx_;
    std::string_view patient_;
    std::string_view location_;
    std::string_view order_control_;  ///< ORC-3, else ORC-2
    std::string_view last_specimen_;  ///< SPM, where this patient's first one goes before the orders
    bool order_seen_ = false;         ///< of this patient
    Group group_;
    std::optional<std::uint32_t> told_group_;  ///< place of the group at hand, once it has told a result
    std::string_view message_id_;
    std::string_view last_time_;  ///< in the message at hand, which says the same time again and again
    std::optional<Timestamp> last_moment_;
    std::string spelt_;
    index units_read_ = 0;
    index messages_ = 0;
    index other_messages_ = 0;
};

}  // namespace assay::data::hl7
