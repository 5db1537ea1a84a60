#pragma once

#include "assay/base/index.hpp"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace assay::models::detail {

/// The weights of a model and the folder in which its other files stand.
struct ModelFolder {
    std::filesystem::path weights;
    std::filesystem::path folder;

    /// The path of a file beside the weights; empty where there is none.
    std::filesystem::path beside(const std::string& name) const;
};

/// Finds the weights of a folder, or takes a file for them.   @throws IoError naming the files that were looked for.
ModelFolder find_model(const std::filesystem::path& path);

/// A model's configuration; what it does not say has a default.
class ModelConfig {
  public:
    /// @throws IoError if the file cannot be read or is not a JSON object.
    explicit ModelConfig(const std::filesystem::path& path);

    /// An object within; of no members where it is missing.
    ModelConfig within(const std::string& key) const;
    bool has(const std::string& key) const { return json_.contains(key) && !json_[key].is_null(); }

    bool is_object(const std::string& key) const { return has(key) && json_[key].is_object(); }

    /// @throws ValueError naming file and key where the value is of another kind; whole numbers are from 1 to 2^31.
    index whole(const std::string& key, index otherwise) const;
    double number(const std::string& key, double otherwise) const;
    std::string text(const std::string& key, const std::string& otherwise) const;
    bool flag(const std::string& key, bool otherwise) const;
    std::optional<std::array<float, 3>> three(const std::string& key) const;

    const std::string& where() const noexcept { return where_; }

  private:
    ModelConfig(std::string where, nlohmann::json json) : where_(std::move(where)), json_(std::move(json)) {}
    [[noreturn]] void refuse(const std::string& key, const char* expected) const;

    std::string where_;
    nlohmann::json json_;
};

}  // namespace assay::models::detail
