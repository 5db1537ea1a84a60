#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/names.hpp"

namespace assay::data {

std::map<std::string, std::string> read_name_entries(const std::filesystem::path& path) {
    CsvOptions options;
    options.infer_types = false;
    const CsvResult read = read_csv(path, options);
    if (read.report.rows_quarantined > 0) {
        throw ValueError("names: expected a name and its canonical name in every row of " + path.string() + ", got " +
                         std::to_string(read.report.rows_quarantined) + " rows of another form");
    }
    const Table& rows = read.rows;
    const Array& names = rows.column("name");
    const Array& canonical = rows.column("canonical");
    std::map<std::string, std::string> out;
    for (index i = 0; i < rows.num_rows(); ++i) out[std::string(names.text(i))] = canonical.text(i);
    return out;
}

}  // namespace assay::data
