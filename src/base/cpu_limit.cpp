#include "assay/base/detail/cpu_limit.hpp"

#include "assay/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace assay::detail {
namespace {

namespace fs = std::filesystem;

void take_stricter(std::optional<double>& limit, double quota, double period) {
    if (quota <= 0 || period <= 0) return;
    limit = std::min(limit.value_or(quota / period), quota / period);
}

/// cpu.max holds "max 100000" or "150000 100000".
void read_version_2(const fs::path& folder, std::optional<double>& limit) {
    std::ifstream file(folder / "cpu.max");
    std::string quota;
    double period = 0;
    if (!(file >> quota >> period) || quota == "max") return;
    take_stricter(limit, std::strtod(quota.c_str(), nullptr), period);
}

/// cpu.cfs_quota_us holds -1 where there is no limit.
void read_version_1(const fs::path& folder, std::optional<double>& limit) {
    double quota = 0;
    double period = 0;
    if (!(std::ifstream(folder / "cpu.cfs_quota_us") >> quota)) return;
    if (!(std::ifstream(folder / "cpu.cfs_period_us") >> period)) return;
    take_stricter(limit, quota, period);
}

/// Reads a group and all its parents. Inside a container the named group may not exist under the mount; the mount's
/// root is then the container's own group, and it is always read.
template <class Read>
void read_upwards(const fs::path& root, const std::string& group, std::optional<double>& limit, Read read) {
    fs::path relative = fs::path(group).relative_path();
    while (!relative.empty()) {
        read(root / relative, limit);
        relative = relative.parent_path();
    }
    read(root, limit);
}

bool has_cpu_controller(const std::string& controllers) {
    return (',' + controllers + ',').find(",cpu,") != std::string::npos;
}

}  // namespace

std::optional<double> cgroup_cpu_limit(const fs::path& membership, const fs::path& mount) {
    std::optional<double> limit;
    std::ifstream file(membership);
    for (std::string line; std::getline(file, line);) {  // "<hierarchy>:<controllers>:<group>"
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) {
            read_upwards(mount, group, limit, read_version_2);
        } else if (has_cpu_controller(controllers)) {
            read_upwards(mount / "cpu", group, limit, read_version_1);
            read_upwards(mount / controllers, group, limit, read_version_1);
        }
    }
    return limit;
}

int available_cpus() {
    int cpus = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    // Fails on machines with more than 1024 CPUs; the hardware's number stands then.
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) cpus = CPU_COUNT(&allowed);
    if (const auto limit = cgroup_cpu_limit("/proc/self/cgroup", "/sys/fs/cgroup")) {
        cpus = static_cast<int>(std::min<double>(cpus, std::ceil(*limit)));
    }
#endif
    return std::max(cpus, 1);
}

int initial_num_threads(const char* setting) {
    const std::string_view text(setting == nullptr ? "" : setting);
    if (text.empty()) return available_cpus();
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < 1) {
        throw ValueError("ASSAY_NUM_THREADS: expected a positive whole number, got '" + std::string(text) +
                         "'; correct or unset the variable");
    }
    return count;
}

}  // namespace assay::detail
