// Memory for what a decision reads from one end to the other, and for what it writes a little of.
//
// Linux maps it 4 kB at a time, anywhere; asked for it, 2 MB at a time. What is read in order then falls
// evenly into the caches' sets, misses no translations, and costs one page fault where it cost 512. But one
// of those takes up to 5 ms where a hypervisor finds the memory first: what decisions fill one after the
// other is better mapped as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace pilotage {

inline constexpr std::align_val_t kLine{64};  // what lies across two of a cache's is read twice

struct Freed {
  void operator()(void* memory) const { std::free(memory); }
};

enum class PageSize : std::uint8_t { kSmall, kLarge };  // the machine's, most often 4 kB; 2 MB

/// Uninitialised, aligned to what it is mapped by, and not touched. Throws std::bad_alloc.
std::unique_ptr<void, Freed> claim_pages(std::size_t bytes, PageSize size);

/// Maps what is there before anybody touches it, and changes nothing that it holds; a hint. From any thread.
void map_pages(std::span<std::byte> memory);

/// A heap that only grows: what is taken from it lives as long as it does.
class Pages {
 public:
  /// Aligned to a cache's line. Throws std::bad_alloc.
  void* take(std::size_t bytes);

 private:
  std::vector<std::unique_ptr<void, Freed>> blocks_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

/// Of vectors that live in `pages`, which must outlive them, or on the heap where there are none; a copy of
/// such a vector is on the heap. Either way aligned to a cache's line.
template <class T>
class PageAllocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;

  explicit PageAllocator(Pages* pages = nullptr) : pages_(pages) {}

  T* allocate(std::size_t n) {
    const std::size_t bytes = n * sizeof(T);
    return static_cast<T*>(pages_ == nullptr ? ::operator new(bytes, kLine) : pages_->take(bytes));
  }

  void deallocate(T* memory, std::size_t /*n*/) {
    if (pages_ == nullptr) {
      ::operator delete(memory, kLine);
    }
  }

  [[nodiscard]] PageAllocator select_on_container_copy_construction() const { return PageAllocator(); }

  bool operator==(const PageAllocator&) const = default;

 private:
  Pages* pages_;
};

template <class T>
using PagedVector = std::vector<T, PageAllocator<T>>;

}  // namespace pilotage
