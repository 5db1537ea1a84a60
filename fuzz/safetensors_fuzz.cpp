// Fuzz target of the safetensors reader and of telling formats apart: whatever the bytes, a file is refused with
// IoError, or its tensors lie within it and have the bytes of their shapes.
//
// The first byte chooses: an even one is followed by a whole file; an odd one by the header's text, before which its
// length is put, and as many bytes of data as the second byte says.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "assay/base/error.hpp"
#include "assay/models/weights/weight_file.hpp"
#include "touch_tensors.hpp"

namespace {

using assay::models::WeightFile;

std::string file_of(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[0] % 2 == 0) return std::string(bytes.substr(std::min<std::size_t>(1, bytes.size())));
    const std::string_view header = bytes.substr(2);
    const std::uint64_t size = header.size();
    std::string out(8, '\0');
    std::memcpy(out.data(), &size, 8);
    return out.append(header).append(static_cast<unsigned char>(bytes[1]), 'x');
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
