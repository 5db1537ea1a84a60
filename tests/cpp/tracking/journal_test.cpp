#include "assay/tracking/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;

constexpr auto run_id = "0123456789abcdef0123456789abcdef";

std::vector<Record> sample() {
    return {CreateRun{run_id, "icu/Test", "note", "", "someone", {{"kind", "made up"}}},
            Metric{run_id, "loss", 0.1, 3},
            Metric{run_id, "nan", std::numeric_limits<double>::quiet_NaN(), 0},
            Metric{run_id, "down", -std::numeric_limits<double>::infinity(), -1},
            Param{run_id, "model", "isolation \"forest\"\n\xC3\xA9"},
            Tag{run_id, "stage", "gold"},
            Artifact{run_id, "soap_notes/a.txt", std::string(64, 'a'), 5},
            EndRun{run_id, RunStatus::failed}};
}

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::vector<Record> read_all(const fs::path& folder) {
    std::vector<Record> records;
    for (const auto& path : list_segments(folder)) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) records.push_back(decode(frame.kind, frame.payload));
    }
    return records;
}

/// A closed segment with the sample, and its bytes.
std::string sample_segment(const fs::path& folder) {
    {
        const auto journal = Journal::open(folder);
        for (const auto& record : sample()) journal->append(record, Timestamp{1'700'000'000'000'000});
    }
    return slurp(list_segments(folder).at(0));
}

TEST_CASE("journal: every record comes back as it was written, with its time") {
    const TemporaryFolder folder;
    for (const auto policy : {FsyncPolicy::every_record, FsyncPolicy::interval, FsyncPolicy::on_close}) {
        const fs::path place = folder.path() / std::to_string(static_cast<int>(policy));
        {
            const auto journal = Journal::open(place, {.fsync = policy});
            std::uint64_t expected = 1;
            for (const auto& record : sample()) CHECK(journal->append(record, Timestamp{1234567}) == expected++);
            CHECK(read_all(place) == sample());  // while it is being written, too
        }
        CHECK(read_all(place) == sample());
        const SegmentReader segment(list_segments(place).at(0));
        CHECK(segment.closed());
        CHECK_FALSE(segment.torn());
        CHECK(segment.damage().empty());
        for (const auto& frame : segment.frames()) CHECK(frame.time == Timestamp{1234567});
    }
}

TEST_CASE("journal: numbers survive the text to the last bit") {
    for (const double value : {0.1, -0.0, 1e300, 5e-324, 1.7976931348623157e308, 1.0 / 3, 123456789012345680.0, 7.0}) {
        const auto back = std::get<Metric>(decode(RecordKind::metric, encode(Metric{run_id, "k", value, 9})));
        CHECK(std::memcmp(&back.value, &value, sizeof value) == 0);
    }
    const Metric far{run_id, "k\"\\\n", 0, std::numeric_limits<std::int64_t>::min()};
    CHECK(decode(RecordKind::metric, encode(far)) == Record(far));
}

TEST_CASE("journal: a payload that is not what it should be is an error, not a record") {
    const Document document{RecordKind::trace, "", "icu/Test", "tr-1", R"({"spans":[],"ü":0.1})", {"ab12"}};
    CHECK(decode(RecordKind::trace, encode(document)) == Record(document));
    CHECK(kind_of(document) == RecordKind::trace);
    CHECK_THROWS_AS(encode(Document{RecordKind::trace, "", "", "", "[1]"}), ValueError);
    CHECK_THROWS_AS(decode(RecordKind::metric, "{}"), ValueError);
    CHECK_THROWS_AS(decode(RecordKind::metric, R"({"run":"a","key":"b","value":"many","step":1})"), ValueError);
    CHECK_THROWS_AS(decode(RecordKind::param, "nothing"), ValueError);
    CHECK_THROWS_AS(decode(static_cast<RecordKind>(99), "{}"), ValueError);
    CHECK_THROWS_AS(encode(Tag{run_id, "k", "\xFF\xFE"}), ValueError);
}

TEST_CASE("journal: one folder has one writer in a process") {
    const TemporaryFolder folder;
    const auto first = Journal::open(folder.path());
    CHECK(first == Journal::open(folder.path() / "." / "segments" / ".."));
}

TEST_CASE("journal: a segment cut at any byte keeps every record before the cut, and is closed on open") {
    const auto folder = TemporaryFolder::in_memory();
    const std::string bytes = sample_segment(folder.path() / "source");
    const auto whole = detail::scan_segment(bytes);
    const auto records = sample();
    for (std::size_t cut = detail::segment_header_size; cut < bytes.size(); ++cut) {
        const fs::path place = folder.path() / std::to_string(cut);
        fs::create_directories(place / "segments");
        spill(place / "segments" / "0000000000000001-1-00000000-0000.journal", bytes.substr(0, cut));
        std::size_t complete = 0;
        while (complete < whole.frames.size() && whole.frames[complete].offset + detail::frame_header_size +
                                                         static_cast<index>(whole.frames[complete].payload.size()) <=
                                                     static_cast<index>(cut)) {
            ++complete;
        }
        const auto report = recover(place);
        REQUIRE(report.segments_closed == 1);
        const std::vector<Record> expected(records.begin(), records.begin() + static_cast<index>(complete));
        REQUIRE(read_all(place) == expected);
        const SegmentReader after(list_segments(place).at(0));
        REQUIRE(after.closed());
        REQUIRE_FALSE(after.torn());
        REQUIRE(recover(place).segments_closed == 0);
        fs::remove_all(place);
    }
}

TEST_CASE("journal: any single bit flipped never gives a wrong record, and never stops those that follow") {
    const TemporaryFolder folder;
    const std::string bytes = sample_segment(folder.path());
    const auto whole = detail::scan_segment(bytes);
    for (std::size_t place = 0; place < 8 * bytes.size(); ++place) {
        const std::size_t at = place / 8;
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (place % 8)));
        const auto scan = detail::scan_segment(changed);
        std::size_t hit = whole.frames.size();  // the record that holds the byte, if one does
        for (std::size_t i = 0; i < whole.frames.size(); ++i) {
            if (static_cast<index>(at) >= whole.frames[i].offset) hit = i;
        }
        const bool in_record = static_cast<index>(at) >= detail::segment_header_size;
        const bool in_end = static_cast<index>(at) >= static_cast<index>(bytes.size()) - detail::frame_header_size;
        std::vector<std::string_view> expected;
        for (std::size_t i = 0; i < whole.frames.size(); ++i) {
            if (!in_record || in_end || i != hit) expected.push_back(whole.frames[i].payload);
        }
        std::vector<std::string_view> got;
        for (const auto& frame : scan.frames) got.push_back(frame.payload);
        REQUIRE(got == expected);
        if (in_record && !in_end) {
            REQUIRE(scan.damage.size() == 1);
            REQUIRE(scan.damage[0].bytes > 0);
            // The first record's number is not known to be missing; any later one's is.
            REQUIRE(scan.damage[0].records_missing == (hit == 0 ? 0u : 1u));
        }
        REQUIRE(scan.closed == !in_end);
    }
}

TEST_CASE("journal: threads write one segment without losing or mixing records") {
    const TemporaryFolder folder;
    constexpr int threads = 8, each = 500;
    {
        const auto journal = Journal::open(folder.path());
        std::vector<std::thread> workers;
        for (int t = 0; t < threads; ++t) {
            workers.emplace_back([&, t] {
                for (int i = 0; i < each; ++i)
                    journal->append_metric(run_id, std::string("t").append(std::to_string(t)), i, i);
            });
        }
        for (auto& worker : workers) worker.join();
    }
    std::map<std::string, std::int64_t> next;
    for (const auto& record : read_all(folder.path())) {
        const auto& metric = std::get<Metric>(record);
        CHECK(metric.step == next[metric.key]++);
    }
    CHECK(next.size() == threads);
    for (const auto& [key, count] : next) CHECK(count == each);
}

TEST_CASE("journal: group commit returns with each record on disk, whatever the number of threads") {
    const TemporaryFolder folder;
    const auto journal = Journal::open(folder.path(), {.fsync = FsyncPolicy::every_record});
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t) {
        workers.emplace_back([&] {
            for (int i = 0; i < 20; ++i) journal->append_metric(run_id, "k", i, i);
        });
    }
    for (auto& worker : workers) worker.join();
    CHECK(read_all(folder.path()).size() == 80);
}

TEST_CASE("journal: a full segment is followed by the next one, numbers going on") {
    const TemporaryFolder folder;
    const std::string text(1 << 20, 'x');
    {
        const auto journal = Journal::open(folder.path(), {.segment_bytes = 8 << 20});
        for (int i = 0; i < 20; ++i) journal->append(Param{run_id, std::string("p").append(std::to_string(i)), text});
    }
    const auto segments = list_segments(folder.path());
    CHECK(segments.size() == 3);
    std::uint64_t last = 0;
    for (const auto& path : segments) {
        const SegmentReader segment(path);
        CHECK(segment.closed());
        for (const auto& frame : segment.frames()) {
            CHECK(frame.sequence > last);
            last = frame.sequence;
        }
        CHECK(fs::file_size(path) <= 8u << 20);
    }
    CHECK(read_all(folder.path()).size() == 20);
}

TEST_CASE("journal: a record too large is refused by name, and the journal goes on") {
    const TemporaryFolder folder;
    const auto journal = Journal::open(folder.path());
    CHECK_THROWS_AS(journal->append(Param{run_id, "p", std::string(5 << 20, 'x')}), ValueError);
    CHECK(journal->append(Param{run_id, "p", "small"}) == 1);
}

TEST_CASE("journal: a forked child writes a segment of its own, the parent's stays its own") {
    const TemporaryFolder folder;
    auto journal = Journal::open(folder.path());
    journal->append_metric(run_id, "parent", 1, 0);
    const pid_t child = ::fork();
    if (child == 0) {
        journal->append_metric(run_id, "child", 2, 0);
        journal->flush();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
    journal->append_metric(run_id, "parent", 3, 1);
    journal.reset();
    const auto segments = list_segments(folder.path());
    REQUIRE(segments.size() == 2);
    const SegmentReader parents(segments[0]);
    const SegmentReader childs(segments[1]);
    CHECK(parents.frames().size() == 2);
    REQUIRE(childs.frames().size() == 1);
    CHECK(std::get<Metric>(decode(childs.frames()[0].kind, childs.frames()[0].payload)).key == "child");
    CHECK(recover(folder.path()).segments_closed == 1);
}

TEST_CASE("journal: fork while other threads log hangs nobody") {
    const TemporaryFolder folder;
    const auto journal = Journal::open(folder.path(), {.fsync_interval = std::chrono::milliseconds(1)});
    std::atomic<bool> stop = false;
    std::vector<std::thread> workers;
    for (int t = 0; t < 3; ++t) {
        workers.emplace_back([&] {
            while (!stop) journal->append_metric(run_id, "k", 1, 0);
        });
    }
    int failures = 0;
    for (int i = 0; i < 8; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(20);
            for (int k = 0; k < 10; ++k) journal->append_metric(run_id, "child", k, k);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        failures += status != 0;
    }
    stop = true;
    for (auto& worker : workers) worker.join();
    CHECK(failures == 0);
    int from_children = 0;
    for (const auto& record : read_all(folder.path())) from_children += std::get<Metric>(record).key == "child";
    CHECK(from_children == 80);
}

TEST_CASE("journal: what a killed process had logged is there") {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        const auto journal = Journal::open(folder.path(), {.fsync = FsyncPolicy::on_close});
        for (int i = 0; i < 1000; ++i) journal->append_metric(run_id, "k", i, i);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    CHECK(read_all(folder.path()).size() == 1000);
    CHECK(recover(folder.path()).segments_closed == 1);
    CHECK(read_all(folder.path()).size() == 1000);
}

TEST_CASE("journal: a living writer's segment is not closed by another opener") {
    const TemporaryFolder folder;
    const auto journal = Journal::open(folder.path());
    journal->append_metric(run_id, "k", 1, 0);
    CHECK(recover(folder.path()).segments_closed == 0);
    journal->append_metric(run_id, "k", 2, 1);
    CHECK(read_all(folder.path()).size() == 2);
}

TEST_CASE("journal: a segment begun later is read later, also where the clock was set back") {
    const TemporaryFolder folder;
    // Written when the clock was years ahead.
    fs::create_directories(folder.path() / "segments");
    const auto ahead = folder.path() / "segments" / "4000000000000000-1-00000000-0000.journal";
    fs::copy_file(
        fs::path(ASSAY_SOURCE_DIR) / "tests/golden/tracking/v1/segments/1700000000000000-1-00000000-0000.journal",
        ahead);
    const auto journal = Journal::open(folder.path());
    journal->append_metric(run_id, "later", 1, 0);
    const auto segments = list_segments(folder.path());
    REQUIRE(segments.size() == 2);
    CHECK(segments[0] == fs::canonical(ahead));
    CHECK(std::get<Metric>(read_all(folder.path()).back()).key == "later");
}

TEST_CASE("journal: a child that outlives the writer does not keep its segment locked") {
    const TemporaryFolder folder;
    auto journal = Journal::open(folder.path());
    journal->append_metric(run_id, "k", 1, 0);
    int wait_for_parent[2];
    REQUIRE(::pipe(wait_for_parent) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(wait_for_parent[1]);
        char byte;
        [[maybe_unused]] const auto got = ::read(wait_for_parent[0], &byte, 1);
        ::_exit(0);
    }
    journal.reset();
    const int segment = ::open(list_segments(folder.path()).at(0).c_str(), O_RDWR);
    CHECK(::flock(segment, LOCK_EX | LOCK_NB) == 0);
    ::close(segment);
    ::close(wait_for_parent[1]);
    ::waitpid(child, nullptr, 0);
    ::close(wait_for_parent[0]);
}

TEST_CASE("journal: a folder that cannot be one is an error that names it") {
    const TemporaryFolder folder;
    spill(folder.path() / "file", "x");
    CHECK_THROWS_AS(Journal::open(folder.path() / "file"), IoError);
    CHECK(list_segments(folder.path() / "nowhere").empty());
}

}  // namespace
}  // namespace assay::tracking
