// An image against candidate findings, without Python.
//
//   match_image MODEL IMAGE LABELS [K]
//
// MODEL is the folder of a CLIP (BiomedCLIP, OpenAI-style CLIP), IMAGE a PNG or JPEG, LABELS a text file with a finding
// a line. Prints the K (5) nearest findings with their probability among the candidates and the cosine. Not a
// diagnosis: a finding that is not among the candidates cannot be found.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/image/read_image.hpp"
#include "assay/models/clip/clip.hpp"
#include "assay/models/clip/zero_shot.hpp"

namespace {

std::vector<std::string> lines_of(const char* path) {
    std::ifstream file(path);
    if (!file) throw assay::IoError(std::string(path) + ": cannot be read");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

void match(const char* model, const char* image, const char* labels, std::size_t k) {
    const auto clip = assay::models::Clip::from_pretrained(model);
    const assay::data::Image picture = assay::data::read_image(image);
    const std::vector<float> vector = clip.encode_images({&picture, 1});

    const std::vector<std::string> names = lines_of(labels);
    std::vector<std::string> prompts;
    for (const std::string& name : names) prompts.push_back("this is a photo of " + name);
    const std::vector<float> rows = clip.encode_texts(prompts).rows;

    const auto ranking = assay::models::rank_labels(vector, rows, std::exp(clip.logit_scale()));
    for (std::size_t i = 0; i < std::min(k, ranking.matches.size()); ++i) {
        const auto& found = ranking.matches[i];
        std::printf("%.4f %+.4f %s\n", found.probability, found.similarity,
                    names[static_cast<std::size_t>(found.label)].c_str());
    }
    std::puts("Not a diagnosis; probabilities are not calibrated and among these candidates only.");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4 || argc > 5) {
        std::cerr << "usage: match_image MODEL IMAGE LABELS [K]\n";
        return 2;
    }
    try {
        match(argv[1], argv[2], argv[3], argc == 5 ? std::stoul(argv[4]) : 5);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
