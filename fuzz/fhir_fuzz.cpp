// Fuzz target of FHIR resources: whatever the bytes, no result is lost, values are finite, texts are UTF-8, and what is
// refused stands in the input where the quarantine says.
#include <cstdint>
#include <string_view>

#include "assay/data/laboratory/read_fhir.hpp"
#include "check_reading.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_reading(assay::data::read_fhir_bytes(bytes), bytes);
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
