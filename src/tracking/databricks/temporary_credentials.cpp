#include "tracking/databricks/temporary_credentials.hpp"

#include <nlohmann/json.hpp>

#include "assay/tracking/rest/error.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

Secret secret(const json& object, const char* name) { return Secret(object.at(name).get_ref<const std::string&>()); }

/// How the bucket wants objects to be encrypted, as headers of S3.
http::Headers encryption(const json& credentials) {
    const json::json_pointer place("/encryption_details/sse_encryption_details");
    if (!credentials.contains(place)) return {};
    const json& details = credentials.at(place);
    const std::string algorithm = details.value("algorithm", "");
    if (algorithm == "AWS_SSE_S3") return {{"x-amz-server-side-encryption", "AES256"}};
    if (algorithm != "AWS_SSE_KMS") return {};
    return {{"x-amz-server-side-encryption", "aws:kms"},
            {"x-amz-server-side-encryption-aws-kms-key-id", details.at("aws_kms_key_arn").get<std::string>()}};
}

TemporaryCredentials read_credentials(const json& credentials) {
    using Kind = TemporaryCredentials::Kind;
    TemporaryCredentials out;
    if (credentials.value("storage_mode", "") == "DEFAULT_STORAGE") return out;
    if (credentials.contains("aws_temp_credentials")) {
        const json& aws = credentials.at("aws_temp_credentials");
        out.kind = Kind::aws;
        out.aws.key = {aws.at("access_key_id").get<std::string>(), secret(aws, "secret_access_key"),
                       secret(aws, "session_token")};
        out.aws.encryption = encryption(credentials);
        return out;
    }
    if (credentials.contains("azure_user_delegation_sas")) {
        out.kind = Kind::azure;
        out.azure_sas = secret(credentials.at("azure_user_delegation_sas"), "sas_token");
        return out;
    }
    out.kind = Kind::gcp;
    out.gcp_token = secret(credentials.at("gcp_oauth_token"), "oauth_token");
    return out;
}

}  // namespace

TemporaryCredentials write_credentials(const WorkspaceApi& api, const std::string& name, const std::string& version) {
    const json answer =
        api.post("/api/2.0/mlflow/unity-catalog/model-versions/generate-temporary-credentials",
                 {{"name", name}, {"version", version}, {"operation", "MODEL_VERSION_OPERATION_READ_WRITE"}});
    try {
        return read_credentials(answer.at("credentials"));
    } catch (const json::exception&) {
        throw MlflowError(
            "databricks: Unity Catalog gave no credentials for S3, Azure Data Lake or Google Cloud Storage", 200, "",
            "", false);
    }
}

}  // namespace assay::tracking::databricks
