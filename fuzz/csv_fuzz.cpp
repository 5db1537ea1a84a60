// Fuzz target of the CSV reader: whatever the bytes, rows are conserved and the way a file is cut into blocks does not
// change the result. Also a plain program that replays corpus files, so that every compiler runs the known ones.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/detail/csv_tuning.hpp"

namespace {

using namespace assay::data;

CsvOptions options_from(std::uint8_t choice) {
    CsvOptions options;
    if ((choice & 1) != 0) options.dialect = CsvDialect{};
    if ((choice & 2) != 0) options.infer_types = false;
    if ((choice & 4) != 0) options.max_row_bytes = 30;
    if ((choice & 8) != 0 && options.dialect) options.dialect->encoding = Encoding::Utf16Le;
    if ((choice & 16) != 0 && options.dialect) options.dialect->encoding = Encoding::Cp949;
    if ((choice & 32) != 0 && options.dialect) options.dialect->has_header = false;
    return options;
}

/// The result, or nothing where the file is refused.
bool read(std::string_view bytes, const CsvOptions& options, assay::index block, detail::CsvKernel kernel,
          CsvResult& result) {
    try {
        result = detail::read_csv_bytes(bytes, options, "fuzz", {block, kernel});
        return true;
    } catch (const assay::StateError&) {
        std::fprintf(stderr, "a row was lost\n");
        std::abort();
    } catch (const assay::Error&) {
        return false;
    }
}

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    assay::set_num_threads(1);
    const CsvOptions options = options_from(data[0]);
    const auto block = static_cast<assay::index>(data[1] % 100 + 1);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    CsvResult whole;
    CsvResult cut;
    const bool read_whole = read(bytes, options, assay::index{1} << 18, detail::CsvKernel::Best, whole);
    const bool read_cut = read(bytes, options, block, detail::CsvKernel::Portable, cut);
    require(read_whole == read_cut, "one way of cutting fails, the other does not");
    if (!read_whole) return 0;
    require(whole.rows.equals(cut.rows), "rows depend on how the file is cut");
    require(whole.rejected.table().equals(cut.rejected.table()), "the quarantine depends on how the file is cut");
    require(whole.rows.num_rows() + whole.rejected.num_rows() == whole.report.rows_read, "a row was lost");
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
