#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "assay/data/csv.hpp"

namespace assay::data::detail {

/// Instruction sets that the structure of a block is found with. Results do not depend on it.
enum class CsvKernel : std::uint8_t { Best, Portable, Avx2, Avx512 };

/// Whether this machine runs the kernel.
ASSAY_EXPORT bool csv_kernel_supported(CsvKernel kernel) noexcept;

/// What a test varies and a user never needs. Results do not depend on it.
struct CsvTuning {
    index block_bytes = index{256} << 10;
    CsvKernel kernel = CsvKernel::Best;
};

ASSAY_EXPORT CsvResult read_csv_bytes(std::string_view bytes, const CsvOptions& options, const std::string& name,
                                      const CsvTuning& tuning);

}  // namespace assay::data::detail
