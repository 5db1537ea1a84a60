#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace assay::tracking::detail {

/// A number that differs between a process and its forked child; cheaper than getpid.
std::uint64_t process_generation() noexcept;

/// 128 random bits from the operating system.
std::array<unsigned char, 16> random_id();

/// The same as 32 hexadecimal digits.
std::string random_id_text();

/// The name of the user this process runs as, "unknown" where there is none.
std::string user_name();

}  // namespace assay::tracking::detail
