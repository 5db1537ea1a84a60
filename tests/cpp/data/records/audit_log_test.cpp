#include "assay/data/records/audit_log.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

const DeidKey& audit_key() {
    static const DeidKey key(Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));  // made up
    return key;
}

AuditEntry entry(int number) {
    return {"ann", "vault.read", "call \"back\"\n of " + std::to_string(number), {{"table", "lab_results"}}, {}};
}

void overwrite(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// A log of some entries and its bytes.
struct Written {
    TemporaryFolder folder;
    std::filesystem::path path = folder / "audit.jsonl";
    AuditLog log;
    std::string content;
    std::string head;

    explicit Written(int entries, bool keyed = true) : log(path, keyed ? std::optional(audit_key()) : std::nullopt) {
        for (int i = 1; i <= entries; ++i) log.append(entry(i));
        content = read_file(path);
        head = read_file(path.string() + ".head");
    }

    std::string problem_of(const std::string& bytes) {
        overwrite(path, bytes);
        return log.verify().problem;
    }
};

std::string without_line(const std::string& text, int number) {
    std::size_t begin = 0;
    for (int i = 1; i < number; ++i) begin = text.find('\n', begin) + 1;
    return text.substr(0, begin) + text.substr(text.find('\n', begin) + 1);
}

}  // namespace

TEST_CASE("audit log: entries follow each other", "[audit]") {
    Written a(3);
    const AuditReport report = a.log.verify();
    CHECK(report.ok());
    CHECK(report.keyed);
    CHECK(report.head.entries == 3);
    CHECK(std::count(a.content.begin(), a.content.end(), '\n') == 3);
    CHECK(a.log.append(entry(4)).entries == 4);
    CHECK(AuditLog(a.path, audit_key()).verify().head.entries == 4);
    CHECK_THROWS_AS(a.log.append({"", "x", "y", {}, {}}), ValueError);
    CHECK_THROWS_AS(a.log.append({"ann", "x", "", {}, {}}), ValueError);
    CHECK_THROWS_AS(a.log.append({"ann", "x", std::string(70'000, 'y'), {}, {}}), ValueError);
    CHECK_THROWS_AS(a.log.append({"ann", "x", "\xff", {}, {}}), ValueError);
    CHECK(a.log.verify().head.entries == 4);
    CHECK_THROWS_AS(AuditLog(a.folder / "none").verify(), IoError);
}

TEST_CASE("audit log: a change at any byte is found, with and without a key", "[audit]") {
    for (const bool keyed : {true, false}) {
        Written a(3, keyed);
        REQUIRE(a.log.verify().ok());
        for (std::size_t i = 0; i < a.content.size(); ++i) {
            std::string other = a.content;
            other[i] = static_cast<char>(other[i] ^ (1 << (i % 8)));
            if (a.problem_of(other).empty()) FAIL("byte " << i);
        }
        for (std::size_t i = 0; i < a.content.size(); i += 7)
            if (a.problem_of(a.content.substr(0, i)).empty()) FAIL("cut at " << i);
        overwrite(a.path, a.content);
        for (std::size_t i = 0; i < a.head.size(); ++i) {
            std::string other = a.head;
            other[i] = static_cast<char>(other[i] ^ 1);
            overwrite(a.path.string() + ".head", other);
            if (a.log.verify().ok()) FAIL("byte " << i << " of the head");
        }
    }
}

TEST_CASE("audit log: entries left out, moved, doubled or put in", "[audit]") {
    Written a(4);
    for (int line = 1; line <= 4; ++line) CHECK_FALSE(a.problem_of(without_line(a.content, line)).empty());
    CHECK(a.problem_of(without_line(a.content, 4)) == "entries removed from the end: the head counts 4, the log 3");
    CHECK_FALSE(a.problem_of(a.content + a.content).empty());
    CHECK_FALSE(a.problem_of(a.content + a.content.substr(a.content.rfind('\n', a.content.size() - 2) + 1)).empty());
    CHECK_FALSE(a.problem_of("").empty());
    CHECK(a.problem_of(a.content).empty());

    // Whoever lacks the key can compute a whole log, but not one that verifies with it.
    Written forged(4, false);
    CHECK(a.problem_of(forged.content).find("line 1") == 0);
    std::filesystem::remove(a.path.string() + ".head");
    CHECK(a.problem_of(a.content).find("no head") == 0);
}

TEST_CASE("audit log: only an anchor shows an older log with its older head", "[audit]") {
    Written a(3);
    const AuditHead early = a.log.verify().head;
    const AuditHead late = a.log.append(entry(4));
    overwrite(a.path, a.content);
    overwrite(a.path.string() + ".head", a.head);
    CHECK(a.log.verify().ok());
    CHECK(a.log.verify(early).ok());
    CHECK(a.log.verify(late).problem == "entries removed from the end: the anchor counts 4, the log 3");
    CHECK(a.log.verify(AuditHead{2, late.hash}).problem.find("line 2") == 0);
}

TEST_CASE("audit log: nothing is appended to a log that does not match its head", "[audit]") {
    Written a(3);
    overwrite(a.path, without_line(a.content, 3));
    CHECK_THROWS_AS(a.log.append(entry(4)), StateError);
    overwrite(a.path, "");
    CHECK_THROWS_AS(a.log.append(entry(4)), StateError);
    std::string changed = a.content;
    changed[changed.size() - 90] ^= 1;
    overwrite(a.path, changed);
    CHECK_THROWS_AS(a.log.append(entry(4)), StateError);
    overwrite(a.path, a.content);
    CHECK_THROWS_AS(AuditLog(a.path).append(entry(4)), StateError);  // without the key
    CHECK(a.log.append(entry(4)).entries == 4);
}

TEST_CASE("audit log: a process that dies while writing", "[audit]") {
    Written a(3);
    overwrite(a.path, a.content + a.content.substr(0, 40));  // an entry half written
    CHECK(a.log.verify().problem.find("line 4: unfinished") == 0);
    CHECK(a.log.append(entry(5)).entries == 5);  // the repair is an entry
    CHECK(a.log.verify().ok());
    CHECK(read_file(a.path).find("audit.repair") != std::string::npos);

    Written b(3);
    overwrite(b.path.string() + ".head", b.head);
    const std::string head = b.head;
    b.log.append(entry(4));
    overwrite(b.path.string() + ".head", head);  // an entry without its head
    CHECK(b.log.verify().ok());
    CHECK(b.log.append(entry(5)).entries == 5);
    CHECK(b.log.verify().ok());
    overwrite(b.path.string() + ".head", head);
    CHECK(b.log.verify().problem.find("an older head") == 0);
}

TEST_CASE("audit log: threads and processes share one", "[audit]") {
    Written a(0 + 1);
    std::vector<pid_t> children;
    for (int child = 0; child < 3; ++child) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            AuditLog log(a.path, audit_key());
            for (int i = 0; i < 20; ++i) log.append(entry(i));
            ::_exit(0);
        }
        children.push_back(pid);
    }
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) a.log.append(entry(i));
        });
    for (std::thread& thread : threads) thread.join();
    for (const pid_t pid : children) {
        int status = -1;
        ::waitpid(pid, &status, 0);
        CHECK(status == 0);
    }
    CHECK(a.log.verify().ok());
    CHECK(a.log.verify().head.entries == 101);
}
