#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::data::detail {

/// The name of a test as words that compare: lower case, abbreviations written out, and what it says of the specimen
/// and the property taken out of it.
struct TestWords {
    std::vector<std::string> words;
    std::string specimen;  ///< group of specimens, see specimen_group(); "" where the name says nothing
    bool whole_blood = false;
    bool is_count = false;     ///< "absolute", "#"
    bool is_fraction = false;  ///< "%", "percent", "/100"
};

TestWords test_words(std::string_view name);

/// "blood", "urine", "csf", "pleural", "ascites", "joint", "stool", "marrow", "fluid", of a specimen in words or of
/// LOINC's system; "" where unknown.
std::string_view specimen_group(std::string_view specimen);

/// How alike two words are: 1 the same, above 0 for a beginning or a slip of the pen, else 0.
double word_likeness(std::string_view a, std::string_view b);

}  // namespace assay::data::detail
