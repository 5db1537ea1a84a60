#pragma once

#include <optional>
#include <string_view>

#include "data/hl7/texts.hpp"

namespace assay::data::hl7 {

/// What OBX-5 says, by the type of OBX-2.
struct ObservationValue {
    std::string_view comparator;
    std::optional<double> number;
    std::string_view text;
    bool is_null = false;       ///< "": the sender says that there is none
    bool encapsulated = false;  ///< a document (ED, RP), which is no result
};

/// One repetition of a number or structured number; any other type with all its repetitions, line by line.
ObservationValue read_value(std::string_view type, std::string_view field, const Separators& separators,
                            char decimal_point, Texts& texts);

/// Whether each repetition of that type is a result of its own.
bool repeats_are_results(std::string_view type) noexcept;

}  // namespace assay::data::hl7
