#include <cstring>
#include <limits>
#include <utility>

#include "assay/data/array_builder.hpp"
#include "data/arrow_rules.hpp"

namespace assay::data::detail {
namespace {

/// Whether offsets begin at 0 or more and never fall. What they point at cannot be checked: the interface gives no
/// sizes.
template <class Offset>
void check_offsets(const ForeignArray& from, const Offset* offsets) {
    bool good = offsets[0] >= 0;
    for (std::int64_t i = 0; i < from.length; ++i) good = good & (offsets[i] <= offsets[i + 1]);
    if (!good) from.malformed("offsets that never fall");
}

/// The offsets of the rows, aligned.
template <class Offset>
Buffer offsets_of(const ForeignArray& from, std::int64_t first, std::int64_t count) {
    const std::byte* data = from.needed(1) + first * static_cast<std::int64_t>(sizeof(Offset));
    const auto bytes = count * static_cast<std::int64_t>(sizeof(Offset));
    if (reinterpret_cast<std::uintptr_t>(data) % sizeof(Offset) == 0) return Buffer(from.owner, data, bytes);
    return Buffer::copy_of({data, static_cast<std::size_t>(bytes)});
}

Buffer characters_of(const ForeignArray& from, std::int64_t start, std::int64_t end) {
    if (end > start) return Buffer(from.owner, from.needed(2) + start, end - start);
    return {};
}

Array large_text(Type type, const ForeignArray& from) {
    const Buffer wide = offsets_of<std::int64_t>(from, from.offset, from.length + 1);
    const auto* offsets = wide.as<std::int64_t>();
    check_offsets(from, offsets);
    if (offsets[from.length] - offsets[0] > std::numeric_limits<std::int32_t>::max()) {
        from.malformed("at most 2 GiB of text in one column; read the table in batches");
    }
    MutableBuffer narrow((from.length + 1) * index{4});
    for (std::int64_t i = 0; i <= from.length; ++i) {
        narrow.as<std::int32_t>()[i] = static_cast<std::int32_t>(offsets[i] - offsets[0]);
    }
    return Array(
        type, from.length,
        {from.copied_validity(), characters_of(from, offsets[0], offsets[from.length]), std::move(narrow).freeze()});
}

/// One entry of a view column: length, then 12 bytes of text, or a prefix, the number of a buffer and a position in it.
std::string_view view_at(const ForeignArray& from, std::int64_t row, const std::int64_t* sizes) {
    const std::byte* entry = from.needed(1) + (from.offset + row) * 16;
    std::int32_t words[4];
    std::memcpy(words, entry, 16);
    if (words[0] < 0) from.malformed("texts with lengths of 0 or more");
    if (words[0] <= 12) return {reinterpret_cast<const char*>(entry + 4), static_cast<std::size_t>(words[0])};
    const std::int64_t buffers = from.array->n_buffers - 3;
    if (words[2] < 0 || words[2] >= buffers || words[3] < 0 || sizes == nullptr ||
        std::int64_t{words[3]} + words[0] > sizes[words[2]]) {
        from.malformed("texts within the buffers that the array has");
    }
    const std::byte* text = from.needed(2 + words[2]) + words[3];
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(words[0])};
}

Array view_text(Type type, const ForeignArray& from) {
    const std::int64_t buffers = from.array->n_buffers - 3;
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(buffers));
    if (buffers > 0) std::memcpy(sizes.data(), from.needed(buffers + 2), sizes.size() * sizeof(std::int64_t));
    const BitmapView valid = from.validity_view();
    TextBuilder builder(type);
    for (std::int64_t i = 0; i < from.length; ++i) {
        if (valid[i]) {
            builder.append(view_at(from, i, sizes.data()));
        } else {
            builder.append_null();
        }
    }
    return builder.finish();
}

Array fixed_binary(int width, const ForeignArray& from) {
    const auto* bytes = reinterpret_cast<const char*>(width == 0 ? nullptr : from.needed(1));
    const BitmapView valid = from.validity_view();
    TextBuilder builder(Type::Binary);
    for (std::int64_t i = 0; i < from.length; ++i) {
        if (valid[i]) {
            const auto size = static_cast<std::size_t>(width);
            builder.append(size == 0 ? std::string_view() : std::string_view(bytes + (from.offset + i) * width, size));
        } else {
            builder.append_null();
        }
    }
    return builder.finish();
}

}  // namespace

Array keep_text(Type type, const ForeignArray& from) {
    const std::int64_t end = from.offset + from.length;
    const Buffer offsets = offsets_of<std::int32_t>(from, 0, end + 1);
    check_offsets(from, offsets.as<std::int32_t>() + from.offset);
    return Array(type, from.length, {from.validity(), characters_of(from, 0, offsets.as<std::int32_t>()[end]), offsets},
                 -1, from.offset);
}

Array cast_text(const ForeignType& type, const ForeignArray& from) {
    if (type.rule == Rule::LargeText) return large_text(type.type, from);
    if (type.rule == Rule::ViewText) return view_text(type.type, from);
    return fixed_binary(type.width, from);
}

}  // namespace assay::data::detail
