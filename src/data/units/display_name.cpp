#include "data/units/display_name.hpp"

namespace assay::data::detail {
namespace {

std::string symbol_name(const UnitTerm& term) {
    std::string name = "(";
    if (term.symbol.prefix != nullptr) name += term.symbol.prefix->name;
    name += term.symbol.atom->name;
    if (term.exponent != 1) name += " ^ " + std::to_string(term.exponent);
    return name + ")";
}

std::string term_name(const UnitTerm& term) {
    switch (term.kind) {
        case UnitTerm::Kind::symbol:
            return symbol_name(term);
        case UnitTerm::Kind::number:
            return std::to_string(term.number);
        case UnitTerm::Kind::group:
            return "(" + display_name(term.group) + ")";
        case UnitTerm::Kind::annotation:
            return "(" + std::string(term.annotation) + ")";
    }
    return {};
}

}  // namespace

std::string display_name(const std::vector<UnitTerm>& terms) {
    if (terms.empty()) return "(unity)";
    std::string name;
    for (const UnitTerm& term : terms) {
        if (name.empty()) {
            if (term.divided) name = "1 / ";
        } else {
            name += term.divided ? " / " : " * ";
        }
        name += term_name(term);
    }
    return name;
}

}  // namespace assay::data::detail
