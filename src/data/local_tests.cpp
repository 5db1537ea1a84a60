#include "assay/data/local_tests.hpp"

#include <string_view>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/loinc.hpp"
#include "whole_file.hpp"

namespace assay::data {
namespace {

const Array* text_column(const Table& table, std::string_view name) {
    if (!table.has_column(name)) return nullptr;
    const Array& column = table.column(name);
    if (column.type() != Type::Utf8) {
        throw SchemaError("with_loinc: expected text in column '" + std::string(name) + "', got " +
                          std::string(name_of(column.type())));
    }
    return &column;
}

/// The column's text, or where it has none that of the test.
Array filled(const Array* column, const std::vector<const LocalTest*>& tests, std::string LocalTest::*part) {
    TextBuilder out;
    for (std::size_t i = 0; i < tests.size(); ++i) {
        const auto row = static_cast<index>(i);
        if (column != nullptr && column->is_valid(row) && !column->text(row).empty()) {
            out.append(column->text(row));
        } else if (tests[i] != nullptr) {
            out.append(std::string_view(tests[i]->*part));
        } else {
            out.append_null();
        }
    }
    return out.finish();
}

}  // namespace

Table with_loinc(const Table& labs, const std::vector<LocalTest>& tests) {
    std::unordered_map<std::string_view, const LocalTest*> by_code;
    for (const LocalTest& test : tests) by_code.emplace(test.code, &test);
    const Array* codes = text_column(labs, "local_code");
    if (codes == nullptr) throw SchemaError("with_loinc: expected a column 'local_code', got none");
    std::vector<const LocalTest*> of_row(static_cast<std::size_t>(labs.num_rows()), nullptr);
    for (index row = 0; row < labs.num_rows(); ++row) {
        if (codes->is_null(row)) continue;
        const auto found = by_code.find(codes->text(row));
        if (found != by_code.end()) of_row[static_cast<std::size_t>(row)] = found->second;
    }
    return labs.with_column(TestName::field(), filled(text_column(labs, "test_name"), of_row, &LocalTest::name))
        .with_column(LoincCode::field(), filled(text_column(labs, "loinc"), of_row, &LocalTest::loinc));
}

LocalTestFile read_local_tests(const std::filesystem::path& path, const std::string& fluid) {
    const Table rows = whole_file(path, "read_local_tests", "a local code, its label, its fluid and a LOINC code");
    const Array& ids = rows.column("itemid (omop_source_code)");
    const Array& labels = rows.column("label");
    const Array& fluids = rows.column("fluid");
    const Array& codes = rows.column("omop_concept_code");
    LocalTestFile out;
    for (index row = 0; row < rows.num_rows(); ++row) {
        if (codes.is_null(row) || (!fluid.empty() && fluids.text(row) != fluid)) continue;
        if (is_loinc(codes.text(row))) {
            out.tests.push_back(
                {std::string(ids.text(row)), std::string(labels.text(row)), std::string(codes.text(row))});
        } else {
            out.remarks.push_back("item " + std::string(ids.text(row)) + ": expected a LOINC code, got '" +
                                  std::string(codes.text(row)) + "'; left out");
        }
    }
    return out;
}

}  // namespace assay::data
