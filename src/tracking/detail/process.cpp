#include "assay/tracking/detail/process.hpp"

#include <pthread.h>
#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>

namespace assay::tracking::detail {
namespace {

std::atomic<std::uint64_t> generation{1};

}  // namespace

std::uint64_t process_generation() noexcept {
    static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
    (void)registered;
    return generation.load(std::memory_order_relaxed);
}

std::array<unsigned char, 16> random_id() {
    std::random_device device;
    std::array<unsigned char, 16> id{};
    for (std::size_t i = 0; i < id.size(); i += 4) {
        const std::uint32_t word = device();
        std::memcpy(id.data() + i, &word, sizeof word);
    }
    return id;
}

std::string random_id_text() {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : random_id()) {
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
    return out;
}

std::string user_name() {
    for (const char* name : {"LOGNAME", "USER", "LNAME", "USERNAME"}) {  // getpass.getuser's order
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
    }
    std::array<char, 1024> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return "unknown";
}

}  // namespace assay::tracking::detail
