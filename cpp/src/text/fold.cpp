#include "pilotage/text/fold.hpp"

namespace pilotage::text {

namespace {

#include "fold_table.inc"

constexpr unsigned kBlockBits = 7;
constexpr std::uint32_t kCharacterMask = (1U << 21U) - 1;
constexpr std::uint32_t kAloneFlag = 1U << 21U;
constexpr std::uint32_t kLastFlag = 1U << 22U;
constexpr unsigned kClassShift = 24;
constexpr auto kFirstSequence = static_cast<std::uint16_t>(Fold::kSequence);

constexpr std::uint16_t entry(char32_t c) {
  return kEntry[(std::size_t{kBlockOf[c >> kBlockBits]} << kBlockBits) | (c & ((1U << kBlockBits) - 1))];
}

constexpr std::uint8_t ascii_fold(char32_t c) {
  const auto self = static_cast<std::uint8_t>(c);
  switch (static_cast<Fold>(entry(c))) {
    case Fold::kWord:
      return self;
    case Fold::kAlone:
      return self | kAsciiAlone;
    case Fold::kSpace:
      return ' ';
    case Fold::kNothing:
    case Fold::kBarrier:
      return 0;
    default:  // an upper-case letter
      return static_cast<std::uint8_t>(kSequence[entry(c) - kFirstSequence] & 0x7FU);
  }
}

constexpr std::array<std::uint8_t, 0x80> ascii_table() {
  std::array<std::uint8_t, 0x80> table{};
  for (char32_t c = 0; c < table.size(); ++c) {
    table[c] = ascii_fold(c);
  }
  return table;
}

}  // namespace

constexpr std::array<std::uint8_t, 0x80> kAsciiFold = ascii_table();

Fold fold(char32_t code_point) { return static_cast<Fold>(entry(code_point)); }

Unit unit_at(Fold fold, std::size_t position) {
  const std::uint32_t unit = kSequence[static_cast<std::size_t>(fold) - kFirstSequence + position];
  return {unit & kCharacterMask, static_cast<std::uint8_t>(unit >> kClassShift), (unit & kAloneFlag) != 0,
          (unit & kLastFlag) != 0};
}

}  // namespace pilotage::text
