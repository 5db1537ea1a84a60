#include "assay/data/image/dicom.hpp"

#include <filesystem>
#include <map>

#include "catch.hpp"
#include "image_files.hpp"
#include "test_data.hpp"

namespace assay {
namespace {

using data::DicomPixels;
using data::ImageMode;
using testing::bytes_of;

/// An element in explicit VR, little-endian.
std::string element(const std::string& tag, const std::string& vr, std::string value) {
    if (value.size() % 2 == 1) value += vr == "UI" ? '\0' : ' ';
    const auto n = value.size();
    std::string out = tag + vr;
    if (vr == "OW" || vr == "OB" || vr == "SQ") {
        out += std::string(2, '\0');
        for (int i = 0; i < 4; ++i) out += static_cast<char>(n >> (8 * i));
    } else {
        out += {static_cast<char>(n), static_cast<char>(n >> 8)};
    }
    return out + value;
}

std::string number(int value) { return {static_cast<char>(value), static_cast<char>(value >> 8)}; }
std::string tag(int group, int item) { return number(group) + number(item); }

/// A made-up grey image of 16 bits.
std::string grey_file(const std::string& photometric, int width, int height, const std::vector<int>& values,
                      const std::string& more = "", const std::string& frames = "") {
    const std::string meta = element(tag(2, 0x10), "UI", "1.2.840.10008.1.2.1");
    std::string out(128, '\0');
    out += "DICM" + element(tag(2, 0), "UL", number(static_cast<int>(meta.size())) + number(0)) + meta;
    out += element(tag(0x28, 2), "US", number(1)) + element(tag(0x28, 4), "CS", photometric);
    if (!frames.empty()) out += element(tag(0x28, 8), "IS", frames);
    out += element(tag(0x28, 0x10), "US", number(height)) + element(tag(0x28, 0x11), "US", number(width));
    out += element(tag(0x28, 0x100), "US", number(16)) + element(tag(0x28, 0x101), "US", number(12));
    out += element(tag(0x28, 0x102), "US", number(11)) + element(tag(0x28, 0x103), "US", number(0)) + more;
    std::string pixels;
    for (const int value : values) pixels += number(value);
    return out + element(tag(0x7fe0, 0x10), "OW", pixels);
}

std::vector<int> shown(const std::string& file, index frame = 0) {
    const data::Image image = data::show_dicom(data::read_dicom_pixels(bytes_of(file)), frame);
    return {image.row(0), image.row(0) + image.width() * image.height()};
}

std::string window(const char* center, const char* width, const char* function = "") {
    std::string out = element(tag(0x28, 0x1050), "DS", center) + element(tag(0x28, 0x1051), "DS", width);
    return *function == '\0' ? out : out + element(tag(0x28, 0x1056), "CS", function);
}

}  // namespace

TEST_CASE("DICOM: windows as PS3.3 C.11.2.1.2 defines them", "[dicom]") {
    const std::vector<int> values{0, 1023, 2047, 2048, 3071, 4095};
    // Its example: center 2048, width 4096: y = (x - 2047.5) / 4095 + 0.5.
    CHECK(shown(grey_file("MONOCHROME2", 3, 2, values, window("2048", "4096"))) ==
          std::vector<int>{0, 64, 127, 128, 191, 255});
    CHECK(shown(grey_file("MONOCHROME1", 3, 2, values, window("2048", "4096"))) ==
          std::vector<int>{255, 191, 128, 127, 64, 0});
    // Width 1: a step at center - 0.5.
    CHECK(shown(grey_file("MONOCHROME2", 3, 2, values, window("2048", "1"))) ==
          std::vector<int>{0, 0, 0, 255, 255, 255});
    CHECK(shown(grey_file("MONOCHROME2", 3, 2, values, window("2047.5", "4095", "LINEAR_EXACT"))) ==
          std::vector<int>{0, 64, 127, 128, 191, 255});
    CHECK(shown(grey_file("MONOCHROME2", 1, 1, {2048}, window("2048", "100", "SIGMOID"))) == std::vector<int>{128});
    CHECK(shown(grey_file("MONOCHROME2", 3, 1, {100, 150, 200})) == std::vector<int>{0, 128, 255});
    CHECK(shown(grey_file("MONOCHROME2", 2, 1, {100, 100})) == std::vector<int>{0, 0});
}

TEST_CASE("DICOM: rescale, padding, unused bits and frames", "[dicom]") {
    const std::string rescale = element(tag(0x28, 0x1052), "DS", "-1024") + element(tag(0x28, 0x1053), "DS", "2");
    CHECK(shown(grey_file("MONOCHROME2", 2, 1, {512, 612}, window("100.5", "201") + rescale)) ==
          std::vector<int>{0, 255});
    const std::string padding = element(tag(0x28, 0x120), "US", number(4095));
    CHECK(shown(grey_file("MONOCHROME2", 3, 1, {4095, 10, 20}, padding)) == std::vector<int>{255, 0, 255});
    CHECK(data::read_dicom_pixels(bytes_of(grey_file("MONOCHROME2", 1, 1, {0xf123}))).value(0) == 0x123);
    const std::string two = grey_file("MONOCHROME2", 2, 1, {1, 2, 30, 40}, window("20", "41"), "2");
    CHECK(data::read_dicom_pixels(bytes_of(two)).frames == 2);
    CHECK(shown(two, 1) == std::vector<int>{194, 255});
    CHECK_THROWS_AS(shown(two, 2), ValueError);
    CHECK_THROWS_AS(shown(two, -1), ValueError);
}

TEST_CASE("DICOM: contradictions are errors", "[dicom]") {
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 2, 2, {1, 2, 3})), IoError);
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 0, 2, {})), IoError);
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 1, 1, {1}, "", "1A")), IoError);
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 1, 1, {1}, "", "0")), IoError);
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 1, 1, {1}, "", "999999999")), ValueError);  // image bomb
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 1, 1, {1}, window("5", "0"))), ValueError);
    CHECK_THROWS_AS(shown(grey_file("MONOCHROME2", 1, 1, {1}, window("a", "b"))), IoError);
    CHECK_THROWS_AS(shown(grey_file("PALETTE COLOR", 1, 1, {1})), ValueError);
}

TEST_CASE("DICOM: sequences within sequences without end are refused", "[dicom]") {
    const std::string file = grey_file("MONOCHROME2", 1, 1, {1});
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += tag(8, 0x1140) + "SQ" + std::string(2, '\0') + "\xff\xff\xff\xff" + tag(0xfffe, 0xe000) +
                "\xff\xff\xff\xff";
    }
    const std::size_t at = file.find(tag(0x28, 2));
    CHECK_THROWS_AS(data::read_dicom_pixels(bytes_of(file.substr(0, at) + deep + file.substr(at))), IoError);
}

TEST_CASE("DICOM: every shared file is an image or one error", "[dicom]") {
    const auto folder = tests::shared_data("dicom");
    if (!folder) return;
    data::enable_dicom();
    const std::map<std::string, bool> images{{"CT_small.dcm", true},
                                             {"ExplVR_BigEnd.dcm", true},
                                             {"JPEG2000.dcm", false},
                                             {"MR_small.dcm", true},
                                             {"MR_truncated.dcm", false},
                                             {"SC_rgb_jpeg_dcmd.dcm", true},
                                             {"badVR.dcm", false},
                                             {"no_meta.dcm", false},
                                             {"empty_charset_LEI.dcm", false},
                                             {"examples_rgb_color.dcm", true},
                                             {"liver_1frame.dcm", true},
                                             {"rtplan.dcm", false},
                                             {"waveform_ecg.dcm", false}};
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
        const std::string name = entry.path().filename().string();
        INFO(name);
        const std::string content = testing::content_of(entry.path().string());
        REQUIRE(images.count(name) == 1);
        CHECK(testing::decodes(content) == images.at(name));
        ++files;
        // Cuts and changed bytes, more of them where the elements are.
        const std::size_t step = content.size() / 150 + 1;
        for (std::size_t size = 0; size < content.size(); size += step) testing::decodes(content.substr(0, size));
        for (std::size_t at = 128; at < content.size(); at += at < 3000 ? 7 : step) {
            std::string other = content;
            other[at] = static_cast<char>(other[at] ^ 0xff);
            testing::decodes(other);
        }
    }
    CHECK(files == 13);
}

}  // namespace assay
