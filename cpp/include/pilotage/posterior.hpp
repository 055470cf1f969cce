// One model's Bayesian linear regression of reward on context.
//
//   prior      theta ~ N(A_0^-1 b_0, A_0^-1):  A = A_0,  b = b_0
//   feedback   A <- A + w x x',   b <- b + w r x,   with weight w = 1
//   forgetting A <- g A + (1 - g) A_0,   b <- g b + (1 - g) b_0
//   mean       theta = A^-1 b
//   width      sqrt(x' A^-1 x), the posterior standard deviation of theta'x in units of the noise
//
// A and b are the truth. A^-1 and theta are kept beside them by the rank-one identity of Sherman and
// Morrison (1950) in O(d^2), and computed afresh from a Cholesky factor of A every `refactor_every`
// updates, in O(d^3), so that rounding errors do not pile up.
//
// Reference: PILOT (arXiv 2508.21141), section 3.2; Li et al. (2010), LinUCB with disjoint models.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pilotage/factorisation.hpp"
#include "pilotage/mirror.hpp"
#include "pilotage/model_prior.hpp"
#include "pilotage/striped_matrix.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

inline constexpr std::int64_t kRefactorEvery = 4096;
/// x' A^-1 x above which the rank-one identity has lost so many digits that one update calls for a fresh
/// factor: a context that long, or a prior that weak, comes a few times per direction.
inline constexpr double kRefactorAbove = 1e5;

/// Dimensions for which widths are mirrored in 16 bits: below, a matrix in full costs no more; above, a
/// mirror's sums could overflow.
inline constexpr Index kMirrorFrom = 32;
inline constexpr Index kMirrorTo = 4096;

/// Whether `rough_width` has a mirror to read, which every update then writes.
enum class Widths : std::uint8_t { kMirrored, kInFull };

class Posterior {
 public:
  /// pages: where its matrices are stored; none: on the heap. room: see StripRoom.
  explicit Posterior(const ModelPrior& prior, std::int64_t refactor_every = kRefactorEvery,
                     Widths widths = Widths::kMirrored, Pages* pages = nullptr, StripRoom room = {});

  /// A_0 = strength I. prior_mean (d,): theta_prior; see ModelPrior for what is refused.
  Posterior(const ConstVectorRef& prior_mean, double strength, std::int64_t refactor_every = kRefactorEvery)
      : Posterior(ModelPrior(prior_mean, strength), refactor_every) {}

  /// theta' x. O(d).
  [[nodiscard]] double mean(const ConstVectorRef& x) const;  // x (d,)

  /// cos(x, theta), and 0 where either is the zero vector. O(d).
  [[nodiscard]] double cosine(const ConstVectorRef& x) const;  // x (d,)

  /// sqrt(x' A^-1 x). O(d^2), no allocation.
  [[nodiscard]] double width(const ConstVectorRef& x) const;  // x (d,)

  /// The same from a quarter of the memory, and how far it may be off; exact, with an error of 0, where d is
  /// outside [kMirrorFrom, kMirrorTo] or nothing is mirrored. rounded: x. O(d^2), no allocation.
  [[nodiscard]] RoughWidth rough_width(const ConstVectorRef& x, const RoundedContext& rounded) const;

  /// The same of several, to the last bit, this posterior's memory read once for all.
  void rough_widths(const ConstMatrixRef& contexts, std::span<const RoundedContext> rounded,
                    std::span<RoughWidth> widths_out) const;  // (d, n), (n,), (n,)

  /// Learns one observation, `weight` (> 0) times. O(d^2) and no allocation, but for the refactorisation
  /// every `refactor_every` updates and above `kRefactorAbove`. Throws std::invalid_argument when x has
  /// another size, when x or y is not finite, or when the sums would overflow, and NumericalError when A^-1
  /// is no longer positive definite; the state is then what it was, bit for bit.
  void update(const ConstVectorRef& x, double y, double weight = 1.0);  // x (d,)

  /// The same in three steps, in this order. `prepare` throws as above and writes what nobody reads; what
  /// decisions read, b, theta and A^-1, is written by `commit` alone, and A by any of the last two. Until
  /// then no copy is made, and nothing that shares the room prepared.
  void prepare(const ConstVectorRef& x, double y, double weight = 1.0);  // x (d,)
  void commit();
  void conclude();

  /// Whether A^-1 is stored so that products with several contexts take less than those with each.
  [[nodiscard]] bool reads_together() const { return covariance_.rounded() != nullptr; }

  /// A^-1 x of n contexts, this posterior's memory read once for several: what `prepare` may be given with
  /// each. After `commit`, `follow` makes them products with what A^-1 is then. O(n d^2), O(n d).
  void products(const ConstMatrixRef& contexts, MatrixRef products_out) const;  // (d, n) each
  void follow(const ConstMatrixRef& contexts, MatrixRef products) const;        // (d, n) each
  void prepare(const ConstVectorRef& x, const ConstVectorRef& product, double y, double weight);  // (d,) each

  /// Recomputes A^-1 and theta from A and b. O(d^3), allocates. False, and nothing changed, when A has no
  /// Cholesky factor in float64.
  bool refactorise();

  /// Takes A and b back towards the prior, so that a share `kept` in [0, 1] of what was observed stays, and
  /// recomputes A^-1 and theta. Plain decay of A would let directions that are no longer seen fade to
  /// nothing, and A^-1 with them to infinity. O(d^3), no allocation beyond `workspace`'s. False, and nothing
  /// changed, when the new A has no Cholesky factor in float64.
  bool forget(double kept, Factorisation& workspace);

  /// Before the first update: the same prior around another mean, b_0 = A_0 mean. O(d^2), no allocation.
  /// Throws std::invalid_argument for a mean of another size, and where that or b_0 is not finite.
  void start_at(const ConstVectorRef& prior_mean);  // (d,)

  /// The same observations after another prior: A += A_0' - A_0, b likewise. O(d^3), allocates. False, and
  /// nothing changed, when the new A has no Cholesky factor in float64.
  bool exchange(const ModelPrior& prior);  // of d dimensions

  /// After one that is a share in [0, 1] of the way to it: A_0 + share (A_0' - A_0), b_0 likewise.
  bool exchange(const ModelPrior& prior, double share);

  [[nodiscard]] Index dim() const { return theta_.size(); }
  [[nodiscard]] std::int64_t updates() const { return updates_; }
  [[nodiscard]] Matrix precision() const { return precision_.whole(); }    // A (d, d)
  [[nodiscard]] Matrix covariance() const { return covariance_.whole(); }  // A^-1 (d, d)
  [[nodiscard]] const Vector& b() const { return b_; }                     // (d,)
  [[nodiscard]] const Vector& theta() const { return theta_; }             // (d,)

 private:
  void prepare_along(const ConstVectorRef& x, double y, double weight);
  bool adopt(Factorisation& fresh);
  void take(const Factorisation& fresh);  // solved

  Matrix prior_precision_;  // A_0
  Vector prior_b_;          // b_0
  StripedMatrix precision_;
  StripedMatrix covariance_;
  std::optional<Mirror> mirror_;  // of A^-1
  Vector b_;
  Vector theta_;
  double theta_norm_;
  double theta_norm_next_ = 0.0;
  std::int64_t updates_ = 0;
  std::int64_t refactor_every_;
  std::optional<Factorisation> fresh_;  // what is prepared, when it is computed afresh
  Vector scaled_;                       // workspace (d,): sqrt(w) x
  bool afresh_ = false;                 // whether the latest update was
  Vector direction_;                    // workspace (d,): A^-1 x sqrt(w / (1 + s))
  Vector b_next_;                       // workspace (d,)
  Vector theta_next_;                   // workspace (d,)
};

}  // namespace pilotage
