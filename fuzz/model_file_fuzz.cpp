// Fuzz target of model files: whatever the bytes, they are refused with IoError, or the forest in them runs.
//
// The first byte chooses: one of 128 or more is followed by the length of a header (2 bytes, little-endian), the header
// and a payload, which are sealed with checksums that fit; an even one by a whole file, an odd one by the payload of a
// forest, past the checksums that would refuse it.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "assay/models/forest/isolation_forest.hpp"
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
    const auto one = std::span<const float>(rows).first(static_cast<std::size_t>(forest.features()));
    (void)forest.leaves(rows);
    const auto parts = forest.contributions(one);
    require_model(std::ssize(parts.by_feature) == forest.features() * forest.outputs(),
                  "contributions of other length");
    if (forest.outputs() == 1) (void)assay::models::IsolationForest(forest, 256).score_samples(rows);
    const std::string again = assay::models::encode_forest(forest);
    const CompactForest back = assay::models::decode_forest(again, "again");
    require_model(back.predict(rows) == forest.predict(rows), "another forest when it is written again");
}

void run_file(std::string_view bytes) {
    const auto file = assay::models::ModelFile::from_bytes(bytes, "fuzz");
    require_model(file.texts("kind").empty(), "a kind that is a list");
    (void)file.texts("feature_names");
    run_forest(file.payload);
}

/// A header and a payload with checksums that fit: past what refuses accidents, as one who writes files on purpose is.
void run_sealed(std::string_view bytes) {
    if (bytes.size() < 2) return;
    const auto low = static_cast<unsigned char>(bytes[0]), high = static_cast<unsigned char>(bytes[1]);
    const std::size_t length = std::min<std::size_t>(low + 256u * high, bytes.size() - 2);
    const assay::models::ModelFile file{std::string(bytes.substr(2, length)), std::string(bytes.substr(2 + length))};
    std::string sealed;
    try {
        sealed = file.to_bytes();
    } catch (const assay::ValueError&) {  // no header
        (void)file.texts("feature_names");
        return;
    }
    run_file(sealed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] >= 128) {
            run_sealed(bytes);
        } else if (data[0] % 2 == 0) {
            run_file(bytes);
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
