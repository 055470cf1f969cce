// WordPiece: a word becomes the longest piece of the vocabulary that it begins with, then the longest that
// its rest begins with, and so on; pieces that continue a word stand as "##piece" in the vocabulary. A word
// that cannot be cut in this way is unknown as a whole (Devlin et al. 2019, WordpieceTokenizer).
//
// The vocabulary is one table of hashes with linear probing. All prefixes of a word are hashed in one pass
// (FNV-1a) and tried from the longest: a common word is found at once. O(length times longest piece) at
// worst.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotage::text {

using TokenId = std::uint32_t;

class WordPiece {
 public:
  /// vocabulary: UTF-8, distinct, a token's identifier is its place; unknown: one of them. Throws
  /// std::invalid_argument.
  WordPiece(std::span<const std::string> vocabulary, TokenId unknown);

  /// Appends the identifiers of a word's pieces. word: UTF-8, not empty.
  void tokenize(std::string_view word, std::vector<TokenId>& tokens_out) const;

  [[nodiscard]] TokenId unknown() const { return unknown_; }
  [[nodiscard]] std::size_t size() const { return begins_.size() - 1; }

 private:
  static constexpr TokenId kNone = ~TokenId{0};
  struct Slot {
    std::uint32_t tag = 0;  // upper half of the hash
    TokenId token = kNone;
  };
  struct Piece {
    TokenId token;
    std::size_t length;  // bytes
  };

  void insert(std::string_view piece, bool continues, TokenId token);
  [[nodiscard]] TokenId find(std::string_view piece, bool continues, std::uint64_t hash) const;
  [[nodiscard]] Piece longest(std::string_view rest, bool continues) const;

  TokenId unknown_;
  std::size_t longest_ = 0;             // bytes of the longest piece
  std::string bytes_;                   // of all pieces, without "##"
  std::vector<std::uint32_t> begins_;   // (V + 1,) in bytes_
  std::vector<std::uint8_t> continue_;  // (V,) pieces that continue a word
  std::vector<Slot> slots_;             // a power of two
};

}  // namespace pilotage::text
