#pragma once

#include <cstdint>
#include <cstring>
#include <string>

/// A safetensors file of this header and data, as it is: nothing is checked or padded.
inline std::string safetensors_bytes(const std::string& header, const std::string& data) {
    const std::uint64_t size = header.size();
    std::string out(8, '\0');
    std::memcpy(out.data(), &size, 8);
    return out + header + data;
}
