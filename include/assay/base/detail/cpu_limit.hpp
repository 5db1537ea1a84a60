#pragma once

#include "assay/base/export.hpp"

#include <filesystem>
#include <optional>

namespace assay::detail {

/// CPUs' worth of time that the control group of a process may use, the strictest of the group and its parents.
/// @param membership  the file that names the group: /proc/self/cgroup
/// @param mount       where control groups are mounted: /sys/fs/cgroup
/// @return            nothing where there is no limit or no control group
/// Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst (version 1).
ASSAY_EXPORT std::optional<double> cgroup_cpu_limit(const std::filesystem::path& membership,
                                                    const std::filesystem::path& mount);

/// CPUs that this process may use, at least 1: those of its affinity mask, limited by its control group.
ASSAY_EXPORT int available_cpus();

/// The number of threads to begin with. @param setting  ASSAY_NUM_THREADS, may be null or empty
/// @throws ValueError if the setting is not a positive whole number.
ASSAY_EXPORT int initial_num_threads(const char* setting);

}  // namespace assay::detail
