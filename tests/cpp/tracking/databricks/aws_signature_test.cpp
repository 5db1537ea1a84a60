#include "assay/tracking/databricks/aws_signature.hpp"

#include "assay/base/hash.hpp"
#include "catch.hpp"

namespace assay::tracking::databricks {
namespace {

/// Keys, times and signatures are those of AWS's documents; the keys open nothing.
const AwsKey suite_key{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};
const AwsKey s3_key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
const Timestamp suite_time = *parse_timestamp("2015-08-30T12:36:00Z");
const Timestamp s3_time = *parse_timestamp("2013-05-24T00:00:00Z");

http::Request request(const char* method, const char* url, http::Headers headers, const char* body = "") {
    http::Request out;
    out.method = method;
    out.url = url;
    out.headers = std::move(headers);
    out.body = body;
    return out;
}

std::string suite(http::Request what, const AwsKey& key = suite_key) {
    const std::string payload = to_hex(sha256(what.body));
    what.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
    return aws_authorization(what, key, {"us-east-1", "service"}, payload, suite_time);
}

std::string signature(const std::string& authorization) { return authorization.substr(authorization.rfind('=') + 1); }

TEST_CASE("aws: the signatures of AWS's Signature Version 4 test suite") {
    CHECK(suite(request("GET", "https://example.amazonaws.com/", {})) ==
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
          "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    // get-vanilla-query-order-key-case
    CHECK(signature(suite(request("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", {}))) ==
          "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    // get-header-value-trim
    CHECK(signature(suite(request("GET", "https://example.amazonaws.com/",
                                  {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}))) ==
          "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
    // post-vanilla
    CHECK(signature(suite(request("POST", "https://example.amazonaws.com/", {}))) ==
          "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    // post-x-www-form-urlencoded
    CHECK(signature(suite(request("POST", "https://example.amazonaws.com/",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}}, "Param1=value1"))) ==
          "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST_CASE("aws: the session token of the test suite's post-sts-header-before is signed") {
    const char* token =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YU"
        "uwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQ"
        "cHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/"
        "oLxBA==";
    auto what = request("POST", "https://example.amazonaws.com/", {});
    what.headers.emplace_back("X-Amz-Security-Token", token);
    CHECK(signature(suite(what)) == "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

TEST_CASE("aws: the worked examples of S3's documents") {
    const std::string host = "https://examplebucket.s3.amazonaws.com";
    const auto sign = [&](http::Request what, const std::string& payload) {
        what.url.insert(0, host);
        sign_for_s3(what, s3_key, "us-east-1", payload, s3_time);
        return signature(what.headers.back().second);
    };
    CHECK(sign(request("GET", "/test.txt", {{"Range", "bytes=0-9"}}), sha256_of_nothing) ==
          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    CHECK(sign(request("PUT", "/test%24file.text",
                       {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}),
               to_hex(sha256("Welcome to Amazon S3."))) ==
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    CHECK(sign(request("GET", "/?lifecycle", {}), sha256_of_nothing) ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(sign(request("GET", "/?max-keys=2&prefix=J", {}), sha256_of_nothing) ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    CHECK(to_hex(sha256("")) == sha256_of_nothing);
}

TEST_CASE("aws: a session token goes along and is signed") {
    auto what = request("PUT", "https://bucket.s3.eu-west-1.amazonaws.com/a%20b", {});
    sign_for_s3(what, {"id", Secret("s"), Secret("session")}, "eu-west-1", sha256_of_nothing, s3_time);
    CHECK(http::find_header(what.headers, "x-amz-security-token") == "session");
    CHECK(what.headers.back().second.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token") !=
          std::string::npos);
}

}  // namespace
}  // namespace assay::tracking::databricks
