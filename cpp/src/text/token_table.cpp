#include "pilotage/text/token_table.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "pilotage/errors.hpp"

namespace pilotage::text {

namespace {

/// Strip by strip, so that the sums stay in registers and in cache whatever the dimension.
template <class Entry>
void sum_rows(const Rows<Entry>& table, std::span<const TokenId> tokens, VectorRef sum_out) {
  using Sum = std::conditional_t<std::is_integral_v<Entry>, std::int32_t, double>;
  constexpr Index kStrip = 64;
  for (Index begin = 0; begin < table.cols(); begin += kStrip) {
    const Index width = std::min(kStrip, table.cols() - begin);
    std::array<Sum, kStrip> sum{};
    for (const TokenId token : tokens) {
      const Entry* row = table.data() + static_cast<Index>(token) * table.cols() + begin;
      if (width == kStrip) {  // known when compiled: it is unrolled
        for (std::size_t j = 0; j < kStrip; ++j) {
          sum[j] += row[j];
        }
      } else {
        for (std::size_t j = 0; j < static_cast<std::size_t>(width); ++j) {
          sum[j] += row[j];
        }
      }
    }
    for (Index j = 0; j < width; ++j) {
      sum_out[begin + j] = static_cast<double>(sum[static_cast<std::size_t>(j)]);
    }
  }
}

}  // namespace

TokenTable::TokenTable(Table table) : table_(std::move(table)) {
  require_at_least("rows of the table", 1, size());
  require_at_least("columns of the table", 1, dim());
  std::visit(
      [](const auto& rows) {
        using Entry = typename std::decay_t<decltype(rows)>::Scalar;
        if constexpr (!std::is_integral_v<Entry>) {
          if (!rows.allFinite()) {
            throw std::invalid_argument("table must be finite, got a number that is not");
          }
        }
      },
      table_);
}

void TokenTable::sum(std::span<const TokenId> tokens, VectorRef sum_out) const {
  std::visit([&](const auto& rows) { sum_rows(rows, tokens, sum_out); }, table_);
}

Index TokenTable::size() const {
  return std::visit([](const auto& rows) { return rows.rows(); }, table_);
}

Index TokenTable::dim() const {
  return std::visit([](const auto& rows) { return rows.cols(); }, table_);
}

}  // namespace pilotage::text
