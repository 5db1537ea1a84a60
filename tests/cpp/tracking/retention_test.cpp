#include "assay/tracking/retention.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/detail/limits.hpp"
#include "assay/tracking/detail/server_folders.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/run.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;
using detail::AckLog;

constexpr auto here = "http://here";

/// As if a server had acknowledged every record of a segment.
void acknowledge(const fs::path& journal, const fs::path& segment, const char* server = here,
                 AckLog::Outcome outcome = AckLog::Outcome::delivered) {
    detail::DeliveryState state(journal, server, false);
    const SegmentReader reader(segment);
    std::vector<std::uint64_t> all;
    for (const auto& frame : reader.frames()) all.push_back(frame.sequence);
    state.acks(reader.name()).add(all, outcome);
}

void acknowledge_all(const fs::path& journal, const char* server = here) {
    for (const auto& segment : list_segments(journal)) acknowledge(journal, segment, server);
}

RetentionOptions at_once() {
    RetentionOptions options;
    options.content_grace = std::chrono::seconds(0);
    return options;
}

void log_run(const fs::path& journal, const char* note = "made-up note") {
    Run run{{.experiment = "icu/Test", .run_name = "sample", .journal = journal}};
    run.log_metric("loss", 0.5);
    run.log_text(note, "note.txt");
}

TEST_CASE("retention: what waits is kept, what every server has goes") {
    const TemporaryFolder folder;
    log_run(folder.path());
    CHECK(collect_garbage(folder.path(), at_once()).segments_waiting == 1);  // delivered nowhere yet
    acknowledge_all(folder.path());
    { const detail::DeliveryState second(folder.path(), "http://there", false); }
    const auto waits = collect_garbage(folder.path(), at_once());
    CHECK(waits.segments_waiting == 1);
    CHECK(waits.artifacts_removed == 0);
    CHECK(inspect(folder.path()).records == 4);

    RetentionOptions one = at_once();
    one.server_key = here;
    one.dry_run = true;
    const auto tried = collect_garbage(folder.path(), one);
    CHECK(tried.segments_removed == 1);
    CHECK(tried.records_removed == 4);
    CHECK(tried.artifacts_removed == 1);
    CHECK(inspect(folder.path()).records == 4);  // a dry run removes nothing

    one.dry_run = false;
    const auto done = collect_garbage(folder.path(), one);
    CHECK(done.segments_removed == 1);
    CHECK(done.bytes_freed == tried.bytes_freed);
    CHECK(list_segments(folder.path()).empty());
    CHECK(inspect(folder.path()).artifacts == 0);
    CHECK(journal_bytes(folder.path()) == done.bytes_left);
}

TEST_CASE("retention: collectors of traces and the servers of assay ui count only where they are named") {
    const TemporaryFolder folder;
    log_run(folder.path());
    for (const char* server : {"otlp:http://collector/v1/traces", "local:3f2a"}) {
        acknowledge_all(folder.path(), server);
        CHECK(collect_garbage(folder.path(), at_once()).segments_waiting == 1);
    }
    { const detail::DeliveryState away(folder.path(), "otlp:http://another/v1/traces", false); }
    acknowledge_all(folder.path());
    CHECK(collect_garbage(folder.path(), at_once()).segments_removed == 1);

    log_run(folder.path());
    acknowledge_all(folder.path(), "local:3f2a");
    RetentionOptions named = at_once();
    named.server_key = "local:3f2a";
    CHECK(collect_garbage(folder.path(), named).segments_removed == 1);
}

TEST_CASE("retention: contents that another segment names stay") {
    const TemporaryFolder folder;
    log_run(folder.path(), "the same text");
    acknowledge_all(folder.path());
    log_run(folder.path(), "the same text");
    const auto report = collect_garbage(folder.path(), at_once());
    CHECK(report.segments_removed == 1);
    CHECK(report.segments_waiting == 1);
    CHECK(report.artifacts_removed == 0);
    const auto left = inspect(folder.path());
    CHECK(left.artifacts == 1);
    CHECK(left.runs.size() == 1);
}

TEST_CASE("retention: contents that documents name stay") {
    const TemporaryFolder folder;
    const auto journal = Journal::open(folder.path());
    const auto kept = journal->artifacts().add_bytes("made-up model");
    const auto other = journal->artifacts().add_bytes("named by nothing");
    journal->append(Document{RecordKind::model, "", "icu/Test", "id", "{}", {kept.sha256}});
    CHECK(collect_garbage(folder.path()).artifacts_removed == 0);  // young: its record may be on its way
    CHECK(collect_garbage(folder.path(), at_once()).artifacts_removed == 1);
    CHECK(journal->artifacts().verify(kept.sha256));
    CHECK_FALSE(journal->artifacts().verify(other.sha256));
}

TEST_CASE("retention: refused and damaged segments, open ones and those of runs that go on are kept") {
    const TemporaryFolder folder;
    log_run(folder.path());
    const auto first = list_segments(folder.path()).at(0);
    acknowledge(folder.path(), first, here, AckLog::Outcome::set_aside);
    CHECK(collect_garbage(folder.path(), at_once()).segments_refused == 1);

    log_run(folder.path(), "other");
    const auto second = list_segments(folder.path()).at(1);
    acknowledge(folder.path(), second);
    {
        std::fstream file(second, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(120);
        file.put('\0');
    }
    CHECK(collect_garbage(folder.path(), at_once()).segments_damaged == 1);

    const auto journal = Journal::open(folder.path());
    Run run{{.journal = folder.path()}};
    run.log_param("text", std::string(6000, 'x'));
    acknowledge_all(folder.path());
    const auto report = collect_garbage(folder.path(), at_once());
    CHECK(report.segments_open == 1);
    CHECK(report.segments_removed == 0);

    RetentionOptions refused = at_once();
    refused.refused = true;
    CHECK(collect_garbage(folder.path(), refused).segments_removed == 1);
    CHECK_FALSE(fs::exists(first));
}

TEST_CASE("retention: a run stays whole as long as anything of it waits") {
    const TemporaryFolder folder;
    {
        Run run{{.journal = folder.path(), .journal_options = {.max_bytes = 2 << 20}}};
        for (int i = 0; i < 80; ++i) run.set_tag("t" + std::to_string(i), std::string(5000, 'x'));
    }
    const auto segments = list_segments(folder.path());
    REQUIRE(segments.size() == 2);
    acknowledge(folder.path(), segments[0]);
    CHECK(collect_garbage(folder.path(), at_once()).segments_kept == 1);
    RetentionOptions parts = at_once();
    parts.whole_runs = false;
    CHECK(collect_garbage(folder.path(), parts).segments_removed == 1);
    CHECK(inspect(folder.path()).runs.at(0).name.empty());  // its beginning went with the segment
}

TEST_CASE("retention: delivered segments stay for as long as asked") {
    const TemporaryFolder folder;
    log_run(folder.path());
    acknowledge_all(folder.path());
    RetentionOptions week = at_once();
    week.keep = std::chrono::hours(24 * 7);
    CHECK(collect_garbage(folder.path(), week).segments_kept == 1);
    const auto segment = list_segments(folder.path()).at(0).filename().string();
    const auto acks = detail::server_folder(folder.path(), here) / (segment + ".ack");
    fs::last_write_time(acks, fs::file_time_type::clock::now() - std::chrono::hours(24 * 8));
    CHECK(collect_garbage(folder.path(), week).segments_removed == 1);
    CHECK_FALSE(fs::exists(acks));
}

TEST_CASE("retention: what dead processes left goes, but for a sender's turn") {
    const TemporaryFolder folder;
    log_run(folder.path());
    std::ofstream(folder.path() / "artifacts" / ".new-0123") << "cut short";
    std::ofstream(folder.path() / "segments" / "1-1-1-1.journal.new") << "";
    CHECK(collect_garbage(folder.path()).leftovers_removed == 0);
    CHECK(collect_garbage(folder.path(), at_once()).leftovers_removed == 2);
    const detail::SenderLock sender(folder.path());
    CHECK_THROWS_AS(collect_garbage(folder.path()), StateError);
    CHECK(collect_garbage(folder.path() / "nowhere").segments_removed == 0);
}

// ---- The limit ----

constexpr std::int64_t limit = 2 << 20;

JournalOptions limited() { return {.fsync = FsyncPolicy::on_close, .max_bytes = limit}; }

/// Logs until the limit is met, and returns how many tags were taken.
int fill(Run& run, int from = 0) {
    for (int i = from; i < from + 10'000; ++i) {
        try {
            run.set_tag("t" + std::to_string(i), std::string(5000, 'x'));
        } catch (const IoError&) {
            return i - from;
        }
    }
    return -1;
}

TEST_CASE("limit: a journal that waits for delivery refuses more, keeps all it took, and lets the run end") {
    const auto folder = TemporaryFolder::in_memory();
    int taken = 0;
    {
        Run run{{.journal = folder.path(), .journal_options = limited()}};
        taken = fill(run);
        REQUIRE(taken > 300);
        try {
            run.log_metric("more", 1);
            FAIL("no error");
        } catch (const IoError& e) {
            CHECK(std::string(e.what()).find("limit of 2097152 bytes") != std::string::npos);
            CHECK(std::string(e.what()).find("assay sync") != std::string::npos);
        }
        CHECK_THROWS_AS(run.log_text(std::string(3 << 20, 'x'), "big.txt"), IoError);
        run.end();
    }
    CHECK(journal_bytes(folder.path()) <= limit + (64 << 10));
    const auto status = inspect(folder.path());
    CHECK(status.damage.empty());
    REQUIRE(status.runs.size() == 1);
    CHECK(status.runs[0].records.at("tag") == taken);
    CHECK(status.runs[0].status == RunStatus::finished);
}

TEST_CASE("limit: delivered segments make room, those of finished runs first") {
    const auto folder = TemporaryFolder::in_memory();
    {
        Run earlier{{.run_name = "earlier", .journal = folder.path(), .journal_options = limited()}};
        for (int i = 0; i < 100; ++i) earlier.log_metric("m", i, i);
    }
    Run run{{.run_name = "now", .journal = folder.path(), .journal_options = limited()}};
    const int first = fill(run);
    REQUIRE(first > 0);
    for (const auto& segment : list_segments(folder.path())) {
        if (SegmentReader(segment).closed()) acknowledge(folder.path(), segment);
    }
    const int second = fill(run, first);
    CHECK(second > 200);
    CHECK(journal_bytes(folder.path()) <= limit);
    const auto status = inspect(folder.path());
    CHECK(std::none_of(status.runs.begin(), status.runs.end(), [](const auto& r) { return r.name == "earlier"; }));
}

TEST_CASE("limit: the folder is walked once, not for each artifact, and when full not before something changed") {
    const TemporaryFolder folder;
    fs::create_directories(folder.path() / "segments");
    fs::create_directories(folder.path() / "artifacts");
    write_file_atomic(folder.path() / "artifacts" / "a", std::string(500, 'a'));
    detail::SpaceLimit limited(folder.path(), 1'000'000);
    for (int i = 0; i < 1000; ++i) {
        const auto room = limited.room(100);
        if (limited.walks() > 1) break;  // more than a second went by
        REQUIRE(room == 1'000'000 - 500 - 100 * i);
        limited.take(100);
    }
    CHECK(limited.walks() <= 2);

    write_file_atomic(folder.path() / "artifacts" / "b", std::string(999'000, 'b'));
    detail::SpaceLimit full(folder.path(), 1'000'000);
    CHECK(full.room(1000) == 500);
    const auto walks = full.walks();
    for (int i = 0; i < 100; ++i) CHECK(full.room(1000) == 500);
    CHECK(full.room(400) == 500);
    CHECK(full.walks() == walks);
    write_file_atomic(folder.path() / "segments" / "1.journal", "");
    fs::remove(folder.path() / "artifacts" / "b");
    CHECK(full.room(1000) == 999'500);
}

TEST_CASE("limit: the environment gives it where the program does not") {
    ::setenv("ASSAY_JOURNAL_MAX_BYTES", "123456789", 1);
    ::setenv("ASSAY_JOURNAL_KEEP_DAYS", "30", 1);
    CHECK(with_environment({}).max_bytes == 123456789);
    CHECK(with_environment({.max_bytes = 5}).max_bytes == 5);
    CHECK(with_environment({}).keep_delivered == std::chrono::hours(720));
    ::setenv("ASSAY_JOURNAL_MAX_BYTES", "10GB", 1);
    CHECK_THROWS_AS(with_environment({}), ValueError);
    ::unsetenv("ASSAY_JOURNAL_MAX_BYTES");
    ::unsetenv("ASSAY_JOURNAL_KEEP_DAYS");
    CHECK(with_environment({}).max_bytes == 0);
    CHECK_FALSE(with_environment({}).keep_delivered);
}

}  // namespace
}  // namespace assay::tracking
