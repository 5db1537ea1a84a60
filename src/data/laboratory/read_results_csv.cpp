#include "assay/data/laboratory/read_results_csv.hpp"

#include <array>
#include <string_view>
#include <unordered_map>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/csv.hpp"
#include "data/laboratory/csv_results.hpp"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

/// What d_labitems and its published map say of an item.
struct ItemTexts {
    std::string label;
    std::string fluid;
    std::string loinc;
};

using Items = std::unordered_map<std::string, ItemTexts>;

std::optional<fs::path> find_table(const fs::path& folder, const std::string& name) {
    for (const char* ending : {".csv", ".csv.gz", ".csv.zst"}) {
        const fs::path path = folder / (name + ending);
        if (fs::is_regular_file(path)) return path;
    }
    return std::nullopt;
}

Table all_text(const fs::path& path) {
    CsvOptions options;
    options.infer_types = false;
    options.null_values = {""};
    return read_csv(path, options).rows;
}

std::string text_of(const Table& table, const char* column, index row) {
    return table.has_column(column) ? std::string(table.column(column).text(row)) : std::string();
}

Items read_items(const fs::path& folder) {
    Items items;
    if (const auto path = find_table(folder, "d_labitems")) {
        const Table table = all_text(*path);
        for (index row = 0; row < table.num_rows() && table.has_column("itemid"); ++row) {
            items[text_of(table, "itemid", row)] = {text_of(table, "label", row), text_of(table, "fluid", row),
                                                    text_of(table, "loinc_code", row)};
        }
    }
    const auto path = find_table(folder, "d_labitems_to_loinc");
    if (!path) return items;
    const Table table = all_text(*path);
    const char* const key = "itemid (omop_source_code)";
    for (index row = 0; row < table.num_rows() && table.has_column(key); ++row) {
        ItemTexts& item = items[text_of(table, key, row)];
        if (text_of(table, "omop_vocabulary_id", row) == "LOINC") item.loinc = text_of(table, "omop_concept_code", row);
        if (item.fluid.empty()) item.fluid = text_of(table, "fluid", row);
        if (item.label.empty()) item.label = text_of(table, "label", row);
    }
    return items;
}

/// `column` where it says something, else what is known of the row's item.
Array filled_from_items(const Table& table, const char* column, const Items& items, std::string ItemTexts::*member) {
    const Array& given = table.column(column);
    const Array& codes = table.column("local_code");
    TextBuilder out;
    std::string code;
    for (index row = 0; row < table.num_rows(); ++row) {
        if (given.is_valid(row)) {
            out.append(given.text(row));
            continue;
        }
        code.assign(codes.text(row));
        const auto item = items.find(code);
        item == items.end() || (item->second.*member).empty() ? out.append_null()
                                                              : out.append(std::string_view(item->second.*member));
    }
    return out.finish();
}

}  // namespace

ResultsReading read_results_csv(const fs::path& path, const ReadingOptions& options) {
    const std::vector<std::string> header = csv_header(path);
    const laboratory::CsvLayout layout =
        laboratory::csv_layout(header, options.columns, path.filename().string(), options.partial);
    return laboratory::read_layout(path, layout, header, options);
}

ResultsReading read_mimic_iv(const fs::path& folder, const ReadingOptions& options) {
    const auto events = find_table(folder, "labevents");
    if (!events) {
        throw IoError(
            "read_mimic_iv: expected labevents.csv or labevents.csv.gz in the folder, got neither; pass the "
            "folder that holds MIMIC-IV's hosp tables");
    }
    ResultsReading out = read_results_csv(*events, options);
    const Items items = read_items(folder);
    const auto fill = [&](const char* column, std::string ItemTexts::*member) {
        const index at = out.rows.schema().position(column);
        out.rows = out.rows.with_column(out.rows.schema()[at], filled_from_items(out.rows, column, items, member));
    };
    fill("test_name", &ItemTexts::label);
    fill("specimen", &ItemTexts::fluid);
    fill("loinc", &ItemTexts::loinc);
    return out;
}

}  // namespace assay::data
