#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "assay/base/http.hpp"

/// What every answer of a server is held against, MLflow's or a workspace's.
namespace assay::tracking::detail {

/// "POST host:port/api/2.0/mlflow/runs/create"
std::string place_of(const http::Request& request);

/// Throws the kind of MlflowError that the answer stands for; `who` begins its text: "MLflow", "databricks".
[[noreturn]] void refuse(const char* who, const http::Request& request, const http::Response& response);

/// Throws UnexpectedAnswer for an answer with `what` in place of JSON.
[[noreturn]] void distrust(const char* who, const http::Request& request, const http::Response& response,
                           const char* what);

/// The JSON object that an answer is. @throws UnexpectedAnswer for an empty body, another type, a cut text
nlohmann::json read_object(const char* who, const http::Request& request, const http::Response& response);

}  // namespace assay::tracking::detail
