#include "data/csv/structure.hpp"

#include <cstdlib>
#include <cstring>
#include <string>

#include "assay/base/error.hpp"
#include "data/csv/kernels.hpp"
#include "data/csv/row_scanner.hpp"

namespace assay::data::csv {
namespace {

using detail::CsvKernel;

Cut find_careful_cut(std::string_view bytes, const Marks& marks, bool at_end) {
    Cut cut{Quoting::Careful, 0, {}};
    while (cut.end < static_cast<index>(bytes.size())) {
        const ScannedRow row = scan_row(bytes, cut.end, marks, at_end, [](index) {});
        if (!row.whole) break;
        if (row.fault != RowFault::None) cut.faults.push_back({cut.end, row.fault});
        cut.end = row.next;
    }
    return cut;
}

void index_carefully(std::string_view block, const Marks& marks, const Cut& cut, Structure& out) {
    auto faulty = cut.faults.begin();
    std::uint32_t* const ends = out.ends();
    index begin = 0;
    while (begin < static_cast<index>(block.size())) {
        const bool known = faulty != cut.faults.end() && faulty->begin == begin;
        const ScannedRow row = known ? end_at_first_line(block, begin, marks, true, faulty->fault)
                                     : scan_row(block, begin, marks, true, [&](index end) {
                                           ends[out.num_fields++] = static_cast<std::uint32_t>(end);
                                       });
        if (known) {
            ++faulty;
            out.flags.push_back({static_cast<std::uint32_t>(out.num_rows), row.fault});
            ends[out.num_fields++] = static_cast<std::uint32_t>(row.end);
        }
        out.row_last()[out.num_rows++] = static_cast<std::uint32_t>(out.num_fields - 1);
        begin = row.next;
    }
    for (const char c : block) out.has_high_bytes |= (c & 0x80) != 0;
}

CsvKernel best_kernel() {
    for (const CsvKernel kernel : {CsvKernel::Avx512, CsvKernel::Avx2}) {
        if (detail::csv_kernel_supported(kernel)) return kernel;
    }
    return CsvKernel::Portable;
}

}  // namespace

void Structure::reset(index block_bytes) {
    num_fields = num_rows = 0;
    has_high_bytes = false;
    flags.clear();
    if (ends_ != nullptr && block_bytes <= capacity_) return;
    capacity_ = block_bytes;
    // One field per byte at most; flatten() writes past the last one.
    const auto places = static_cast<std::size_t>(block_bytes) + 128;
    ends_ = std::make_unique_for_overwrite<std::uint32_t[]>(places);
    row_last_ = std::make_unique_for_overwrite<std::uint32_t[]>(places);
    ends_[0] = static_cast<std::uint32_t>(-1);
}

Cut find_cut(std::string_view bytes, const Marks& marks, bool at_end, CsvKernel kernel) {
    const bool quotes = marks.quote != '\0' && bytes.find(marks.quote) != std::string_view::npos;
    if (static_cast<index>(bytes.size()) > marks.max_row_bytes) return find_careful_cut(bytes, marks, at_end);
    if (!quotes) {
        const auto last = bytes.rfind(marks.newline);
        return {Quoting::None, last == std::string_view::npos ? 0 : static_cast<index>(last) + 1, {}};
    }
    const Cut cut = kernel_of(kernel).find_quoted_cut(bytes, marks);
    // At the end of the file a row that is not whole has a quote that is never closed.
    const bool unclosed = at_end && cut.end < static_cast<index>(bytes.size());
    return cut.quoting == Quoting::Careful || unclosed ? find_careful_cut(bytes, marks, at_end) : cut;
}

void find_structure(std::string_view block, const Marks& marks, const Cut& cut, CsvKernel kernel, Structure& out) {
    out.reset(static_cast<index>(block.size()));
    if (cut.quoting == Quoting::Careful) {
        index_carefully(block, marks, cut, out);
    } else {
        kernel_of(kernel).index_blocks(block, marks, cut.quoting == Quoting::WellPlaced, out);
    }
}

const Kernel& kernel_of(CsvKernel kernel) {
#if defined(__x86_64__)
    if (kernel == CsvKernel::Avx512) return avx512_kernel;
    if (kernel == CsvKernel::Avx2) return avx2_kernel;
#endif
    static_cast<void>(kernel);
    return portable_kernel;
}

CsvKernel choose_kernel(CsvKernel wanted) {
    if (wanted == CsvKernel::Best) {
        const char* forced = std::getenv("ASSAY_CSV_KERNEL");
        if (forced == nullptr || *forced == '\0') return best_kernel();
        const std::string name = forced;
        if (name == "portable") return CsvKernel::Portable;
        wanted = name == "avx2" ? CsvKernel::Avx2 : name == "avx512" ? CsvKernel::Avx512 : CsvKernel::Best;
        if (wanted == CsvKernel::Best) {
            throw ValueError("ASSAY_CSV_KERNEL: expected portable, avx2 or avx512, got '" + name + "'");
        }
    }
    if (!detail::csv_kernel_supported(wanted)) {
        throw ValueError("read_csv: this machine lacks the instructions of the kernel asked for; use portable");
    }
    return wanted;
}

}  // namespace assay::data::csv

namespace assay::data::detail {

bool csv_kernel_supported(CsvKernel kernel) noexcept {
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                      __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt");
    if (kernel == CsvKernel::Avx2) return avx2;
    if (kernel == CsvKernel::Avx512) {
        return avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    }
#endif
    return kernel == CsvKernel::Best || kernel == CsvKernel::Portable;
}

}  // namespace assay::data::detail
