#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/rest/registry.hpp"

namespace assay::tracking::rest {

/// A prompt's version. A registered model's version underneath.
struct PromptVersion {
    std::string name;
    std::string version;        ///< "1", "2", …
    std::string template_text;  ///< text with {{variables}}, or a chat's messages as a JSON array
    bool is_chat = false;
    std::string commit_message;
    std::string response_format;  ///< JSON schema, empty for none
    std::string model_config;     ///< JSON object, empty for none
    std::string user_id;
    std::int64_t creation_timestamp = 0;      ///< ms since 1970
    std::int64_t last_updated_timestamp = 0;  ///< ms since 1970
    TextMap tags;                             ///< the caller's own; MLflow's are the members above
    std::vector<std::string> aliases;         ///< not filled by searches
};

struct Prompt {
    std::string name;
    std::string description;
    std::int64_t creation_timestamp = 0;  ///< ms since 1970
    TextMap tags;                         ///< the caller's own
    std::vector<ModelAlias> aliases;
};

struct NewPromptVersion {
    std::string name;
    std::string template_text;
    bool is_chat = false;  ///< template_text is a JSON array of {"role", "content"}
    std::string commit_message{};
    std::string response_format{};
    std::string model_config{};
    TextMap tags{};
};

/// Prompts: registered models whose versions hold a text in their tags, as MLflow keeps them.
///
/// All methods throw as Connection does. Unity Catalog keeps prompts by other endpoints, which are not spoken.
/// Source: mlflow/prompt and mlflow/tracking/client.py of 3.17.
class ASSAY_EXPORT Prompts {
  public:
    explicit Prompts(const Connection& connection) : registry_(connection) {}

    /// A new version, and the prompt where it is not there. Not repeated by itself, as Registry::create_version().
    /// @throws StateError where a model that is no prompt has the name, ValueError for an empty text or a chat that is
    ///         no JSON array
    PromptVersion create(const NewPromptVersion& prompt) const;
    std::optional<Prompt> find(const std::string& name) const;
    PromptVersion get(const std::string& name, const std::string& version) const;
    PromptVersion get_by_alias(const std::string& name, const std::string& alias) const;
    /// @throws ResourceDoesNotExist where there is none
    PromptVersion latest(const std::string& name) const;
    /// @param filter  more of MLflow's search language: "tags.team = 'a'"
    PageRange<Prompt> search(const std::string& filter = {}, int page_size = 100) const;
    /// The newest first.
    PageRange<PromptVersion> versions(const std::string& name, int page_size = 100) const;
    void set_tag(const std::string& name, const KeyValue& tag) const { registry_.set_model_tag(name, tag); }
    void delete_tag(const std::string& name, const std::string& key) const { registry_.delete_model_tag(name, key); }
    void set_version_tag(const std::string& name, const std::string& version, const KeyValue& tag) const {
        registry_.set_version_tag(name, version, tag);
    }
    void set_alias(const std::string& name, const std::string& alias, const std::string& version) const {
        registry_.set_alias(name, alias, version);
    }
    void delete_alias(const std::string& name, const std::string& alias) const { registry_.delete_alias(name, alias); }
    void delete_version(const std::string& name, const std::string& version) const {
        registry_.delete_version(name, version);
    }
    /// With all its versions.
    void remove(const std::string& name) const { registry_.delete_model(name); }

  private:
    Registry registry_;
};

}  // namespace assay::tracking::rest
