// Aligned memory that frees itself, and how much of it a piece of work takes.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace glassnet {

struct FreeAligned {
  void operator()(void* p) const { ::operator delete[](p, std::align_val_t(64)); }
};

// `count` zeros on a cache line boundary, with one line to spare at the end.
template <class T> class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t count) : count_(count) {
    if (count > most_bytes / sizeof(T)) throw std::bad_alloc();
    memory_.reset(static_cast<T*>(::operator new[]((count + 64 / sizeof(T)) * sizeof(T), std::align_val_t(64))));
    for (std::size_t i = 0; i < count + 64 / sizeof(T); ++i) memory_[i] = T(0);
  }
  T* data() const { return memory_.get(); }
  T& operator[](std::size_t i) const { return memory_[i]; }
  std::size_t size() const { return count_; }
  explicit operator bool() const { return memory_ != nullptr; }

 private:
  static constexpr std::size_t most_bytes = std::size_t(1) << 60;
  std::unique_ptr<T[], FreeAligned> memory_;
  std::size_t count_ = 0;
};

}  // namespace glassnet
