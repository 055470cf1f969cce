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

void RoundedTriangle::copy(const double* m, Index strip, float* rest) {
  const Index begin = first(strip);
  const Index end = first(strip + 1);
  for (Index j = begin; j < end; ++j) {
    diagonal_[j] = m[j * dim() + j];
  }
  quanta_[strip] = quantum_of(kernels().largest(m, dim(), begin, end));
  kernels().mirror(m, dim(), begin, end, quanta_[strip], reciprocal(quanta_[strip]),
                   tiles_.data() + offset(strip), rest);
}

SplitTriangle::SplitTriangle(const std::vector<Index>& first, Pages* pages)
    : rounded_(first, pages), rest_(rounded_.size(), PageAllocator<float>(pages)) {}

void SplitTriangle::copy(const double* m, Index strip) {
  rounded_.copy(m, strip, rest_.data() + rounded_.offset(strip));
}

void SplitTriangle::expand(Index strip, double sign, const ConstMatrixRef& u, double* m) const {
  const Index d = rounded_.dim();
  kernels().expand(rounded_.tiles(strip), rest_.data() + rounded_.offset(strip), rounded_.quantum(strip), d,
                   rounded_.first(strip), rounded_.first(strip + 1), sign, u.data(), u.cols(), m);
  for (Index j = rounded_.first(strip); j < rounded_.first(strip + 1); ++j) {
    m[j * d + j] += rounded_.diagonal()[j];
  }
}

void SplitTriangle::times(const ConstVectorRef& x, VectorRef product_out) const {
  product_out = rounded_.diagonal().cwiseProduct(x);
  for (Index s = 0; s < rounded_.strips(); ++s) {
    kernels().split_times(rounded_.tiles(s), rest_.data() + rounded_.offset(s), rounded_.quantum(s),
                          rounded_.dim(), rounded_.first(s), rounded_.first(s + 1), x.data(),
                          product_out.data());
  }
}

}  // namespace pilotage
