// What a power cut leaves: a model of the disk that holds only what was synced. This executable's msync and fsync stand
// before those of the C library, do what they do, and note what is on the disk from then on.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/run.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tests {

/// The disk: the bytes of one mapped segment that msync has brought there, and the files fsync was called for, in
/// order.
struct Disk {
    std::mutex mutex;
    bool watching = false;
    char* base = nullptr;  // where the segment is mapped; the first msync begins there
    std::string image;
    std::vector<std::string> synced;

    static Disk& instance() {
        static Disk disk;
        return disk;
    }

    void take(void* address, std::size_t length) {
        const std::lock_guard lock(mutex);
        if (!watching) return;
        auto* from = static_cast<char*>(address);
        if (base == nullptr) base = from;
        const auto offset = static_cast<std::size_t>(from - base);
        image.resize(std::max(image.size(), offset + length), '\0');
        std::memcpy(image.data() + offset, from, length);
    }

    void take(int fd) {
        const std::lock_guard lock(mutex);
        if (!watching) return;
        std::error_code unknown;
        synced.push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), unknown).string());
    }

    void watch(bool on) {
        const std::lock_guard lock(mutex);
        watching = on;
        base = nullptr;
        image.clear();
        synced.clear();
    }

    /// The number of the last record of an unbroken row that a reader would find after a power cut.
    std::uint64_t last_record() {
        const std::lock_guard lock(mutex);
        const auto scan = tracking::detail::scan_segment(image);
        std::uint64_t last = 0;
        for (const auto& frame : scan.frames) {
            if (frame.sequence != last + 1) break;
            last = frame.sequence;
        }
        return last;
    }
};

}  // namespace assay::tests

extern "C" int msync(void* address, std::size_t length, int flags) {
    // Taken before: what is written while the disk is at work is not promised.
    if ((flags & MS_SYNC) != 0) assay::tests::Disk::instance().take(address, length);
    return static_cast<int>(::syscall(SYS_msync, address, length, flags));
}

extern "C" int fsync(int fd) {
    const auto result = static_cast<int>(::syscall(SYS_fsync, fd));
    if (result == 0) assay::tests::Disk::instance().take(fd);
    return result;
}

namespace assay::tracking {
namespace {

using assay::tests::Disk;
using assay::tests::TemporaryFolder;

constexpr auto run_id = "0123456789abcdef0123456789abcdef";

struct Watch {
    Watch() { Disk::instance().watch(true); }
    ~Watch() { Disk::instance().watch(false); }
};

TEST_CASE("power: with every_record a call that returned is on the disk, from any thread") {
    const TemporaryFolder folder;
    const Watch watch;
    const auto journal = Journal::open(folder.path(), {.fsync = FsyncPolicy::every_record});
    std::atomic<int> missing = 0;
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t) {
        workers.emplace_back([&] {
            for (int i = 0; i < 25; ++i) {
                const auto sequence = journal->append_metric(run_id, "k", i, i);
                if (Disk::instance().last_record() < sequence) ++missing;
            }
        });
    }
    for (auto& worker : workers) worker.join();
    CHECK(missing == 0);
    CHECK(Disk::instance().last_record() == 100);
}

TEST_CASE("power: with interval what was logged is on the disk an interval later, and after flush at once") {
    const TemporaryFolder folder;
    const Watch watch;
    const auto journal =
        Journal::open(folder.path(), {.fsync = FsyncPolicy::interval, .fsync_interval = std::chrono::milliseconds(5)});
    for (int i = 0; i < 1000; ++i) journal->append_metric(run_id, "k", i, i);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);  // a disk may be busy
    while (Disk::instance().last_record() < 1000 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(Disk::instance().last_record() == 1000);
    journal->append_metric(run_id, "k", 1, 1);
    journal->flush();
    CHECK(Disk::instance().last_record() == 1001);
}

TEST_CASE("power: with on_close nothing is synced before the close, and all is after it") {
    const TemporaryFolder folder;
    const Watch watch;
    auto journal = Journal::open(folder.path(), {.fsync = FsyncPolicy::on_close});
    for (int i = 0; i < 1000; ++i) journal->append_metric(run_id, "k", i, i);
    CHECK(Disk::instance().last_record() == 0);
    const auto segment = list_segments(std::filesystem::canonical(folder.path())).at(0).string();
    journal.reset();
    const auto& synced = Disk::instance().synced;
    CHECK(std::count(synced.begin(), synced.end(), segment) == 1);
    CHECK(SegmentReader(segment).closed());
}

TEST_CASE("power: the strictest policy that any opener of a journal asked for holds") {
    const TemporaryFolder folder;
    const Watch watch;
    const auto journal = Journal::open(folder.path(), {.fsync = FsyncPolicy::on_close});
    journal->append_metric(run_id, "k", 1, 1);
    CHECK(Disk::instance().last_record() == 0);

    const JournalOptions often{.fsync = FsyncPolicy::interval, .fsync_interval = std::chrono::milliseconds(5)};
    CHECK(Journal::open(folder.path(), often) == journal);
    journal->append_metric(run_id, "k", 2, 2);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);  // a disk may be busy
    while (Disk::instance().last_record() < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(Disk::instance().last_record() == 2);

    CHECK(Journal::open(folder.path(), {.fsync = FsyncPolicy::every_record}) == journal);
    for (const auto policy : {FsyncPolicy::every_record, FsyncPolicy::interval, FsyncPolicy::on_close}) {
        CHECK(Journal::open(folder.path(), {.fsync = policy}) == journal);
        const auto sequence = journal->append_metric(run_id, "k", 3, 3);
        CHECK(Disk::instance().last_record() == sequence);
    }
    CHECK(Journal::open(folder.path()) == journal);
    const auto last = journal->append_metric(run_id, "k", 4, 4);
    CHECK(Disk::instance().last_record() == last);
}

TEST_CASE("power: a segment's name and an artifact's content are on the disk before a record counts on them") {
    const TemporaryFolder folder;
    const Watch watch;
    const auto root = std::filesystem::canonical(folder.path());
    const auto journal = Journal::open(root / "journal", {.fsync = FsyncPolicy::every_record});
    const auto stored = journal->artifacts().add_bytes("made-up note");
    journal->append(Artifact{run_id, "a.txt", stored.sha256, stored.size});
    const auto& synced = Disk::instance().synced;
    const auto place = [&](const std::string& path) {
        return std::find_if(synced.begin(), synced.end(), [&](const auto& s) { return s.rfind(path, 0) == 0; });
    };
    const auto content = place((root / "journal/artifacts/.new-").string());
    CHECK(content != synced.end());
    CHECK(std::find(content, synced.end(), (root / "journal/artifacts").string()) != synced.end());
    CHECK(std::find(synced.begin(), synced.end(), (root / "journal/segments").string()) != synced.end());
    CHECK(std::find(synced.begin(), synced.end(), (root / "journal").string()) != synced.end());
    CHECK(std::find(synced.begin(), synced.end(), root.string()) != synced.end());
}

}  // namespace
}  // namespace assay::tracking
