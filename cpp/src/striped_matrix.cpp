#include "pilotage/striped_matrix.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

constexpr Index kMostStrips = 8;
static_assert(kMostStrips <= kMostTerms);
constexpr Index kColumnsAStrip = 32;    // on average, at least
constexpr Index kGrain = kTileColumns;  // a strip begins at a multiple

}  // namespace

// Of about equal area of the lower triangle: the first columns are the longest.
std::vector<Index> strips_of(Index d) {
  const Index n = std::clamp<Index>(d / kColumnsAStrip, 1, kMostStrips);
  std::vector<Index> first;
  for (Index s = 0; s < n; ++s) {
    const double share = static_cast<double>(s) / static_cast<double>(n);
    const double column = static_cast<double>(d) * (1.0 - std::sqrt(1.0 - share));
    first.push_back(static_cast<Index>(column / kGrain) * kGrain);
  }
  first.push_back(d);
  return first;
}

// The columns that a term lacks are all but those from its own strip to the latest. With a <= b the first
// columns of the one after the latest and of its own, in this or the other order:
//
//   own <= latest:  [0, a) and [b, d), a = own, b = latest + 1:   u u' - u_a u_a' + u_b u_b'
//   own >  latest:  [a, b),            a = latest + 1, b = own:        u_a u_a' - u_b u_b'
struct StripedMatrix::Tails {
  Index a;
  Index b;
  double outer;  // 1 or 0: coefficient of u u', and one less for a, and its negative for b
  double all;    // u' x
  double from_a;
  double from_b;
};

StripedMatrix::StripedMatrix(const Matrix& start, double sign, Pages* pages)
    : stored_(start.data(), start.data() + start.size(), PageAllocator<double>(pages)),
      terms_(Matrix::Zero(start.rows(), static_cast<Index>(strips_of(start.rows()).size()) - 1)),
      sign_(sign),
      trace_(start.trace()),
      first_(strips_of(start.rows())),
      latest_(strips() - 1) {}

StripedMatrix::Tails StripedMatrix::tails(Index term, const ConstVectorRef& x) const {
  const bool before = term <= latest_;
  const Index own = first_[static_cast<std::size_t>(term)];
  const Index after = first_[static_cast<std::size_t>(latest_) + 1];
  const Index a = std::min(own, after);
  const Index b = std::max(own, after);
  const double* u = terms_.data() + term * dim();
  std::array<double, 3> dots;
  kernels().tail_dots(u, x.data(), before ? 0 : a, a, b, dim(), dots.data());
  return {a, b, before ? 1.0 : 0.0, dots[2], dots[1], dots[0]};
}

void StripedMatrix::add(const ConstVectorRef& u) {
  latest_ = oldest();
  terms_.col(latest_) = u;
  trace_ += sign_ * u.squaredNorm();
  const auto strip = static_cast<std::size_t>(latest_);
  kernels().add(stored_.data(), dim(), first_[strip], first_[strip + 1], sign_, terms_.data(), strips());
}

void StripedMatrix::assign(const Matrix& m) {
  std::copy_n(m.data(), m.size(), stored_.data());
  trace_ = m.trace();
  terms_.setZero();
}

double StripedMatrix::lacking(const ConstVectorRef& x) const {
  double sum = 0.0;
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;  // lacks nothing
    }
    const Tails t = tails(term, x);
    sum += t.outer * t.all * t.all;
    sum += (1.0 - 2.0 * t.outer) * (t.from_a * t.from_a - t.from_b * t.from_b);
  }
  return sign_ * sum;
}

double StripedMatrix::quadratic(const ConstVectorRef& x) const {
  return kernels().quadratic(stored_.data(), dim(), x.data()) + lacking(x);
}

void StripedMatrix::times(const ConstVectorRef& x, Vector& product_out) const {
  kernels().times(stored_.data(), dim(), x.data(), product_out.data());
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;
    }
    const Tails t = tails(term, x);
    const auto u = terms_.col(term);
    const double head = sign_ * t.outer * t.all;
    const double middle = head + sign_ * (1.0 - 2.0 * t.outer) * t.from_a;
    const double tail = middle - sign_ * (1.0 - 2.0 * t.outer) * t.from_b;
    if (head != 0.0) {
      product_out.head(t.a) += head * u.head(t.a);
    }
    product_out.segment(t.a, t.b - t.a) += middle * u.segment(t.a, t.b - t.a);
    product_out.tail(dim() - t.b) += tail * u.tail(dim() - t.b);
  }
}

void StripedMatrix::copy_to(Matrix& m_out) const {
  m_out = stored();
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;
    }
    const Tails t = tails(term, terms_.col(term));
    const auto u = terms_.col(term);
    const auto lacks = [&](Index from, double sign) {
      for (Index j = from; j < dim(); ++j) {
        m_out.col(j).tail(dim() - j) += (sign * sign_ * u[j]) * u.tail(dim() - j);
      }
    };
    if (t.outer != 0.0) {
      lacks(0, 1.0);
    }
    lacks(t.a, 1.0 - 2.0 * t.outer);
    lacks(t.b, 2.0 * t.outer - 1.0);
  }
  for (Index j = 1; j < dim(); ++j) {
    for (Index i = 0; i < j; ++i) {
      m_out(i, j) = m_out(j, i);
    }
  }
}

Matrix StripedMatrix::whole() const {
  Matrix m(dim(), dim());
  copy_to(m);
  return m;
}

}  // namespace pilotage
