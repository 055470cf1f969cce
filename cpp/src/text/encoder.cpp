#include "pilotage/text/encoder.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage::text {

Encoder::Encoder(const TokenizerSettings& settings, TokenTable::Table table)
    : tokenizer_(settings), table_(std::move(table)) {
  if (table_.size() != static_cast<Index>(tokenizer_.vocabulary_size())) {
    throw std::invalid_argument("table must have " + std::to_string(tokenizer_.vocabulary_size()) +
                                " rows, one per token, got " + std::to_string(table_.size()));
  }
}

void Encoder::embed(Text text, Workspace& workspace, EmbeddingRef embedding_out) const {
  require_size("embedding", dim(), embedding_out.size());
  table_.sum(tokenizer_(text, workspace.tokenizer), workspace.sum);
  // phi = s / |s|
  const double length = std::sqrt(workspace.sum.squaredNorm());
  if (length > 0.0) {
    workspace.sum /= length;
  }
  embedding_out = workspace.sum.cast<float>();
}

void Encoder::context(Text text, double intercept, Workspace& workspace, VectorRef x_out) const {
  require_size("x", dim() + 1, x_out.size());
  embed(text, workspace, workspace.embedding);
  auto phi = x_out.head(dim());
  phi = workspace.embedding.cast<double>();
  // x = [ sqrt(1 - w^2) phi / |phi|,  w ]
  const double length = std::sqrt(phi.squaredNorm());
  if (length > 0.0) {
    phi *= std::sqrt(1.0 - intercept * intercept) / length;
  }
  x_out[dim()] = intercept;
}

}  // namespace pilotage::text
