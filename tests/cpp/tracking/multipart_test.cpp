#include <atomic>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/detail/artifact_server.hpp"
#include "assay/tracking/detail/upload_memory.hpp"
#include "catch.hpp"
#include "tracking/fake_artifacts.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using assay::tests::FakeProxy;
using assay::tests::TemporaryFolder;

constexpr const char* root = "mlflow-artifacts:/1/run/artifacts";
constexpr std::size_t mebibyte = std::size_t{1} << 20U;

/// A proxy whose store takes parts, a file of four parts and a bit, and a client of both.
struct Setting {
    TemporaryFolder folder;
    FakeProxy server;
    std::string content;
    fs::path file = folder.path() / "weights.bin";
    TransferOptions options;

    Setting() {
        server.offers_parts = true;
        content.resize(21 * mebibyte + 7);
        unsigned state = 7;
        for (char& c : content) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
        write_file_atomic(file, content);
        options.multipart_from = 12 * static_cast<std::int64_t>(mebibyte);
        options.part_size = 5 * static_cast<std::int64_t>(mebibyte);
    }

    ArtifactClient client() const {
        ServerAddress address;
        address.url = server.url();
        address.options.credentials = http::Credentials::bearer(Secret("made-up-token"));
        address.options.headers = {{"X-Secret", "made-up-header"}};
        address.options.retry.attempts = 3;
        address.options.waiting = {[] { return 0ms; }, [](std::chrono::milliseconds) {}};
        return ArtifactClient(std::move(address), options);
    }
    TransferredFile upload() const { return client().upload(root, {"model/weights.bin", file, hash()}); }
    std::string hash() const { return to_hex(sha256(content)); }
    bool arrived() const {
        const auto found = server.files.find("1/run/artifacts/model/weights.bin");
        return found != server.files.end() && found->second == content;
    }
    std::size_t memories() const {
        std::error_code none;
        std::size_t count = 0;
        for (const auto& entry : fs::directory_iterator(options.resume_folder, none)) count += entry.is_regular_file();
        return count;
    }
};

/// The first `times` requests of a target that holds `part` get `reply`.
FakeProxy::Fault first(int times, std::string part, Reply reply) {
    return [=](const Received& r, Reply& out) mutable {
        if (r.target.find(part) == std::string::npos || times-- <= 0) return false;
        out = reply;
        return true;
    };
}

Reply status(int code) {
    Reply reply;
    reply.status = code;
    return reply;
}

TEST_CASE("multipart: parts go to the store without credentials, and become one file") {
    const Setting s;
    const auto sent = s.upload();
    CHECK(sent.sha256 == s.hash());
    CHECK(s.arrived());
    CHECK(s.server.calls.at("POST mpu/create/") == 1);
    CHECK(s.server.calls.at("POST mpu/complete/") == 1);
    CHECK(s.server.calls.count("PUT artifacts/") == 0);
    CHECK(s.server.store.sent.size() == 5);
    CHECK(s.server.store.wrong.empty());
    CHECK(s.server.store.uploads.empty());
}

TEST_CASE("multipart: a store that takes no parts gets the file in one stream, a small file always") {
    Setting s;
    s.server.offers_parts = false;
    CHECK(s.upload().sha256 == s.hash());
    CHECK(s.arrived());
    CHECK(s.server.calls.at("PUT artifacts/") == 1);
    s.server.offers_parts = true;
    s.options.multipart_from = 1 << 30;
    s.upload();
    CHECK(s.server.calls.at("PUT artifacts/") == 2);
}

TEST_CASE("multipart: only the part that failed is sent again") {
    Reply cut;
    cut.kind = Reply::Kind::close_before_answer;
    for (const Reply& fault : {status(503), status(500), cut}) {
        Setting s;
        s.server.store.fault = first(2, "/3?", fault);
        s.upload();
        CHECK(s.arrived());
        int most = 0;
        int all = 0;
        for (const auto& [target, times] : s.server.store.sent) {
            most = std::max(most, times);
            all += times;
        }
        CHECK(most == 3);
        CHECK(all == 7);
    }
}

TEST_CASE("multipart: a later call of the process goes on where the first stopped") {
    Setting s;
    s.options.resume_folder = s.folder.path() / "uploads";
    s.options.parallel = 1;
    s.server.store.fault = first(100, "/4?", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    CHECK(s.memories() == 1);
    s.server.store.fault = nullptr;
    s.server.store.sent.clear();
    CHECK(s.upload().sha256 == s.hash());
    CHECK(s.arrived());
    CHECK(s.server.store.sent.size() == 2);  // parts 4 and 5
    CHECK(s.server.calls.at("POST mpu/create/") == 1);
    CHECK(s.memories() == 0);
}

TEST_CASE("multipart: neither links nor credentials lie on the disk") {
    Setting s;
    s.options.resume_folder = s.folder.path() / "uploads";
    s.options.parallel = 1;
    std::string seen;
    s.server.store.fault = [&](const Received& r, Reply& reply) {
        for (const auto& entry : fs::directory_iterator(s.options.resume_folder)) {
            seen += read_file(entry.path());
            CHECK((entry.status().permissions() & fs::perms(077)) == fs::perms::none);
        }
        reply.status = 503;
        return r.target.find("/4?") != std::string::npos;
    };
    CHECK_THROWS_AS(s.upload(), HttpError);
    CHECK(seen.find("upload1") != std::string::npos);
    for (const char* secret : {"sig=", "http", "made-up"}) CHECK(seen.find(secret) == std::string::npos);
}

/// What another process finds: the files, without what the first held in memory.
void move_memories(Setting& s) {
    const fs::path moved = s.options.resume_folder.string() + " of another process";
    fs::rename(s.options.resume_folder, moved);
    s.options.resume_folder = moved;
}

TEST_CASE("multipart: another process ends what was broken off, and completes what had arrived") {
    Setting s;
    s.options.resume_folder = s.folder.path() / "uploads";
    s.options.parallel = 1;
    s.server.store.fault = first(100, "/4?", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    move_memories(s);
    s.server.store.fault = nullptr;
    CHECK(s.upload().sha256 == s.hash());
    CHECK(s.arrived());
    CHECK(s.server.calls.at("POST mpu/abort/") == 1);
    CHECK(s.server.store.uploads.empty());
    CHECK(s.memories() == 0);

    s.server.files.clear();
    s.server.fault = first(100, "mpu/complete", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    move_memories(s);
    s.server.fault = nullptr;
    s.server.store.sent.clear();
    CHECK(s.upload().sha256 == s.hash());
    CHECK(s.arrived());
    CHECK(s.server.store.sent.empty());
    CHECK(s.memories() == 0);

    s.server.files.clear();
    s.server.fault = first(100, "mpu/complete", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    move_memories(s);
    s.server.fault = nullptr;
    s.server.store.uploads.clear();  // the store dropped it meanwhile
    s.upload();
    CHECK(s.arrived());
}

TEST_CASE("multipart: an upload that nobody will go on with is ended") {
    Setting s;
    s.options.resume_folder = s.folder.path() / "uploads";
    s.server.store.fault = first(100, "/4?", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    s.client().abandon_upload(root, "model/other.bin", s.hash());
    CHECK(s.memories() == 1);
    s.client().abandon_upload(root, "model/weights.bin", s.hash());
    CHECK(s.memories() == 0);
    CHECK(s.server.store.uploads.empty());
}

TEST_CASE("multipart: another content under the same name begins anew, and so does an upload the store forgot") {
    Setting s;
    s.options.resume_folder = s.folder.path() / "uploads";
    s.options.parallel = 1;
    s.server.store.fault = first(100, "/4?", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    s.server.store.fault = nullptr;
    s.server.store.fault = [&, expired = s.server.store.uploads.begin()->first](const Received& r, Reply& reply) {
        const bool gone = r.target.find(expired + '/') != std::string::npos;
        if (gone) reply.status = 403;
        return gone;
    };
    s.upload();
    CHECK(s.arrived());
    CHECK(s.server.calls.at("POST mpu/create/") == 2);
    CHECK(s.server.calls.at("POST mpu/abort/") == 1);
    s.server.store.fault = first(100, "/2?", status(503));
    s.content[0] = static_cast<char>(s.content[0] + 1);
    write_file_atomic(s.file, s.content);
    CHECK_THROWS_AS(s.upload(), HttpError);
    s.content[1] = static_cast<char>(s.content[1] + 1);
    write_file_atomic(s.file, s.content);
    s.server.store.fault = nullptr;
    s.upload();
    CHECK(s.arrived());
}

TEST_CASE("multipart: without a memory a broken upload leaves nothing in the store") {
    Setting s;
    s.server.store.fault = first(100, "/2?", status(503));
    CHECK_THROWS_AS(s.upload(), HttpError);
    CHECK(s.server.store.uploads.empty());
    CHECK(s.server.files.empty());
}

TEST_CASE("multipart: a lost answer to the last call is no failure, a lost call no success") {
    Reply gone;
    gone.kind = Reply::Kind::close_before_answer;
    for (const bool applied : {true, false}) {
        Setting s;
        s.server.fault = [&, times = 1](const Received& r, Reply& reply) mutable {
            if (r.target.find("mpu/complete") == std::string::npos || times-- <= 0) return false;
            if (applied) s.server.apply(r);
            reply = gone;
            return true;
        };
        s.upload();
        CHECK(s.arrived());
    }
    Setting s;  // a file of that name and size was there before: the listing proves nothing
    s.server.files["1/run/artifacts/model/weights.bin"] = std::string(s.content.size(), 'x');
    s.server.fault = first(100, "mpu/complete", status(500));
    CHECK_THROWS_AS(s.upload(), HttpError);
}

TEST_CASE("multipart: a large file comes down in parts from the store, without credentials") {
    Setting s;
    s.server.files["1/run/artifacts/model/weights.bin"] = s.content;
    s.server.store.fault = [times = 3](const Received& r, Reply& reply) mutable {
        if (r.head.find("bytes=5242880-") == std::string::npos || times-- <= 0) return false;
        reply.status = 503;
        return true;
    };
    s.options.parallel = 3;
    auto address = s.client();
    const fs::path out = s.folder.path() / "out" / "weights.bin";
    CHECK_THROWS_AS(s.client().download(root, "model/weights.bin", out), HttpError);  // three attempts, all refused
    CHECK_FALSE(fs::exists(out));
    const auto got = s.client().download(root, "model/weights.bin", out);
    CHECK(got.sha256 == s.hash());
    CHECK(read_file(out) == s.content);
    CHECK(s.server.calls.count("GET artifacts/") == 0);
    CHECK(s.server.store.wrong.empty());
}

TEST_CASE("multipart: a link that expires is renewed, content that changes is refused") {
    Setting s;
    s.server.files["1/run/artifacts/model/weights.bin"] = s.content;
    s.server.store.fault = first(1, "weights.bin", status(403));
    s.options.parallel = 1;
    const fs::path out = s.folder.path() / "weights.bin.copy";
    CHECK(s.client().download(root, "model/weights.bin", out).sha256 == s.hash());
    CHECK(s.server.calls.at("GET presigned/") == 2);
    fs::remove(out);
    s.server.store.fault = [&s, count = 0](const Received&, Reply&) mutable {
        if (++count == 3) s.server.store.objects["1/run/artifacts/model/weights.bin"][0] ^= 1;
        return false;
    };
    CHECK_THROWS_WITH(s.client().download(root, "model/weights.bin", out), Catch::Contains("replaced meanwhile"));
    CHECK_FALSE(fs::exists(out));
}

TEST_CASE("multipart: a link in clear from a server that is spoken to by TLS is refused") {
    CHECK_THROWS_AS(detail::expect_no_downgrade("https://a.example", "http://store.example/x?sig=made-up"), HttpError);
    CHECK_THROWS_AS(detail::expect_no_downgrade("http://a.example", "file:///etc/passwd"), HttpError);
    CHECK_NOTHROW(detail::expect_no_downgrade("https://a.example", "https://store.example/x"));
    CHECK_NOTHROW(detail::expect_no_downgrade("http://127.0.0.1", "http://127.0.0.1:9000/x"));
}

TEST_CASE("upload memory: torn and damaged lines are left out, links are held in memory and for less than an hour") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "deep" / "a.upload";
    const detail::UploadMemory memory(file);
    CHECK_FALSE(memory.recall(1000));
    const detail::OpenUpload upload{
        "id", 5, 1000, {{1, "https://store.example/1", {{"x-a", "b"}}}, {2, "https://store.example/2", {}}}, {}};
    memory.keep(upload);
    memory.keep_part(2, "\"e2\"");
    memory.hold_links(upload);
    const auto known = memory.recall(1001);
    REQUIRE(known);
    CHECK(known->id == "id");
    CHECK(known->links.at(0).headers.at("x-a") == "b");
    CHECK(known->etags == std::map<int, std::string>{{2, "\"e2\""}});
    CHECK(read_file(file).find("store.example") == std::string::npos);
    for (const std::int64_t then : {std::int64_t{1000 + 3600}, std::int64_t{999}}) {
        memory.hold_links(upload);
        const auto late = memory.recall(then);
        REQUIRE(late);
        CHECK(late->links.empty());
    }
    const std::string whole = read_file(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_file_atomic(file, whole.substr(0, size));
        const auto torn = memory.recall(1001);
        if (torn) CHECK(torn->part_size == 5);
    }
    memory.forget();
    CHECK_FALSE(memory.recall(1001));
}

}  // namespace
}  // namespace assay::tracking
