#include "pilotage/mirror.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

constexpr double kRoundOff = 1e-13;  // of s_max^2 (sum_i |x_i|)^2: what float64 itself adds

/// sum_j n_j sum_{i>j} k_ij n_i of a strip
double below_diagonal(const RoundedTriangle& m, Index strip, const std::int16_t* n) {
  return m.quantum(strip) *
         kernels().integer_quadratic(m.tiles(strip), n, m.dim(), m.first(strip), m.first(strip + 1));
}

}  // namespace

RoundedContext::RoundedContext(Index d)
    : first_(strips_of(d)),
      whole_(static_cast<std::size_t>(d + kBeyond)),
      rounded_(Vector::Zero(d)),
      squares_(Vector::Zero(d)),
      reach_(Vector::Zero(static_cast<Index>(first_.size()) - 1)) {}

void RoundedContext::round(const ConstVectorRef& x) {
  const Index d = rounded_.size();
  std::array<double, kSumLanes> lanes;
  const double largest = kernels().sizes(x.data(), d, lanes.data());
  const bool apart = d >= kLanesFrom;
  const double summed =
      apart ? *std::ranges::max_element(lanes) : std::accumulate(lanes.begin(), lanes.end(), 0.0);
  // As fine as 16 bits, and sums, allow; rounding may add 1 / 2 to each of what is summed.
  const Index count = apart ? 2 * ((d + kTileRows - 1) / kTileRows) : d;
  const double most = kMostOfASum / kMostWhole - 0.5 * static_cast<double>(count);
  quantum_ = std::max(largest / kMostWhole, summed / most);
  quantum_ = quantum_ < kLeastQuantum ? 0.0 : quantum_;
  missed_ =
      std::sqrt(kernels().round(x.data(), quantum_, reciprocal(quantum_), whole_.data(), rounded_.data(), d));
  squares_ = rounded_.cwiseAbs2();
  // sum_{j in s} |x_j| sum_{i>j} |x_i| <= (sum_s |x_j|)^2 / 2 + sum_s |x_j| sum_{i beyond s} |x_i|
  size_ = 0.0;
  for (Index s = reach_.size() - 1; s >= 0; --s) {
    const Index first = first_[static_cast<std::size_t>(s)];
    const double inside =
        rounded_.segment(first, first_[static_cast<std::size_t>(s) + 1] - first).cwiseAbs().sum();
    reach_[s] = inside * (0.5 * inside + size_);
    size_ += inside;
  }
}

Mirror::Mirror(const StripedMatrix& m, double largest, Pages* pages)
    : copy_(m.rounded() == nullptr ? m.first_columns() : std::vector<Index>{0}, pages),
      terms_(PageAllocator<std::int16_t>(pages)),
      room_(static_cast<std::size_t>(m.dim() + kBeyond)),
      term_quanta_(Vector::Zero(m.strips())),
      largest_(largest),
      reach_(std::sqrt(largest)) {
  terms_.resize(room_ * static_cast<std::size_t>(m.strips()));
  copy(m);
}

const RoundedTriangle& Mirror::triangle(const StripedMatrix& m) const {
  const RoundedTriangle* stored = m.rounded();
  return stored == nullptr ? copy_ : *stored;
}

void Mirror::bound(double largest) {
  largest_ = largest;
  reach_ = std::sqrt(largest);
}

void Mirror::copy(const StripedMatrix& m) {
  for (Index s = 0; s < m.strips(); ++s) {
    copy(m, s);
  }
}

void Mirror::copy(const StripedMatrix& m, Index strip) {
  if (m.rounded() == nullptr) {
    copy_.copy(m.stored(), strip, m.largest(strip));
  }
  const auto u = m.term(strip);
  std::array<double, kSumLanes> lanes;
  const double term_quantum = quantum_of(kernels().sizes(u.data(), m.dim(), lanes.data()));
  term_quanta_[strip] = term_quantum;
  kernels().shorten(u.data(), reciprocal(term_quantum),
                    terms_.data() + static_cast<std::size_t>(strip) * room_, m.dim());
}

RoughWidth Mirror::width(const StripedMatrix& m, const RoundedContext& x) const {
  const RoundedTriangle& triangle = this->triangle(m);
  double below = 0.0;
  for (Index strip = 0; strip < triangle.strips(); ++strip) {
    below += below_diagonal(triangle, strip, x.whole_.data());
  }
  return width(m, x, below);
}

void Mirror::widths(const StripedMatrix& m, std::span<const RoundedContext> contexts,
                    std::span<RoughWidth> widths_out) const {
  const RoundedTriangle& triangle = this->triangle(m);
  std::ranges::fill(widths_out, RoughWidth{0.0, 0.0});
  for (Index strip = 0; strip < triangle.strips(); ++strip) {
    std::size_t i = 0;
    for (; i + 2 <= contexts.size(); i += 2) {
      std::array<double, 2> both;
      kernels().integer_quadratics(triangle.tiles(strip), contexts[i].whole_.data(),
                                   contexts[i + 1].whole_.data(), m.dim(), triangle.first(strip),
                                   triangle.first(strip + 1), both.data());
      widths_out[i].width += triangle.quantum(strip) * both[0];
      widths_out[i + 1].width += triangle.quantum(strip) * both[1];
    }
    if (i < contexts.size()) {
      widths_out[i].width += below_diagonal(triangle, strip, contexts[i].whole_.data());
    }
  }
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    widths_out[i] = width(m, contexts[i], widths_out[i].width);
  }
}

Mirror::RoughSquare Mirror::lacking(const StripedMatrix& m, const RoundedContext& x) const {
  RoughSquare sum{0.0, 0.0};
  for (Index t = 0; t < m.strips(); ++t) {
    if (t == m.oldest()) {
      continue;
    }
    const StripedMatrix::Gap gap = m.gap(t);
    std::array<double, 3> dots;
    kernels().integer_tail_dots(terms_.data() + static_cast<std::size_t>(t) * room_, x.whole_.data(),
                                gap.first(), gap.a, gap.b, m.dim(), dots.data());
    const double unit = term_quanta_[t] * x.quantum_;
    const double from_b = unit * dots[0];
    const double from_a = unit * dots[1];
    const double all = unit * dots[2];
    sum.square += gap.square(all, from_a, from_b);
    const double off = 0.5 * term_quanta_[t] * x.size_;  // of each of the three; u less u_0 is nothing
    const double sizes = (gap.a > 0 ? gap.outer * std::abs(all) + std::abs(from_a) : 0.0) + std::abs(from_b);
    sum.error += off * (2.0 * sizes + 3.0 * off);
  }
  return {m.sign() * sum.square, sum.error};
}

// below: half of what is off the diagonal, in quanta of x
RoughWidth Mirror::width(const StripedMatrix& m, const RoundedContext& x, double below) const {
  const RoundedTriangle& triangle = this->triangle(m);
  double delta = 0.0;  // see the header
  for (Index s = 0; s < triangle.strips(); ++s) {
    delta += triangle.quantum(s) * x.reach_[s];
  }
  const RoughSquare lacking = this->lacking(m, x);
  const double square = kernels().dot(triangle.diagonal().data(), x.squares_.data(), m.dim()) +
                        2.0 * x.quantum_ * x.quantum_ * below + lacking.square;
  delta += lacking.error + kRoundOff * largest_ * x.size_ * x.size_;
  const double missed = reach_ * x.missed_;
  if (square <= 0.0) {
    return {0.0, std::sqrt(std::max(square + delta, 0.0)) + missed};
  }
  // A root is steeper below than above, but for where it ends.
  const double width = std::sqrt(square);
  const double under = width - std::sqrt(std::max(square - delta, 0.0));
  const double over = square < delta ? std::sqrt(square + delta) - width : 0.0;
  return {width, std::max(under, over) + missed};
}

}  // namespace pilotage
