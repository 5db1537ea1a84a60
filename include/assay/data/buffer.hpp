#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::data {

/// Immutable bytes shared by reference count; slices and foreign memory (Arrow, NumPy) keep their owner alive.
class ASSAY_EXPORT Buffer {
  public:
    Buffer() = default;

    /// Bytes that live as long as `owner` does. Cost: O(1), no copy.
    Buffer(std::shared_ptr<const void> owner, const std::byte* data, index size)
        : owner_(std::move(owner)), data_(data), size_(size) {}

    /// A copy in 64-byte aligned memory of our own.
    static Buffer copy_of(std::span<const std::byte> bytes);

    const std::byte* data() const noexcept { return data_; }
    index size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

    /// The bytes as values of T; the caller knows that they are.
    template <class T>
    const T* as() const noexcept {
        return reinterpret_cast<const T*>(data_);
    }

  private:
    std::shared_ptr<const void> owner_;
    const std::byte* data_ = nullptr;
    index size_ = 0;
};

/// Growable 64-byte aligned bytes that become a Buffer without a copy.
///
/// Growth keeps the content; large buffers grow by remapping pages, so that no byte is moved.
class ASSAY_EXPORT MutableBuffer {
  public:
    MutableBuffer() = default;
    explicit MutableBuffer(index size) { resize(size); }
    MutableBuffer(const MutableBuffer&) = delete;
    MutableBuffer& operator=(const MutableBuffer&) = delete;
    MutableBuffer(MutableBuffer&& other) noexcept;
    MutableBuffer& operator=(MutableBuffer&& other) noexcept;
    ~MutableBuffer();

    std::byte* data() noexcept { return data_; }
    const std::byte* data() const noexcept { return data_; }
    index size() const noexcept { return size_; }
    index capacity() const noexcept { return capacity_; }

    template <class T>
    T* as() noexcept {
        return reinterpret_cast<T*>(data_);
    }

    /// Room for `capacity` bytes. New bytes are not initialised. @throws std::bad_alloc
    void reserve(index capacity);
    /// Sets the size, growing geometrically. New bytes are not initialised.
    void resize(index size);
    /// Sets the size and fills new bytes with zero.
    void resize_zeroed(index size);
    void append(const void* bytes, index size);
    template <class T>
    void push(const T& value) {
        append(&value, sizeof(T));
    }

    /// The same memory as an immutable Buffer, excess capacity given back. Leaves this empty.
    Buffer freeze() &&;

  private:
    void release() noexcept;

    std::byte* data_ = nullptr;
    index size_ = 0;
    index capacity_ = 0;
};

}  // namespace assay::data
