#include "assay/tracking/rest/logged_models.hpp"

#include <algorithm>

#include "assay/tracking/detail/logged_model_shapes.hpp"
#include "assay/tracking/detail/rest_call.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking {

using nlohmann::json;

void detail::Shape<rest::LoggedModel>::read(const json& from, rest::LoggedModel& to) {
    const auto half = [&to](const json& object, const auto& list) {
        std::apply([&](const auto&... members) { (read_member(object, members, to), ...); }, list);
    };
    half(from.at("info"), info);
    if (from.contains("data")) half(from.at("data"), data);
}

json detail::Shape<rest::LoggedModel>::write(const rest::LoggedModel& model) {
    json out{{"info", json::object()}, {"data", json::object()}};
    const auto half = [&model](json& object, const auto& list) {
        std::apply([&](const auto&... members) { (write_member(model, members, object), ...); }, list);
    };
    half(out["info"], info);
    half(out["data"], data);
    return out;
}

namespace rest {
namespace {

using detail::nothing;

std::string model_path(std::string_view model_id, std::string_view rest = {}) {
    return detail::endpoint(detail::api2, "logged-models/" + detail::encode_url(model_id) + std::string(rest));
}

}  // namespace

LoggedModel LoggedModels::create(const NewLoggedModel& model) const {
    return detail::send<LoggedModel>(connection_, "POST", detail::endpoint(detail::api2, "logged-models"),
                                     detail::write_value(model), "model", Repeat::no);
}

LoggedModel LoggedModels::get(std::string_view model_id) const {
    return detail::get<LoggedModel>(connection_, model_path(model_id), {}, "model");
}

LoggedModel LoggedModels::finalize(std::string_view model_id, const std::string& status) const {
    // 3.17 wants the id in the body, too.
    return detail::send<LoggedModel>(connection_, "PATCH", model_path(model_id),
                                     {{"model_id", model_id}, {"status", status}}, "model");
}

void LoggedModels::remove(std::string_view model_id) const {
    connection_.send("DELETE", model_path(model_id), json::object(), nothing);
}

Page<LoggedModel> LoggedModels::search_page(const LoggedModelQuery& query, const std::string& page_token) const {
    json body{{"experiment_ids", query.experiment_ids}, {"max_results", query.page_size}};
    detail::put(body, "filter", query.filter);
    detail::put(body, "datasets", query.datasets);
    detail::put(body, "order_by", query.order_by);
    return detail::post_page<LoggedModel>(connection_, detail::endpoint(detail::api2, "logged-models/search"), body,
                                          "models", page_token);
}

PageRange<LoggedModel> LoggedModels::search(const LoggedModelQuery& query) const {
    return PageRange<LoggedModel>(
        [self = *this, query](const std::string& token) { return self.search_page(query, token); });
}

void LoggedModels::set_tags(std::string_view model_id, const TextMap& tags) const {
    connection_.send("PATCH", model_path(model_id, "/tags"),
                     {{"model_id", model_id}, {"tags", detail::write_value(tags)}}, nothing);
}

void LoggedModels::delete_tag(std::string_view model_id, const std::string& key) const {
    detail::remove(connection_, "DELETE", model_path(model_id, "/tags/" + detail::encode_url(key)), json::object());
}

void LoggedModels::log_params(std::string_view model_id, const TextMap& params) const {
    try {
        connection_.send("POST", model_path(model_id, "/params"),
                         {{"model_id", model_id}, {"params", detail::write_value(params)}}, nothing, Repeat::refused);
    } catch (const InvalidParameter& e) {
        if (!e.repeated()) throw;
        const TextMap held = get(model_id).params;
        const auto is_held = [&held](const auto& param) {
            const auto found = held.find(param.first);
            return found != held.end() && found->second == param.second;
        };
        if (!std::all_of(params.begin(), params.end(), is_held)) throw;
    }
}

std::vector<FileInfo> LoggedModels::list_artifacts(std::string_view model_id, std::string_view folder) const {
    return detail::list_files(connection_, model_path(model_id, "/artifacts/directories"), {},
                              {"artifact_directory_path", std::string(folder)});
}

}  // namespace rest
}  // namespace assay::tracking
