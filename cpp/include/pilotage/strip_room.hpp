// Room for one strip of a matrix in full, while a term is added to it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace pilotage {

/// Matrices of which one at a time is written share it; a copy of a matrix has its own.
class StripRoom {
 public:
  StripRoom() : memory_(std::make_shared<std::vector<double>>()) {}
  StripRoom(const StripRoom& /*other*/) : StripRoom() {}
  StripRoom(StripRoom&&) noexcept = default;
  StripRoom& operator=(const StripRoom& other) { return this == &other ? *this : *this = StripRoom(); }
  StripRoom& operator=(StripRoom&&) noexcept = default;
  ~StripRoom() = default;

  [[nodiscard]] StripRoom share() const { return StripRoom(memory_); }

  /// Of so many elements at least. Allocates where there were fewer.
  double* of(std::size_t elements) {
    if (memory_->size() < elements) {
      memory_->resize(elements);
    }
    return memory_->data();
  }

 private:
  explicit StripRoom(std::shared_ptr<std::vector<double>> memory) : memory_(std::move(memory)) {}

  std::shared_ptr<std::vector<double>> memory_;
};

}  // namespace pilotage
