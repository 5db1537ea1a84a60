#include "assay/tracking/detail/ack_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "assay/base/crc32c.hpp"
#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/file.hpp"

namespace assay::tracking::detail {
namespace {

constexpr std::size_t header_size = 16;
constexpr std::size_t entry_size = 24;

template <typename T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
T get(std::string_view bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::string header() {
    std::string out = "ASSAYACK";
    put(out, std::uint32_t{1});
    put(out, crc32c(out));
    return out;
}

std::string entry(std::uint64_t first, std::uint64_t last, AckLog::Outcome outcome) {
    std::string out;
    put(out, first);
    put(out, last);
    put(out, static_cast<std::uint32_t>(outcome));
    put(out, crc32c(out));
    return out;
}

}  // namespace

AckLog::AckLog(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code missing;
    if (!std::filesystem::exists(file_, missing)) return;
    const std::string bytes = read_file(file_);
    for (std::size_t at = header_size; at + entry_size <= bytes.size(); at += entry_size) {
        const auto line = std::string_view(bytes).substr(at, entry_size);
        if (get<std::uint32_t>(line, 20) != crc32c(line.substr(0, 20))) continue;
        take(get<std::uint64_t>(line, 0), get<std::uint64_t>(line, 8),
             static_cast<Outcome>(get<std::uint32_t>(line, 16)));
    }
}

bool AckLog::holds(const Ranges& ranges, std::uint64_t sequence) noexcept {
    const auto after = ranges.upper_bound(sequence);
    return after != ranges.begin() && std::prev(after)->second >= sequence;
}

bool AckLog::contains_all(std::uint64_t first, std::uint64_t last) const noexcept {
    const auto after = ranges_.upper_bound(first);
    return after != ranges_.begin() && std::prev(after)->second >= last;
}

void AckLog::insert(Ranges& ranges, std::uint64_t first, std::uint64_t last) {
    if (first > last) return;
    auto at = ranges.upper_bound(first);
    if (at != ranges.begin() && std::prev(at)->second + 1 >= first) {
        --at;
        first = at->first;
        last = std::max(last, at->second);
        at = ranges.erase(at);
    }
    while (at != ranges.end() && at->first <= last + 1) {
        last = std::max(last, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(first, last);
}

void AckLog::take(std::uint64_t first, std::uint64_t last, Outcome outcome) {
    insert(ranges_, first, last);
    if (outcome == Outcome::set_aside) insert(set_aside_, first, last);
}

void AckLog::add(std::vector<std::uint64_t> sequences, Outcome outcome) {
    if (sequences.empty()) return;
    std::sort(sequences.begin(), sequences.end());
    std::string bytes;
    for (std::size_t i = 0; i < sequences.size();) {
        std::size_t end = i + 1;
        while (end < sequences.size() && sequences[end] <= sequences[end - 1] + 1) ++end;
        bytes += entry(sequences[i], sequences[end - 1], outcome);
        take(sequences[i], sequences[end - 1], outcome);
        i = end;
    }
    std::error_code missing;
    const auto size = std::filesystem::file_size(file_, missing);
    const assay::detail::FileDescriptor out(::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (out.get() < 0) throw assay::detail::io_error("acknowledge", file_, errno);
    // A torn entry at the end is overwritten, so that those after it stay in step.
    const auto kept = missing || size < header_size ? 0 : header_size + (size - header_size) / entry_size * entry_size;
    if (kept == 0) bytes.insert(0, header());
    if (::lseek(out.get(), static_cast<off_t>(kept), SEEK_SET) < 0)
        throw assay::detail::io_error("acknowledge", file_, errno);
    assay::detail::write_all(out.get(), bytes, file_);
}

}  // namespace assay::tracking::detail
