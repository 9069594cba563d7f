// Memory for large arrays that are read and written at random places.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

namespace winnow {

// An allocator whose memory is zero from the system: elements made without a value are 0 without
// being written, so that pages come to be where, and by the thread that, they are first used. Large
// blocks ask for huge pages, which spare the processor most misses of its page tables. Aligned to
// 64 bytes. T is an arithmetic type.
template <typename T>
struct ZeroedMemory {
  using value_type = T;

  ZeroedMemory() = default;
  template <typename U>
  ZeroedMemory(const ZeroedMemory<U>&) {}

  T* allocate(size_t n) {
    if (!IsLarge(n))
      return static_cast<T*>(
          std::memset(::operator new(n * sizeof(T), kAlignment), 0, n * sizeof(T)));
    void* p =
        mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    madvise(p, n * sizeof(T),
            MADV_HUGEPAGE);  // A wish: without it the memory is as good, but slower.
    return static_cast<T*>(p);
  }

  void deallocate(T* p, size_t n) {
    if (IsLarge(n)) {
      munmap(p, n * sizeof(T));
    } else {
      ::operator delete(p, kAlignment);
    }
  }

  // The memory is 0 already.
  void construct(T*) {}
  template <typename... Args>
  void construct(T* p, const Args&... args) {
    new (p) T(args...);
  }

  bool operator==(const ZeroedMemory&) const { return true; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  static bool IsLarge(size_t n) { return n * sizeof(T) >= size_t{4} << 20; }
};

// A vector whose resize() adds zeros without writing them. It must not shrink before it grows: what
// was there would come back.
template <typename T>
using ZeroedVector = std::vector<T, ZeroedMemory<T>>;

}  // namespace winnow
