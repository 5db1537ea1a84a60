// Fuzz target of model files: whatever the bytes, they are refused with IoError, or the forest in them runs.
//
// The first byte chooses: an even one is followed by a whole file; an odd one by the payload of a forest, past the
// checksums that would refuse it.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "assay/models/model_file.hpp"

namespace {

void require_model(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

void run_forest(std::string_view bytes) {
    using assay::models::CompactForest;
    const CompactForest forest = assay::models::decode_forest(bytes, "fuzz");
    if (forest.features() > 4096 || forest.outputs() > 4096) return;
    std::vector<float> rows(static_cast<std::size_t>(2 * forest.features()), 0.5F);
    rows[0] = std::nanf("");
    for (const double value : forest.predict(rows)) require_model(!std::isnan(value), "a prediction that is NaN");
    const std::string again = assay::models::encode_forest(forest);
    const CompactForest back = assay::models::decode_forest(again, "again");
    require_model(back.predict(rows) == forest.predict(rows), "another forest when it is written again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] % 2 == 0) {
            const auto file = assay::models::ModelFile::from_bytes(bytes, "fuzz");
            (void)file.texts("feature_names");
            run_forest(file.payload);
        } else {
            run_forest(bytes);
        }
    } catch (const assay::IoError&) {  // refused
    }
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
