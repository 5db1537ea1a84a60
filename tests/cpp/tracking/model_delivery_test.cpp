// Versions of registered models: made once whatever answers are lost, promoted as they were meant.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/journal.hpp"
#include "assay/tracking/sync.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;
using assay::tests::TemporaryFolder;
using nlohmann::json;

const http::Waiting no_waiting{.elapsed = {}, .sleep = [](std::chrono::milliseconds) {}};

/// The registry's part of a server: one name, whose versions are found by tag.
class FakeRegistry {
  public:
    FakeRegistry() {
        server.fault = [this](const FakeRequest& request, FakeAnswer& reply) { return answer(request, reply); };
    }

    FakeMlflow server;
    std::vector<json> versions;
    json tags = json::object();
    std::map<std::string, std::string> aliases;
    std::function<bool()> after_create;  ///< true: the answer is lost
    bool denies_versions = false;
    std::string model_status = "LOGGED_MODEL_READY";

    void add(const std::string& source, const json& tag_list) {
        const auto number = std::to_string(versions.size() + 1);
        versions.push_back({{"name", "c.s.m"}, {"version", number}, {"source", source}, {"tags", tag_list}});
    }
    /// How many versions a registration made.
    std::ptrdiff_t made_by(const std::string& id) const {
        return std::count_if(versions.begin(), versions.end(),
                             [&](const json& version) { return tag(version, "assay.registration") == id; });
    }
    SyncReport deliver(const std::filesystem::path& journal, bool from_scratch = false) const {
        ServerAddress address;
        address.url = server.url();
        address.options.retry.attempts = 3;
        address.options.waiting = no_waiting;
        SyncOptions chosen;
        chosen.verify = false;
        chosen.from_scratch = from_scratch;
        chosen.retry.attempts = 3;
        chosen.waiting = no_waiting;
        return sync(journal, MlflowClient(std::move(address)), chosen);
    }

  private:
    static std::string tag(const json& thing, const std::string& key) {
        for (const auto& each : thing["tags"]) {
            if (each["key"] == key) return each["value"];
        }
        return {};
    }

    bool answer(const FakeRequest& request, FakeAnswer& reply) {
        const auto is = [&](const char* method, const char* path) {
            return request.method == method && request.path.rfind(std::string("/api/2.0/mlflow/") + path, 0) == 0;
        };
        const auto body = json::parse(request.body.empty() ? "{}" : request.body);
        if (is("GET", "logged-models/")) {
            const std::string id = request.path.substr(request.path.rfind('/') + 1);
            const json info{{"model_id", id}, {"experiment_id", "1"}, {"name", "m"}, {"status", "LOGGED_MODEL_READY"}};
            reply.body = json{{"model", {{"info", info}, {"data", json::object()}}}}.dump();
        } else if (is("POST", "logged-models/search")) {
            const json info{{"model_id", "m-7"}, {"experiment_id", "1"}, {"name", "m"}, {"status", model_status}};
            reply.body = json{{"models", {{{"info", info}, {"data", json::object()}}}}}.dump();
        } else if (is("POST", "model-versions/create") && denies_versions) {
            reply = {403, R"({"error_code":"PERMISSION_DENIED","message":"no"})"};
        } else if (is("GET", "registered-models/get")) {
            json model{{"name", "c.s.m"}, {"tags", json::array()}, {"aliases", json::array()}};
            for (const auto& [key, value] : tags.items()) model["tags"].push_back({{"key", key}, {"value", value}});
            for (const auto& [alias, number] : aliases) {
                model["aliases"].push_back({{"alias", alias}, {"version", number}});
            }
            reply.body = json{{"registered_model", model}}.dump();
        } else if (is("GET", "model-versions/search")) {
            json found = json::array();
            for (auto at = versions.rbegin(); at != versions.rend() && found.empty(); ++at) {
                if (matches(*at, request.path)) found.push_back(*at);
            }
            reply.body = found.empty() ? "{}" : json{{"model_versions", found}}.dump();
        } else if (is("POST", "model-versions/create")) {
            add(body["source"], body.value("tags", json::array()));
            reply.body = json{{"model_version", versions.back()}}.dump();
            reply.hang_up = after_create && after_create();
        } else if (is("POST", "registered-models/alias")) {
            aliases[body["alias"]] = body["version"];
        } else if (is("POST", "registered-models/set-tag")) {
            tags[body["key"].get<std::string>()] = body["value"];
        } else {
            return is("POST", "model-versions/set-tag");
        }
        return true;
    }

    /// Whether a version has every tag that the query asks for.
    static bool matches(const json& version, const std::string& query) {
        for (const std::string key : {"assay.registration", "assay.digest"}) {
            const std::string asked = detail::encode_url("tags.`" + key + "` = '");
            const auto at = query.find(asked);
            if (at == std::string::npos) continue;
            const auto begin = at + asked.size();
            if (query.substr(begin, query.find("%27", begin) - begin) != tag(version, key)) return false;
        }
        return true;
    }
};

Document version_document(const std::string& id, json body) {
    body["name"] = "c.s.m";
    return {RecordKind::model_version, "", "", id, body.dump(), {}};
}

Document registration(const std::string& id, const std::string& model) {
    return version_document(id, {{"action", "register"}, {"server_model", model}, {"digest", "digest-of-" + model}});
}

Document promotion(const std::string& id, json version) {
    version.update({{"action", "promote"}, {"alias", "production"}, {"reason", "made up"}});
    return version_document(id, std::move(version));
}

TEST_CASE("a model version whose answer was lost is not made again, whoever registers meanwhile", "[tracking]") {
    const TemporaryFolder folder;
    Journal::open(folder.path())->append(registration("first", "m-1"));
    FakeRegistry registry;
    int times = 0;
    registry.after_create = [&] {
        registry.add("models:/m-9", json::array());  // another client's
        return ++times == 1;
    };
    const auto report = registry.deliver(folder.path());
    CHECK(report.complete);
    CHECK(report.set_aside.empty());
    CHECK(registry.made_by("first") == 1);
    CHECK(registry.versions.size() == 2);
}

TEST_CASE("registrations whose acknowledgements are gone make no versions anew", "[tracking]") {
    const TemporaryFolder folder;
    {
        const auto journal = Journal::open(folder.path());
        journal->append(registration("first", "m-1"));
        journal->append(registration("second", "m-2"));
    }
    FakeRegistry registry;
    CHECK(registry.deliver(folder.path()).complete);
    CHECK(registry.deliver(folder.path(), true).documents == 2);
    CHECK(registry.versions.size() == 2);
}

TEST_CASE("a promotion means the registration it names, whatever came later", "[tracking]") {
    const TemporaryFolder folder;
    {
        const auto journal = Journal::open(folder.path());
        journal->append(registration("first", "m-1"));
        journal->append(promotion("p", {{"registration", "first"}, {"digest", "digest-of-m-1"}}));
        journal->append(registration("second", "m-2"));
    }
    FakeRegistry registry;
    CHECK(registry.deliver(folder.path()).set_aside.empty());
    CHECK(registry.aliases == std::map<std::string, std::string>{{"production", "1"}});
}

TEST_CASE("a registration that made no version is promoted by its content", "[tracking]") {
    const TemporaryFolder folder;
    {
        const auto journal = Journal::open(folder.path());
        journal->append(registration("first", "m-1"));
        journal->append(promotion("p", {{"registration", "first"}, {"digest", "digest-of-m-1"}}));
    }
    FakeRegistry registry;
    const json digest{{"key", "assay.digest"}, {"value", "digest-of-m-1"}};
    registry.add("models:/m-1", json::array({digest}));
    CHECK(registry.deliver(folder.path()).set_aside.empty());
    CHECK(registry.versions.size() == 1);
    CHECK(registry.aliases == std::map<std::string, std::string>{{"production", "1"}});
}

TEST_CASE("one process promotes what another registers, in the order of their calls", "[tracking]") {
    const TemporaryFolder folder;
    // The segment that was begun first is delivered first; what it promotes stands in the second.
    Journal::open(folder.path())->append(promotion("p", {{"registration", "first"}}), Timestamp{2'000'000});
    Journal::open(folder.path())->append(registration("first", "m-1"), Timestamp{1'000'000});
    FakeRegistry registry;
    const auto report = registry.deliver(folder.path());
    CHECK(report.complete);
    CHECK(report.set_aside.empty());
    CHECK(registry.aliases == std::map<std::string, std::string>{{"production", "1"}});
}

TEST_CASE("a registration that waits holds back the promotion that means it, and nothing else", "[tracking]") {
    const TemporaryFolder folder;
    {
        const auto journal = Journal::open(folder.path());
        json body{{"action", "register"}, {"name", "c.s.m"}, {"model", "document"}, {"alias", "staging"}};
        journal->append(Document{RecordKind::model_version, "", "icu/Test", "first", body.dump(), {}});
        journal->append(promotion("p", {{"registration", "first"}}));
        journal->append(CreateRun{std::string(32, 'a'), "icu/Test", "made up", "", "someone", {}});
        journal->append(EndRun{std::string(32, 'a'), RunStatus::finished});
    }
    FakeRegistry registry;
    const bool denied = GENERATE(true, false);
    registry.denies_versions = denied;
    if (!denied) registry.model_status = "LOGGED_MODEL_PENDING";  // its files could not be read, say
    const auto waits = registry.deliver(folder.path());
    CHECK(waits.remaining == 2);
    CHECK(waits.set_aside.empty());
    CHECK(waits.problems.size() == 2);
    CHECK(waits.runs_ended == 1);
    CHECK(registry.aliases.empty());

    registry.denies_versions = false;
    registry.model_status = "LOGGED_MODEL_READY";
    CHECK(registry.deliver(folder.path()).complete);
    CHECK(registry.aliases == std::map<std::string, std::string>{{"production", "1"}, {"staging", "1"}});
}

}  // namespace
}  // namespace assay::tracking
