// From a text to an embedding, and to the context that the learner sees.
//
//     phi = (sum of the tokens' vectors) / |sum|,  rounded to float32
//     x   = [ sqrt(1 - w^2) phi / |phi|,  w ]
//
// A text without a known token has phi = 0, and keeps the constant w alone.
#pragma once

#include <Eigen/Core>

#include "pilotage/text/token_table.hpp"
#include "pilotage/text/tokenizer.hpp"
#include "pilotage/types.hpp"

namespace pilotage::text {

using Embedding = Eigen::VectorXf;
using EmbeddingRef = Eigen::Ref<Embedding>;

/// Immutable: safe to use from several threads, each with a workspace of its own.
class Encoder {
 public:
  struct Workspace {
    explicit Workspace(const Encoder& encoder)
        : tokenizer(encoder.tokenizer_), sum(encoder.dim()), embedding(encoder.dim()) {}
    Tokenizer::Workspace tokenizer;
    Vector sum;
    Embedding embedding;
  };

  /// table: a row per token of the vocabulary; the unknown token's counts like any other. Throws
  /// std::invalid_argument.
  Encoder(const TokenizerSettings& settings, TokenTable::Table table);

  /// phi. O(characters + tokens d_e), both bounded by the settings.
  void embed(Text text, Workspace& workspace, EmbeddingRef embedding_out) const;  // (d_e,)

  /// x. intercept: w, in (0, 1).
  void context(Text text, double intercept, Workspace& workspace, VectorRef x_out) const;  // (d_e + 1,)

  [[nodiscard]] const Tokenizer& tokenizer() const { return tokenizer_; }
  [[nodiscard]] Index dim() const { return table_.dim(); }  // d_e

 private:
  Tokenizer tokenizer_;
  TokenTable table_;
};

}  // namespace pilotage::text
