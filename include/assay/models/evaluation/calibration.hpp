#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/temperature.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace assay::models {

/// What a calibration was made with, as SHA-256 digests in hexadecimal; it holds for nothing else.
struct CalibrationScope {
    std::string model{};    ///< of the model's files, as model_fingerprint() has it
    std::string labels{};   ///< of the labels' names
    std::string prompts{};  ///< of the texts that stand for the labels; of a classifier without any, that of no text
};

/// A temperature that was fitted on labelled images, and what is needed to judge and to apply it.
struct Calibration {
    double temperature = 1;
    index images = 0;        ///< number of labelled images it was fitted on
    double loss_before = 0;  ///< mean negative log-likelihood of theirs in nats, at temperature 1
    double loss_after = 0;
    std::string date{};        ///< of the fit, YYYY-MM-DD, as the caller gave it
    std::string model_name{};  ///< for people
    std::string label_set{};   ///< for people
    CalibrationScope scope{};
};

/// The schema version that to_json() writes and calibration_from_json() reads.
inline constexpr int calibration_schema_version = 1;

/// A calibration as a JSON object, with the schema version in it.
/// @throws ValueError as check() below
ASSAY_EXPORT std::string to_json(const Calibration& calibration);

/// Reads what to_json() wrote.
/// @param where  stands in the error: the file's path
/// @throws ValueError naming what is missing, of another kind or outside its range, or another schema version
ASSAY_EXPORT Calibration calibration_from_json(std::string_view text, const std::string& where);

/// Refuses a record that does not hold together.
/// @throws ValueError for a temperature outside [0.01, 100], no image, a loss that is not a number from 0 up, a date
/// that is
///         not YYYY-MM-DD or digests that are none
ASSAY_EXPORT void check(const Calibration& calibration);

/// Refuses a calibration that was made with something else than what it is to be applied to.
/// @throws ValueError saying which of model, labels and prompts differ, and what to do
ASSAY_EXPORT void expect_same_scope(const Calibration& calibration, const CalibrationScope& used);

/// A SHA-256 digest over the files of a model: its weights, and the configurations and vocabulary beside them.
/// @param path  folder or weight file, as Clip::from_pretrained() takes it
/// @throws IoError if the weights are not there or cannot be read.   Cost: one pass over the
///         weights on all threads; 2.1 s of processor time for 784 MB without SHA instructions.
ASSAY_EXPORT std::string model_fingerprint(const std::filesystem::path& path);

/// SHA-256 of a list of texts; equal for equal texts in the same order only.
ASSAY_EXPORT std::string text_fingerprint(std::span<const std::string> texts);

}  // namespace assay::models
