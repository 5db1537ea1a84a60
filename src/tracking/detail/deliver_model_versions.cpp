#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/alias_history.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/model_lookup.hpp"
#include "assay/tracking/detail/version_registry.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

struct VersionDocument {
    std::string action;
    std::string name;
    std::string alias;
    std::string reason;
    std::string by;
    std::string model;         // id of the document that logged it
    std::string server_model;  // or the server's own id
    std::string digest;
    std::string registration;  // id of the document whose version is to be promoted
    std::string description;
    std::int64_t version = 0;
    TextMap tags;
};

VersionDocument read_model_version(const Document& document) {
    try {
        const auto body = json::parse(document.body);
        const auto text = [&body](const char* name) { return body.value(name, std::string()); };
        return {body.at("action").get<std::string>(),
                body.at("name").get<std::string>(),
                text("alias"),
                text("reason"),
                text("by"),
                text("model"),
                text("server_model"),
                text("digest"),
                text("registration"),
                text("description"),
                body.value("version", std::int64_t{0}),
                body.value("tags", TextMap{})};
    } catch (const json::exception&) {
        throw ValueError("sync: expected action and name in a record of kind model_version");
    }
}

std::int64_t number(const std::string& version) {
    std::int64_t out = 0;
    const char* end = version.data() + version.size();
    const auto [at, error] = std::from_chars(version.data(), end, out);
    if (error != std::errc() || at != end) {
        throw MlflowError("MLflow: a version came that is no number", 200, "", "", true);
    }
    return out;
}

/// At most so many bytes of a text, none of a character cut in two.
std::string cut(const std::string& text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    return text.substr(0, most);
}

/// The version that an alias is on, 0 for none.
std::int64_t version_of(const rest::RegisteredModel& model, const std::string& alias) {
    for (const auto& each : model.aliases) {
        if (each.alias == alias) return number(each.version);
    }
    return 0;
}

class VersionDelivery {
  public:
    VersionDelivery(const Document& document, Timestamp time, const DocumentDelivery& delivery)
        : document_(document),
          delivery_(delivery),
          models_(delivery.client.connection()),
          registry_(open_version_registry(delivery)),
          wanted_(read_model_version(document)),
          at_(time.micros() / 1000) {}

    void deliver() {
        registry_->expect_name(wanted_.name);
        if (wanted_.action == "register") return register_version();
        if (wanted_.action == "promote") {
            return change_alias(AliasChange::Kind::promote, version_to_promote());
        }
        if (wanted_.action == "rollback") return change_alias(AliasChange::Kind::rollback, 0);
        throw ValueError("sync: expected action register, promote or rollback, got '" + wanted_.action + "'");
    }

  private:
    template <typename Call>
    auto ask(Call&& call) const {
        return patiently(delivery_.options, std::forward<Call>(call));
    }

    void register_version() {
        const rest::LoggedModel model = logged_model();
        take_digest(model);
        if (!ask([&] { return registry_->calls().find_model(wanted_.name); })) {
            ask([&] { return registry_->calls().ensure_model(wanted_.name); });
        }
        // Ours, if an answer to its creation was lost or the acknowledgement of it: others may have registered since.
        const auto same = [&]() -> std::optional<rest::ModelVersion> {
            if (auto ours = registered_as(document_.id, at_)) return ours;
            auto latest = ask([&] { return registry_->latest(wanted_.name); });
            return latest && holds(*latest, model) ? latest : std::nullopt;
        };
        rest::ModelVersion version = find_or_make(delivery_.options, same, [&] { return create(model); });
        registry_->complete(version, model);
        if (wanted_.alias.empty()) return;
        const bool ours = registry_->tag(version, registration_tag) == document_.id;
        if (ours || !alias_is_set()) change_alias(AliasChange::Kind::promote, number(version.version));
    }

    /// The digest of a model that was named by the server's id.
    void take_digest(const rest::LoggedModel& model) {
        const auto tag = model.tags.find(digest_tag);
        if (wanted_.digest.empty() && tag != model.tags.end()) wanted_.digest = tag->second;
    }

    std::optional<rest::ModelVersion> registered_as(const std::string& registration, std::int64_t since = 0) const {
        return ask([&] { return registry_->registered_as(wanted_.name, registration, since); });
    }

    rest::LoggedModel logged_model() {
        if (!wanted_.server_model.empty()) return ask([&] { return models_.get(wanted_.server_model); });
        const std::string experiment = document_.run.empty() ? delivery_.runs.experiment_id(document_.experiment)
                                                             : delivery_.runs.server_run(document_.run).experiment_id;
        auto found = find_model(models_, delivery_.options, experiment, wanted_.model, wanted_.digest);
        if (!found) {
            throw NotThereYet("the model to be registered as '" + wanted_.name +
                              "' is not on the server; deliver its journal first");
        }
        if (found->status != model_ready) {
            throw NotThereYet("the files of the model to be registered as '" + wanted_.name +
                              "' are not all on the server");
        }
        return *std::move(found);
    }

    bool holds(const rest::ModelVersion& version, const rest::LoggedModel& model) const {
        const std::string digest = registry_->tag(version, digest_tag);
        if (!wanted_.digest.empty() && !digest.empty()) return digest == wanted_.digest;
        return version.source == "models:/" + model.model_id;
    }

    rest::ModelVersion create(const rest::LoggedModel& model) const {
        rest::NewModelVersion version;
        version.name = wanted_.name;
        version.source = "models:/" + model.model_id;
        version.run_id = model.source_run_id;
        version.model_id = model.model_id;
        version.description = wanted_.description;
        version.tags = wanted_.tags;
        if (!wanted_.digest.empty()) version.tags[registry_->key(digest_tag)] = wanted_.digest;
        version.tags[registry_->key(registration_tag)] = document_.id;
        auto made = registry_->create(version, model);
        made.tags = version.tags;
        return made;
    }

    bool alias_is_set() const {
        const auto model = ask([&] { return registry_->calls().find_model(wanted_.name); });
        return model && version_of(*model, wanted_.alias) != 0;
    }

    std::int64_t version_to_promote() {
        if (wanted_.version != 0) return wanted_.version;
        const auto found = version_meant();
        if (!found) {
            throw ValueError("sync: model '" + wanted_.name + "' has no such version on the server to promote");
        }
        return number(found->version);
    }

    std::optional<rest::ModelVersion> version_meant() {
        if (!wanted_.registration.empty()) {
            if (auto made = registered_as(wanted_.registration)) return made;
            // It made none where the latest version had its content already.
            if (!wanted_.server_model.empty()) {
                const rest::LoggedModel model = logged_model();
                take_digest(model);
                if (wanted_.digest.empty()) {
                    auto latest = ask([&] { return registry_->latest(wanted_.name); });
                    return latest && holds(*latest, model) ? latest : std::nullopt;
                }
            }
        }
        return ask([&] { return registry_->latest(wanted_.name, wanted_.digest); });
    }

    // The change is written down before the alias is set, and marked as done after it: whichever answer is lost, the
    // next delivery knows how far this one came.
    void change_alias(AliasChange::Kind kind, std::int64_t version) {
        auto model = ask([&] { return registry_->calls().find_model(wanted_.name); });
        if (!model) throw ValueError("sync: there is no registered model '" + wanted_.name + "' on the server");
        const std::string tag = "assay.alias." + wanted_.alias;
        const std::string key = registry_->key(tag);
        auto history = AliasHistory::parse(model->tags[key]);
        const auto* known = history.find(document_.id);
        if (known != nullptr && known->done) return;
        const std::int64_t held = version_of(*model, wanted_.alias);
        if (known == nullptr) {
            note_outside_change(history, held);
            if (kind == AliasChange::Kind::rollback && !history.can_roll_back()) {
                throw ValueError("sync: alias '" + wanted_.alias + "' of model '" + wanted_.name +
                                 "' has no version before this one to go back to");
            }
            // Several changes are to have room, or a rollback knew nothing to go back to.
            const std::string reason = cut(wanted_.reason, registry_->longest_value() / 10);
            history.add({document_.id, kind, version, at_, wanted_.by, reason});
            keep(key, history);
        }
        const std::int64_t target = *history.version();
        const std::string version_text = std::to_string(target);
        if (held != target) ask([&] { registry_->calls().set_alias(wanted_.name, wanted_.alias, version_text); });
        const bool moved = kind == AliasChange::Kind::rollback || version == target;  // not overtaken by a later change
        if (moved && !wanted_.reason.empty()) {
            const KeyValue reason{registry_->key(tag + ".reason"), cut(wanted_.reason, registry_->longest_value())};
            ask([&] { registry_->calls().set_version_tag(wanted_.name, version_text, reason); });
        }
        history.mark_done();
        keep(key, history);
    }

    /// Somebody moved the alias by other means since the last change noted.
    static void note_outside_change(AliasHistory& history, std::int64_t held) {
        if (held == 0 || history.version() == held) return;
        const auto& changes = history.changes();
        if (!changes.empty() && !changes.back().done) return;  // a delivery that was cut: the alias is yet to follow
        const std::int64_t at = changes.empty() ? 0 : changes.back().at;
        const std::string id = "found-" + std::to_string(changes.size()) + "-" + std::to_string(held);
        history.add({id, AliasChange::Kind::found, held, at, "", "", true});
    }

    void keep(const std::string& key, const AliasHistory& history) const {
        const std::string text = history.to_json(registry_->longest_value());
        ask([&] { registry_->calls().set_model_tag(wanted_.name, {key, text}); });
    }

    const Document& document_;
    const DocumentDelivery& delivery_;
    rest::LoggedModels models_;
    std::unique_ptr<VersionRegistry> registry_;
    VersionDocument wanted_;
    std::int64_t at_;
};

}  // namespace

void deliver_model_version(const Document& document, Timestamp time, const DocumentDelivery& delivery) {
    VersionDelivery(document, time, delivery).deliver();
}

}  // namespace assay::tracking::detail
