#include "pilotage/striped_matrix.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "pilotage/kernels.hpp"

namespace pilotage {

namespace {

struct Strips {
  Index most;
  Index columns;  // of one, on average, at least
};
constexpr Strips kReadStrips{.most = 8, .columns = 32};
constexpr Strips kKeptStrips{.most = 12, .columns = 20};
static_assert(std::max(kReadStrips.most, kKeptStrips.most) <= kMostTerms);
constexpr Index kGrain = kTileColumns;  // a strip begins at a multiple

}  // namespace

// Of about equal area of the lower triangle: the first columns are the longest.
std::vector<Index> strips_of(Index d, Use use) {
  const Strips& strips = use == Use::kRead ? kReadStrips : kKeptStrips;
  const Index n = std::clamp<Index>(d / strips.columns, 1, strips.most);
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
StripedMatrix::Gap StripedMatrix::gap(Index term) const {
  const Index own = first_[static_cast<std::size_t>(term)];
  const Index after = first_[static_cast<std::size_t>(latest_) + 1];
  return {std::min(own, after), std::max(own, after), term <= latest_ ? 1.0 : 0.0};
}

StripedMatrix::StripedMatrix(const Matrix& start, double sign, Pages* pages, Use use, StripRoom room)
    : first_(strips_of(start.rows(), use)),
      room_(std::move(room)),
      stored_(PageAllocator<double>(pages)),
      terms_(Matrix::Zero(start.rows(), strips())),
      largest_(use == Use::kRead ? strips() : 0),
      sign_(sign),
      trace_(0.0),
      latest_(strips() - 1) {
  if (use == Use::kRead && kernels().splits && dim() >= kSplitFrom) {
    split_.emplace(first_, pages);
    static_cast<void>(this->room());  // claimed now
  } else {
    stored_.resize(static_cast<std::size_t>(start.size()));
  }
  assign(start);
}

StripedMatrix::Tails StripedMatrix::tails(Index term, const Gap& gap, const ConstVectorRef& x) const {
  std::array<double, 3> dots;
  kernels().tail_dots(terms_.col(term).data(), x.data(), gap.first(), gap.a, gap.b, dim(), dots.data());
  return {dots[2], dots[1], dots[0]};
}

// The last strip is the widest by far: what kernels read beyond the last row of another is of the room, too.
double* StripedMatrix::room() {
  Index widest = 0;
  for (std::size_t s = 1; s < first_.size(); ++s) {
    widest = std::max(widest, first_[s] - first_[s - 1]);
  }
  return room_.of(static_cast<std::size_t>(widest * dim())) -
         first_[static_cast<std::size_t>(oldest())] * dim();
}

void StripedMatrix::add(const ConstVectorRef& u) {
  prepare(u);
  commit();
}

void StripedMatrix::prepare(const ConstVectorRef& u) {
  const Index next = oldest();
  terms_.col(next) = u;
  if (split_) {
    largest_[next] = split_->expand(next, sign_, terms_, room());
  }
}

void StripedMatrix::commit() {
  const double* columns = split_ ? room() : nullptr;
  latest_ = oldest();
  const auto u = term(latest_);
  trace_ += sign_ * kernels().dot(u.data(), u.data(), dim());
  if (split_) {
    split_->copy(columns, latest_, largest_[latest_]);
    return;
  }
  const Index first = first_[static_cast<std::size_t>(latest_)];
  const Index last = first_[static_cast<std::size_t>(latest_) + 1];
  kernels().add(stored_.data(), dim(), first, last, sign_, terms_.data(), strips());
  if (largest_.size() > 0) {
    largest_[latest_] = kernels().largest(stored_.data(), dim(), first, last);
  }
}

void StripedMatrix::assign(const Matrix& m) {
  for (Index s = 0; s < largest_.size(); ++s) {
    const auto strip = static_cast<std::size_t>(s);
    largest_[s] = kernels().largest(m.data(), dim(), first_[strip], first_[strip + 1]);
    if (split_) {
      split_->copy(m.data(), s, largest_[s]);
    }
  }
  if (!split_) {
    std::copy_n(m.data(), m.size(), stored_.data());
  }
  trace_ = m.trace();
  terms_.setZero();
}

double StripedMatrix::lacking(const ConstVectorRef& x) const {
  double sum = 0.0;
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;  // lacks nothing
    }
    const Gap gap = this->gap(term);
    const Tails t = tails(term, gap, x);
    sum += gap.square(t.all, t.from_a, t.from_b);
  }
  return sign_ * sum;
}

double StripedMatrix::quadratic(const ConstVectorRef& x) const {
  const double stored = split_ ? split_->quadratic(x) : kernels().quadratic(stored_.data(), dim(), x.data());
  return stored + lacking(x);
}

void StripedMatrix::times(const ConstMatrixRef& x, MatrixRef product_out) const {
  if (split_) {
    split_->times(x, product_out);
  }
  for (Index i = 0; i < x.cols(); ++i) {
    if (!split_) {
      kernels().times(stored_.data(), dim(), x.col(i).data(), product_out.col(i).data());
    }
    add_lacking(x.col(i), product_out.col(i));
  }
}

void StripedMatrix::add_lacking(const ConstVectorRef& x, VectorRef product) const {
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;
    }
    const Gap gap = this->gap(term);
    const Tails t = tails(term, gap, x);
    const auto u = terms_.col(term);
    const double head = sign_ * gap.outer * t.all;
    const double middle = head + sign_ * (1.0 - 2.0 * gap.outer) * t.from_a;
    const double tail = middle - sign_ * (1.0 - 2.0 * gap.outer) * t.from_b;
    if (head != 0.0) {
      product.head(gap.a) += head * u.head(gap.a);
    }
    product.segment(gap.a, gap.b - gap.a) += middle * u.segment(gap.a, gap.b - gap.a);
    product.tail(dim() - gap.b) += tail * u.tail(dim() - gap.b);
  }
}

void StripedMatrix::copy_to(Matrix& m_out) const {
  if (split_) {
    for (Index s = 0; s < strips(); ++s) {
      split_->expand(s, sign_, terms_.leftCols(0), m_out.data());
    }
  } else {
    m_out = Eigen::Map<const Matrix>(stored_.data(), dim(), dim());
  }
  for (Index term = 0; term < strips(); ++term) {
    if (term == oldest()) {
      continue;
    }
    const Gap gap = this->gap(term);
    const auto u = terms_.col(term);
    const auto lacks = [&](Index from, double sign) {
      for (Index j = from; j < dim(); ++j) {
        m_out.col(j).tail(dim() - j) += (sign * sign_ * u[j]) * u.tail(dim() - j);
      }
    };
    if (gap.outer != 0.0) {
      lacks(0, 1.0);
    }
    lacks(gap.a, 1.0 - 2.0 * gap.outer);
    lacks(gap.b, 2.0 * gap.outer - 1.0);
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
