#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

// PyTorch's archive put together by hand, so that every part of it can be wrong.

template <class T>
std::string number_bytes(T value) {
    std::string out(sizeof value, '\0');
    std::memcpy(out.data(), &value, sizeof value);
    return out;
}

/// A zip archive of stored entries. Its sizes and offsets are those of 32 bits, or with `in_64` zip64's.
inline std::string zip_bytes(const std::vector<std::pair<std::string, std::string>>& entries, bool in_64 = false,
                             std::uint16_t method = 0, std::uint16_t flags = 0) {
    std::string out;
    std::string central;
    const auto u16 = [](std::size_t n) { return number_bytes(static_cast<std::uint16_t>(n)); };
    const auto u32 = [](std::size_t n) { return number_bytes(static_cast<std::uint32_t>(n)); };
    const auto u64 = [](std::size_t n) { return number_bytes(static_cast<std::uint64_t>(n)); };
    const std::size_t wide = 0xFFFFFFFF;
    for (const auto& [name, content] : entries) {
        const std::string about = u16(flags) + u16(method) + u32(0) + u32(0) + u32(in_64 ? wide : content.size()) +
                                  u32(in_64 ? wide : content.size()) + u16(name.size());
        const std::string extra =
            in_64 ? u16(1) + u16(24) + u64(content.size()) + u64(content.size()) + u64(out.size()) : std::string();
        central += "PK\x01\x02" + u16(45) + u16(45) + about + u16(extra.size()) + u16(0) + u16(0) + u16(0) + u32(0) +
                   u32(in_64 ? wide : out.size()) + name + extra;
        out += "PK\x03\x04" + u16(45) + about + u16(0) + name + content;
    }
    const std::size_t at = out.size();
    out += central;
    if (in_64) {
        const std::size_t end = out.size();
        out += "PK\x06\x06" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(entries.size()) +
               u64(entries.size()) + u64(central.size()) + u64(at);
        out += "PK\x06\x07" + u32(0) + u64(end) + u32(1);
    }
    const std::size_t count = in_64 ? 0xFFFF : entries.size();
    out += "PK\x05\x06" + u16(0) + u16(0) + u16(count) + u16(count) + u32(in_64 ? wide : central.size()) +
           u32(in_64 ? wide : at) + u16(0);
    return out;
}

inline std::string pickled(const std::string& text) {
    return "X" + number_bytes(static_cast<std::uint32_t>(text.size())) + text;
}

inline std::string pickled(std::int64_t value) { return std::string("\x8a\x08", 2) + number_bytes(value); }

inline std::string pickled(const std::vector<std::int64_t>& values) {
    std::string out = "(";
    for (const std::int64_t value : values) out += pickled(value);
    return out + "t";
}

/// One tensor as torch.save writes it.
inline std::string pickled_tensor(const std::string& key, std::int64_t elements, std::int64_t offset,
                                  const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides,
                                  const std::string& storage = "torch\nFloatStorage\n") {
    return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled("storage") + "c" + storage + pickled(key) +
           pickled("cpu") + pickled(elements) + "tQ" + pickled(offset) + pickled(shape) + pickled(strides) +
           "\x89"
           "ccollections\nOrderedDict\n)RtR";
}

/// A state dict of these names and pickled values, with the attribute that PyTorch gives it.
inline std::string pickled_state(const std::vector<std::pair<std::string, std::string>>& values) {
    std::string out =
        "\x80\x02"
        "ccollections\nOrderedDict\n)Rq" +
        std::string(1, '\0') + "(";
    for (const auto& [name, value] : values) out += pickled(name) + value;
    return out + "u}" + pickled("_metadata") + "ccollections\nOrderedDict\n)Rsb.";
}

/// A whole .bin with one storage "0".
inline std::string torch_bytes(const std::string& pickle, const std::string& storage, bool in_64 = false) {
    return zip_bytes({{"model/data.pkl", pickle}, {"model/byteorder", "little"}, {"model/data/0", storage}}, in_64);
}
