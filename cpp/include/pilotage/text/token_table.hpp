// One vector per token; the sum of some.
//
// Entries of few bits stay narrow: 64 of 8 bits are one cache line. Their sums are taken in integers, those
// of float32 entries that were rounded to few bits in double precision: both are exact, whatever the order.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "pilotage/text/wordpiece.hpp"
#include "pilotage/types.hpp"

namespace pilotage::text {

template <class Entry>
using Rows = Eigen::Matrix<Entry, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class TokenTable {
 public:
  using Table = std::variant<Rows<std::int8_t>, Rows<float>, Rows<double>>;

  /// table: (V, d_e), finite, neither of them 0. Throws std::invalid_argument.
  explicit TokenTable(Table table);

  /// The sum of the tokens' rows; every token below V, at most 2^24 of them.
  void sum(std::span<const TokenId> tokens, VectorRef sum_out) const;  // sum_out (d_e,)

  [[nodiscard]] Index size() const;  // V
  [[nodiscard]] Index dim() const;   // d_e

 private:
  Table table_;
};

}  // namespace pilotage::text
