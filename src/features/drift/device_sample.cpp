#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/features/detail/numeric_column.hpp"
#include "assay/features/drift/device_drift.hpp"
#include "features/drift/byte_reader.hpp"
#include "features/drift/key_column.hpp"

namespace assay::features {
namespace {

constexpr std::string_view kDevicesMagic = "ASSAYDS1";

bool before(const DeviceSample::Group& group, const DeviceKey& key) { return group.key < key; }

}  // namespace

DeviceSample DeviceSample::of(const data::Table& table, const ResultColumns& columns) {
    detail::KeyTriples keys(table, columns.device, columns.analyte, columns.unit);
    const data::Array numbers = detail::as_float64(table.column(columns.value), columns.value);
    const auto values = numbers.values<double>();
    const data::BitmapView valid = numbers.validity();

    DeviceSample sample;
    std::vector<std::pair<DeviceKey, std::vector<double>>> groups;
    for (index row = 0; row < table.num_rows(); ++row) {
        const index group = keys.at(row);
        if (group == detail::KeyTriples::unnamed) {
            ++sample.unnamed_;
            continue;
        }
        if (group == std::ssize(groups)) {
            auto [device, analyte, unit] = keys.texts();
            groups.push_back({{std::move(device), std::move(analyte), std::move(unit)}, {}});
        }
        groups[static_cast<std::size_t>(group)].second.push_back(valid[row] ? values[static_cast<std::size_t>(row)]
                                                                            : std::numeric_limits<double>::quiet_NaN());
    }
    for (auto& [name, results] : groups) {
        sample.groups_.push_back({std::move(name), NumericSample::of(results).limited_to(kMostDistinct)});
    }
    std::sort(sample.groups_.begin(), sample.groups_.end(),
              [](const Group& a, const Group& b) { return a.key < b.key; });
    return sample;
}

void DeviceSample::merge(const DeviceSample& other) {
    unnamed_ += other.unnamed_;
    for (const Group& group : other.groups_) {
        const auto at = std::lower_bound(groups_.begin(), groups_.end(), group.key, before);
        if (at == groups_.end() || at->key != group.key) {
            groups_.insert(at, group);
        } else {
            at->values.merge(group.values);
            at->values = at->values.limited_to(kMostDistinct);
        }
    }
}

const NumericSample* DeviceSample::find(const DeviceKey& key) const noexcept {
    const auto at = std::lower_bound(groups_.begin(), groups_.end(), key, before);
    return at == groups_.end() || at->key != key ? nullptr : &at->values;
}

std::string DeviceSample::to_bytes() const {
    std::string bytes(kDevicesMagic);
    detail::append_number(bytes, unnamed_);
    detail::append_number(bytes, static_cast<std::uint64_t>(groups_.size()));
    for (const Group& group : groups_) {
        for (const std::string* part : {&group.key.device, &group.key.analyte, &group.key.unit}) {
            detail::append_text(bytes, *part);
        }
        detail::append_text(bytes, group.values.to_bytes());
    }
    return detail::sealed(std::move(bytes));
}

DeviceSample DeviceSample::from_bytes(std::string_view bytes) {
    detail::ByteReader reader(bytes, kDevicesMagic, "device reference");
    DeviceSample sample;
    sample.unnamed_ = reader.number<index>();
    const auto groups = reader.number<std::uint64_t>();
    reader.expect(sample.unnamed_ >= 0 && groups <= reader.left() / 32);
    for (std::uint64_t i = 0; i < groups; ++i) {
        DeviceKey key;
        for (std::string* part : {&key.device, &key.analyte, &key.unit}) *part = reader.text();
        reader.expect(i == 0 || sample.groups_.back().key < key);
        sample.groups_.push_back({std::move(key), NumericSample::from_bytes(reader.text())});
    }
    reader.expect_end();
    return sample;
}

}  // namespace assay::features
