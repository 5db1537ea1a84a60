#include "assay/base/error.hpp"
#include "assay/models/search/detail/search_path.hpp"
#include "models/search/kernels.hpp"

#include <atomic>
#include <cstdlib>

namespace assay::models {
namespace search {
namespace {

const std::vector<const Kernels*>& available_search_kernels() {
    static const std::vector<const Kernels*> kAvailable = [] {
        std::vector<const Kernels*> found;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512vnni")) {
            if (const Kernels* amx = amx_kernels_here()) found.push_back(amx);
            found.push_back(&avx512_kernels);
        }
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2_kernels);
#endif
        found.push_back(&scalar_kernels);
        return found;
    }();
    return kAvailable;
}

const Kernels& search_kernels_named(std::string_view name, const std::string& where) {
    std::string names;
    for (const Kernels* kernels : available_search_kernels()) {
        if (kernels->name == name) return *kernels;
        names += (names.empty() ? "" : ", ") + std::string(kernels->name);
    }
    const bool known = name == "amx" || name == "avx512" || name == "avx2";
    throw ValueError(where + ": expected an instruction set of this machine (" + names + "), got '" +
                     std::string(name) + (known ? "', which its processor or system does not offer" : "'"));
}

std::atomic<const Kernels*>& search_kernels_in_use() {
    static std::atomic<const Kernels*> kernels{[] {
        const char* wanted = std::getenv("ASSAY_SIMD");
        if (wanted == nullptr || *wanted == '\0') return available_search_kernels().front();
        return &search_kernels_named(wanted, "ASSAY_SIMD");
    }()};
    return kernels;
}

}  // namespace

const Kernels& kernels() { return *search_kernels_in_use().load(std::memory_order_relaxed); }

}  // namespace search

namespace detail {

std::vector<std::string> search_paths() {
    std::vector<std::string> names;
    for (const search::Kernels* kernels : search::available_search_kernels()) names.emplace_back(kernels->name);
    return names;
}

std::string search_path() { return search::kernels().name; }

void use_search_path(std::string_view name) {
    const search::Kernels& wanted = search::search_kernels_named(name, "use_search_path");
    search::search_kernels_in_use().store(&wanted, std::memory_order_relaxed);
}

}  // namespace detail
}  // namespace assay::models
