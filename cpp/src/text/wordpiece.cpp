#include "pilotage/text/wordpiece.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace pilotage::text {

namespace {

constexpr std::string_view kContinues = "##";
constexpr std::size_t kMaxPiece = 256;  // bytes

// FNV-1a; a piece that continues a word starts from another basis.
constexpr std::uint64_t basis(bool continues) {
  return continues ? 0x84222325CBF29CE4U : 0xCBF29CE484222325U;
}

constexpr std::uint64_t mixed(std::uint64_t hash, char byte) {
  return (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3U;
}

constexpr std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

constexpr std::size_t place(std::uint64_t hash, std::size_t mask) { return (hash ^ (hash >> 29U)) & mask; }

}  // namespace

WordPiece::WordPiece(std::span<const std::string> vocabulary, TokenId unknown) : unknown_(unknown) {
  if (unknown >= vocabulary.size()) {
    throw std::invalid_argument("unknown must be below " + std::to_string(vocabulary.size()) + ", got " +
                                std::to_string(unknown));
  }
  slots_.resize(std::bit_ceil(2 * vocabulary.size()));
  begins_.push_back(0);
  for (TokenId token = 0; token < vocabulary.size(); ++token) {
    std::string_view piece = vocabulary[token];
    const bool continues = piece.starts_with(kContinues) && piece.size() > kContinues.size();
    piece.remove_prefix(continues ? kContinues.size() : 0);
    if (piece.size() > kMaxPiece) {
      throw std::invalid_argument("vocabulary must have tokens of at most " + std::to_string(kMaxPiece) +
                                  " bytes, got " + std::to_string(piece.size()) + " at index " +
                                  std::to_string(token));
    }
    insert(piece, continues, token);
  }
}

void WordPiece::insert(std::string_view piece, bool continues, TokenId token) {
  std::uint64_t hash = basis(continues);
  for (const char byte : piece) {
    hash = mixed(hash, byte);
  }
  if (find(piece, continues, hash) != kNone) {
    throw std::invalid_argument("vocabulary must have distinct tokens, got '" + std::string(piece) +
                                "' again at index " + std::to_string(token));
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = place(hash, mask);
  while (slots_[slot].token != kNone) {
    slot = (slot + 1) & mask;
  }
  slots_[slot] = {tag_of(hash), token};
  bytes_ += piece;
  begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  continue_.push_back(continues ? 1 : 0);
  longest_ = std::max(longest_, piece.size());
}

TokenId WordPiece::find(std::string_view piece, bool continues, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = place(hash, mask); slots_[slot].token != kNone; slot = (slot + 1) & mask) {
    if (slots_[slot].tag != tag_of(hash)) {
      continue;
    }
    const TokenId token = slots_[slot].token;
    const std::string_view found(bytes_.data() + begins_[token], begins_[token + 1] - begins_[token]);
    if (found == piece && (continue_[token] != 0) == continues) {
      return token;
    }
  }
  return kNone;
}

WordPiece::Piece WordPiece::longest(std::string_view rest, bool continues) const {
  std::array<std::uint64_t, kMaxPiece + 1> hash;  // of every prefix
  hash[0] = basis(continues);
  const std::size_t length = std::min(rest.size(), longest_);
  for (std::size_t i = 0; i < length; ++i) {
    hash[i + 1] = mixed(hash[i], rest[i]);
  }
  for (std::size_t end = length; end > 0; --end) {
    const TokenId token = find(rest.substr(0, end), continues, hash[end]);
    if (token != kNone) {
      return {token, end};
    }
  }
  return {kNone, 0};
}

void WordPiece::tokenize(std::string_view word, std::vector<TokenId>& tokens_out) const {
  const std::size_t before = tokens_out.size();
  for (std::size_t begin = 0; begin < word.size();) {
    const Piece piece = longest(word.substr(begin), begin > 0);
    if (piece.token == kNone) {
      tokens_out.resize(before);
      tokens_out.push_back(unknown_);
      return;
    }
    tokens_out.push_back(piece.token);
    begin += piece.length;
  }
}

}  // namespace pilotage::text
