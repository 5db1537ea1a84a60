#pragma once

#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::detail {

/// A whole number, which protobuf's JSON may also give as text. Absent: `absent`.
inline std::int64_t read_int(const nlohmann::json& object, const char* name, std::int64_t absent = 0) {
    if (const auto found = object.find(name); found != object.end()) read_value(*found, absent);
    return absent;
}

inline Experiment read_experiment(const nlohmann::json& object) { return read<Experiment>(object); }

}  // namespace assay::tracking::detail
