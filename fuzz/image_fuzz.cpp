// Any bytes to an image of at most four million pixels, or one of Assay's errors.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/image/read_image.hpp"
#ifdef ASSAY_HAVE_DICOM
#include "assay/data/image/dicom.hpp"
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    assay::set_num_threads(1);
#ifdef ASSAY_HAVE_DICOM
    assay::data::enable_dicom();
#endif
    assay::data::ReadImageOptions options;
    options.most_pixels = assay::index{1} << 22;
    try {
        const assay::data::Image image =
            assay::data::decode_image({reinterpret_cast<const std::byte*>(data), size}, options);
        // Every byte is read, so that a sanitizer sees what was not written.
        unsigned sum = 0;
        for (assay::index i = 0; i < image.pixels().size(); ++i) sum += image.pixels().as<std::uint8_t>()[i];
        static volatile unsigned sink;
        sink = sum;
    } catch (const assay::Error&) {
    }
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
