#include "assay/tracking/rest/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace assay::tracking {
namespace {

template <class Kind>
[[noreturn]] void raise(Refusal refusal) {
    throw Kind(std::move(refusal));
}

struct Rule {
    std::string_view code;
    int status;  // that which MLflow sends with the code; 0 where another code has it
    void (*raise)(Refusal);
};

// Source: ERROR_CODE_TO_HTTP_STATUS in mlflow/exceptions.py of 3.17. The first rule of a status stands for it where
// the answer has no code: a proxy's, say.
constexpr std::array rules{
    Rule{"UNAUTHENTICATED", 401, &raise<Unauthenticated>},
    Rule{"CUSTOMER_UNAUTHORIZED", 0, &raise<Unauthenticated>},
    Rule{"PERMISSION_DENIED", 403, &raise<PermissionDenied>},
    Rule{"RESOURCE_DOES_NOT_EXIST", 0, &raise<ResourceDoesNotExist>},
    Rule{"NOT_FOUND", 0, &raise<ResourceDoesNotExist>},
    Rule{"ENDPOINT_NOT_FOUND", 0, &raise<EndpointNotFound>},
    Rule{"NOT_IMPLEMENTED", 501, &raise<EndpointNotFound>},
    Rule{"FEATURE_DISABLED", 0, &raise<EndpointNotFound>},
    Rule{"METHOD_NOT_ALLOWED", 405, &raise<EndpointNotFound>},
    Rule{"RESOURCE_ALREADY_EXISTS", 0, &raise<ResourceAlreadyExists>},
    Rule{"ALREADY_EXISTS", 0, &raise<ResourceAlreadyExists>},
    Rule{"RESOURCE_CONFLICT", 409, &raise<ResourceConflict>},
    Rule{"ABORTED", 0, &raise<ResourceConflict>},
    Rule{"INVALID_PARAMETER_VALUE", 400, &raise<InvalidParameter>},
    Rule{"BAD_REQUEST", 0, &raise<InvalidParameter>},
    Rule{"MALFORMED_REQUEST", 0, &raise<InvalidParameter>},
    Rule{"INVALID_STATE", 0, &raise<InvalidState>},
    Rule{"REQUEST_LIMIT_EXCEEDED", 429, &raise<LimitExceeded>},
    Rule{"RESOURCE_EXHAUSTED", 0, &raise<LimitExceeded>},
    Rule{"TEMPORARILY_UNAVAILABLE", 503, &raise<TemporarilyUnavailable>},
    Rule{"DEADLINE_EXCEEDED", 504, &raise<TemporarilyUnavailable>},
    Rule{"INTERNAL_ERROR", 500, &raise<InternalError>},
    Rule{"DATA_LOSS", 0, &raise<InternalError>},
};

}  // namespace

void throw_refusal(Refusal refusal) {
    // Whatever the code, these two are the caller's right or password.
    if (refusal.status == 401) raise<Unauthenticated>(std::move(refusal));
    if (refusal.status == 403) raise<PermissionDenied>(std::move(refusal));
    if (refusal.status == 400 && refusal.transient) raise<TemporarilyUnavailable>(std::move(refusal));
    const auto same = [&refusal](const Rule& rule) {
        return refusal.code.empty() ? rule.status != 0 && rule.status == refusal.status : rule.code == refusal.code;
    };
    const auto* rule = std::find_if(rules.begin(), rules.end(), same);
    if (rule != rules.end()) rule->raise(std::move(refusal));
    if (refusal.status >= 500) raise<InternalError>(std::move(refusal));
    throw MlflowError(std::move(refusal));
}

}  // namespace assay::tracking
