#include "assay/data/units/unit.hpp"

#include "assay/base/error.hpp"
#include "data/units/canonical_unit.hpp"
#include "data/units/display_name.hpp"

namespace assay::data {
namespace {

void need_factor(const Unit& unit) {
    if (!unit.is_special()) return;
    throw ValueError("unit: expected a unit with a factor, got the special unit '" + unit.code() +
                     "', which can be converted but not multiplied");
}

/// `unit` as it may stand after an operator.
std::string operand(const Unit& unit) {
    const std::string& code = unit.code();
    const bool simple = code.find_first_of("./(") == std::string::npos;
    return code.empty() ? "1" : simple ? code : "(" + code + ")";
}

}  // namespace

Unit::Unit() : canonical_(std::make_shared<const detail::CanonicalUnit>()) {}

Unit::Unit(std::string code, std::shared_ptr<const detail::CanonicalUnit> canonical)
    : code_(std::move(code)), canonical_(std::move(canonical)) {}

Unit Unit::parse(std::string_view code) {
    auto canonical = detail::canonical_unit(detail::parse_unit_terms(code));
    return {std::string(code), std::make_shared<const detail::CanonicalUnit>(std::move(canonical))};
}

std::optional<Unit> Unit::try_parse(std::string_view code) {
    try {
        return parse(code);
    } catch (const ValueError&) {
        return std::nullopt;
    }
}

std::string Unit::canonical_code() const { return detail::canonical_code(*canonical_); }
double Unit::magnitude() const { return static_cast<double>(canonical_->scale.value()); }
std::string Unit::display_name() const { return detail::display_name(detail::parse_unit_terms(code_)); }
bool Unit::is_special() const noexcept { return canonical_->special != nullptr || canonical_->special_in_product; }
bool Unit::is_arbitrary() const noexcept { return !canonical_->arbitrary.empty(); }

bool Unit::is_commensurable(const Unit& other) const noexcept {
    if (canonical_->special_in_product || other.canonical_->special_in_product) return code_ == other.code_;
    return canonical_->same_kind(*other.canonical_);
}

Unit Unit::operator*(const Unit& other) const {
    need_factor(*this);
    need_factor(other);
    return parse(operand(*this) + "." + operand(other));
}

Unit Unit::operator/(const Unit& other) const {
    need_factor(*this);
    need_factor(other);
    return parse(operand(*this) + "/" + operand(other));
}

}  // namespace assay::data
