#include "assay/tracking/rest/experiments.hpp"

#include "assay/tracking/detail/rest_call.hpp"
#include "assay/tracking/detail/run_shapes.hpp"

namespace assay::tracking::rest {
namespace {

using detail::api2;
using detail::endpoint;
using detail::nothing;
using nlohmann::json;

}  // namespace

std::string Experiments::create(const std::string& name, const TextMap& tags,
                                const std::string& artifact_location) const {
    json body{{"name", name}};
    detail::put(body, "tags", tags);
    detail::put(body, "artifact_location", artifact_location);
    std::string id;
    connection_.send(
        "POST", endpoint(api2, "experiments/create"), body,
        [&](const json& answer) { detail::read_value(answer.at("experiment_id"), id); }, Repeat::no);
    return id;
}

Experiment Experiments::get(std::string_view id) const {
    return detail::get<Experiment>(connection_, endpoint(api2, "experiments/get"), {{"experiment_id", std::string(id)}},
                                   "experiment");
}

std::optional<Experiment> Experiments::find(std::string_view name) const {
    try {
        return detail::get<Experiment>(connection_, endpoint(api2, "experiments/get-by-name"),
                                       {{"experiment_name", std::string(name)}}, "experiment");
    } catch (const ResourceDoesNotExist&) {  // never a proxy's 404, which has no error code
        return std::nullopt;
    }
}

Experiment Experiments::ensure(const std::string& name) const {
    auto found = find(name);
    if (!found) {
        try {
            create(name);
        } catch (const ResourceAlreadyExists&) {
            // Another client was faster.
        } catch (const AuthError&) {
            throw;
        } catch (const HttpError&) {  // the answer may have been lost
            found = find(name);
            if (!found) throw;
        }
        if (!found) found = find(name);
        if (!found) throw UnexpectedAnswer({"MLflow: the experiment just created is not there", 404, "", "", true});
    }
    if (found->lifecycle_stage == "deleted") {
        throw StateError("MLflow: experiment '" + name +
                         "' is deleted on the server; restore it there, or log to another");
    }
    return *std::move(found);
}

Page<Experiment> Experiments::search_page(const ExperimentQuery& query, const std::string& page_token) const {
    json body{{"max_results", query.page_size}, {"view_type", detail::name_of(query.view)}};
    detail::put(body, "filter", query.filter);
    detail::put(body, "order_by", query.order_by);
    return detail::post_page<Experiment>(connection_, endpoint(api2, "experiments/search"), body, "experiments",
                                         page_token);
}

PageRange<Experiment> Experiments::search(const ExperimentQuery& query) const {
    return PageRange<Experiment>(
        [self = *this, query](const std::string& token) { return self.search_page(query, token); });
}

void Experiments::rename(std::string_view id, const std::string& new_name) const {
    connection_.send("POST", endpoint(api2, "experiments/update"), {{"experiment_id", id}, {"new_name", new_name}},
                     nothing);
}

void Experiments::remove(std::string_view id) const {
    detail::remove(connection_, "POST", endpoint(api2, "experiments/delete"), {{"experiment_id", id}});
}

void Experiments::restore(std::string_view id) const {
    try {
        connection_.send("POST", endpoint(api2, "experiments/restore"), {{"experiment_id", id}}, nothing,
                         Repeat::refused);
    } catch (const ResourceDoesNotExist& e) {  // it looks among the deleted ones alone
        if (!e.repeated() || get(id).lifecycle_stage != "active") throw;
    }
}

void Experiments::set_tag(std::string_view id, const KeyValue& tag) const {
    connection_.send("POST", endpoint(api2, "experiments/set-experiment-tag"),
                     {{"experiment_id", id}, {"key", tag.key}, {"value", tag.value}}, nothing);
}

void Experiments::delete_tag(std::string_view id, const std::string& key) const {
    detail::remove(connection_, "POST", endpoint(api2, "experiments/delete-experiment-tag"),
                   {{"experiment_id", id}, {"key", key}});
}

}  // namespace assay::tracking::rest
