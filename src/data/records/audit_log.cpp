#include "assay/data/records/audit_log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "data/records/audit_line.hpp"

namespace assay::data {
namespace {

using assay::detail::FileDescriptor;

constexpr off_t tail_bytes = 128 << 10;  // two of the longest lines

/// The log, opened and locked until the descriptor closes; closing releases the lock also when the process dies.
FileDescriptor lock_audit_log(FileDescriptor fd, int operation, const std::filesystem::path& path) {
    while (::flock(fd.get(), operation) != 0)
        if (errno != EINTR) throw assay::detail::io_error("lock", path, errno);
    return fd;
}

FileDescriptor open_to_append(const std::filesystem::path& path) {
    const int raw = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
    if (raw < 0) throw assay::detail::io_error("write", path, errno);
    return lock_audit_log(FileDescriptor{raw}, LOCK_EX, path);
}

std::string read_tail(int fd, const std::filesystem::path& path, off_t size) {
    const off_t from = std::max<off_t>(0, size - tail_bytes);
    std::string tail(static_cast<std::size_t>(size - from), '\0');
    std::size_t got = 0;
    while (got < tail.size()) {
        const ssize_t n = ::pread(fd, tail.data() + got, tail.size() - got, from + static_cast<off_t>(got));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) throw assay::detail::io_error("read", path, n < 0 ? errno : EIO);
        got += static_cast<std::size_t>(n);
    }
    return tail;
}

struct LogEnd {
    AuditHead head;        ///< what the last whole line says
    off_t unfinished = 0;  ///< bytes behind it
};

[[noreturn]] void throw_mismatch(const std::filesystem::path& path, const std::string& what) {
    throw StateError("audit: expected a log as it was left, got " + what + " in '" + path.string() +
                     "'; run `assay audit verify`, keep the file as evidence and begin a new log");
}

/// Checks the last whole line by itself; verify() checks them all.
LogEnd find_end(int fd, const std::filesystem::path& path, const Secret& key) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw assay::detail::io_error("read", path, errno);
    LogEnd end{{0, detail::no_audit_hash()}, 0};
    if (status.st_size == 0) return end;
    const std::string tail = read_tail(fd, path, status.st_size);
    const std::size_t last = tail.rfind('\n');
    end.unfinished = static_cast<off_t>(tail.size() - (last == std::string::npos ? 0 : last + 1));
    if (last == std::string::npos) {
        if (status.st_size > tail_bytes) throw_mismatch(path, "no line end");
        return end;
    }
    const std::size_t before = last == 0 ? std::string::npos : tail.rfind('\n', last - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const auto head = detail::sole_audit_head(std::string_view(tail).substr(begin, last - begin), key);
    if (!head) throw_mismatch(path, "a last line that was changed or written with another key");
    end.head = *head;
    return end;
}

void write_synced(int fd, std::string_view bytes, const std::filesystem::path& path) {
    assay::detail::write_all(fd, bytes, path);
    if (::fdatasync(fd) != 0) throw assay::detail::io_error("write", path, errno);
}

Timestamp audit_time() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

std::string at_line(std::int64_t line, const std::string& what) { return "line " + std::to_string(line) + ": " + what; }

std::string removed_from_end(const char* who, const AuditHead& expected, const AuditHead& found) {
    return "entries removed from the end: the " + std::string(who) + " counts " + std::to_string(expected.entries) +
           ", the log " + std::to_string(found.entries);
}

/// The entries up to the first that does not follow from the one before, or is another than a witness says.
AuditReport walk(std::string_view content, const Secret& key, const std::optional<AuditHead>& head,
                 const std::optional<AuditHead>& anchor) {
    AuditReport report{{0, detail::no_audit_hash()}, !key.empty(), {}};
    while (!content.empty()) {
        const std::int64_t line = report.head.entries + 1;
        const std::size_t size = content.find('\n');
        if (size == std::string_view::npos) {
            report.problem = at_line(line, "unfinished: a crash, or cut off");
            return report;
        }
        const auto next = detail::follow_audit_line(content.substr(0, size), report.head, key);
        if (!next) {
            report.problem = at_line(line, key.empty() ? "not what was written, or written with a key"
                                                       : "not what was written with this key");
            return report;
        }
        const auto differs = [&](const std::optional<AuditHead>& witness) {
            return witness && witness->entries == next->entries && witness->hash != next->hash;
        };
        if (differs(anchor) || differs(head)) {
            report.problem =
                at_line(line, "not the entry that the " + std::string(differs(anchor) ? "anchor" : "head") + " names");
            return report;
        }
        report.head = *next;
        content.remove_prefix(size + 1);
    }
    return report;
}

std::string end_problem(const AuditHead& end, const std::optional<AuditHead>& head,
                        const std::optional<AuditHead>& anchor) {
    if (anchor && anchor->entries > end.entries) return removed_from_end("anchor", *anchor, end);
    if (!head) return "no head, or one made with another key or changed: entries may be missing from the end";
    if (head->entries > end.entries) return removed_from_end("head", *head, end);
    // A crash between an entry and its head leaves one.
    return head->entries + 1 < end.entries ? "an older head: more entries than a crash can leave without" : "";
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path path, const std::optional<DeidKey>& key)
    : path_(std::move(path)), key_(key ? key->subkey("audit") : Secret()) {}

std::optional<AuditHead> AuditLog::read_head() const {
    if (!std::filesystem::exists(head_path())) return std::nullopt;
    return detail::read_audit_head(read_file(head_path()), key_);
}

void AuditLog::expect_head(const AuditHead& end) const {
    const auto head = read_head();
    if (!head) {
        // A crash between the first entry and its head leaves one entry without.
        if (end.entries <= 1 && !std::filesystem::exists(head_path())) return;
        throw_mismatch(path_, "no head, or one made with another key or changed");
    }
    const bool fits = head->entries == end.entries ? head->hash == end.hash : head->entries + 1 == end.entries;
    if (!fits) throw_mismatch(path_, "fewer or other entries than its head counts");
}

AuditHead AuditLog::append(const AuditEntry& entry) {
    if (entry.who.empty() || entry.what.empty() || entry.why.empty()) {
        throw ValueError("audit: expected who, what and why, got one of them empty");
    }
    const FileDescriptor fd = open_to_append(path_);
    LogEnd end = find_end(fd.get(), path_, key_);
    expect_head(end.head);
    const auto append_line = [&](const AuditEntry& what) {
        const std::string line = detail::audit_line(what, what.when.value_or(audit_time()), end.head, key_);
        write_synced(fd.get(), line, path_);
        end.head = *detail::sole_audit_head(std::string_view(line).substr(0, line.size() - 1), key_);
        write_file_atomic(head_path(), detail::audit_head_text(end.head, key_));
    };
    if (end.unfinished > 0) {
        const off_t whole = ::lseek(fd.get(), 0, SEEK_END) - end.unfinished;
        if (::ftruncate(fd.get(), whole) != 0) throw assay::detail::io_error("write", path_, errno);
        append_line({"assay",
                     "audit.repair",
                     "an entry was not finished when its process died",
                     {{"bytes_removed", std::to_string(end.unfinished)}},
                     entry.when});
    }
    append_line(entry);
    return end.head;
}

AuditReport AuditLog::verify(const std::optional<AuditHead>& anchor) const {
    const FileDescriptor lock = lock_audit_log(assay::detail::open_to_read(path_), LOCK_SH, path_);
    const std::string content = read_file(path_);
    const std::optional<AuditHead> head = read_head();
    AuditReport report = walk(content, key_, head, anchor);
    if (report.ok()) report.problem = end_problem(report.head, head, anchor);
    return report;
}

}  // namespace assay::data
