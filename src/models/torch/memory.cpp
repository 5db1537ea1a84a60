#include "models/torch/memory.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <string>

#include "assay/base/error.hpp"

namespace assay::models::detail {
namespace {

/// Of an accelerator's allocator, or of the processor's, whose error has no type of its own.
bool is_lack_of_memory(const c10::Error& error) {
    return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
           std::string(error.what_without_backtrace()).find("allocate memory") != std::string::npos;
}

StateError libtorch_says(const char* where, const c10::Error& error) {
    return StateError(std::string(where) + ": libtorch says: " + error.what_without_backtrace());
}

}  // namespace

void in_pieces(const char* where, index total, index most, const std::function<void(index, index)>& work) {
    for (index first = 0; first < total;) {
        const index count = std::min(most, total - first);
        try {
            work(first, count);
            first += count;
        } catch (const c10::Error& error) {
            if (!is_lack_of_memory(error)) throw libtorch_says(where, error);
            if (count == 1) {
                throw StateError(std::string(where) +
                                 ": the device's memory holds not even one input beside what is there already; use "
                                 "dtype=\"bf16\", another device, or free memory on this one");
            }
            most = (count + 1) / 2;
        }
    }
}

void loading(const char* what, const std::function<void()>& work) {
    const std::string memory = std::string(what) +
                               ": the device's memory does not hold them; use dtype=\"bf16\" on CUDA, another device, "
                               "or free memory on this one";
    try {
        work();
    } catch (const c10::Error& error) {
        if (!is_lack_of_memory(error)) throw libtorch_says(what, error);
        throw StateError(memory);
    } catch (const std::bad_alloc&) {
        throw StateError(memory);
    }
}

}  // namespace assay::models::detail
