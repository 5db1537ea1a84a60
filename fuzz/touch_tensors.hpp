#pragma once

#include <cstdio>
#include <cstdlib>

#include "assay/models/weights/weight_file.hpp"

namespace assay::fuzz {

inline void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

/// Reads every byte of every tensor, so that a sanitizer sees one outside the file.
inline unsigned touch_tensors(const models::WeightFile& file) {
    unsigned sum = 0;
    for (const models::WeightView& tensor : file.tensors()) {
        index count = models::size_of(tensor.type);
        for (const index size : tensor.shape) count *= size;
        require(static_cast<std::size_t>(count) == tensor.bytes.size(), "a tensor's bytes are not its shape");
        for (const std::byte byte : tensor.bytes) sum += static_cast<unsigned>(byte);
        require(file.find(tensor.name) != nullptr, "a tensor is not found by its name");
    }
    return sum;
}

}  // namespace assay::fuzz
