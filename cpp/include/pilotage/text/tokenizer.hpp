// From a text to tokens, as an uncased BERT tokenizer of the `tokenizers` library finds them: special tokens
// are looked for in the text as it is; what is between them is folded, cut into words, and each word into
// pieces of the vocabulary.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "pilotage/text/text.hpp"
#include "pilotage/text/word.hpp"
#include "pilotage/text/wordpiece.hpp"

namespace pilotage::text {

struct TokenizerSettings {
  std::vector<std::string> vocabulary;  // UTF-8, distinct; a token's identifier is its place
  std::string unknown;                  // one of the vocabulary, for words that cannot be cut
  std::vector<std::string> special;     // of the vocabulary, ASCII: taken literally, case and all
  std::size_t max_word = 100;           // characters of a word that is not unknown, > 0
  std::size_t max_characters = 0;       // of a text: what follows is not read, > 0
  std::size_t max_tokens = 0;           // of a text, > 0
};

/// Immutable: safe to use from several threads, each with a workspace of its own.
class Tokenizer {
 public:
  /// What one call needs beside the tokenizer; nothing is allocated after construction, unless a text is
  /// longer than all before.
  struct Workspace {
    explicit Workspace(const Tokenizer& tokenizer) : word(tokenizer.max_word_) {
      tokens.reserve(tokenizer.max_tokens_ + tokenizer.max_word_);
    }
    Word word;
    std::vector<TokenId> tokens;
  };

  /// Throws std::invalid_argument for anything outside the ranges above.
  explicit Tokenizer(const TokenizerSettings& settings);

  /// The text's tokens, at most max_tokens; they live in the workspace until its next use.
  std::span<const TokenId> operator()(Text text, Workspace& workspace) const;

  [[nodiscard]] TokenId unknown() const { return pieces_.unknown(); }
  [[nodiscard]] std::size_t vocabulary_size() const { return pieces_.size(); }

 private:
  struct Special {
    std::string content;
    TokenId token;
  };

  template <class Unit>
  void tokenize(Cursor<Unit> text, Workspace& workspace) const;
  template <class Unit>
  [[nodiscard]] const Special* special_at(const Cursor<Unit>& text) const;
  void put(char32_t code_point, Workspace& workspace) const;
  void end_word(Workspace& workspace) const;

  WordPiece pieces_;
  std::vector<Special> special_;             // the longest first
  std::array<bool, 0x80> begins_special_{};  // by first character
  std::size_t max_word_;
  std::size_t max_characters_;
  std::size_t max_tokens_;
};

}  // namespace pilotage::text
