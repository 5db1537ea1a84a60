#pragma once

#include <type_traits>

#include "assay/data/buffer.hpp"

namespace assay::features::detail {

/// Values that are not initialised, in huge pages where they are many: threads fill them, and faults are few.
template <class T>
class ScratchArray {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    ScratchArray() = default;
    explicit ScratchArray(index size) : bytes_(size * static_cast<index>(sizeof(T))) {}

    index size() const noexcept { return bytes_.size() / static_cast<index>(sizeof(T)); }
    T* data() noexcept { return bytes_.as<T>(); }
    const T* data() const noexcept { return reinterpret_cast<const T*>(bytes_.data()); }
    T& operator[](index i) noexcept { return data()[i]; }
    const T& operator[](index i) const noexcept { return data()[i]; }

  private:
    data::MutableBuffer bytes_;
};

}  // namespace assay::features::detail
