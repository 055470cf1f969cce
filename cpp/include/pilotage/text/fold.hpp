// What an uncased BERT tokenizer makes of one code point (Devlin et al. 2019, BasicTokenizer).
//
// Control characters vanish and every white space is a space; canonical decomposition (NFD), then nonspacing
// marks are dropped and the case is lowered; punctuation and ideographs are words of their own. The table is
// taken from the `tokenizers` library, so its Unicode version is that library's.
#pragma once

#include <array>
#include <cstdint>

namespace pilotage::text {

/// How a code point folds. From kSequence on it is a position in a pool of units, see `unit_at`.
enum class Fold : std::uint16_t {
  kWord,      // itself, part of a word
  kAlone,     // itself, a word of its own
  kSpace,     // the end of a word
  kNothing,   // dropped
  kBarrier,   // dropped, but combining characters are not reordered across it
  kSequence,  // other characters
};

/// One character of a sequence.
struct Unit {
  char32_t character;
  std::uint8_t combining_class;  // 0 for a starter
  bool alone;
  bool last;
};

Fold fold(char32_t code_point);  // at most 0x10FFFF

/// The unit at `position` after the one that `fold`, at least kSequence, points at.
Unit unit_at(Fold fold, std::size_t position);

/// ASCII at once: 0 dropped, ' ' a space, else the character, with kAsciiAlone where it is a word of its own.
constexpr std::uint8_t kAsciiAlone = 0x80;
extern const std::array<std::uint8_t, 0x80> kAsciiFold;

}  // namespace pilotage::text
