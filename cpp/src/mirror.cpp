#include "pilotage/mirror.hpp"

#include <algorithm>
#include <cmath>

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

constexpr double kMostWhole = 32'767.0;   // of 16 bits
constexpr Index kRounded = 8;             // whole numbers that a kernel makes at once
constexpr double kLeastQuantum = 1e-290;  // below it, zero: the reciprocal would overflow
constexpr double kRoundOff = 1e-13;       // of s_max^2 |x|^2: what float64 itself adds

double reciprocal(double quantum) { return quantum > 0.0 ? 1.0 / quantum : 0.0; }

/// Number of elements of the tiles of columns [first, last).
std::size_t tiled(Index d, Index first, Index last) {
  Index count = 0;
  for (Index j = first; j < last; j += kTileColumns) {
    count += tile_rows(d, j) * kTileColumns;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

RoundedContext::RoundedContext(Index d)
    : first_(strips_of(d)),
      whole_(static_cast<std::size_t>(d + kTileColumns + kTileRows)),
      rounded_(Vector::Zero(d)),
      squares_(Vector::Zero(d)),
      reach_(Vector::Zero(static_cast<Index>(first_.size()) - 1)) {}

void RoundedContext::round(const ConstVectorRef& x) {
  const Index d = rounded_.size();
  // As fine as 16 bits, and the columns' sums, allow; rounding may add 1 / 2 to every element.
  const double most = kMostOfAColumn / kMostWhole - 0.5 * static_cast<double>(d);
  quantum_ = std::max(x.cwiseAbs().maxCoeff() / kMostWhole, x.cwiseAbs().sum() / most);
  quantum_ = quantum_ < kLeastQuantum ? 0.0 : quantum_;
  const double per_quantum = reciprocal(quantum_);
  const Index at_once = d / kRounded * kRounded;
  kernels().round(x.data(), per_quantum, whole_.data(), at_once);
  for (Index i = at_once; i < d; ++i) {
    whole_[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(std::lrint(x[i] * per_quantum));
  }
  for (Index i = 0; i < d; ++i) {
    rounded_[i] = quantum_ * whole_[static_cast<std::size_t>(i)];
  }
  squares_ = rounded_.cwiseAbs2();
  size_ = x.norm();
  missed_ = (x - rounded_).norm();
  // sum_{j in s} |x_j| sum_{i>j} |x_i| = ((sum_s |x_j|)^2 - sum_s x_j^2) / 2 + sum_s |x_j| sum_{i beyond s}
  // |x_i|
  double beyond = 0.0;
  for (Index s = reach_.size() - 1; s >= 0; --s) {
    const Index first = first_[static_cast<std::size_t>(s)];
    const Index count = first_[static_cast<std::size_t>(s) + 1] - first;
    const double inside = rounded_.segment(first, count).cwiseAbs().sum();
    const double squares = squares_.segment(first, count).sum();
    reach_[s] = 0.5 * (inside * inside - squares) + inside * beyond;
    beyond += inside;
  }
}

Mirror::Mirror(const StripedMatrix& m, double largest)
    : quanta_(Vector::Zero(m.strips())), diagonal_(Vector::Zero(m.dim())), largest_(largest) {
  std::size_t count = 0;
  for (std::size_t s = 0; s + 1 < m.first_columns().size(); ++s) {
    offsets_.push_back(count);
    count += tiled(m.dim(), m.first_columns()[s], m.first_columns()[s + 1]);
  }
  tiles_.resize(count);
  copy(m);
}

void Mirror::copy(const StripedMatrix& m) {
  for (Index s = 0; s < m.strips(); ++s) {
    copy(m, s);
  }
}

void Mirror::copy(const StripedMatrix& m, Index strip) {
  const Index d = m.dim();
  const Index first = m.first_columns()[static_cast<std::size_t>(strip)];
  const Index last = m.first_columns()[static_cast<std::size_t>(strip) + 1];
  double largest = 0.0;
  for (Index j = first; j < last; ++j) {
    diagonal_[j] = m.stored()(j, j);
    if (const Index below = d - j - 1; below > 0) {
      largest = std::max(largest, m.stored().col(j).tail(below).cwiseAbs().maxCoeff());
    }
  }
  const double quantum = largest / kMostWhole < kLeastQuantum ? 0.0 : largest / kMostWhole;
  quanta_[strip] = quantum;
  const double per_quantum = reciprocal(quantum);
  std::int16_t* tile = tiles_.data() + offsets_[static_cast<std::size_t>(strip)];
  for (Index j = first; j < last; j += kTileColumns) {
    const Index rows = tile_rows(d, j);
    for (Index c = 0; c < std::min(kTileColumns, d - j); ++c) {
      const double* column = m.stored().data() + (j + c) * d + j;
      for (Index i = 0; i < d - j; i += kTileRows) {
        std::int16_t* out = tile + i * kTileColumns + c * kTileRows;
        const Index count = std::min(kTileRows, d - j - i);
        if (count == kTileRows) {
          kernels().round(column + i, per_quantum, out, kTileRows);
          continue;
        }
        for (Index r = 0; r < count; ++r) {
          out[r] = static_cast<std::int16_t>(std::lrint(column[i + r] * per_quantum));
        }
      }
      std::fill_n(tile + c * kTileRows, c + 1, std::int16_t{0});  // on and above the diagonal
    }
    tile += rows * kTileColumns;
  }
}

RoughWidth Mirror::width(const StripedMatrix& m, const RoundedContext& x) const {
  double rest = 0.0;   // half of what is off the diagonal, in quanta of x
  double delta = 0.0;  // see the header
  for (Index s = 0; s < m.strips(); ++s) {
    const auto strip = static_cast<std::size_t>(s);
    rest +=
        quanta_[s] * kernels().integer_quadratic(tiles_.data() + offsets_[strip], x.whole_.data(), m.dim(),
                                                 m.first_columns()[strip], m.first_columns()[strip + 1]);
    delta += quanta_[s] * x.reach_[s];
  }
  const double square = kernels().dot(diagonal_.data(), x.squares_.data(), m.dim()) +
                        2.0 * x.quantum_ * x.quantum_ * rest + m.lacking(x.rounded_);
  delta += kRoundOff * largest_ * x.size_ * x.size_;
  const double missed = std::sqrt(largest_) * x.missed_;
  const double width = std::sqrt(std::max(square, 0.0));
  const double low = std::sqrt(std::max(square - delta, 0.0)) - missed;
  const double high = std::sqrt(std::max(square + delta, 0.0)) + missed;
  return {width, std::max(width - low, high - width)};
}

}  // namespace pilotage
