// Decisions that may still be settled or rewarded, in a ring: the newest `capacity` are remembered.
//
// A decision's id is its instance's epoch and a counter, so its place is counter mod capacity: no
// search, no allocation. Memory is claimed at once but mapped only as decisions come, a little ahead of them.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pilotage/money.hpp"
#include "pilotage/pages.hpp"
#include "pilotage/prices.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

/// 64-bit and never reused: 23 bits of epoch, 40 bits of counter, the sign bit 0.
using DecisionId = std::int64_t;
inline constexpr int kCounterBits = 40;
inline constexpr std::int64_t kMaxEpoch = (std::int64_t{1} << 23) - 1;

/// What became of the money set aside for a call.
enum class Outcome : std::uint8_t {
  kOpen,      // still set aside
  kSettled,   // charged at what the call cost
  kReleased,  // given back: the call never happened
  kExpired,   // charged as it was: nobody will say what the call cost
};

struct PendingDecision {
  DecisionId id = -1;
  std::int32_t model = -1;
  Outcome outcome = Outcome::kOpen;
  std::uint32_t scope = 0;    // which budgets applied, see accounts.hpp
  double input_tokens = 0.0;  // expected
  double estimate = 0.0;      // of its prompt's tokens, where they were not counted
  Prices prices;              // when the call was chosen
  NanoDollars expected = 0;   // what the budget policy was told
  NanoDollars high = 0;       // what such a call costs at most, 19 times out of 20
  NanoDollars reserved = 0;
  double max_tokens = std::numeric_limits<double>::infinity();  // the answer's limit that was sent upstream
  NanoDollars settled = 0;                                      // what it cost, once settled
  std::optional<double> reward;
};

class PendingDecisions {
 public:
  /// context_dim d >= 1; capacity >= 1, decisions; 0 <= epoch <= kMaxEpoch.
  PendingDecisions(Index context_dim, std::int64_t capacity, std::int64_t epoch);

  [[nodiscard]] std::int64_t given_out() const { return count_; }
  [[nodiscard]] DecisionId next_id() const { return (epoch_ << kCounterBits) | count_; }

  /// The entry that the next `push` will overwrite, or nullptr while there is room.
  [[nodiscard]] const PendingDecision* oldest() const;

  /// Remembers a decision and its context and returns the entry, whose id is set.
  PendingDecision& push(const ConstVectorRef& x);  // x (d,)

  /// nullptr when the id was never given out or has been overwritten; `issued` tells which.
  [[nodiscard]] PendingDecision* find(DecisionId id);
  [[nodiscard]] bool issued(DecisionId id) const;

  /// Memory of contexts to come that should be mapped now, see map_pages, if any: asked once for each.
  std::span<std::byte> next_to_map();

  [[nodiscard]] Eigen::Map<const Vector> context(DecisionId id) const;  // (d,)

 private:
  [[nodiscard]] std::int64_t slot(DecisionId id) const;

  Index context_dim_;
  std::int64_t capacity_;
  std::int64_t epoch_;
  std::int64_t count_ = 0;
  std::vector<PendingDecision> entries_;
  std::unique_ptr<void, Freed> pages_;  // of the contexts, mapped a little ahead of what is written
  std::size_t mapped_ = 0;              // bytes of it that were asked for
  double* contexts_;                    // (capacity, d)
};

}  // namespace pilotage
