#include "assay/features/drift/adwin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "assay/base/error.hpp"
#include "features/drift/byte_reader.hpp"

namespace assay::features {
namespace {

constexpr std::string_view kAdwinMagic = "ASSAYAW1";
constexpr std::size_t kMostBuckets = 5;  // of a row: M in the paper
constexpr std::size_t kMostRows = 62;

bool is_sound(const AdwinOptions& o) {
    return o.delta > 0 && o.delta < 1 && o.width > 0 && std::isfinite(o.width) && o.every >= 1 && o.fewest >= 1;
}

double size_of_row(std::size_t row) { return std::ldexp(1.0, static_cast<int>(row)); }

/// What two groups' squares lack of those of their union.
double between(double n, double total, double m, double other_total) {
    const double apart = total / n - other_total / m;
    return n * m / (n + m) * apart * apart;
}

}  // namespace

Adwin::Adwin(const AdwinOptions& options) : options_(options) {
    if (is_sound(options)) return;
    throw ValueError("ADWIN: expected delta from 0 to 1, a width above 0, and every and fewest of at least 1");
}

double Adwin::mean() const noexcept {
    return size_ == 0 ? std::numeric_limits<double>::quiet_NaN() : total_ / static_cast<double>(size_);
}

double Adwin::variance() const noexcept {
    return size_ == 0 ? std::numeric_limits<double>::quiet_NaN() : std::max(0.0, squares_) / static_cast<double>(size_);
}

bool Adwin::update(double value) {
    if (std::isnan(value)) return false;
    if (std::isinf(value)) throw ValueError("ADWIN: expected finite values or NaN, got an infinity");
    add(value);
    if (++seen_ % options_.every != 0) return false;
    bool cut = false;
    while (cut_once()) cut = true;
    alarms_ += cut ? 1 : 0;
    return cut;
}

void Adwin::add(double value) {
    if (size_ > 0) squares_ += between(static_cast<double>(size_), total_, 1, value);
    ++size_;
    total_ += value;
    if (rows_.empty()) rows_.emplace_back();
    rows_[0].push_back({value, 0});
    for (std::size_t row = 0; row < rows_.size() && rows_[row].size() > kMostBuckets; ++row) {
        if (row + 1 == rows_.size()) rows_.emplace_back();
        const Bucket first = rows_[row][0];
        const Bucket second = rows_[row][1];
        const double n = size_of_row(row);
        rows_[row + 1].push_back(
            {first.total + second.total, first.squares + second.squares + between(n, first.total, n, second.total)});
        rows_[row].erase(rows_[row].begin(), rows_[row].begin() + 2);
    }
}

void Adwin::drop_oldest() {
    const Bucket oldest = rows_.back().front();
    const double n = size_of_row(rows_.size() - 1);
    rows_.back().pop_front();
    size_ -= static_cast<index>(n);
    total_ -= oldest.total;
    squares_ -= oldest.squares;
    if (size_ > 0) squares_ -= between(n, oldest.total, static_cast<double>(size_), total_);
    while (!rows_.empty() && rows_.back().empty()) rows_.pop_back();
    if (size_ == 0) total_ = squares_ = 0;
}

/// Drops the oldest bucket where some cut of the window shows two means.
bool Adwin::cut_once() {
    const auto n = static_cast<double>(size_);
    if (size_ < 2 * options_.fewest) return false;
    const double evidence = std::log(2 * std::log(n) / options_.delta);
    double old_size = 0;
    double old_total = 0;
    for (std::size_t row = rows_.size(); row-- > 0;) {
        for (const Bucket& bucket : rows_[row]) {
            old_size += size_of_row(row);
            old_total += bucket.total;
            const double new_size = n - old_size;
            const auto fewest = static_cast<double>(options_.fewest);
            if (old_size < fewest || new_size < fewest) continue;
            const double share = 1 / old_size + 1 / new_size;
            const double bound =
                std::sqrt(2 * share * variance() * evidence) + 2.0 / 3 * share * options_.width * evidence;
            if (std::fabs(old_total / old_size - (total_ - old_total) / new_size) > bound) {
                drop_oldest();
                return true;
            }
        }
    }
    return false;
}

std::string Adwin::to_bytes() const {
    std::string bytes(kAdwinMagic);
    for (const double number : {options_.delta, options_.width, total_, squares_}) detail::append_number(bytes, number);
    for (const index number : {options_.every, options_.fewest, size_, seen_, alarms_}) {
        detail::append_number(bytes, number);
    }
    detail::append_number(bytes, static_cast<std::uint64_t>(rows_.size()));
    for (const auto& row : rows_) {
        detail::append_number(bytes, static_cast<std::uint8_t>(row.size()));
        for (const Bucket& bucket : row) {
            detail::append_number(bytes, bucket.total);
            detail::append_number(bytes, bucket.squares);
        }
    }
    return detail::sealed(std::move(bytes));
}

Adwin Adwin::from_bytes(std::string_view bytes) {
    detail::ByteReader reader(bytes, kAdwinMagic, "ADWIN");
    Adwin made;
    for (double* number : {&made.options_.delta, &made.options_.width, &made.total_, &made.squares_}) {
        *number = reader.number<double>();
    }
    for (index* number : {&made.options_.every, &made.options_.fewest, &made.size_, &made.seen_, &made.alarms_}) {
        *number = reader.number<index>();
    }
    const auto rows = reader.number<std::uint64_t>();
    reader.expect(is_sound(made.options_) && rows <= kMostRows && std::isfinite(made.total_) && made.seen_ >= 0 &&
                  made.alarms_ >= 0);
    index size = 0;
    for (std::uint64_t row = 0; row < rows; ++row) {
        auto& buckets = made.rows_.emplace_back();
        const auto count = reader.number<std::uint8_t>();
        reader.expect(count <= kMostBuckets && (count > 0 || row + 1 < rows));
        size += index{count} << row;
        for (int i = 0; i < count; ++i) {
            const auto total = reader.number<double>();
            buckets.push_back({total, reader.number<double>()});
        }
    }
    reader.expect_end();
    reader.expect(size == made.size_);
    return made;
}

}  // namespace assay::features
