#include "pilotage/pages.hpp"

#include <algorithm>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace pilotage {

namespace {

#if defined(__linux__) && !defined(MADV_POPULATE_WRITE)
constexpr int MADV_POPULATE_WRITE = 23;  // older headers do not have it, though the kernel may
#endif
constexpr std::size_t kSmallPage = std::size_t{64} << 10;  // of 4 kB, or what else a machine may have
constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kBlock = 8 * kLargePage;  // a page that nobody touches is not there

std::size_t rounded_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

std::unique_ptr<void, Freed> claim_pages(std::size_t bytes, PageSize size) {
  const std::size_t page = size == PageSize::kLarge ? kLargePage : kSmallPage;
  const std::size_t whole = rounded_up(bytes, page);
  std::unique_ptr<void, Freed> memory(std::aligned_alloc(page, whole));
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
#if defined(__linux__)
  // where it cannot be, it is as it was
  madvise(memory.get(), whole, size == PageSize::kLarge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
  return memory;
}

void map_pages(std::span<std::byte> memory) {
#if defined(__linux__)
  if (!memory.empty()) {
    madvise(memory.data(), memory.size(), MADV_POPULATE_WRITE);  // older kernels do not know it
  }
#else
  static_cast<void>(memory);
#endif
}

void* Pages::take(std::size_t bytes) {
  const std::size_t needed = rounded_up(bytes, static_cast<std::size_t>(kLine));
  if (needed > left_) {
    const std::size_t size = std::max(needed, kBlock);
    blocks_.push_back(claim_pages(size, PageSize::kLarge));
    next_ = static_cast<std::byte*>(blocks_.back().get());
    left_ = size;
  }
  std::byte* taken = next_;
  next_ += needed;
  left_ -= needed;
  return taken;
}

}  // namespace pilotage
