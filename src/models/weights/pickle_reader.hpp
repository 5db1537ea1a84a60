#pragma once

#include "assay/models/weights/weight_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models::detail {

/// What a pickle's opcodes left behind: plain data, in which values name each other by number.
struct Pickle {
    enum class Kind {
        none,
        boolean,
        integer,
        real,
        text,
        ordered_dict_class,
        storage_class,
        rebuild_tensor,
        rebuild_parameter,
        tuple,
        list,
        dict,
        storage,
        tensor
    };
    struct Value {
        Kind kind = Kind::none;
        std::int64_t integer = 0;          ///< an integer, a truth value, or a storage class's WeightType
        std::string_view text;             ///< lives as long as the pickle's bytes
        std::vector<std::uint32_t> items;  ///< a dict's keys and values in turn; the arguments of a tensor or storage
    };

    std::vector<Value> values;
    std::uint32_t root = 0;

    const Value& operator[](std::uint32_t id) const { return values[id]; }
};

/// Reads a pickle of protocol 2 as PyTorch writes it for a state dict. No code runs and nothing is imported: the
/// interpreter knows the opcodes of plain data and four names, and refuses every other.
/// @throws IoError naming the opcode or the name that was refused, and the byte.
/// Source: CPython's Lib/pickletools.py.
Pickle read_pickle(std::string_view bytes, const std::string& where);

}  // namespace assay::models::detail
