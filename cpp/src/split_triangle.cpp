#include "pilotage/split_triangle.hpp"

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

/// Number of elements of the tiles of columns [first, last).
std::size_t tiled(Index d, Index first, Index last) {
  Index count = 0;
  for (Index j = first; j < last; j += kTileColumns) {
    count += tile_rows(d, j) * kTileColumns;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

double quantum_of(double largest) {
  const double quantum = largest / kMostWhole;
  return quantum < kLeastQuantum ? 0.0 : quantum;
}

double reciprocal(double quantum) { return quantum > 0.0 ? 1.0 / quantum : 0.0; }

RoundedTriangle::RoundedTriangle(const std::vector<Index>& first, Pages* pages)
    : first_(first),
      tiles_(PageAllocator<std::int16_t>(pages)),
      quanta_(Vector::Zero(static_cast<Index>(first.size()) - 1)),
      diagonal_(Vector::Zero(first.back())) {
  std::size_t count = 0;
  for (Index s = 0; s < strips(); ++s) {
    offsets_.push_back(count);
    count += tiled(dim(), this->first(s), this->first(s + 1));
  }
  tiles_.resize(count);
}

double RoundedTriangle::look(const double* m, Index strip, double largest) {
  for (Index j = first(strip); j < first(strip + 1); ++j) {
    diagonal_[j] = m[j * dim() + j];
  }
  quanta_[strip] = quantum_of(largest);
  return reciprocal(quanta_[strip]);
}

void RoundedTriangle::copy(const double* m, Index strip, double largest) {
  const double per_quantum = look(m, strip, largest);
  kernels().mirror(m, dim(), first(strip), first(strip + 1), per_quantum, tiles_.data() + offset(strip));
}

void RoundedTriangle::copy(const double* m, Index strip, double largest, std::uint32_t* low) {
  const double per_quantum = look(m, strip, largest);
  kernels().split(m, dim(), first(strip), first(strip + 1), per_quantum, tiles_.data() + offset(strip), low);
}

SplitTriangle::SplitTriangle(const std::vector<Index>& first, Pages* pages)
    : rounded_(first, pages), low_(rounded_.size(), PageAllocator<std::uint32_t>(pages)) {}

void SplitTriangle::copy(const double* m, Index strip, double largest) {
  rounded_.copy(m, strip, largest, low_.data() + rounded_.offset(strip));
}

double SplitTriangle::expand(Index strip, double sign, const ConstMatrixRef& u, double* m) const {
  const Index d = rounded_.dim();
  const double largest =
      kernels().expand(rounded_.tiles(strip), low_.data() + rounded_.offset(strip), rounded_.quantum(strip),
                       d, rounded_.first(strip), rounded_.first(strip + 1), sign, u.data(), u.cols(), m);
  for (Index j = rounded_.first(strip); j < rounded_.first(strip + 1); ++j) {
    m[j * d + j] += rounded_.diagonal()[j];
  }
  return largest;
}

void SplitTriangle::times(const ConstMatrixRef& x, MatrixRef product_out) const {
  product_out = rounded_.diagonal().asDiagonal() * x;
  for (Index s = 0; s < rounded_.strips(); ++s) {
    kernels().split_times(rounded_.tiles(s), low_.data() + rounded_.offset(s), rounded_.quantum(s),
                          rounded_.dim(), rounded_.first(s), rounded_.first(s + 1), x.data(), x.cols(),
                          product_out.data());
  }
}

double SplitTriangle::quadratic(const ConstVectorRef& x) const {
  double square = x.dot(rounded_.diagonal().cwiseProduct(x));
  for (Index s = 0; s < rounded_.strips(); ++s) {
    square +=
        kernels().split_quadratic(rounded_.tiles(s), low_.data() + rounded_.offset(s), rounded_.quantum(s),
                                  rounded_.dim(), rounded_.first(s), rounded_.first(s + 1), x.data());
  }
  return square;
}

}  // namespace pilotage
