#include "bounds.hpp"

#include <algorithm>

namespace pilotage::knapsack {
namespace {

constexpr Rate kNothing{0, 1};
constexpr Rate kNever{0x2000'0000'0000'0000, 1};  // 2^61

bool less(const Rate& a, const Rate& b) { return Int128{a.gain} * b.cost < Int128{b.gain} * a.cost; }

/// Saturating, of two amounts >= 0.
NanoDollars sum(NanoDollars a, NanoDollars b) { return a > kTooDear - b ? kTooDear : a + b; }

/// Upgrades and downgrades of one more row.
void include(Bound& bound, std::span<const Swap> row) {
  NanoDollars returned = 0;
  for (const Swap& swap : row) {
    if (swap.cost > 0) {
      bound.upgrade = std::max(bound.upgrade, Rate{swap.gain, swap.cost}, less);
    } else {
      bound.downgrade = std::min(bound.downgrade, Rate{std::max<Gain>(-swap.gain, 0), -swap.cost}, less);
      returned = std::max(returned, -swap.cost);
    }
  }
  bound.most_cost = sum(bound.most_cost, returned);
}

Int128 excess_of(std::span<const Swap> row, const Rate& price) {
  Int128 excess = 0;
  for (const Swap& swap : row) {
    excess = std::max(excess, Int128{swap.gain} * price.cost - Int128{swap.cost} * price.gain);
  }
  return excess;
}

}  // namespace

Gain Bound::of(NanoDollars state_cost, Gain state_gain) const {
  const NanoDollars left = room - state_cost;
  const Rate& rate = left >= 0 ? upgrade : downgrade;
  const Int128 numerator = Int128{left} * rate.gain + excess;
  const Int128 floor = numerator / rate.cost - (numerator % rate.cost < 0 ? 1 : 0);
  constexpr Int128 kLowest = std::numeric_limits<Gain>::min() / 2;
  return state_gain + static_cast<Gain>(std::max(floor, kLowest));
}

std::vector<Bound> bounds(const Core& core) {
  const std::size_t rows = core.rows.size();
  std::vector<Bound> out(rows + 1, Bound{core.room, kNothing, kNever, 0, core.room});
  for (std::size_t t = rows; t-- > 0;) {
    out[t] = out[t + 1];
    include(out[t], core.row(t));
  }
  const Rate price = out.front().upgrade;
  Int128 excess = 0;
  for (std::size_t t = rows; t-- > 0;) {
    excess += excess_of(core.row(t), price);
    if (less(out[t].downgrade, out[t].upgrade)) {
      out[t].upgrade = out[t].downgrade = price;
      out[t].excess = excess;
    }
  }
  return out;
}

}  // namespace pilotage::knapsack
