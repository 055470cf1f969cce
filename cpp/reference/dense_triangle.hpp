// Textbook twin of the integer kernel, and of its tiles: whole numbers in a dense matrix.
#pragma once

#include <cstdint>
#include <vector>

#include "pilotage/kernels.hpp"
#include "pilotage/types.hpp"

namespace pilotage::reference {

using Whole = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

/// k's strict lower triangle, laid out in tiles.
inline std::vector<std::int16_t> tiles_of(const Whole& k) {
  const Index d = k.rows();
  std::vector<std::int16_t> tiles;
  for (Index j = 0; j < d; j += kTileColumns) {
    for (Index step = 0; step < tile_rows(d, j); step += kTileRows) {
      for (Index c = j; c < j + kTileColumns; ++c) {
        for (Index i = j + step; i < j + step + kTileRows; ++i) {
          tiles.push_back(i < d && c < d && i > c ? static_cast<std::int16_t>(k(i, c)) : std::int16_t{0});
        }
      }
    }
  }
  return tiles;
}

/// Zeros where tiles may hold anything: in rows beyond the matrix.
inline void clear_beyond(Index d, std::vector<std::int16_t>& tiles) {
  auto element = tiles.begin();
  for (Index j = 0; j < d; j += kTileColumns) {
    for (Index step = 0; step < tile_rows(d, j); step += kTileRows) {
      for (Index c = 0; c < kTileColumns; ++c) {
        for (Index i = j + step; i < j + step + kTileRows; ++i, ++element) {
          *element = i < d ? *element : std::int16_t{0};
        }
      }
    }
  }
}

/// sum_j n_j sum_{i>j} k_ij n_i
inline std::int64_t dense_quadratic(const Whole& k, const std::vector<std::int16_t>& n) {
  std::int64_t total = 0;
  for (Index j = 0; j < k.cols(); ++j) {
    for (Index i = j + 1; i < k.rows(); ++i) {
      total += n[static_cast<std::size_t>(j)] * k(i, j) * n[static_cast<std::size_t>(i)];
    }
  }
  return total;
}

}  // namespace pilotage::reference
