#include "assay/tracking/detail/ini_file.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "assay/base/file.hpp"

namespace assay::tracking::detail {
namespace {

std::string trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

std::string lower(std::string text) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    std::transform(text.begin(), text.end(), text.begin(), small);
    return text;
}

}  // namespace

std::map<std::string, IniSection> read_ini(const std::filesystem::path& file) {
    std::map<std::string, IniSection> sections;
    std::error_code missing;
    if (!std::filesystem::is_regular_file(file, missing)) return sections;
    std::istringstream in(read_file(file));
    IniSection* section = nullptr;
    for (std::string line; std::getline(in, line);) {
        const std::string text = trim(line);
        if (text.empty() || text[0] == '#' || text[0] == ';') continue;
        if (text.front() == '[' && text.back() == ']') {
            section = &sections[text.substr(1, text.size() - 2)];
            continue;
        }
        const auto mark = text.find_first_of("=:");
        if (section == nullptr || mark == std::string::npos) continue;
        const std::string_view whole = text;
        (*section)[lower(trim(whole.substr(0, mark)))] = trim(whole.substr(mark + 1));
    }
    return sections;
}

std::string find(const IniSection& section, const std::string& name) {
    const auto found = section.find(name);
    return found == section.end() ? std::string() : found->second;
}

}  // namespace assay::tracking::detail
