// The account of one budget: reserve, then settle or release.
//
//   remaining = limit - settled - reserved
//
// A reservation is taken when a model is chosen and is given back when its call is settled at the
// actual cost, or released because the call never happened. While every call costs at most what was
// reserved for it, settled + reserved never exceeds the limit. A call that costs more is charged in
// full and counted as an overrun. All O(1), exact integer arithmetic.
#pragma once

#include <cstdint>

#include "pilotage/money.hpp"

namespace pilotage {

class Ledger {
 public:
  /// limit >= 0; kUnlimited for none.
  explicit Ledger(NanoDollars limit = kUnlimited);

  /// What may still be reserved: as `remaining`, with int64 itself as the last limit.
  [[nodiscard]] NanoDollars room() const;

  [[nodiscard]] bool affords(NanoDollars amount) const { return amount <= room(); }

  void reserve(NanoDollars amount);                       // amount >= 0, affords(amount)
  void settle(NanoDollars reserved, NanoDollars actual);  // both >= 0
  void release(NanoDollars reserved);

  /// Another limit for the same account, >= 0.
  void set_limit(NanoDollars limit);

  [[nodiscard]] NanoDollars limit() const { return limit_; }
  [[nodiscard]] NanoDollars settled() const { return settled_; }
  [[nodiscard]] NanoDollars reserved() const { return reserved_; }
  [[nodiscard]] std::int64_t calls() const { return calls_; }        // under way: reserved and not closed yet
  [[nodiscard]] NanoDollars overrun() const { return overrun_; }     // charged above reservations
  [[nodiscard]] std::int64_t overruns() const { return overruns_; }  // in so many calls

  /// Never negative: 0 once overruns have eaten more than the limit. kUnlimited without a limit.
  [[nodiscard]] NanoDollars remaining() const;

 private:
  NanoDollars limit_;
  NanoDollars settled_ = 0;
  NanoDollars reserved_ = 0;
  std::int64_t calls_ = 0;
  NanoDollars overrun_ = 0;
  std::int64_t overruns_ = 0;
};

}  // namespace pilotage
