#include <algorithm>
#include <functional>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/tracking/rest/experiments.hpp"
#include "assay/tracking/rest/logged_models.hpp"
#include "assay/tracking/rest/registry.hpp"
#include "assay/tracking/rest/runs.hpp"
#include "assay/tracking/rest/traces.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"

namespace assay::tracking::rest {
namespace {

using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;

const FakeAnswer lost{.hang_up = true};
const FakeAnswer gone{404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"not there"})"};

/// Gives these answers, one after the other; the last again and again.
class Answers {
  public:
    explicit Answers(std::vector<FakeAnswer> answers) : answers_(std::move(answers)) {
        server_.set_fault([this](const FakeRequest&, FakeAnswer& reply) {
            reply = answers_.at(std::min(next_++, answers_.size() - 1));
            return true;
        });
        ServerAddress address;
        address.url = server_.url();
        address.options.retry.attempts = 3;
        address.options.waiting.sleep = [](std::chrono::milliseconds) {};
        connection_.emplace(std::move(address));
    }

    const Connection& connection() const { return *connection_; }
    std::size_t requests() const { return server_.requests.size(); }

  private:
    std::vector<FakeAnswer> answers_;
    std::size_t next_ = 0;
    FakeMlflow server_;
    std::optional<Connection> connection_;
};

TEST_CASE("rest: a deletion repeated after a lost answer finds nothing, and has succeeded") {
    using Call = std::function<void(const Connection&)>;
    const std::vector<Call> deletions{
        [](const Connection& c) { Experiments(c).remove("1"); },
        [](const Connection& c) { Experiments(c).delete_tag("1", "k"); },
        [](const Connection& c) { Runs(c).delete_tag("r", "k"); },
        [](const Connection& c) { Registry(c).delete_model("m"); },
        [](const Connection& c) { Registry(c).delete_version("m", "1"); },
        [](const Connection& c) { LoggedModels(c).delete_tag("m", "k"); },
        [](const Connection& c) { Traces(c).delete_tag("tr", "k"); },
    };
    for (const auto& call : deletions) {
        CAPTURE(&call - deletions.data());
        for (const auto& first : {lost, FakeAnswer{.status = 503, .body = ""}}) {
            const Answers twice({first, gone});
            CHECK_NOTHROW(call(twice.connection()));
            CHECK(twice.requests() == 2);
        }
        const Answers never({gone});
        CHECK_THROWS_AS(call(never.connection()), ResourceDoesNotExist);
    }
}

TEST_CASE("rest: what was renamed or restored by a request whose answer was lost is looked for") {
    const Answers renamed({lost, gone, {200, R"({"registered_model":{"name":"new"}})"}});
    CHECK(Registry(renamed.connection()).rename_model("old", "new").name == "new");
    const Answers unknown({lost, gone, gone});
    CHECK_THROWS_AS(Registry(unknown.connection()).rename_model("old", "new"), ResourceDoesNotExist);

    const auto experiment = [](const std::string& stage) {
        return FakeAnswer{200, R"({"experiment":{"experiment_id":"1","name":"e","lifecycle_stage":")" + stage + "\"}}"};
    };
    const Answers restored({lost, gone, experiment("active")});
    CHECK_NOTHROW(Experiments(restored.connection()).restore("1"));
    const Answers deleted({lost, gone, experiment("deleted")});
    CHECK_THROWS_AS(Experiments(deleted.connection()).restore("1"), ResourceDoesNotExist);

    const FakeAnswer taken{400, R"({"error_code":"BAD_REQUEST","message":"UNIQUE constraint failed"})"};
    const FakeAnswer model{200, R"({"model":{"info":{"model_id":"m","experiment_id":"1","name":"n"},)"
                                R"("data":{"params":[{"key":"depth","value":"3"}]}}})"};
    const Answers logged({lost, taken, model});
    CHECK_NOTHROW(LoggedModels(logged.connection()).log_params("m", {{"depth", "3"}}));
    const Answers other({lost, taken, model});
    CHECK_THROWS_AS(LoggedModels(other.connection()).log_params("m", {{"depth", "4"}}), InvalidParameter);
}

TEST_CASE("rest: what would be made, counted or deleted anew is asked for once") {
    using Call = std::function<void(const Connection&)>;
    const std::vector<Call> calls{
        [](const Connection& c) { Experiments(c).create("e"); },
        [](const Connection& c) { Runs(c).create({}); },
        [](const Connection& c) { Runs(c).log_inputs("r", {}, {{"m-1"}}); },
        [](const Connection& c) {
            Runs(c).log_outputs("r", {{"m-1", 0}});
        },
        [](const Connection& c) { Runs(c).log_model("r", "{}"); },
        [](const Connection& c) { Registry(c).create_model("m"); },
        [](const Connection& c) { Registry(c).create_version({.name = "m"}); },
        [](const Connection& c) { LoggedModels(c).create({}); },
        [](const Connection& c) { Traces(c).remove("1", {"tr-1"}); },
        [](const Connection& c) { Traces(c).remove_until("1", Timestamp{1}, 5); },
    };
    for (const auto& call : calls) {
        CAPTURE(&call - calls.data());
        const Answers answers({lost});
        CHECK_THROWS_AS(call(answers.connection()), HttpError);
        CHECK(answers.requests() == 1);
    }
}

TEST_CASE("rest: an experiment or a model that is ensured is looked for after a lost answer") {
    const FakeAnswer experiment{200, R"({"experiment":{"experiment_id":"7","name":"e"}})"};
    const Answers made({gone, lost, experiment});
    CHECK(Experiments(made.connection()).ensure("e").id == "7");
    CHECK(made.requests() == 3);
    const Answers not_made({gone, lost, gone});
    CHECK_THROWS_AS(Experiments(not_made.connection()).ensure("e"), HttpError);
    const Answers model({lost, {200, R"({"registered_model":{"name":"m"}})"}});
    CHECK(Registry(model.connection()).ensure_model("m").name == "m");
}

}  // namespace
}  // namespace assay::tracking::rest
