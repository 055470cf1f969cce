// When each of K models forgets.
//
// By definition every decision takes every model, idle ones included, a step back towards its prior:
//
//   A <- gamma A + (1 - gamma) A_0,   b <- gamma b + (1 - gamma) b_0
//
// so what was observed n decisions ago counts gamma^n times. n steps at once are one step with gamma^n, and
// that is how they are made: A^-1 and theta need a fresh factor afterwards, O(d^3), which no decision should
// pay for all models. Each model is brought up to date once in `interval` decisions, the models in turn:
//
//   interval = max(M / 8, min(d, M / 2)), at least 1;   M = -1 / ln(gamma), decisions until a weight is 1 / e
//
// d decisions apart the factors cost about as much as the decisions' own O(K d^2); M / 8 apart they are free.
// A decision brings at most ceil(K / interval) models up to date: one, unless gamma^K < 0.6.
//
// Nothing is lost by waiting: what a model n decisions behind observes is added gamma^-n times, and has its
// proper weight once the n steps are made. Only the mean and the width that are read in between are not those
// of the definition: they count observations gamma^-n times too often, which is at most 1.65 times, or 1.14
// where M >= 8 d, and makes a width at most 22 %, or 6 %, too small. (When a model joins, the turns are dealt
// anew, and one may be up to two intervals away.)
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "pilotage/types.hpp"

namespace pilotage {

class Forgetting {
 public:
  /// gamma in (0, 1], 1 for never. dim: d >= 1. Throws std::invalid_argument.
  Forgetting(double gamma, Index dim);

  /// One more model, which is up to date.
  void add() { up_to_date_.push_back(decisions_); }

  /// One decision was made: the models [first, second) are to be brought up to date.
  [[nodiscard]] std::pair<Index, Index> tick();

  /// gamma^n, n decisions after model k was last brought up to date.
  [[nodiscard]] double kept(Index k) const;

  /// Model k is up to date.
  void renew(Index k) { up_to_date_[static_cast<std::size_t>(k)] = decisions_; }

  /// Decisions between two turns of one model.
  [[nodiscard]] std::int64_t interval() const { return interval_; }

 private:
  double gamma_;
  std::int64_t interval_;
  std::int64_t decisions_ = 0;
  std::vector<std::int64_t> up_to_date_;  // (K,) decisions made when model k was
};

}  // namespace pilotage
