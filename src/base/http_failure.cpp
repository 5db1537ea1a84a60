#include "base/http_failure.hpp"

#include "assay/base/error.hpp"
#include "assay/base/http.hpp"

namespace assay::http {
namespace {

const char* failure_remedy(CURLcode code) {
    switch (code) {
        case CURLE_ABORTED_BY_CALLBACK:
            return "it was cancelled here, or the file could not be read";
        case CURLE_COULDNT_RESOLVE_HOST:
            return "check the host's name and the network";
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "check HTTPS_PROXY and http_proxy";
        case CURLE_COULDNT_CONNECT:
            return "check that the server runs, its port and any firewall";
        case CURLE_OPERATION_TIMEDOUT:
            return "check the server's load, or allow more time";
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
            return "check the server's certificate, or name its authority's file in SSL_CERT_FILE";
        case CURLE_SSL_CACERT_BADFILE:
            return "check the file of trusted certificates (SSL_CERT_FILE)";
        case CURLE_SSL_CERTPROBLEM:
            return "check the client certificate";
        default:
            return "check the server and any proxy between";
    }
}

}  // namespace

std::string failure_text(CURLcode code, const char* text) {
    const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
    const char* words = tls && text[0] != '\0' ? text : curl_easy_strerror(code);
    return std::string(words) + "; " + failure_remedy(code);
}

std::string too_large_text(index limit) {
    return "the answer is larger than the " + std::to_string(limit) + " bytes allowed; raise max_response_bytes";
}

bool may_pass(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
            return true;
        default:
            return false;
    }
}

const char* status_remedy(int status) {
    switch (status) {
        case 401:
            return "check the token or password";
        case 403:
            return "ask for the right to do this";
        case 404:
            return "check the URL";
        case 407:
            return "give the proxy's user and password in HTTPS_PROXY";
        case 413:
            return "send less at once, or raise the server's limit";
        case 429:
            return "send less often, or ask for a higher limit";
        default:
            break;
    }
    if (status >= 500) return "try again later, or look into the server's log";
    return status >= 300 && status < 400 ? "use the URL that the server redirects to" : "check the request";
}

void expect_success(const Request& request, const Response& response, const std::string& error_code) {
    if (response.ok()) return;
    std::string text = request.method + ' ' + loggable_url(request.url) + ": expected success, got status " +
                       std::to_string(response.status);
    if (!error_code.empty()) text += " (" + error_code + ')';
    if (response.attempts > 1) text += " after " + std::to_string(response.attempts) + " attempts";
    text += std::string("; ") + status_remedy(response.status);
    if (response.status == 401 || response.status == 403) throw AuthError(text, response.status, error_code);
    throw HttpError(text, response.status, error_code);
}

}  // namespace assay::http
