#include "assay/data/anchored_age.hpp"

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"

namespace assay::data {

Array anchored_age(const Array& at, const Array& anchor_age, const Array& anchor_year) {
    if (at.size() != anchor_age.size() || at.size() != anchor_year.size())
        throw ShapeError("anchored_age: expected three columns of one length, got " + std::to_string(at.size()) + ", " +
                         std::to_string(anchor_age.size()) + " and " + std::to_string(anchor_year.size()));
    ArrayBuilder<std::int64_t> ages;
    for (index row = 0; row < at.size(); ++row) {
        const auto time = at.get<Timestamp>(row);
        const auto age = anchor_age.get<std::int64_t>(row);
        const auto year = anchor_year.get<std::int64_t>(row);
        if (!time || !age || !year) {
            ages.append_null();
            continue;
        }
        const std::int64_t then = *age + time->date().civil().year - *year;
        ages.append(then < 0 ? std::optional<std::int64_t>() : then);
    }
    return ages.finish();
}

}  // namespace assay::data
