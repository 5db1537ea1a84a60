// Predicts with a model file, without Python: classes and probabilities of rows, and what did most for each.
//
//   predict_failure MODEL < ROWS
//
// MODEL is what `estimator.save(path)` or `assay lims promote` wrote: a forest. ROWS are lines of numbers with commas,
// in the order of the model's features; an empty field is a missing value. Prints a line for each.
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/forest/compact_forest.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "assay/models/model_file.hpp"

namespace {

using namespace assay;
using models::CompactForest;

std::vector<float> parse(const std::string& line) {
    std::vector<float> row;
    std::istringstream fields(line + ',');
    for (std::string field; std::getline(fields, field, ',');) {
        char* end = nullptr;
        const float value = std::strtof(field.c_str(), &end);
        if (*end != '\0') throw ValueError("expected numbers, with commas between");
        row.push_back(field.empty() ? std::numeric_limits<float>::quiet_NaN() : value);
    }
    return row;
}

void predict(const CompactForest& forest, const models::ModelFile& file, const std::vector<float>& row) {
    const std::vector<std::string> classes = file.texts("classes"), names = file.texts("feature_names");
    const std::vector<double> probability = forest.predict(row);
    std::size_t best = 0;
    for (std::size_t k = 1; k < probability.size(); ++k) best = probability[k] > probability[best] ? k : best;
    const models::PathContributions parts = forest.contributions(row);
    std::size_t most = 0;
    const std::size_t outputs = probability.size();
    for (std::size_t f = 1; f < row.size(); ++f) {
        if (parts.by_feature[f * outputs + best] > parts.by_feature[most * outputs + best]) most = f;
    }
    std::cout << (best < classes.size() ? classes[best] : "value") << ' ' << std::setprecision(17) << probability[best]
              << " by " << (most < names.size() ? names[most] : "feature " + std::to_string(most)) << '\n';
}

}  // namespace

int main(int argc, char* argv[]) {
    if (argc != 2) {
        std::cerr << "usage: predict_failure MODEL < ROWS\n";
        return 2;
    }
    try {
        const models::ModelFile file = models::ModelFile::load(argv[1]);
        const std::string kind = file.text("kind");
        if (!kind.starts_with("forest.") || kind == "forest.isolation") {
            throw ValueError("expected a model that is a forest of classes or values, got the kind '" + kind + "'");
        }
        const CompactForest forest = models::decode_forest(file.payload, argv[1]);
        for (std::string line; std::getline(std::cin, line);) predict(forest, file, parse(line));
    } catch (const std::exception& error) {
        std::cerr << "predict_failure: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
