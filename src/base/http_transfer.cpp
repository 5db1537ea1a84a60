#include "base/http_transfer.hpp"

#include "base/http_failure.hpp"

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/version.hpp"

#include <curl/curl.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <mutex>

namespace assay::http {
namespace {

namespace fs = std::filesystem;

/// libcurl's global state, made at the first use of a client and kept to the end of the process.
void start_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error("http: libcurl could not be started");
    });
}

class HeaderList {
  public:
    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    ~HeaderList() { curl_slist_free_all(list_); }

    void add(const std::string& line) {
        if (line.find_first_of("\r\n") != std::string::npos || line.find('\0') != std::string::npos) {
            throw ValueError("http: expected a header without line ends, got one with them");
        }
        curl_slist* longer = curl_slist_append(list_, line.c_str());
        if (longer == nullptr) throw Error("http: out of memory");
        list_ = longer;
    }
    void add_all(const Headers& headers) {
        // curl reads "name:" as "leave this header out" and "name;" as one without a value.
        for (const auto& [name, value] : headers) add(value.empty() ? name + ';' : name + ": " + value);
    }
    curl_slist* get() const { return list_; }

  private:
    curl_slist* list_ = nullptr;
};

/// What the callbacks write to and read from.
struct Transfer {
    CURL* easy;
    const Request& request;
    Response& response;
    index limit;
    bool too_large = false;
    int upload = -1;
    index upload_size = -1;  ///< -1 where it is not known
    index sent = 0;
    std::exception_ptr thrown{};  ///< by the caller's functions: exceptions must not cross libcurl
    std::array<char, CURL_ERROR_SIZE> text{};

    template <class Call>
    bool guarded(Call&& call) {
        try {
            call();
            return true;
        } catch (...) {
            thrown = std::current_exception();
            return false;
        }
    }
};

int status_of(CURL* easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* target) {
    auto& transfer = *static_cast<Transfer*>(target);
    if (transfer.request.on_receive) {
        transfer.response.status = status_of(transfer.easy);
        const auto give = [&] { transfer.request.on_receive(transfer.response, {bytes, size}); };
        if (transfer.response.ok()) return transfer.guarded(give) ? size : 0;
    }
    std::string& body = transfer.response.body;
    if (static_cast<std::size_t>(transfer.limit) - body.size() < size) {
        transfer.too_large = true;
        return 0;
    }
    body.append(bytes, size);
    return size;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* target) {
    Headers& headers = static_cast<Transfer*>(target)->response.headers;
    std::string_view line(bytes, size);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) headers.clear();  // an interim answer came before this one
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    headers.emplace_back(line.substr(0, colon), value);
    return size;
}

std::size_t give_upload(char* buffer, std::size_t, std::size_t size, void* source) {
    auto& transfer = *static_cast<Transfer*>(source);
    if (transfer.upload_size >= 0) {
        size = std::min(size, static_cast<std::size_t>(transfer.upload_size - transfer.sent));
    }
    ssize_t got = -1;
    do {
        got = ::read(transfer.upload, buffer, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        const int cause = errno;
        transfer.guarded([&] { throw detail::io_error("read", transfer.request.body_file, cause); });
        return CURL_READFUNC_ABORT;
    }
    const auto given = static_cast<std::size_t>(got);
    const auto show = [&] { transfer.request.on_send(transfer.sent, {buffer, given}); };
    if (given > 0 && transfer.request.on_send && !transfer.guarded(show)) return CURL_READFUNC_ABORT;
    transfer.sent += got;
    return given;
}

/// libcurl goes back to the beginning when a kept connection turns out to be closed.
int rewind_upload(void* source, curl_off_t offset, int origin) {
    auto& transfer = *static_cast<Transfer*>(source);
    if (origin != SEEK_SET || ::lseek(transfer.upload, transfer.request.body_offset + offset, SEEK_SET) < 0) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer.sent = offset;
    return CURL_SEEKFUNC_OK;
}

int look_up(void* source, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<Transfer*>(source)->request.cancelled ? 1 : 0;
}

void limit_protocols(CURL* easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// Where trusted certificates are: as the caller says, as the usual variables say, or where systems keep them. The
/// last matters to a wheel, whose libcurl knows only the place of the system it was built on.
fs::path trusted_certificates(const ClientOptions& options) {
    if (!options.trusted_certificates.empty()) return options.trusted_certificates;
    for (const char* name : {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    for (const char* place : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                              "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
        std::error_code ignored;
        if (fs::exists(place, ignored)) return place;
    }
    return {};
}

void set_tls(CURL* easy, const ClientOptions& options) {
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
    const fs::path trusted = trusted_certificates(options);
    std::error_code ignored;
    if (!trusted.empty()) {
        curl_easy_setopt(easy, fs::is_directory(trusted, ignored) ? CURLOPT_CAPATH : CURLOPT_CAINFO, trusted.c_str());
    }
    if (!options.client_certificate.empty()) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, options.client_certificate.c_str());
    }
}

void set_times(CURL* easy, const ClientOptions& options, std::chrono::milliseconds timeout) {
    using std::chrono::seconds;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name server that is away must not outlast the limits below
#endif
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(std::chrono::ceil<seconds>(options.stall_timeout).count()));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

void set_credentials(CURL* easy, const Credentials& credentials) {
    if (credentials.empty()) return;
    // reveal() ends with a null character; curl keeps a copy of its own until the handle is reset.
    if (credentials.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, credentials.secret.reveal().data());
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        curl_easy_setopt(easy, CURLOPT_USERNAME, credentials.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, credentials.secret.empty() ? "" : credentials.secret.reveal().data());
    }
}

/// @return the open file that is sent, or a descriptor of -1.
detail::FileDescriptor set_content(CURL* easy, const Request& request, Transfer& transfer) {
    detail::FileDescriptor file(-1);
    if (!request.body_file.empty()) {
        detail::FileDescriptor opened = detail::open_to_read(request.body_file);
        struct stat info {};
        if (::fstat(opened.get(), &info) != 0) throw detail::io_error("read", request.body_file, errno);
        if (S_ISDIR(info.st_mode)) throw detail::io_error("read", request.body_file, EISDIR);
        if (request.body_offset > 0 && ::lseek(opened.get(), request.body_offset, SEEK_SET) < 0) {
            throw detail::io_error("read", request.body_file, errno);
        }
        if (S_ISREG(info.st_mode)) transfer.upload_size = std::max(index{0}, info.st_size - request.body_offset);
        if (request.body_size) transfer.upload_size = *request.body_size;
        transfer.upload = opened.get();
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);  // 64 KiB otherwise
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.upload_size));
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, &give_upload);
        curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &rewind_upload);
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        return opened;
    }
    if (request.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET" || !request.body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    return file;
}

void set_headers(CURL* easy, const ClientOptions& options, const Request& request, HeaderList& list) {
    list.add_all(options.headers);
    list.add_all(request.headers);
    list.add("Expect:");  // many servers never answer "100-continue", and curl would wait a second for it
    if (!find_header(request.headers, "Content-Type") && !find_header(options.headers, "Content-Type")) {
        list.add("Content-Type:");  // not the form type that curl would claim
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
    const std::string agent = std::string("assay/") + version();
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent.c_str());
}

void set_callbacks(CURL* easy, Transfer& transfer) {
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (transfer.request.on_receive) curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L << 10);  // 16 KiB otherwise
    if (transfer.request.cancelled != nullptr) {
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &look_up);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
    }
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.text.data());
}

}  // namespace

struct ConnectionPool::Connection {
    CURL* easy = curl_easy_init();
    pid_t owner = ::getpid();

    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { curl_easy_cleanup(easy); }
    bool is_ours() const { return owner == ::getpid(); }
};

// In a forked child the parent's connections are forgotten, not closed: closing would say goodbye on sockets that the
// parent still uses.
ConnectionPool::~ConnectionPool() {
    for (auto& slot : slots_) {
        Connection* connection = slot.exchange(nullptr);
        if (connection != nullptr && connection->is_ours()) delete connection;
    }
}

ConnectionPool::Connection* ConnectionPool::take() {
    start_curl();
    for (auto& slot : slots_) {
        Connection* connection = slot.exchange(nullptr);
        if (connection != nullptr && connection->is_ours()) return connection;
    }
    auto fresh = std::make_unique<Connection>();
    if (fresh->easy == nullptr) throw Error("http: libcurl gave no handle; out of memory");
    return fresh.release();
}

void ConnectionPool::give_back(Connection* connection) {
    curl_easy_reset(connection->easy);  // keeps the open connections, drops all else, credentials too
    for (auto& slot : slots_) {
        Connection* expected = nullptr;
        if (slot.compare_exchange_strong(expected, connection)) return;
    }
    delete connection;
}

Exchange exchange(ConnectionPool& pool, const ClientOptions& options, const Request& request, const Identity& identity,
                  std::chrono::milliseconds timeout) {
    const auto back = [&pool](ConnectionPool::Connection* used) { pool.give_back(used); };
    const std::unique_ptr<ConnectionPool::Connection, decltype(back)> connection(pool.take(), back);
    CURL* easy = connection->easy;
    Exchange result;
    Transfer transfer{easy, request, result.response, options.max_response_bytes};
    HeaderList headers;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    limit_protocols(easy);
    set_tls(easy, options);
    set_times(easy, options, timeout);
    set_credentials(easy, identity.credentials);
    for (const auto& [name, value] : identity.headers) headers.add(name + ": " + std::string(value.reveal()));
    set_headers(easy, options, request, headers);
    set_callbacks(easy, transfer);
    if (request.fresh_connection) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    const detail::FileDescriptor upload = set_content(easy, request, transfer);
    const CURLcode code = curl_easy_perform(easy);
    if (transfer.thrown) std::rethrow_exception(transfer.thrown);
    if (code == CURLE_OK) {
        result.response.status = status_of(easy);
        return result;
    }
    result.response = Response{};
    result.failure =
        transfer.too_large ? too_large_text(options.max_response_bytes) : failure_text(code, transfer.text.data());
    result.may_pass = !transfer.too_large && may_pass(code);
    return result;
}

}  // namespace assay::http
