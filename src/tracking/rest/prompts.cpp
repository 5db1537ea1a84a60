#include "assay/tracking/rest/prompts.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"

namespace assay::tracking::rest {
namespace {

// Source: mlflow/prompt/constants.py of 3.17.
constexpr const char* is_prompt_key = "mlflow.prompt.is_prompt";
constexpr const char* text_key = "mlflow.prompt.text";
constexpr const char* type_key = "_mlflow_prompt_type";
constexpr const char* response_format_key = "_mlflow_prompt_response_format";
constexpr const char* model_config_key = "_mlflow_prompt_model_config";
constexpr const char* is_prompt_filter = "tags.`mlflow.prompt.is_prompt` = 'true'";

bool is_prompt(const TextMap& tags) {
    const auto found = tags.find(is_prompt_key);
    return found != tags.end() && found->second == "true";
}

/// Removes the tag and returns its value, or nothing's.
std::string take(TextMap& tags, const char* key) {
    auto node = tags.extract(key);
    return node.empty() ? std::string() : std::move(node.mapped());
}

PromptVersion prompt_version(ModelVersion held) {
    if (!is_prompt(held.tags)) {
        throw StateError("prompts: '" + held.name + "' is a registered model and no prompt");
    }
    PromptVersion prompt;
    prompt.name = std::move(held.name);
    prompt.version = std::move(held.version);
    prompt.commit_message = std::move(held.description);
    prompt.user_id = std::move(held.user_id);
    prompt.creation_timestamp = held.creation_timestamp;
    prompt.last_updated_timestamp = held.last_updated_timestamp;
    prompt.aliases = std::move(held.aliases);
    take(held.tags, is_prompt_key);
    prompt.template_text = take(held.tags, text_key);
    prompt.is_chat = take(held.tags, type_key) == "chat";
    prompt.response_format = take(held.tags, response_format_key);
    prompt.model_config = take(held.tags, model_config_key);
    prompt.tags = std::move(held.tags);
    return prompt;
}

Prompt prompt_of(RegisteredModel held) {
    take(held.tags, is_prompt_key);
    return {std::move(held.name), std::move(held.description), held.creation_timestamp, std::move(held.tags),
            std::move(held.aliases)};
}

void check(const NewPromptVersion& prompt) {
    if (prompt.template_text.empty()) throw ValueError("prompts: expected a text, got none");
    if (!prompt.is_chat) return;
    if (!nlohmann::json::parse(prompt.template_text, nullptr, false).is_array()) {
        throw ValueError("prompts: expected a chat as a JSON array of messages, got other text");
    }
}

std::string quoted(const std::string& name) {
    if (name.find('\'') != std::string::npos) throw ValueError("prompts: expected a name without quotes");
    return "'" + name + "'";
}

/// A range whose items are another range's, changed.
template <typename To, typename From, typename Change>
PageRange<To> changed(std::function<Page<From>(const std::string&)> fetch, Change change) {
    return PageRange<To>([fetch = std::move(fetch), change](const std::string& token) {
        Page<From> page = fetch(token);
        Page<To> out{{}, std::move(page.next)};
        for (auto& item : page.items) out.items.push_back(change(std::move(item)));
        return out;
    });
}

}  // namespace

PromptVersion Prompts::create(const NewPromptVersion& prompt) const {
    check(prompt);
    TextMap tags = prompt.tags;
    tags[is_prompt_key] = "true";
    if (const auto held = registry_.find_model(prompt.name)) {
        if (!is_prompt(held->tags)) {
            throw StateError("prompts: the name '" + prompt.name + "' is taken by a registered model; choose another");
        }
        for (const auto& [key, value] : prompt.tags) registry_.set_model_tag(prompt.name, {key, value});
    } else {
        registry_.create_model(prompt.name, tags, prompt.commit_message);
    }
    tags[text_key] = prompt.template_text;
    tags[type_key] = prompt.is_chat ? "chat" : "text";
    if (!prompt.response_format.empty()) tags[response_format_key] = prompt.response_format;
    if (!prompt.model_config.empty()) tags[model_config_key] = prompt.model_config;
    // The server takes two words as a prompt's source, which means nothing; this is the one its own client sends.
    return prompt_version(
        registry_.create_version({prompt.name, "dummy-source", {}, {}, prompt.commit_message, {}, std::move(tags)}));
}

std::optional<Prompt> Prompts::find(const std::string& name) const {
    auto held = registry_.find_model(name);
    if (!held || !is_prompt(held->tags)) return std::nullopt;
    return prompt_of(*std::move(held));
}

PromptVersion Prompts::get(const std::string& name, const std::string& version) const {
    return prompt_version(registry_.get_version(name, version));
}

PromptVersion Prompts::get_by_alias(const std::string& name, const std::string& alias) const {
    return prompt_version(registry_.version_by_alias(name, alias));
}

PromptVersion Prompts::latest(const std::string& name) const {
    auto newest = versions(name, 1).next();
    if (!newest) {
        throw ResourceDoesNotExist(
            {"prompts: '" + name + "' has no version on the server", 404, "RESOURCE_DOES_NOT_EXIST", "", false});
    }
    return *std::move(newest);
}

PageRange<Prompt> Prompts::search(const std::string& filter, int page_size) const {
    const RegistryQuery query{filter.empty() ? is_prompt_filter : is_prompt_filter + (" AND " + filter), {}, page_size};
    return changed<Prompt, RegisteredModel>(
        [registry = registry_, query](const std::string& token) { return registry.search_models_page(query, token); },
        prompt_of);
}

PageRange<PromptVersion> Prompts::versions(const std::string& name, int page_size) const {
    const RegistryQuery query{
        "name = " + quoted(name) + " AND " + is_prompt_filter, {"version_number DESC"}, page_size};
    return changed<PromptVersion, ModelVersion>(
        [registry = registry_, query](const std::string& token) { return registry.search_versions_page(query, token); },
        prompt_version);
}

}  // namespace assay::tracking::rest
