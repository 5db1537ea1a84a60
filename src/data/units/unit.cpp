#include "assay/data/units/unit.hpp"

#include "assay/base/error.hpp"
#include "data/units/canonical_unit.hpp"
#include "data/units/display_name.hpp"

namespace assay::data {
namespace {

void need_factor(const UcumUnit& unit) {
    if (!unit.is_special()) return;
    throw ValueError("unit: expected a unit with a factor, got the special unit '" + unit.code() +
                     "', which can be converted but not multiplied");
}

/// `unit` as it may stand after an operator.
std::string operand(const UcumUnit& unit) {
    const std::string& code = unit.code();
    const bool simple = code.find_first_of("./(") == std::string::npos;
    return code.empty() ? "1" : simple ? code : "(" + code + ")";
}

}  // namespace

UcumUnit::UcumUnit() : canonical_(std::make_shared<const detail::CanonicalUnit>()) {}

UcumUnit::UcumUnit(std::string code, std::shared_ptr<const detail::CanonicalUnit> canonical)
    : code_(std::move(code)), canonical_(std::move(canonical)) {}

UcumUnit UcumUnit::parse(std::string_view code) {
    auto canonical = detail::canonical_unit(detail::parse_unit_terms(code));
    return {std::string(code), std::make_shared<const detail::CanonicalUnit>(std::move(canonical))};
}

std::optional<UcumUnit> UcumUnit::try_parse(std::string_view code) {
    try {
        return parse(code);
    } catch (const ValueError&) {
        return std::nullopt;
    }
}

std::string UcumUnit::canonical_code() const { return detail::canonical_code(*canonical_); }
double UcumUnit::magnitude() const { return static_cast<double>(canonical_->scale.value()); }
std::string UcumUnit::display_name() const { return detail::display_name(detail::parse_unit_terms(code_)); }
bool UcumUnit::is_special() const noexcept { return canonical_->special != nullptr || canonical_->special_in_product; }
bool UcumUnit::is_arbitrary() const noexcept { return !canonical_->arbitrary.empty(); }

bool UcumUnit::is_commensurable(const UcumUnit& other) const noexcept {
    if (canonical_->special_in_product || other.canonical_->special_in_product) return code_ == other.code_;
    return canonical_->same_kind(*other.canonical_);
}

UcumUnit UcumUnit::operator*(const UcumUnit& other) const {
    need_factor(*this);
    need_factor(other);
    return parse(operand(*this) + "." + operand(other));
}

UcumUnit UcumUnit::operator/(const UcumUnit& other) const {
    need_factor(*this);
    need_factor(other);
    return parse(operand(*this) + "/" + operand(other));
}

}  // namespace assay::data
