#include "assay/tracking/detail/run_registry.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {
namespace {

constexpr const char* uuid_tag = "assay.run_uuid";

}  // namespace

std::string RunRegistry::server_id(const std::string& run) {
    if (const auto known = state_.server_run(run)) return *known;
    const auto beginning = beginnings_.find(run);
    if (beginning != beginnings_.end() && beginning->second.record.tags.count(on_server_tag) != 0) {
        auto found = patiently(options_, [&] { return client_.get_run(run); });
        state_.remember_run(run, found.id);
        runs_.insert_or_assign(run, std::move(found));
        return run;
    }
    const std::string experiment =
        beginning == beginnings_.end() ? experiment_id("Default") : experiment_of(beginning->second.record);
    const std::string id = find_or_create(experiment, run, describe(run, experiment));
    state_.remember_run(run, id);
    return id;
}

const ServerRun& RunRegistry::server_run(const std::string& run) {
    const auto known = runs_.find(run);
    if (known != runs_.end()) return known->second;
    const std::string id = server_id(run);
    return runs_.emplace(run, patiently(options_, [&] { return client_.get_run(id); })).first->second;
}

std::string RunRegistry::experiment_of(const CreateRun& run) {
    const auto given = run.tags.find(experiment_id_tag);
    return given == run.tags.end() ? experiment_id(run.experiment) : given->second;
}

const std::string& RunRegistry::experiment_id(const std::string& name) {
    const auto known = experiments_.find(name);
    if (known != experiments_.end()) return known->second;
    auto found = patiently(options_, [&] { return client_.ensure_experiment(name); });
    return experiments_.emplace(name, std::move(found.id)).first->second;
}

NewRun RunRegistry::describe(const std::string& run, const std::string& experiment) {
    NewRun description;
    description.experiment_id = experiment;
    const auto beginning = beginnings_.find(run);
    if (beginning == beginnings_.end()) {
        // The record of its beginning is damaged: what else it logged is delivered all the same.
        description.name = "recovered-" + run.substr(0, 8);
        description.tags = {{uuid_tag, run}, {"assay.recovered", "true"}};
        return description;
    }
    const CreateRun& record = beginning->second.record;
    description.name = record.name;
    description.user = record.user;
    description.start_time = beginning->second.time.micros() / 1000;
    description.tags = record.tags;
    description.tags[uuid_tag] = run;
    description.tags.emplace("mlflow.user", record.user);
    description.tags.emplace("mlflow.source.type", "LOCAL");
    if (!record.parent.empty() && in_progress_.insert(run).second) {
        if (in_progress_.count(record.parent) == 0) {
            description.tags["mlflow.parentRunId"] = server_id(record.parent);
            description.tags["assay.parent_run_uuid"] = record.parent;
        }
        in_progress_.erase(run);
    }
    return description;
}

std::vector<ServerRun> RunRegistry::search(const std::string& experiment, const std::string& run) const {
    const std::string filter = std::string("tags.`") + uuid_tag + "` = '" + run + "'";
    return patiently(options_, [&] { return client_.search_runs({experiment}, filter, 10).items; });
}

std::string RunRegistry::find_or_create(const std::string& experiment, const std::string& run,
                                        const NewRun& description) {
    Patience patience(options_);
    for (bool doubtful = false;; doubtful = true) {
        auto found = search(experiment, run);
        if (!found.empty()) {
            // Two that both came into being after answers were lost: the later ones go.
            created_ += doubtful;
            for (std::size_t i = 1; doubtful && i < found.size(); ++i) client_.delete_run(found[i].id);
            return found.front().id;
        }
        try {
            auto made = client_.create_run(description);
            ++created_;
            return runs_.insert_or_assign(run, std::move(made)).first->second.id;
        } catch (const AuthError&) {
            throw;
        } catch (const MlflowError& e) {
            if (!e.transient() || !patience.wait()) throw;
        } catch (const HttpError&) {
            if (!patience.wait()) throw;
        }
    }
}

}  // namespace assay::tracking::detail
