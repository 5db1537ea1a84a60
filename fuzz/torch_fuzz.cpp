// Fuzz target of the reader of PyTorch's .bin: whatever the bytes, nothing runs, and a file is refused with IoError or
// its tensors lie within it.
//
// The first byte chooses: an even one is followed by a whole zip archive; an odd one by a data.pkl, which is put into
// an archive with a storage "0" of 64 bytes and a storage "1" of none.
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/weights/weight_file.hpp"
#include "touch_tensors.hpp"

namespace {

using assay::models::WeightFile;

std::string little_endian(std::size_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i, value >>= 8U) out += static_cast<char>(value & 0xFFU);
    return out;
}

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string out;
    std::string central;
    for (const auto& [name, content] : entries) {
        const std::string about = std::string(12, '\0') + little_endian(content.size(), 4) +
                                  little_endian(content.size(), 4) + little_endian(name.size(), 2) +
                                  std::string(2, '\0');
        central +=
            std::string("PK\x01\x02\0\0\0\0", 8) + about + std::string(10, '\0') + little_endian(out.size(), 4) + name;
        out += std::string("PK\x03\x04\0\0", 6) + about + name + content;
    }
    const std::size_t at = out.size();
    return out + central + std::string("PK\x05\x06\0\0\0\0", 8) + little_endian(entries.size(), 2) +
           little_endian(entries.size(), 2) + little_endian(central.size(), 4) + little_endian(at, 4) +
           std::string(2, '\0');
}

std::string file_of(std::string_view bytes) {
    if (bytes.empty()) return {};
    if (bytes[0] % 2 == 0) return std::string(bytes.substr(1));
    return archive_of({{"a/data.pkl", std::string(bytes.substr(1))},
                       {"a/byteorder", "little"},
                       {"a/data/0", std::string(64, 'x')},
                       {"a/data/1", ""}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const std::string_view bytes(reinterpret_cast<const char*>(data), size);
        [[maybe_unused]] static volatile unsigned sink = 0;
        sink = assay::fuzz::touch_tensors(WeightFile::from_bytes(file_of(bytes), "fuzz"));
    } catch (const assay::IoError&) {  // refused
    }
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
