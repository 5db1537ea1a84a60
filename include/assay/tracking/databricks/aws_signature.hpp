#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/base/secret.hpp"
#include "assay/base/time.hpp"

namespace assay::tracking::databricks {

/// A key of AWS; temporary ones come with a session token.
struct AwsKey {
    std::string id;
    Secret secret;
    Secret session_token{};
};

/// Where a signature holds.
struct AwsScope {
    std::string region;
    std::string service = "s3";
};

/// SHA-256 of no bytes at all, in hexadecimal digits.
inline constexpr const char* sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The value of the Authorization header that signs a request.
///
/// Signs `Host` and every header of the request, the path as the URL has it (S3's rule: percent-encoded once), and
/// the query.
/// @param request  with `X-Amz-Date` among its headers, for the same second as `time`
/// @param payload  SHA-256 of the body in hexadecimal digits
/// Source: AWS, "Create a signed AWS API request" (Signature Version 4); its test suite and S3's worked examples.
ASSAY_EXPORT std::string aws_authorization(const http::Request& request, const AwsKey& key, const AwsScope& scope,
                                           std::string_view payload, Timestamp time);

/// Signs a request to S3: adds X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token and Authorization.
/// @param payload  as above
ASSAY_EXPORT void sign_for_s3(http::Request& request, const AwsKey& key, const std::string& region,
                              std::string_view payload, Timestamp time);

/// "20150830T123600Z"
ASSAY_EXPORT std::string aws_time(Timestamp time);

}  // namespace assay::tracking::databricks
