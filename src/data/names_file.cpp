#include "assay/data/names.hpp"
#include "whole_file.hpp"

namespace assay::data {

std::map<std::string, std::string> read_name_entries(const std::filesystem::path& path) {
    const Table rows = whole_file(path, "names", "a name and its canonical name");
    const Array& names = rows.column("name");
    const Array& canonical = rows.column("canonical");
    std::map<std::string, std::string> out;
    for (index i = 0; i < rows.num_rows(); ++i) out[std::string(names.text(i))] = canonical.text(i);
    return out;
}

}  // namespace assay::data
