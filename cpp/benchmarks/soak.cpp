// Ten million updates: does A^-1 stay what A says? Prints a table in Markdown; a number as argument plays
// fewer.
//
// Every update is preceded by a decision's step of forgetting, so that models are brought up to date by turns
// as in a router. Before, between and after, at moments that are no multiple of the refactorisation's, the
// kept A^-1 is held against Cholesky factors of the kept A: a fresh one in float64, and one in long double
// (80 bits),
//
//   error = max |A^-1 - factor| / max |factor|
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "pilotage/bank.hpp"
#include "pilotage/random.hpp"

using namespace pilotage;

namespace {

constexpr Index kModels = 2;
/// Updates in float64, and where A^-1 is stored in two parts, some machines' way with large matrices.
constexpr std::int64_t kUpdates = 10'000'000;
constexpr std::int64_t kUpdatesOfLarge = 1'000'000;
constexpr std::int64_t kChecks = 100;
constexpr double kStrength = 2.5;
constexpr double kBound = 1e-9;

/// Unit contexts with a constant, as a router's: any direction, or one of eight prompts to within 1e-6.
class Contexts {
 public:
  Contexts(Index d, bool duplicates, Random& random) : d_(d), duplicates_(duplicates), random_(random) {
    for (int i = 0; i < 8; ++i) {
      prompts_.push_back(direction());
    }
  }

  const Vector& next() {
    constexpr double kRare = 1e-4;  // another prompt
    if (duplicates_ && random_.uniform() > kRare) {
      x_ = prompts_[static_cast<std::size_t>(random_.below(8))] + 1e-6 * direction();
      x_ /= x_.norm();
    } else {
      x_ = direction();
    }
    return x_;
  }

 private:
  Vector direction() {
    constexpr double kConstant = 0.9;
    Vector x(d_);
    for (double& element : x) {
      element = random_.uniform() - 0.5;
    }
    x[d_ - 1] = 0.0;
    x *= std::sqrt(1.0 - kConstant * kConstant) / x.norm();
    x[d_ - 1] = kConstant;
    return x;
  }

  Index d_;
  bool duplicates_;
  Random& random_;
  std::vector<Vector> prompts_;
  Vector x_;
};

template <class Scalar>
Matrix inverse(const Matrix& precision) {
  using Dense = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Dense wide = precision.cast<Scalar>();
  return wide.llt().solve(Dense::Identity(wide.rows(), wide.cols())).template cast<double>();
}

double error(const Matrix& kept, const Matrix& truth) {
  return (kept - truth).cwiseAbs().maxCoeff() / truth.cwiseAbs().maxCoeff();
}

double condition(const Matrix& precision) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(precision, Eigen::EigenvaluesOnly);
  return solver.eigenvalues().maxCoeff() / solver.eigenvalues().minCoeff();
}

/// The largest error met, of all checks and models.
double soak(Index d, double gamma, bool duplicates, std::int64_t updates) {
  Random random(1);
  Contexts contexts(d, duplicates, random);
  Bank bank(d, kRefactorEvery, gamma);
  for (Index k = 0; k < kModels; ++k) {
    bank.add(ModelPrior(Vector::Zero(d), kStrength));
  }
  double fresh = 0.0;
  double exact = 0.0;
  double worst = 0.0;
  std::clock_t ticks = 0;  // of this process: others may be busy
  const std::int64_t apart = std::max<std::int64_t>(1, updates / kChecks - 1);
  std::clock_t start = std::clock();
  for (std::int64_t i = 1; i <= updates; ++i) {
    const Vector& x = contexts.next();
    bank.tick();
    bank.update(random.below(kModels), x, random.uniform());
    if (i % apart != 0 && i != updates) {
      continue;
    }
    ticks += std::clock() - start;
    for (Index k = 0; k < kModels; ++k) {
      const Posterior& posterior = bank[k];
      fresh = std::max(fresh, error(posterior.covariance(), inverse<double>(posterior.precision())));
      exact = std::max(exact, error(posterior.covariance(), inverse<long double>(posterior.precision())));
      worst = std::max(worst, condition(posterior.precision()));
    }
    start = std::clock();
  }
  std::printf("| %ld | %g | %s | %.1e | %.1e | %.1e | %.2f |\n", static_cast<long>(d), gamma,
              duplicates ? "near-duplicates" : "any direction", fresh, exact, worst,
              1e6 * static_cast<double>(ticks) / CLOCKS_PER_SEC / static_cast<double>(updates));
  std::fflush(stdout);
  return std::max(fresh, exact);
}

}  // namespace

int main(int count, char** arguments) {
  const std::int64_t updates = count > 1 ? std::atoll(arguments[1]) : kUpdates;
  std::printf(
      "| d | gamma | contexts | error, float64 factor | error, long double | condition of A | us an update "
      "|\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  double worst = 0.0;
  for (const double gamma : {0.997, 0.9999, 1.0}) {
    for (const bool duplicates : {false, true}) {
      worst = std::max(worst, soak(64, gamma, duplicates, updates));
    }
  }
  for (const double gamma : {0.9999, 1.0}) {
    for (const bool duplicates : {false, true}) {
      worst = std::max(worst, soak(kSplitFrom, gamma, duplicates, std::min(updates, kUpdatesOfLarge)));
    }
  }
  if (worst > kBound) {
    std::fprintf(stderr, "error must be at most %g, got %g\n", kBound, worst);
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
