#include "assay/data/buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace assay::data {
namespace {

constexpr index kAlignment = 64;
// From here on memory is mapped page by page: growth remaps instead of copying, and huge pages save faults.
constexpr index kMapThreshold = index{1} << 20;

constexpr index round_up(index size, index unit) { return (size + unit - 1) / unit * unit; }

std::byte* allocate(index capacity) {
#if defined(__linux__)
    if (capacity >= kMapThreshold) {
        void* memory = mmap(nullptr, static_cast<std::size_t>(capacity), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        madvise(memory, static_cast<std::size_t>(capacity), MADV_HUGEPAGE);
        return static_cast<std::byte*>(memory);
    }
#endif
    void* memory = std::aligned_alloc(kAlignment, static_cast<std::size_t>(capacity));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<std::byte*>(memory);
}

void deallocate(std::byte* data, index capacity) noexcept {
#if defined(__linux__)
    if (capacity >= kMapThreshold) {
        munmap(data, static_cast<std::size_t>(capacity));
        return;
    }
#endif
    static_cast<void>(capacity);
    std::free(data);
}

std::byte* reallocate(std::byte* data, index size, index old_capacity, index capacity) {
#if defined(__linux__)
    if (old_capacity >= kMapThreshold && capacity >= kMapThreshold) {
        void* memory =
            mremap(data, static_cast<std::size_t>(old_capacity), static_cast<std::size_t>(capacity), MREMAP_MAYMOVE);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        return static_cast<std::byte*>(memory);
    }
#endif
    std::byte* grown = allocate(capacity);
    if (size > 0) std::memcpy(grown, data, static_cast<std::size_t>(size));
    if (data != nullptr) deallocate(data, old_capacity);
    return grown;
}

index capacity_for(index size) {
    return size >= kMapThreshold ? round_up(size, 4096) : round_up(std::max<index>(size, kAlignment), kAlignment);
}

}  // namespace

Buffer Buffer::copy_of(std::span<const std::byte> bytes) {
    MutableBuffer copy;
    copy.append(bytes.data(), static_cast<index>(bytes.size()));
    return std::move(copy).freeze();
}

MutableBuffer::MutableBuffer(MutableBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

MutableBuffer& MutableBuffer::operator=(MutableBuffer&& other) noexcept {
    if (this != &other) {
        release();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
}

MutableBuffer::~MutableBuffer() { release(); }

void MutableBuffer::release() noexcept {
    if (data_ != nullptr) deallocate(data_, capacity_);
    data_ = nullptr;
}

void MutableBuffer::reserve(index capacity) {
    if (capacity <= capacity_) return;
    const index rounded = capacity_for(capacity);
    data_ = reallocate(data_, size_, capacity_, rounded);
    capacity_ = rounded;
}

void MutableBuffer::resize(index size) {
    if (size > capacity_) reserve(std::max(size, capacity_ * 2));
    size_ = size;
}

void MutableBuffer::resize_zeroed(index size) {
    const index before = size_;
    resize(size);
    if (size > before) std::memset(data_ + before, 0, static_cast<std::size_t>(size - before));
}

void MutableBuffer::append(const void* bytes, index size) {
    const index at = size_;
    resize(at + size);
    if (size > 0) std::memcpy(data_ + at, bytes, static_cast<std::size_t>(size));
}

Buffer MutableBuffer::freeze() && {
    if (data_ == nullptr) return {};
    if (capacity_ >= kMapThreshold && capacity_for(size_) < capacity_ && capacity_for(size_) >= kMapThreshold) {
        const index fitting = capacity_for(size_);
        data_ = reallocate(data_, size_, capacity_, fitting);
        capacity_ = fitting;
    }
    const index size = size_;
    const index capacity = capacity_;
    std::byte* data = std::exchange(data_, nullptr);
    size_ = capacity_ = 0;
    std::shared_ptr<const void> owner(data, [capacity](const void* memory) {
        deallocate(static_cast<std::byte*>(const_cast<void*>(memory)), capacity);
    });
    return Buffer(std::move(owner), data, size);
}

}  // namespace assay::data
