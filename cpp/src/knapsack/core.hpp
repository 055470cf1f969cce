// The core: the few choices that the bound of the relaxation cannot rule out, relative to the centre.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gains.hpp"
#include "problem.hpp"
#include "relaxation.hpp"

namespace pilotage::knapsack {

/// Another choice for one prompt, and what it changes.
struct Swap {
  Index prompt;
  std::int32_t choice;
  NanoDollars cost;  // more than the centre's; negative: less
  Gain gain;
};

struct CoreRow {
  std::size_t first, count;  // its swaps
  double loss = 0.0;         // the least of theirs
};

struct Core {
  NanoDollars room = 0;       // R: what the centre leaves of the budget
  std::vector<Swap> swaps;    // those of one prompt side by side
  std::vector<CoreRow> rows;  // in the order of the search
  std::optional<Swap> best;   // the best choice known: the centre, or one swap that fits
  Gain tolerance = 0;         // gains no larger than this do not count
  double unit = 1.0;          // value of one unit of gain

  [[nodiscard]] std::span<const Swap> row(std::size_t t) const {
    return std::span(swaps).subspan(rows[t].first, rows[t].count);
  }
};

Core reduce(const Problem& problem, const Relaxation& relaxation);

}  // namespace pilotage::knapsack
