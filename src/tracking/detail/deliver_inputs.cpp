#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/patience.hpp"
#include "assay/tracking/detail/run_shapes.hpp"

namespace assay::tracking::detail {

void deliver_input(const Document& document, const DocumentDelivery& delivery) {
    DatasetInput dataset;
    try {
        dataset = read<DatasetInput>(nlohmann::json::parse(document.body));
    } catch (const std::exception&) {  // nlohmann's and ours, which quote the member
        throw ValueError("sync: expected a dataset with name, digest and tags in a record of kind input");
    }
    const std::string run = delivery.runs.server_id(document.run);
    patiently(delivery.options, [&] { delivery.client.log_input(run, dataset); });
}

}  // namespace assay::tracking::detail
