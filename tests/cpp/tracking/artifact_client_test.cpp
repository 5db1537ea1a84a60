#include "assay/tracking/artifact_client.hpp"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/artifact_place.hpp"
#include "catch.hpp"
#include "tracking/fake_artifacts.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using assay::tests::FakeProxy;
using assay::tests::FakeStore;
using assay::tests::TemporaryFolder;

constexpr const char* root = "mlflow-artifacts:/1/run/artifacts";
constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

ServerAddress address_of(const FakeProxy& server) {
    ServerAddress address;
    address.url = server.url();
    address.options.credentials = http::Credentials::bearer(Secret("made-up-token"));
    address.options.headers = {{"X-Secret", "made-up-header"}};
    address.options.retry.attempts = 3;
    address.options.waiting = {[] { return 0ms; }, [](std::chrono::milliseconds) {}};
    return address;
}

TransferOptions in_parts() {
    TransferOptions options;
    options.multipart_from = 12 * mebibyte;
    options.part_size = 5 * mebibyte;
    return options;
}

/// Bytes that differ at every place that matters.
std::string content_of(std::size_t size, unsigned seed = 1) {
    std::string bytes(size, '\0');
    unsigned state = seed;
    for (char& c : bytes) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
    return bytes;
}

fs::path file_with(const TemporaryFolder& folder, const std::string& content) {
    const fs::path path = folder.path() / "source.bin";
    write_file_atomic(path, content);
    return path;
}

bool is(const Received& r, const char* method, const char* part) {
    return r.method == method && r.target.find(part) != std::string::npos;
}

/// Gives the first `times` requests that match `reply`.
FakeProxy::Fault first(int times, const char* method, const char* part, Reply reply) {
    return [=](const Received& r, Reply& out) mutable {
        if (!is(r, method, part) || times-- <= 0) return false;
        out = reply;
        return true;
    };
}

Reply status(int code) {
    Reply reply;
    reply.status = code;
    return reply;
}

std::size_t files_below(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) count += entry.is_regular_file();
    return count;
}

TEST_CASE("artifacts: a file goes up and comes down as it is, hashed on the way") {
    const TemporaryFolder folder;
    for (const std::size_t size : {0UL, 1UL, 300'000UL, 3'000'001UL}) {
        FakeProxy server;
        const ArtifactClient client(address_of(server));
        const std::string content = content_of(size);
        const auto sent = client.upload(root, {"notes/a b é.txt", file_with(folder, content)});
        CHECK(server.files.at("1/run/artifacts/notes/a b é.txt") == content);
        CHECK(sent.sha256 == to_hex(sha256(content)));
        CHECK(sent.size == static_cast<std::int64_t>(size));
        const auto got = client.download(root, "notes/a b é.txt", folder.path() / "out" / "a.txt");
        CHECK(read_file(folder.path() / "out" / "a.txt") == content);
        CHECK(got.sha256 == sent.sha256);
        CHECK(client.measure(root, "notes/a b é.txt").sha256 == sent.sha256);
        CHECK(files_below(folder.path() / "out") == 1);
        CHECK(server.request(0).has("authorization: Bearer made-up-token"));
    }
}

TEST_CASE("artifacts: a download that is cut goes on where it broke off") {
    const TemporaryFolder folder;
    FakeProxy server;
    const std::string content = content_of(2'000'000);
    server.files["1/run/artifacts/a"] = content;
    std::size_t sent = 0;
    server.fault = [&](const Received& r, Reply& reply) {
        if (!is(r, "GET", "/artifacts/1/run")) return false;
        reply = server.apply(r);
        sent += reply.body.size();
        if (reply.body.size() > 100'000) reply.kind = Reply::Kind::close_mid_body;
        return true;
    };
    const auto got = ArtifactClient(address_of(server)).download(root, "a", folder.path() / "a");
    CHECK(read_file(folder.path() / "a") == content);
    CHECK(got.sha256 == to_hex(sha256(content)));
    CHECK(sent < 5'000'000);  // halves, not the whole each time
}

TEST_CASE("artifacts: content that is replaced between the pieces comes whole, not mixed") {
    const TemporaryFolder folder;
    FakeProxy server;
    server.files["1/run/artifacts/a"] = content_of(1'000'000, 1);
    const std::string later = content_of(1'000'000, 2);
    server.fault = [&, cut = false](const Received& r, Reply& reply) mutable {
        if (!is(r, "GET", "/artifacts/1/run") || std::exchange(cut, true)) return false;
        reply = server.apply(r);
        reply.kind = Reply::Kind::close_mid_body;
        server.files["1/run/artifacts/a"] = later;
        return true;
    };
    ArtifactClient(address_of(server)).download(root, "a", folder.path() / "a");
    CHECK(read_file(folder.path() / "a") == later);
}

TEST_CASE("artifacts: a server without ranges sends all of it again") {
    const TemporaryFolder folder;
    FakeProxy server;
    const std::string content = content_of(1'000'000);
    server.files["1/run/artifacts/a"] = content;
    server.fault = [&, cuts = 2](const Received& r, Reply& reply) mutable {
        if (!is(r, "GET", "/artifacts/1/run")) return false;
        reply.body = content;
        if (cuts-- > 0) reply.kind = Reply::Kind::close_mid_body;
        return true;
    };
    ArtifactClient(address_of(server)).download(root, "a", folder.path() / "a");
    CHECK(read_file(folder.path() / "a") == content);
}

TEST_CASE("artifacts: the rest of another place is refused") {
    const TemporaryFolder folder;
    FakeProxy server;
    server.files["1/run/artifacts/a"] = content_of(1'000'000);
    server.fault = [&, count = 0](const Received& r, Reply& reply) mutable {
        if (!is(r, "GET", "/artifacts/1/run")) return false;
        reply = server.apply(r);
        if (++count == 1) reply.kind = Reply::Kind::close_mid_body;
        if (count == 2) reply.headers = "Content-Range: bytes 7-999999/1000000\r\n";
        return true;
    };
    CHECK_THROWS_AS(ArtifactClient(address_of(server)).download(root, "a", folder.path() / "out" / "a"), HttpError);
    CHECK(files_below(folder.path()) == 0);
}

TEST_CASE("artifacts: 503 in the middle and an answer that is lost are repeated, a login page is no success") {
    const TemporaryFolder folder;
    const std::string content = content_of(700'000);
    const fs::path file = file_with(folder, content);
    Reply gone;
    gone.kind = Reply::Kind::close_before_answer;
    for (const Reply& fault : {status(503), gone}) {
        FakeProxy server;
        server.fault = first(2, "PUT", "/artifacts/", fault);
        CHECK(ArtifactClient(address_of(server)).upload(root, {"a", file}).sha256 == to_hex(sha256(content)));
        CHECK(server.files.at("1/run/artifacts/a") == content);
    }
    FakeProxy server;
    Reply page;
    page.headers = "Content-Type: text/html\r\n";
    page.body = "<html>sign in</html>";
    server.fault = first(100, "PUT", "/artifacts/", page);
    CHECK_THROWS_AS(ArtifactClient(address_of(server)).upload(root, {"a", file}), MlflowError);
}

TEST_CASE("artifacts: a size that is not the listed one is an error, and leaves nothing") {
    const TemporaryFolder folder;
    FakeProxy server;
    server.files["1/run/artifacts/a"] = "0123456789";
    Reply page;
    page.headers = "Content-Type: text/html\r\n";
    page.body = "<html>sign in</html>";
    server.fault = first(1, "GET", "/artifacts/1/run", page);
    const ArtifactClient client(address_of(server));
    CHECK_THROWS_WITH(client.download_all(root, "a", folder.path() / "out"), Catch::Contains("expected 10 bytes of a"));
    CHECK(files_below(folder.path()) == 0);
}

TEST_CASE("artifacts: content that is not the one logged never becomes whole on the server") {
    const TemporaryFolder folder;
    const std::string other = to_hex(sha256("something else"));
    for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, std::size_t{16} << 20U}) {
        FakeProxy server;
        server.offers_parts = true;
        const fs::path file = file_with(folder, content_of(size));
        const ArtifactClient client(address_of(server), in_parts());
        CHECK_THROWS_WITH(client.upload(root, {"a", file, other}), Catch::Contains("not what was logged"));
        CHECK(server.files.empty());
        CHECK(server.store.uploads.empty());
    }
}

TEST_CASE("artifacts: a folder comes down as it lies there, a file by its own name") {
    const TemporaryFolder folder;
    FakeProxy server;
    for (const char* path : {"a.txt", "notes/b.txt", "notes/deep/c.txt"}) {
        server.files["1/run/artifacts/" + std::string(path)] = path;
    }
    std::vector<TransferProgress> seen;
    TransferOptions options;
    options.progress = [&seen](const TransferProgress& p) { seen.push_back(p); };
    const ArtifactClient client(address_of(server), options);
    CHECK(client.download_all(root, "", folder.path() / "all").size() == 3);
    CHECK(read_file(folder.path() / "all/notes/deep/c.txt") == "notes/deep/c.txt");
    REQUIRE_FALSE(seen.empty());
    CHECK(seen.back().files_done == 3);
    CHECK(seen.back().bytes_done == seen.back().bytes);
    CHECK(client.download_all(root, "notes/b.txt", folder.path() / "one").size() == 1);
    CHECK(read_file(folder.path() / "one/notes/b.txt") == "notes/b.txt");
    CHECK_THROWS_AS(client.download_all(root, "nothing", folder.path()), MlflowError);
    CHECK(client.list(root, "nothing").empty());
    CHECK(client.list(root, "notes").size() == 2);
}

TEST_CASE("artifacts: a server cannot name files outside the folder") {
    const TemporaryFolder folder;
    for (const char* path : {"../evil", "/etc/evil", "a/../../evil", ".", "", "a\\b"}) {
        FakeProxy server;
        server.fault = [path](const Received& r, Reply& reply) {
            reply = FakeProxy::json_reply({{"files", {{{"path", path}, {"is_dir", false}, {"file_size", 4}}}}});
            return is(r, "GET", "artifacts?path=");
        };
        CAPTURE(path);
        CHECK_THROWS_AS(ArtifactClient(address_of(server)).download_all(root, "", folder.path() / "in"), Error);
        CHECK_THROWS_AS(detail::expect_inside(path), ValueError);
    }
    CHECK(files_below(folder.path()) == 0);
}

TEST_CASE("artifacts: credentials go to the tracking server alone") {
    const TemporaryFolder folder;
    FakeProxy tracking;
    FakeProxy other;
    const ArtifactClient client(address_of(tracking));
    const fs::path file = file_with(folder, "made up");
    client.upload("mlflow-artifacts://" + other.authority() + "/1/run/artifacts", {"a", file});
    CHECK(other.files.size() == 1);
    client.upload("http://" + other.authority() + "/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts", {"b", file});
    CHECK(other.files.size() == 2);
    client.list("mlflow-artifacts://" + other.authority() + "/1/run/artifacts");
    for (int i = 0; i < other.requests(); ++i) {
        const Received r = other.request(static_cast<std::size_t>(i));
        CHECK_FALSE(r.names("authorization"));
        CHECK_FALSE(r.names("x-secret"));
    }
    client.upload("mlflow-artifacts://" + tracking.authority() + "/1/run/artifacts", {"a", file});
    CHECK(tracking.request(0).has("authorization: Bearer made-up-token"));
    other.fault = first(100, "GET", "", status(401));
    CHECK_THROWS_WITH(client.measure("mlflow-artifacts://" + other.authority() + "/1", "a"),
                      Catch::Contains("sent to that one alone"));
}

TEST_CASE("artifacts: places that no proxy serves are told, with what to do") {
    FakeProxy server;
    const ArtifactClient client(address_of(server));
    for (const char* uri : {"file:///srv/mlruns/1", "s3://bucket/1", "/srv/mlruns", "dbfs:/x"}) {
        CHECK_THROWS_WITH(client.list(uri), Catch::Contains("--serve-artifacts"));
    }
    Reply reply = status(503);
    reply.body = "Endpoint: /x disabled due to the mlflow server running with `--no-serve-artifacts`.";
    server.fault = first(100, "GET", "", reply);
    CHECK_THROWS_WITH(client.list(root), Catch::Contains("--no-serve-artifacts"));
}

TEST_CASE("artifacts: what progress throws ends the transfer") {
    const TemporaryFolder folder;
    FakeProxy server;
    Reply silent;
    silent.kind = Reply::Kind::stall;
    server.fault = first(100, "PUT", "", silent);
    TransferOptions options;
    options.progress = [](const TransferProgress&) { throw StateError("stopped by the user"); };
    const ArtifactClient client(address_of(server), options);
    CHECK_THROWS_WITH(client.upload(root, {"a", file_with(folder, "made up")}), "stopped by the user");
}

TEST_CASE("artifacts: a place in clear is refused where the tracking server is spoken to by TLS") {
    FakeProxy other;
    const TemporaryFolder folder;
    const fs::path file = file_with(folder, "made up");
    const std::string place = "http://" + other.authority() + "/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts";
    for (const char* scheme : {"https://", "HTTPS://"}) {
        ServerAddress address = address_of(other);
        address.url = scheme + other.authority();  // the very host, and nobody there speaks TLS
        const ArtifactClient client(address);
        CHECK_THROWS_WITH(client.upload(place, {"a", file}), Catch::Contains("in clear"));
        CHECK_THROWS_AS(client.download(place, "a", folder.path() / "got"), ValueError);
        CHECK_THROWS_AS(client.list(place), ValueError);
    }
    CHECK(other.requests() == 0);
    CHECK(detail::find_place("https://a.example", "https://b.example/api/2.0/mlflow-artifacts/artifacts/1").server ==
          "https://b.example");
    CHECK(detail::find_place("https://a.example", "mlflow-artifacts://b.example/1").server == "https://b.example");
    CHECK_FALSE(detail::find_place("https://a.example", "mlflow-artifacts://b.example/1").tracking_server);
    CHECK_THROWS_WITH(
        detail::find_place("https://a.example", "http://u:pw@b.example/api/2.0/mlflow-artifacts/artifacts/1"),
        !Catch::Contains("pw"));
    CHECK_FALSE(detail::find_place("https://a.example", "https://a.example:444/api/2.0/mlflow-artifacts/artifacts/1")
                    .tracking_server);
    CHECK(detail::find_place("http://a.example", "http://b.example/api/2.0/mlflow-artifacts/artifacts/1").folder ==
          "1");
}

TEST_CASE("artifacts: of several, one that fails does not stop the others") {
    const TemporaryFolder folder;
    FakeProxy server;
    server.fault =
        first(100, "PUT", "/artifacts/1/run/artifacts/bad", FakeProxy::refuse(400, "INVALID_PARAMETER_VALUE"));
    std::vector<ArtifactUpload> files;
    for (const char* name : {"a", "bad", "c", "gone", "d"}) files.push_back({name, file_with(folder, "made up")});
    files[3].file = folder.path() / "nowhere";
    const auto outcomes = ArtifactClient(address_of(server)).upload_all(root, files);
    REQUIRE(outcomes.size() == 5);
    CHECK_THROWS_AS(std::rethrow_exception(outcomes[1].error), MlflowError);
    CHECK_THROWS_AS(std::rethrow_exception(outcomes[3].error), IoError);
    for (const std::size_t i : {0U, 2U, 4U}) CHECK_FALSE(outcomes[i].error);
    CHECK(server.files.size() == 3);
}

}  // namespace
}  // namespace assay::tracking
