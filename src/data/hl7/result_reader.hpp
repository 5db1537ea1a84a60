#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/hl7/header.hpp"
#include "data/hl7/observation_value.hpp"
#include "data/hl7/result_identity.hpp"
#include "data/laboratory/result_columns.hpp"

namespace assay::data::hl7 {

/// Turns messages into results and refusals.
class ResultReader {
  public:
    explicit ResultReader(const ReadingOptions& options) : options_(options) {}

    void read(const Message& message, std::string_view file);

    index units_read() const noexcept { return units_read_; }
    index other_messages() const noexcept { return other_messages_; }
    index other_ranges() const noexcept { return other_ranges_; }
    index unread_reported() const noexcept { return unread_reported_; }
    index unread_statuses() const noexcept { return unread_statuses_; }
    index unread_flags() const noexcept { return unread_flags_; }

    laboratory::ResultColumns results;
    std::vector<std::optional<Timestamp>> said_at;  ///< of each result
    std::vector<index> identities;                  ///< of each result: equal for what is the same one
    laboratory::RefusedRows refused;

  private:
    /// What one OBR and the segments below it share.
    struct Group {
        std::string_view order;  ///< empty where there is no order number
        std::string_view specimen_id;
        std::string_view specimen;
        std::string_view observed_at;
        std::string_view reported_at;
        std::string_view status;
    };

    void read_patient(std::string_view segment);
    void read_order(std::string_view segment);
    void read_group(const Message& message, std::size_t at);
    void read_specimen(std::string_view segment);
    void read_observation(const Segment& segment, const Message& message);
    void read_repetition(std::string_view type, std::string_view value, int repetition, const Segment& segment,
                         const Message& message);
    void fill_test(laboratory::ResultRow& row);
    void fill_value(const ObservationValue& value, laboratory::ResultRow& row);
    void fill_range(laboratory::ResultRow& row);
    std::string_view flags();
    ResultKey key_of(const laboratory::ResultRow& row, int repetition);
    std::optional<Timestamp> observed_at(const laboratory::ResultRow& row, const ResultKey& key);
    std::string_view time_text() const;
    void refuse(std::string_view rules, std::string_view columns, std::string_view raw, std::int64_t line,
                const Message& message);
    std::string_view component(std::string_view field, int number) {
        return texts_.text(part(field, header_.separators.component, number));
    }
    std::string_view first(std::string_view field) const { return part(field, header_.separators.repetition, 1); }

    const ReadingOptions& options_;
    std::string_view file_;
    Header header_;
    Texts texts_;
    Fields fields_;  ///< of the segment at hand
    Fields obx_;
    std::string patient_;
    std::string location_;
    std::string_view order_control_;  ///< ORC-3, else ORC-2
    std::string_view last_specimen_;  ///< SPM, where this patient's first one goes before the orders
    bool order_seen_ = false;         ///< of this patient
    Group group_;
    ResultIdentities known_;
    std::string name_;
    index units_read_ = 0;
    index other_messages_ = 0;
    index other_ranges_ = 0;
    index unread_reported_ = 0;
    index unread_statuses_ = 0;
    index unread_flags_ = 0;
};

}  // namespace assay::data::hl7
