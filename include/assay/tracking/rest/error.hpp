#pragma once

#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/export.hpp"

namespace assay::tracking {

/// What is known of a request that MLflow did not fulfil.
struct Refusal {
    std::string text;        ///< endpoint, status and error code; nothing of what was logged
    int status = 0;          ///< HTTP status; 200 where the answer is not MLflow's
    std::string code;        ///< MLflow's `error_code`, empty where it gave none
    std::string words;       ///< the server's own message; may quote what was logged
    bool transient = false;  ///< whether the same request may succeed later
    bool repeated = false;   ///< whether it had been sent before, without an answer that counts
};

/// The server's refusal, or an answer that is not MLflow's. Those below are the kinds that callers tell apart.
///
/// `what()` holds the endpoint, the status and the error code. The server's own words may quote what was logged, and
/// stand apart.
class ASSAY_EXPORT MlflowError : public virtual HttpError {
  public:
    explicit MlflowError(Refusal refusal)
        : HttpError(refusal.text, refusal.status, refusal.code),
          words_(std::move(refusal.words)),
          transient_(refusal.transient),
          repeated_(refusal.repeated) {}
    MlflowError(const std::string& text, int status, std::string code, std::string words, bool transient)
        : MlflowError(Refusal{text, status, std::move(code), std::move(words), transient}) {}

    const std::string& server_words() const noexcept { return words_; }
    /// Whether the same request may succeed later: 408, 429, 5xx, an overloaded server's 400, an answer that is not
    /// MLflow's (a login page, an empty or cut body).
    bool transient() const noexcept { return transient_; }
    /// Whether the request had been sent before: an attempt whose answer was lost may have done what this one, for that
    /// very reason, was refused.
    bool repeated() const noexcept { return repeated_; }
    /// The class's name, which is also the name of the Python exception.
    virtual const char* kind() const noexcept { return "MlflowError"; }

  private:
    std::string words_;
    bool transient_;
    bool repeated_;
};

/// Throws the kind of MlflowError that the code, or where there is none the status, stands for.
[[noreturn]] ASSAY_EXPORT void throw_refusal(Refusal refusal);

/// RESOURCE_DOES_NOT_EXIST, NOT_FOUND: a run, a version, an experiment that is not there.
class ASSAY_EXPORT ResourceDoesNotExist : public MlflowError {
  public:
    explicit ResourceDoesNotExist(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "ResourceDoesNotExist"; }
};

/// RESOURCE_ALREADY_EXISTS, ALREADY_EXISTS: a name that is taken, maybe by this client's own lost request.
class ASSAY_EXPORT ResourceAlreadyExists : public MlflowError {
  public:
    explicit ResourceAlreadyExists(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "ResourceAlreadyExists"; }
};

/// RESOURCE_CONFLICT, ABORTED: two clients changed one thing at once.
class ASSAY_EXPORT ResourceConflict : public MlflowError {
  public:
    explicit ResourceConflict(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "ResourceConflict"; }
};

/// INVALID_PARAMETER_VALUE, BAD_REQUEST, MALFORMED_REQUEST: what was asked for cannot be, and never will.
class ASSAY_EXPORT InvalidParameter : public MlflowError {
  public:
    explicit InvalidParameter(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "InvalidParameter"; }
};

/// INVALID_STATE: what is asked for does not go with the state of the thing it is asked of.
class ASSAY_EXPORT InvalidState : public MlflowError {
  public:
    explicit InvalidState(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "InvalidState"; }
};

/// UNAUTHENTICATED, 401: no credentials, or wrong ones.
class ASSAY_EXPORT Unauthenticated : public MlflowError, public AuthError {
  public:
    explicit Unauthenticated(Refusal r)
        : HttpError(r.text, r.status, r.code), MlflowError(r), AuthError(r.text, r.status, r.code) {}
    const char* kind() const noexcept override { return "Unauthenticated"; }
};

/// PERMISSION_DENIED, 403: this user may not do this.
class ASSAY_EXPORT PermissionDenied : public MlflowError, public AuthError {
  public:
    explicit PermissionDenied(Refusal r)
        : HttpError(r.text, r.status, r.code), MlflowError(r), AuthError(r.text, r.status, r.code) {}
    const char* kind() const noexcept override { return "PermissionDenied"; }
};

/// REQUEST_LIMIT_EXCEEDED, RESOURCE_EXHAUSTED, 429: too much at once, or a quota is used up.
class ASSAY_EXPORT LimitExceeded : public MlflowError {
  public:
    explicit LimitExceeded(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "LimitExceeded"; }
};

/// TEMPORARILY_UNAVAILABLE, DEADLINE_EXCEEDED, 503, 504, and an overloaded server's 400.
class ASSAY_EXPORT TemporarilyUnavailable : public MlflowError {
  public:
    explicit TemporarilyUnavailable(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "TemporarilyUnavailable"; }
};

/// ENDPOINT_NOT_FOUND, NOT_IMPLEMENTED, 405: the server is older than the endpoint, or is no MLflow.
class ASSAY_EXPORT EndpointNotFound : public MlflowError {
  public:
    explicit EndpointNotFound(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "EndpointNotFound"; }
};

/// INTERNAL_ERROR, DATA_LOSS, other 5xx: the server failed.
class ASSAY_EXPORT InternalError : public MlflowError {
  public:
    explicit InternalError(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "InternalError"; }
};

/// An answer that is not MLflow's: an empty 200, a login page, cut JSON, JSON without the members expected.
class ASSAY_EXPORT UnexpectedAnswer : public MlflowError {
  public:
    explicit UnexpectedAnswer(Refusal r) : HttpError(r.text, r.status, r.code), MlflowError(std::move(r)) {}
    const char* kind() const noexcept override { return "UnexpectedAnswer"; }
};

}  // namespace assay::tracking
