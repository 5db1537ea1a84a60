#include "assay/tracking/detail/document_delivery.hpp"

#include "assay/base/error.hpp"

namespace assay::tracking::detail {

void deliver_document(const Document& document, Timestamp time, const DocumentDelivery& delivery) {
    switch (document.kind) {
        case RecordKind::input:
            return deliver_input(document, delivery);
        case RecordKind::assessment:
            return deliver_assessment(document, delivery);
        case RecordKind::trace:
            return deliver_trace(document, delivery);
        case RecordKind::model:
            return deliver_model(document, delivery);
        case RecordKind::model_version:
            return deliver_model_version(document, time, delivery);
        case RecordKind::tag_removal:
            return deliver_tag_removal(document, delivery);
        case RecordKind::experiment_tag:
            return deliver_experiment_tag(document, delivery);
        case RecordKind::model_metric:
            return deliver_model_metric(document, time, delivery);
        default:
            throw ValueError("sync: this version of Assay cannot deliver a record of kind " +
                             std::string(to_string(document.kind)) + "; deliver it with the version that wrote it");
    }
}

}  // namespace assay::tracking::detail
