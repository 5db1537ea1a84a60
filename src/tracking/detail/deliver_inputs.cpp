#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {

void deliver_input(const Document& document, const DocumentDelivery& delivery) {
    DatasetInput dataset;
    try {
        const auto body = nlohmann::json::parse(document.body);
        const auto& described = body.at("dataset");
        const auto text = [&described](const char* name) { return described.value(name, std::string()); };
        dataset = {described.at("name").get<std::string>(),
                   described.at("digest").get<std::string>(),
                   text("source_type"),
                   text("source"),
                   text("schema"),
                   text("profile"),
                   body.at("tags").get<std::map<std::string, std::string>>()};
    } catch (const nlohmann::json::exception&) {
        throw ValueError("sync: expected a dataset with name, digest and tags in a record of kind input");
    }
    const std::string run = delivery.runs.server_id(document.run);
    patiently(delivery.options, [&] { delivery.client.log_input(run, dataset); });
}

}  // namespace assay::tracking::detail
