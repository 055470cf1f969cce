#include <algorithm>
#include <array>

#include "dense_triangle.hpp"
#include "pilotage/kernels.hpp"
#include "pilotage/split_triangle.hpp"
#include "pilotage/striped_matrix.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::testing;

namespace {

Matrix symmetric(Engine& engine, Index d) {
  Matrix m(d, d);
  for (double& element : m.reshaped()) {
    element = uniform(engine, -1.0, 1.0);
  }
  return m.selfadjointView<Eigen::Lower>();
}

/// max |m_ij| over i > j, j in [first, last)
double largest_of(const Matrix& m, Index first, Index last) {
  double largest = 0.0;
  for (Index j = first; j < last; ++j) {
    for (Index i = j + 1; i < m.rows(); ++i) {
      largest = std::max(largest, std::abs(m(i, j)));
    }
  }
  return largest;
}

/// These kernels, until it goes.
class ChosenKernels {
 public:
  explicit ChosenKernels(std::string_view isa) : before_(kernels().isa) { choose_kernels(isa); }
  ChosenKernels(const ChosenKernels&) = delete;
  ChosenKernels& operator=(const ChosenKernels&) = delete;
  ~ChosenKernels() { choose_kernels(before_); }

 private:
  std::string_view before_;
};

/// The largest n that d of them may all be, see kMostOfASum.
std::int16_t largest_alike(Index d) {
  const Index summed = d < kLanesFrom ? d : 2 * ((d + kTileRows - 1) / kTileRows);
  const double most = kMostOfASum / 32'767.0 / static_cast<double>(summed);
  return static_cast<std::int16_t>(std::min(most, 32'767.0));
}

/// Most of them as large, of either sign, and zeros beyond.
std::vector<std::int16_t> largest_allowed(Engine& engine, Index d) {
  std::vector<std::int16_t> n(static_cast<std::size_t>(d + kBeyond));
  const std::int64_t size = largest_alike(d);
  for (Index i = 0; i < d; ++i) {
    n[static_cast<std::size_t>(i)] =
        static_cast<std::int16_t>(below(engine, 4) == 0 ? below(engine, 2 * size) - size : size);
  }
  return n;
}

}  // namespace

TEST_CASE("kernels: products and sums equal the dense ones, and what is above the diagonal is not read") {
  for (Index d = 1; d <= 40; ++d) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    const Matrix dense = symmetric(engine, d);
    Matrix lower = dense;
    lower.triangularView<Eigen::StrictlyUpper>().setConstant(kNaN);
    const Vector x = unit_vector(engine, d);
    Vector product(d);
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      kernels->times(lower.data(), d, x.data(), product.data());
      CHECK((product - dense * x).norm() <= 1e-14 * static_cast<double>(d));
      CHECK(kernels->dot(x.data(), dense.data(), d) == doctest::Approx(x.dot(dense.col(0))).epsilon(1e-12));
      CHECK(kernels->quadratic(lower.data(), d, x.data()) ==
            doctest::Approx(x.dot(dense * x)).epsilon(1e-12));

      Matrix terms(d, 3);
      for (Index t = 0; t < 3; ++t) {
        terms.col(t) = unit_vector(engine, d);
      }
      const Index first = d / 3;
      const Index last = d - d / 4;
      Matrix sum = lower;
      kernels->add(sum.data(), d, first, last, -1.0, terms.data(), 3);
      Matrix expected = dense;
      expected.middleCols(first, last - first) -= terms * terms.middleRows(first, last - first).transpose();
      for (Index j = 0; j < d; ++j) {
        CHECK((sum.col(j).tail(d - j) - expected.col(j).tail(d - j)).norm() <= 1e-14);
      }
    }
  }
}

TEST_CASE("kernels: dot products of tails equal those of Eigen") {
  for (const Index n : {1, 7, 8, 9, 24, 63, 64, 65, 200}) {
    Engine engine(static_cast<std::uint64_t>(n));
    const Vector x = unit_vector(engine, n);
    const Vector y = unit_vector(engine, n);
    const auto next = [n](Index from) { return from < n ? std::min(from + kTileColumns, n) : n + 1; };
    for (Index b = 0; b <= n; b = next(b)) {
      for (Index a = 0; a <= b; a = next(a)) {
        for (const Index first : {Index{0}, a}) {
          for (const Kernels* kernels : runnable_kernels()) {
            CAPTURE(kernels->isa);
            std::array<double, 3> found{};
            kernels->tail_dots(x.data(), y.data(), first, a, b, n, found.data());
            CHECK(found[0] == doctest::Approx(x.tail(n - b).dot(y.tail(n - b))).epsilon(1e-12));
            CHECK(found[1] == doctest::Approx(x.tail(n - a).dot(y.tail(n - a))).epsilon(1e-12));
            CHECK(found[2] == doctest::Approx(x.tail(n - first).dot(y.tail(n - first))).epsilon(1e-12));
          }
        }
      }
    }
  }
}

TEST_CASE("kernels: sums of whole numbers are exact") {
  for (const Index d : {1, 2, 3, 4, 5, 15, 16, 17, 31, 64, 65, 100, 191, 192, 193, 200, 384}) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    reference::Whole k(d, d);
    for (std::int64_t& element : k.reshaped()) {
      element = below(engine, 65'535) - 32'767;
    }
    const std::vector<std::int16_t> n = largest_allowed(engine, d);
    const std::vector<std::int16_t> tiles = reference::tiles_of(k);
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      const double found = kernels->integer_quadratic(tiles.data(), n.data(), d, 0, d);
      CHECK(found == static_cast<double>(reference::dense_quadratic(k, n)));

      std::vector<std::int16_t> other(n.size());
      std::transform(n.begin(), n.begin() + d, other.begin(),
                     [](std::int16_t whole) { return static_cast<std::int16_t>(whole / 3); });
      std::array<double, 2> both{};
      kernels->integer_quadratics(tiles.data(), n.data(), other.data(), d, 0, d, both.data());
      CHECK(both[0] == found);
      CHECK(both[1] == static_cast<double>(reference::dense_quadratic(k, other)));
    }
  }
}

TEST_CASE("kernels: the largest sums do not overflow") {
  for (const Index d : {64, 192, 384, 1'000}) {
    CAPTURE(d);
    const reference::Whole k = reference::Whole::Constant(d, d, -32'767);
    std::vector<std::int16_t> n(static_cast<std::size_t>(d + kBeyond));
    std::fill_n(n.begin(), d, largest_alike(d));
    const std::vector<std::int16_t> tiles = reference::tiles_of(k);
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      CHECK(kernels->integer_quadratic(tiles.data(), n.data(), d, 0, d) ==
            static_cast<double>(reference::dense_quadratic(k, n)));
    }
  }
}

TEST_CASE("kernels: dot products of tails of whole numbers are exact") {
  for (const Index n : {1, 8, 9, 31, 40, 63, 64, 65, 193, 384}) {
    CAPTURE(n);
    Engine engine(static_cast<std::uint64_t>(n));
    const std::vector<std::int16_t> x = largest_allowed(engine, n);
    std::vector<std::int16_t> k(static_cast<std::size_t>(n + kBeyond), std::int16_t{-32'767});
    const auto tail = [&](Index from) {
      std::int64_t sum = 0;
      for (Index i = from; i < n; ++i) {
        sum += std::int64_t{k[static_cast<std::size_t>(i)]} * x[static_cast<std::size_t>(i)];
      }
      return static_cast<double>(sum);
    };
    for (Index b = 0; b <= n; b += kTileColumns) {
      for (Index a = 0; a <= b; a += kTileColumns) {
        for (const Index first : {Index{0}, a}) {
          for (const Kernels* kernels : runnable_kernels()) {
            CAPTURE(kernels->isa);
            std::array<double, 3> found{};
            kernels->integer_tail_dots(k.data(), x.data(), first, a, b, n, found.data());
            CHECK(found == std::array{tail(b), tail(a), tail(first)});
          }
        }
      }
    }
  }
}

TEST_CASE("striped matrix: at every moment it is the matrix that was summed") {
  for (const Index d : {1, 7, 33, 64, 100, 257}) {
    for (const auto& [sign, use] : {std::pair{1.0, Use::kKept}, {-1.0, Use::kRead}, {-1.0, Use::kKept}}) {
      CAPTURE(d);
      CAPTURE(sign);
      CAPTURE(static_cast<int>(use));
      Engine engine(static_cast<std::uint64_t>(d));
      Matrix dense = symmetric(engine, d);
      StripedMatrix striped(dense, sign, nullptr, use);
      CHECK(striped.first_columns().front() == 0);
      CHECK(striped.first_columns().back() == d);
      CHECK(std::ranges::is_sorted(striped.first_columns()));
      for (int i = 0; i < 30; ++i) {
        const Vector u = unit_vector(engine, d);
        striped.add(u);
        dense += sign * u * u.transpose();
        const Vector x = unit_vector(engine, d);
        Vector product(d);
        striped.times(x, product);
        const double close = 1e-13;
        CHECK((product - dense * x).norm() <= close * dense.norm());
        CHECK(std::abs(striped.quadratic(x) - x.dot(dense * x)) <= close * dense.norm());
        CHECK(relative_error(striped.whole(), dense) <= close);
        CHECK(std::abs(striped.trace() - dense.trace()) <= 1e-13 * dense.norm());
      }
      striped.assign(dense);
      const Matrix symmetric(dense.selfadjointView<Eigen::Lower>());
      if (striped.rounded() == nullptr) {
        CHECK(same_bits(striped.whole(), symmetric));
      } else {
        CHECK(relative_error(striped.whole(), symmetric) <= 1e-14);
      }
    }
  }
}

TEST_CASE("kernels: all that this machine runs choose alike, for as long as they learn") {
  // Only some store A^-1 in two parts, of large matrices.
  for (const Index dim : {Index{65}, kSplitFrom + 9}) {
    CAPTURE(dim);
    std::vector<std::vector<Index>> choices;
    for (const Kernels* candidate : runnable_kernels()) {
      const ChosenKernels chosen_kernels(candidate->isa);
      CHECK(kernels().isa == candidate->isa);
      Engine engine(5);
      std::vector<ModelSettings> models;
      for (const double price : {1e-6, 2e-6, 3e-6, 4e-6, 5e-6}) {
        models.push_back({{price, price}, 10.0, ModelPrior(Vector::Constant(dim, 0.01), 1.0)});
      }
      Router router({.dim = dim}, models, DualSettings{.budget = 600'000, .requests = 2'000});
      Caller caller{router};
      std::vector<Index>& chosen = choices.emplace_back();
      for (int i = 0; i < 2'000; ++i) {
        const Decision decision = caller.decide(unit_vector(engine, dim));
        chosen.push_back(decision.model);
        router.settle(decision.id, 100.0, 10.0);
        router.feedback(decision.id, uniform(engine));
      }
    }
    for (const std::vector<Index>& other : choices) {
      CHECK(other == choices.front());
    }
  }
}

TEST_CASE("kernels: the largest of a vector, and what every lane holds") {
  for (const Index n : {1, 2, 15, 16, 17, 33, 64, 100}) {
    CAPTURE(n);
    Engine engine(static_cast<std::uint64_t>(n));
    const Vector x = unit_vector(engine, n);
    std::array<double, kSumLanes> lanes{};
    for (Index i = 0; i < n; ++i) {
      lanes.at(static_cast<std::size_t>(i / 2 % kSumLanes)) += std::abs(x[i]);
    }
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      std::array<double, kSumLanes> found{};
      CHECK(kernels->sizes(x.data(), n, found.data()) == x.cwiseAbs().maxCoeff());
      for (std::size_t l = 0; l < found.size(); ++l) {
        CHECK(found.at(l) == doctest::Approx(lanes.at(l)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("kernels: rounding is to the nearest whole number") {
  Engine engine(9);
  Vector x(64);
  for (double& element : x) {
    element = uniform(engine, -1.0, 1.0);
  }
  x[0] = 1.0;
  x[1] = -1.0;
  constexpr double kQuantum = 1.0 / 32'767.0;
  for (const Index n : {64, 61}) {
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      std::vector<std::int16_t> whole(64);
      Vector rounded = Vector::Zero(64);
      const double missed =
          kernels->round(x.data(), kQuantum, 1.0 / kQuantum, whole.data(), rounded.data(), n);
      CHECK(missed == doctest::Approx((x - rounded).head(n).squaredNorm()).epsilon(1e-12));
      std::vector<std::int16_t> again(64);
      kernels->shorten(x.data(), 1.0 / kQuantum, again.data(), n);
      CHECK(again == whole);
      for (Index i = 0; i < 64; ++i) {
        const double found = whole[static_cast<std::size_t>(i)];
        CHECK(std::abs(found - (i < n ? x[i] / kQuantum : 0.0)) <= 0.5 + 1e-9);
        CHECK(rounded[i] == kQuantum * found);
      }
    }
  }
}

TEST_CASE("kernels: tiles are the matrix to the nearest whole number, their quantum that of its largest") {
  for (const Index d : {1, 2, 7, 8, 9, 15, 16, 17, 40, 64, 65}) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    Matrix m = symmetric(engine, d);
    const double largest = d == 1 ? 0.0 : (m - Matrix(m.diagonal().asDiagonal())).cwiseAbs().maxCoeff();
    const double factor = d == 1 ? 0.0 : 32'767.0 / largest;
    reference::Whole expected(d, d);
    for (Index i = 0; i < m.size(); ++i) {
      expected.reshaped()[i] = std::lrint(factor * m.reshaped()[i]);
    }
    const std::vector<std::int16_t> tiles = reference::tiles_of(expected);
    m.triangularView<Eigen::StrictlyUpper>().setConstant(kNaN);
    for (const Kernels* kernels : runnable_kernels()) {
      CAPTURE(kernels->isa);
      CHECK(kernels->largest(m.data(), d, 0, d) == largest);
      std::vector<std::int16_t> found(tiles.size());
      kernels->mirror(m.data(), d, 0, d, factor, found.data());
      reference::clear_beyond(d, found);
      CHECK(found == tiles);
    }
  }
}

TEST_CASE("kernels: a triangle in two parts is the whole") {
  for (const Index d : {1, 2, 7, 8, 9, 15, 16, 17, 40, 64, 65, 200}) {
    CAPTURE(d);
    Engine engine(static_cast<std::uint64_t>(d));
    const Matrix dense = symmetric(engine, d);
    Matrix lower = dense;
    lower.triangularView<Eigen::StrictlyUpper>().setConstant(kNaN);
    Matrix u(d, 3);
    for (double& element : u.reshaped()) {
      element = uniform(engine, -1.0, 1.0);
    }
    Matrix x(d, 7);
    for (Index i = 0; i < x.cols(); ++i) {
      x.col(i) = unit_vector(engine, d);
    }
    const std::vector<Index> first = strips_of(d);
    for (const Kernels* candidate : runnable_kernels()) {
      const ChosenKernels chosen(candidate->isa);
      CAPTURE(candidate->isa);
      SplitTriangle split(first);
      Matrix back = Matrix::Constant(d, d, kNaN);
      Matrix sum = Matrix::Zero(d, d);
      for (Index s = 0; s < split.rounded().strips(); ++s) {
        split.copy(
            lower.data(), s,
            largest_of(lower, first[static_cast<std::size_t>(s)], first[static_cast<std::size_t>(s) + 1]));
        split.expand(s, 1.0, u.leftCols(0), back.data());
        const double largest = split.expand(s, -1.0, u, sum.data());
        CHECK(largest ==
              largest_of(sum, first[static_cast<std::size_t>(s)], first[static_cast<std::size_t>(s) + 1]));
      }
      CHECK(same_bits(Vector(back.diagonal()), Vector(dense.diagonal())));
      const Matrix expected = dense - u * u.transpose();
      for (Index j = 0; j < d; ++j) {
        CHECK((back - dense).col(j).tail(d - j).cwiseAbs().maxCoeff() <= 1.1 * std::ldexp(1.0, -48));
        CHECK((sum - expected).col(j).tail(d - j).cwiseAbs().maxCoeff() <= 1e-14);
      }
      // Of several at once each is what it is alone, but for last bits.
      Matrix product = Matrix::Constant(d, x.cols(), kNaN);
      split.times(x, product);
      CHECK((product - dense * x).cwiseAbs().maxCoeff() <= 1e-13);
      for (Index i = 0; i < x.cols(); ++i) {
        Vector alone(d);
        split.times(x.col(i), alone);
        CHECK((alone - product.col(i)).cwiseAbs().maxCoeff() <= 1e-14);
        CHECK(split.quadratic(x.col(i)) == doctest::Approx(x.col(i).dot(dense * x.col(i))).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("striped matrix: a copy goes its own way") {
  constexpr Index kDim = 257;
  Engine engine(6);
  StripedMatrix striped(symmetric(engine, kDim), -1.0);
  const StripedMatrix before = striped;
  StripedMatrix copy = striped;
  const Vector u = unit_vector(engine, kDim);
  striped.prepare(u);
  copy.add(unit_vector(engine, kDim));
  striped.commit();
  CHECK(relative_error(striped.whole(), Matrix(before.whole() - u * u.transpose())) <= 1e-13);
  CHECK(relative_error(copy.whole(), striped.whole()) > 1e-6);
}

TEST_CASE("kernels: those that there are not are refused") {
  CHECK_REFUSED(choose_kernels("v9"), "isa must be one that this machine runs (");
  CHECK_REFUSED(choose_kernels("v9"), "got 'v9'");
}
