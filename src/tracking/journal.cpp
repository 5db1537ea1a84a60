#include "assay/tracking/journal.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "assay/base/detail/wait.hpp"
#include "assay/base/error.hpp"
#include "assay/tracking/detail/limits.hpp"
#include "assay/tracking/detail/process.hpp"
#include "assay/tracking/detail/segment_writer.hpp"
#include "assay/tracking/detail/sync_folder.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/retention.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

/// What the name of the newest segment begins with; 0 where there is none.
std::int64_t newest_order(const fs::path& journal) {
    constexpr std::string_view digits = "0123456789";
    std::int64_t newest = 0;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(journal / "segments", missing)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > 16 && name.find_first_not_of(digits) == 16) {
            newest = std::max<std::int64_t>(newest, std::stoll(name.substr(0, 16)));
        }
    }
    return newest;
}

void remove_delivered(const fs::path& journal, std::chrono::hours keep) {
    RetentionOptions options;
    options.keep = keep;
    try {
        collect_garbage(journal, options);
    } catch (const StateError&) {
        // A sender is at work; the next who opens the journal does it.
    }
}

/// A whole number above 0, nothing where the variable is not set.
std::optional<std::int64_t> read_variable(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') return std::nullopt;
    char* end = nullptr;
    errno = 0;
    const long long value = std::strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0 || value < 0) {
        throw ValueError(std::string(name) + ": expected a whole number of 0 or more, got another text");
    }
    return value;
}

}  // namespace

struct Journal::State {
    std::uint64_t generation = 0;  // the process it belongs to
    std::shared_ptr<detail::SegmentWriter> segment;
    std::uint64_t sequence = 0;  // of the last record
    std::atomic<std::uint64_t> durable{0};
    std::uint32_t part = 0;
    std::array<unsigned char, 16> writer{};

    std::thread flusher;
    std::condition_variable wake;
    bool dirty = false;
    bool stop = false;
    std::string failure;  // of the background flush; told by the next call
};

/// The journals of this process, so that one folder has one writer, and so that fork finds their locks free.
struct JournalRegistry {
    std::mutex mutex;
    std::map<fs::path, std::weak_ptr<Journal>> journals;
    std::vector<std::shared_ptr<Journal>> locked;  // between prepare and parent/child

    static JournalRegistry& instance() {
        // Never destroyed: a journal may end after static destructors began.
        static JournalRegistry* registry = [] {
            auto* created = new JournalRegistry;
            ::pthread_atfork([] { instance().prepare(); }, [] { instance().release(); }, [] { instance().release(); });
            return created;
        }();
        return *registry;
    }

    void prepare() {
        mutex.lock();
        for (auto& [folder, weak] : journals) {
            if (auto journal = weak.lock()) {
                journal->commit_mutex_.lock();
                journal->mutex_.lock();
                journal->space_.lock();
                locked.push_back(std::move(journal));
            }
        }
    }

    void release() {
        auto held = std::move(locked);
        locked.clear();
        for (auto& journal : held) {
            journal->space_.unlock();
            journal->mutex_.unlock();
            journal->commit_mutex_.unlock();
        }
        mutex.unlock();
        // Only now may `held` drop the last reference: the destructor takes the registry's lock.
    }
};

JournalOptions with_environment(JournalOptions options) {
    if (options.max_bytes == 0) options.max_bytes = read_variable("ASSAY_JOURNAL_MAX_BYTES").value_or(0);
    if (!options.keep_delivered) {
        if (const auto days = read_variable("ASSAY_JOURNAL_KEEP_DAYS")) {
            options.keep_delivered = std::chrono::hours(24 * std::min<std::int64_t>(*days, 365'000));
        }
    }
    return options;
}

Journal::Journal(fs::path folder, const JournalOptions& options)
    : folder_(std::move(folder)),
      options_(options),
      fsync_(options.fsync),
      artifacts_(folder_ / "artifacts"),
      space_(folder_, options.max_bytes) {
    constexpr index least = index{8} << 20;
    options_.segment_bytes = std::max(options_.segment_bytes, least);
    if (options_.max_bytes > 0) {  // so that what is delivered can go piece by piece
        options_.segment_bytes = std::min(options_.segment_bytes, std::max<index>(options_.max_bytes / 8, 256 << 10));
    }
}

std::shared_ptr<Journal> Journal::open(const fs::path& folder, const JournalOptions& options) {
    return find_or_open(folder, &options);
}

std::shared_ptr<Journal> Journal::open(const fs::path& folder) { return find_or_open(folder, nullptr); }

std::shared_ptr<Journal> Journal::find_or_open(const fs::path& folder, const JournalOptions* asked) {
    std::error_code failed;
    const bool made = fs::create_directories(folder / "segments", failed);
    if (!failed) fs::create_directories(folder / "artifacts", failed);
    if (failed) {
        throw IoError("journal: cannot create " + folder.string() + ": " + failed.message() +
                      "; choose a folder that can be written");
    }
    const fs::path place = fs::canonical(folder);
    if (made) {
        detail::sync_folder(place);
        detail::sync_folder(place.parent_path());
    }
    auto& registry = JournalRegistry::instance();
    const std::lock_guard lock(registry.mutex);
    auto& known = registry.journals[place];
    if (auto journal = known.lock()) {
        if (asked != nullptr) journal->tighten(*asked);
        return journal;
    }
    const JournalOptions options = asked != nullptr ? *asked : JournalOptions{};
    recover(place);
    if (options.keep_delivered) remove_delivered(place, *options.keep_delivered);
    std::shared_ptr<Journal> journal(new Journal(place, options));
    known = journal;
    return journal;
}

void Journal::tighten(const JournalOptions& asked) {
    const std::lock_guard lock(mutex_);
    const FsyncPolicy held = fsync_;
    if (asked.fsync > held) return;  // from every record to on close
    const auto interval = asked.fsync_interval;
    options_.fsync_interval = asked.fsync == held ? std::min(options_.fsync_interval, interval) : interval;
    fsync_ = asked.fsync;
    if (state_ != nullptr && state_->generation == detail::process_generation()) start_flusher(*state_);
}

/// mutex_ is held.
void Journal::start_flusher(State& state) {
    if (fsync_ != FsyncPolicy::interval || state.flusher.joinable()) return;
    state.flusher = std::thread([this, &state] { flush_in_background(state); });
}

Journal::~Journal() {
    {
        auto& registry = JournalRegistry::instance();
        const std::lock_guard lock(registry.mutex);
        const auto known = registry.journals.find(folder_);
        if (known != registry.journals.end() && known->second.expired()) registry.journals.erase(known);
    }
    if (state_ == nullptr || state_->generation != detail::process_generation()) return;
    {
        const std::lock_guard lock(mutex_);
        state_->stop = true;
        state_->wake.notify_all();
    }
    if (state_->flusher.joinable()) state_->flusher.join();
    try {
        state_->segment->close(state_->sequence + 1, now());
    } catch (const std::exception&) {
        // The records are in the page cache; only the closing mark is missing, and `recover` adds what it needs.
    }
    delete state_;
}

// mutex_ is held.
Journal::State& Journal::state(index payload_size, RecordKind kind) {
    if (state_ != nullptr && state_->generation == detail::process_generation()) return *state_;
    auto fresh = std::make_unique<State>();
    fresh->generation = detail::process_generation();
    fresh->writer = detail::random_id();
    begin_segment(*fresh, payload_size, kind);
    state_ = fresh.release();
    start_flusher(*state_);
    return *state_;
}

index Journal::capacity_for(index payload_size, RecordKind kind) {
    if (!space_.exists()) return options_.segment_bytes;
    // Room for the record and for the closing one; below 64 KiB there would be a file for every few records.
    const index least =
        std::max(detail::segment_header_size + 3 * detail::frame_header_size + payload_size, index{64} << 10);
    const index wanted = std::max(options_.segment_bytes, least);
    const auto room = space_.room(wanted);
    if (room < least && kind != RecordKind::end_run) space_.refuse();
    const index capacity = room < least ? least : std::min<index>(wanted, room);
    space_.take(capacity);
    return capacity;
}

void Journal::make_room(std::int64_t bytes) {
    if (!space_.exists()) return;
    if (space_.room(bytes) < bytes) space_.refuse();
    space_.take(bytes);
}

void Journal::begin_segment(State& state, index payload_size, RecordKind kind) {
    const index capacity = capacity_for(payload_size, kind);
    const Timestamp created = now();
    // Segments are read in the order of their names: one that is begun later comes later, also where the clock was
    // set back in between.
    const std::int64_t order = std::max(created.micros(), newest_order(folder_) + 1);
    std::array<char, 96> name{};
    std::snprintf(name.data(), name.size(), "%016" PRId64 "-%ld-%02x%02x%02x%02x-%04u.journal", order,
                  static_cast<long>(::getpid()), state.writer[0], state.writer[1], state.writer[2], state.writer[3],
                  state.part);
    const detail::SegmentHeader header{.part = state.part, .writer = state.writer, .created = created};
    state.segment = std::make_shared<detail::SegmentWriter>(folder_ / "segments" / name.data(), header, capacity);
    ++state.part;
}

std::uint64_t Journal::append_bytes(RecordKind kind, std::string_view payload, Timestamp time) {
    if (static_cast<index>(payload.size()) > detail::max_payload_size) {
        throw ValueError("journal: expected a record of at most 4 MiB, got " + std::to_string(payload.size()) +
                         " bytes; log it as an artifact");
    }
    std::uint64_t sequence = 0;
    while (sequence == 0) {
        std::unique_lock lock(mutex_);
        State& s = state(static_cast<index>(payload.size()), kind);
        if (!s.failure.empty()) throw IoError(std::exchange(s.failure, {}));
        if (!s.segment->fits(static_cast<index>(payload.size()))) {
            lock.unlock();
            change_segment(static_cast<index>(payload.size()), kind);
            continue;
        }
        s.segment->append(kind, s.sequence + 1, time, payload);
        sequence = ++s.sequence;
        if (!s.dirty) {
            s.dirty = true;
            s.wake.notify_one();
        }
    }
    if (fsync_.load(std::memory_order_relaxed) == FsyncPolicy::every_record) commit(sequence);
    return sequence;
}

void Journal::change_segment(index payload_size, RecordKind kind) {
    const std::lock_guard turn(commit_mutex_);  // nobody syncs the segment that is closed here
    const std::lock_guard lock(mutex_);
    State& s = state(payload_size, kind);
    if (s.segment->fits(payload_size)) return;  // another thread was faster
    if (s.segment->open()) {
        try {
            s.segment->close(s.sequence + 1, now());
        } catch (const IoError&) {
            if (!s.segment->open()) ++s.sequence;  // the closing record stands, its sync failed
            throw;
        }
        s.durable = ++s.sequence;
    }
    begin_segment(s, payload_size, kind);
}

std::uint64_t Journal::append(const Record& record, std::optional<Timestamp> time) {
    return append_bytes(kind_of(record), encode(record), time ? *time : now());
}

std::uint64_t Journal::append_encoded(RecordKind kind, std::string_view payload, std::optional<Timestamp> time) {
    return append_bytes(kind, payload, time ? *time : now());
}

std::uint64_t Journal::append_metric(std::string_view run, std::string_view key, double value, std::int64_t step,
                                     std::optional<Timestamp> time) {
    thread_local std::string payload;
    payload.clear();
    encode_metric(payload, run, key, value, step);
    return append_bytes(RecordKind::metric, payload, time ? *time : now());
}

// Group commit: who waited for the lock while another synced often finds its own record durable already.
void Journal::commit(std::uint64_t sequence) {
    const std::lock_guard turn(commit_mutex_);
    std::shared_ptr<detail::SegmentWriter> segment;
    index end = 0;
    std::uint64_t last = 0;
    State* s = nullptr;
    {
        const std::lock_guard lock(mutex_);
        s = &state(0, RecordKind::metric);
        if (s->durable >= sequence) return;
        segment = s->segment;
        end = segment->size();
        last = s->sequence;
        s->dirty = false;
    }
    segment->sync_to(end);
    s->durable = last;
}

void Journal::flush() {
    std::uint64_t last = 0;
    {
        const std::lock_guard lock(mutex_);
        if (state_ == nullptr || state_->generation != detail::process_generation()) return;
        last = state_->sequence;
    }
    commit(last);
}

void Journal::flush_in_background(State& state) {
    std::unique_lock lock(mutex_);
    while (!state.stop) {
        assay::detail::wait(state.wake, lock, [&state] { return state.dirty || state.stop; });
        state.wake.wait_for(lock, options_.fsync_interval, [&state] { return state.stop; });
        if (state.stop) return;  // closing syncs
        const std::uint64_t last = state.sequence;
        lock.unlock();
        std::string failure;
        try {
            commit(last);
        } catch (const Error& e) {
            failure = e.what();
        }
        lock.lock();
        if (!failure.empty()) state.failure = std::move(failure);
    }
}

}  // namespace assay::tracking
