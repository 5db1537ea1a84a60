#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "assay/base/export.hpp"

namespace assay {

/// Root of all exceptions thrown by Assay. Types are API, texts are not.
///
/// A text says what was expected, what came, where, and what to do. It never holds a patient's data or a secret.
class ASSAY_EXPORT Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Lengths or dimensions that do not fit each other.
class ASSAY_EXPORT ShapeError : public Error {
  public:
    using Error::Error;
};

/// A table that is not what its schema says: a missing column, a wrong type, two columns of one name.
class ASSAY_EXPORT SchemaError : public Error {
  public:
    using Error::Error;
};

/// A value outside what the function accepts.
class ASSAY_EXPORT ValueError : public Error {
  public:
    using Error::Error;
};

/// A call that is not allowed in the object's present state (predict before fit, log after end).
class ASSAY_EXPORT StateError : public Error {
  public:
    using Error::Error;
};

/// A file, folder or stream that cannot be read or written.
class ASSAY_EXPORT IoError : public Error {
  public:
    using Error::Error;
};

/// A server that could not be reached or answered with an error.
class ASSAY_EXPORT HttpError : public Error {
  public:
    /// @param status      HTTP status, 0 where no answer came
    /// @param error_code  the server's own code (MLflow's `error_code`), empty where it gave none
    explicit HttpError(const std::string& text, int status = 0, std::string error_code = {})
        : Error(text), status_(status), error_code_(std::move(error_code)) {}

    int status() const noexcept { return status_; }
    const std::string& error_code() const noexcept { return error_code_; }

  private:
    int status_;
    std::string error_code_;
};

/// A server that refused the credentials (401, 403), or a key that is missing.
///
/// Virtual, so that the error of one server's protocol may be this and a kind of its own.
class ASSAY_EXPORT AuthError : public virtual HttpError {
  public:
    explicit AuthError(const std::string& text, int status = 0, std::string error_code = {})
        : HttpError(text, status, std::move(error_code)) {}
};

}  // namespace assay
