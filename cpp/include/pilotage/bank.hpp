// K models' posteriors over one context space of dimension d.
//
// Each model's numbers are contiguous and of equal size; a decision reads them once, in order.
#pragma once

#include <memory>
#include <vector>

#include "pilotage/factorisation.hpp"
#include "pilotage/forgetting.hpp"
#include "pilotage/pages.hpp"
#include "pilotage/posterior.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// What a model's expected reward is read from.
enum class Score {
  kLinear,  // theta' x: calibrated, a reward on the reward's own scale
  kPilot,   // cos(x, theta): as published, blind to a model's overall level
};

/// Contexts that a batch's widths are computed for at once: what they take fits the caches beside a model's.
inline constexpr Index kBatch = 16;

/// Dimensions from which models are stored in pages of 2 MB: below, a few would not fill one.
inline constexpr Index kPagesFrom = 128;

class Bank {
 public:
  /// dim: d >= 1. forgetting: gamma in (0, 1], 1 for never; see Forgetting.
  explicit Bank(Index dim, std::int64_t refactor_every = kRefactorEvery, double forgetting = 1.0);

  /// Appends a model and returns its index. Throws std::invalid_argument for a prior of another dimension.
  Index add(const ModelPrior& prior);

  /// Expected reward of every model. O(K d).
  void means(const ConstVectorRef& x, Score score, VectorRef means_out) const;  // x (d,), out (K,)

  /// sqrt(x' A^-1 x) of model k, or of every model. O(d^2), O(K d^2).
  [[nodiscard]] double width(Index k, const ConstVectorRef& x) const;  // x (d,)
  void widths(const ConstVectorRef& x, VectorRef widths_out) const;    // x (d,), out (K,)

  /// The same from a quarter of the memory, each within its error; see Mirror.
  void rough_widths(const ConstVectorRef& x, VectorRef widths_out, VectorRef errors_out);  // (d,), (K,), (K,)

  /// For n contexts, each model's memory read once for kBatch of them.
  void rough_widths(const ConstMatrixRef& contexts, Matrix& widths_out,
                    Matrix& errors_out);  // (d, n), (K, n)

  /// One decision was made: every model forgets. O(1), and now and then O(d^3) for one model; see Forgetting.
  void tick();

  /// Learns one observation of model k; see Posterior::update. Throws std::out_of_range.
  void update(Index k, const ConstVectorRef& x, double y);  // x (d,)

  /// The same in three steps, see Posterior::prepare. k: one of the models.
  void prepare(Index k, const ConstVectorRef& x, double y);                                 // x (d,)
  void prepare(Index k, const ConstVectorRef& x, const ConstVectorRef& product, double y);  // (d,) each
  void commit(Index k) { posteriors_[static_cast<std::size_t>(k)].commit(); }
  void conclude(Index k) { posteriors_[static_cast<std::size_t>(k)].conclude(); }

  /// Another mean of model k's prior, while it has no observation; see Posterior::start_at.
  void start_at(Index k, const ConstVectorRef& prior_mean);  // (d,)

  /// Every model goes back to one prior and keeps its observations; see Posterior::exchange. O(K d^3).
  void exchange(const ModelPrior& prior);

  /// Model k's prior goes a share of the way to another; see Posterior::exchange. O(d^3).
  void exchange(Index k, const ModelPrior& prior, double share);

  [[nodiscard]] Index dim() const { return dim_; }
  [[nodiscard]] Index size() const { return static_cast<Index>(posteriors_.size()); }

  /// Model k as it is kept, which may be some decisions behind. Throws std::out_of_range.
  [[nodiscard]] const Posterior& operator[](Index k) const;

  /// A copy of model k, up to date. O(d^3) when it forgets. Throws std::out_of_range.
  [[nodiscard]] Posterior current(Index k) const;

 private:
  Index dim_;
  std::int64_t refactor_every_;
  std::unique_ptr<Pages> pages_;  // of the posteriors, or nullptr
  StripRoom room_;                // the posteriors', which are written one at a time
  std::vector<Posterior> posteriors_;
  Forgetting forgetting_;
  Factorisation workspace_;
  RoundedContext rounded_;
  bool downwards_ = false;
};

}  // namespace pilotage
