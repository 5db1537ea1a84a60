#include <zlib.h>

#include "catch.hpp"
#include "image_files.hpp"

namespace assay {
namespace {

using data::Image;
using data::ImageMode;
using testing::bytes_of;
using testing::jpeg_file;
using testing::png_file;

std::string message_of(const std::string& bytes, index most_pixels = index{1} << 22) {
    data::ReadImageOptions options;
    options.most_pixels = most_pixels;
    try {
        data::decode_image(bytes_of(bytes), options);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("PNG: what was written comes back", "[image]") {
    struct Case {
        std::uint32_t format;
        ImageMode mode;
    };
    for (const auto& [format, mode] : {Case{PNG_FORMAT_GRAY, ImageMode::grey},
                                       {PNG_FORMAT_RGB, ImageMode::rgb},
                                       {PNG_FORMAT_RGBA, ImageMode::rgba}}) {
        const Image image = data::decode_image(bytes_of(png_file(31, 17, format)));
        CHECK(image.mode() == mode);
        CHECK(image.width() == 31);
        CHECK(image.height() == 17);
        const std::string pixels = testing::ramp(image.pixels().size());
        CHECK(std::memcmp(image.pixels().data(), pixels.data(), pixels.size()) == 0);
    }
}

TEST_CASE("JPEG: grey and colour, baseline and progressive", "[image]") {
    CHECK(data::decode_image(bytes_of(jpeg_file(33, 20, 1))).mode() == ImageMode::grey);
    CHECK(data::decode_image(bytes_of(jpeg_file(33, 20, 3))).mode() == ImageMode::rgb);
    CHECK(data::decode_image(bytes_of(jpeg_file(33, 20, 3, true))).width() == 33);
}

TEST_CASE("Images: every cut and every changed byte is an image or an error", "[image]") {
    for (const std::string& file :
         {png_file(31, 17, PNG_FORMAT_RGB), jpeg_file(33, 20, 3), jpeg_file(33, 20, 1, true)}) {
        REQUIRE(testing::decodes(file));
        for (std::size_t size = 0; size < file.size(); ++size) CHECK_FALSE(testing::decodes(file.substr(0, size)));
        for (std::size_t at = 0; at < file.size(); ++at) {
            for (const int change : {0xff, 0x01, 0x80}) {
                std::string other = file;
                other[at] = static_cast<char>(other[at] ^ change);
                testing::decodes(other, 100'000);
            }
        }
    }
}

TEST_CASE("Images: too many pixels are refused before memory is taken", "[image]") {
    std::string png = png_file(31, 17, PNG_FORMAT_GRAY);
    CHECK(holds(message_of(png, 31 * 17 - 1), "expected at most 526 pixels, got 31 x 17"));
    CHECK(message_of(png, 31 * 17) == "no error");
    // A header that claims 2^31 - 1 by 2^31 - 1 pixels, with its checksum.
    std::memcpy(png.data() + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8);
    const auto crc = crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(png.data() + 12), 17);
    for (int i = 0; i < 4; ++i) png[static_cast<std::size_t>(29 + i)] = static_cast<char>(crc >> (24 - 8 * i));
    CHECK(holds(message_of(png), "2147483647 x 2147483647"));
    std::string jpeg = jpeg_file(33, 20, 1);
    const std::size_t sof = jpeg.find("\xff\xc0");
    REQUIRE(sof != std::string::npos);
    std::memcpy(jpeg.data() + sof + 5, "\xff\xdc\xff\xdc", 4);
    CHECK(holds(message_of(jpeg), "65500 x 65500"));
}

TEST_CASE("Images: what is not read is named", "[image]") {
    CHECK(holds(message_of(jpeg_file(8, 8, 4)), "4 channels (CMYK)"));
    CHECK(holds(message_of("GIF89a"), "got GIF"));
    CHECK(holds(message_of(""), "got nothing"));
    CHECK(holds(message_of("II*" + std::string(9, '\0')), "got TIFF"));
    std::string animated = png_file(4, 4, PNG_FORMAT_GRAY);
    animated.insert(33, std::string("\0\0\0\x08"
                                    "acTL\0\0\0\x02\0\0\0\0\0\0\0\0",
                                    20));
    CHECK(holds(message_of(animated), "animated PNG"));
    data::ReadImageOptions second;
    second.frame = 1;
    CHECK_THROWS_AS(data::decode_image(bytes_of(png_file(4, 4, PNG_FORMAT_GRAY)), second), ValueError);
    CHECK_THROWS_AS(data::read_image("/nowhere/at/all.png"), IoError);
}

}  // namespace assay
