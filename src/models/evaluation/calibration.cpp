#include "assay/models/evaluation/calibration.hpp"

#include "assay/base/date.hpp"
#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/mapped_file.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/weights/model_files.hpp"

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

namespace assay::models {
namespace {

constexpr const char* kFormat = "assay-calibration";

bool is_digest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// SHA-256 of the SHA-256 digests of a file's blocks of 4 MiB: as strict as one over all of it, on several threads.
std::string file_digest(const std::filesystem::path& path) {
    constexpr index kBlock = index{4} << 20;
    const MappedFile mapped(path);
    std::vector<Sha256Digest> digests(static_cast<std::size_t>((mapped.size() + kBlock - 1) / kBlock));
    parallel_for(std::ssize(digests), 1, [&](index begin, index end) {
        for (index block = begin; block < end; ++block) {
            const auto first = static_cast<std::size_t>(block * kBlock);
            digests[static_cast<std::size_t>(block)] = sha256(mapped.text().substr(first, std::size_t{kBlock}));
        }
    });
    std::string bytes;
    for (const Sha256Digest& digest : digests) bytes.append(digest.begin(), digest.end());
    return to_hex(sha256(bytes));
}

/// Why a record does not hold together; empty where it does.
std::string flaw_of(const Calibration& c) {
    if (!(c.temperature >= 0.01 && c.temperature <= 100)) return "expected a temperature from 0.01 to 100";
    if (c.images < 1) return "expected one image at least";
    for (const double loss : {c.loss_before, c.loss_after}) {
        if (!(std::isfinite(loss) && loss >= 0)) return "expected negative log-likelihoods from 0 up";
    }
    if (!parse_date(c.date)) return "expected the date of the fit as YYYY-MM-DD";
    for (const std::string* digest : {&c.scope.model, &c.scope.labels, &c.scope.prompts}) {
        if (!is_digest(*digest)) return "expected SHA-256 digests of model, labels and prompts, 64 hexadecimal digits";
    }
    return "";
}

/// The value of a key within objects, of the kind of T.
template <class T>
T value_at(const nlohmann::json& json, std::initializer_list<const char*> keys, const std::string& where) {
    const nlohmann::json* at = &json;
    std::string name;
    for (const char* key : keys) {
        name += (name.empty() ? "" : ".") + std::string(key);
        if (!at->is_object() || !at->contains(key)) {
            throw ValueError(where + ": expected a calibration with " + name + ", which is missing");
        }
        at = &(*at)[key];
    }
    const bool fits = std::is_same_v<T, std::string> ? at->is_string()
                      : std::is_same_v<T, double>    ? at->is_number()
                                                     : at->is_number_integer();
    if (!fits) throw ValueError(where + ": expected another kind of value as " + name);
    return at->get<T>();
}

}  // namespace

void check(const Calibration& calibration) {
    const std::string fault = flaw_of(calibration);
    if (!fault.empty()) throw ValueError("calibration: " + fault);
}

std::string to_json(const Calibration& calibration) {
    check(calibration);
    nlohmann::ordered_json json;
    json["format"] = kFormat;
    json["schema_version"] = calibration_schema_version;
    json["method"] = "temperature scaling";
    json["temperature"] = calibration.temperature;
    json["images"] = calibration.images;
    json["negative_log_likelihood"] = {{"before", calibration.loss_before}, {"after", calibration.loss_after}};
    json["date"] = calibration.date;
    json["model"] = {{"name", calibration.model_name}, {"digest", calibration.scope.model}};
    json["labels"] = {{"name", calibration.label_set}, {"digest", calibration.scope.labels}};
    json["prompts"] = {{"digest", calibration.scope.prompts}};
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Calibration calibration_from_json(std::string_view text, const std::string& where) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("format", nlohmann::json()) != kFormat) {
        throw ValueError(where + ": expected a calibration as assay clip calibrate writes it, got something else");
    }
    const auto version = value_at<index>(json, {"schema_version"}, where);
    if (version != calibration_schema_version) {
        throw ValueError(where + ": expected schema version " + std::to_string(calibration_schema_version) + ", got " +
                         std::to_string(version) + "; fit again with this version of Assay");
    }
    Calibration c;
    c.temperature = value_at<double>(json, {"temperature"}, where);
    c.images = value_at<index>(json, {"images"}, where);
    c.loss_before = value_at<double>(json, {"negative_log_likelihood", "before"}, where);
    c.loss_after = value_at<double>(json, {"negative_log_likelihood", "after"}, where);
    c.date = value_at<std::string>(json, {"date"}, where);
    c.model_name = value_at<std::string>(json, {"model", "name"}, where);
    c.scope.model = value_at<std::string>(json, {"model", "digest"}, where);
    c.label_set = value_at<std::string>(json, {"labels", "name"}, where);
    c.scope.labels = value_at<std::string>(json, {"labels", "digest"}, where);
    c.scope.prompts = value_at<std::string>(json, {"prompts", "digest"}, where);
    const std::string fault = flaw_of(c);
    if (!fault.empty()) throw ValueError(where + ": " + fault);
    return c;
}

void expect_same_scope(const Calibration& calibration, const CalibrationScope& used) {
    std::string other;
    const auto compare = [&](const std::string& made, const std::string& now, const char* what) {
        if (made != now) other += (other.empty() ? "" : ", ") + std::string(what);
    };
    compare(calibration.scope.model, used.model, "model");
    compare(calibration.scope.labels, used.labels, "labels");
    compare(calibration.scope.prompts, used.prompts, "prompts");
    if (other.empty()) return;
    throw ValueError("calibration: it was made with other " + other + " (model " + calibration.model_name +
                     ", labels " + calibration.label_set + ", " + calibration.date +
                     "), and holds for those alone; use those, or fit again: assay clip calibrate");
}

std::string model_fingerprint(const std::filesystem::path& path) {
    // A name and a digest for each file; the weights may have any name.
    std::string parts;
    for (const std::filesystem::path& file : model_files(path)) {
        parts += (parts.empty() ? "weights" : file.filename().string()) + " " + file_digest(file) + "\n";
    }
    return to_hex(sha256(parts));
}

std::string text_fingerprint(std::span<const std::string> texts) {
    Sha256 digest;
    for (const std::string& text : texts) {
        digest.update(std::to_string(text.size()) + ":");
        digest.update(text);
    }
    return to_hex(digest.finish());
}

}  // namespace assay::models
