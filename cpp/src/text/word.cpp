#include "pilotage/text/word.hpp"

#include <algorithm>

namespace pilotage::text {

void Word::append(char32_t character) {
  if (!run_.empty()) [[unlikely]] {
    barrier();
  }
  if (++characters_ <= limit_) {
    encode(character);
  }
}

void Word::combine(char32_t character, std::uint8_t combining_class) {
  if (++characters_ > limit_) {
    return;
  }
  const auto after = std::ranges::upper_bound(run_, combining_class, {}, &Combining::combining_class);
  run_.insert(after, {character, combining_class});
}

void Word::barrier() {
  for (const Combining& combining : run_) {
    encode(combining.character);
  }
  run_.clear();
}

void Word::encode(char32_t character) {
  const auto put = [&](char32_t byte) { utf8_[size_++] = static_cast<char>(byte); };
  const auto continuation = [&](unsigned shift) { put(0x80U | ((character >> shift) & 0x3FU)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0U | (character >> 6U));
    continuation(0);
  } else if (character < 0x10000) {
    put(0xE0U | (character >> 12U));
    continuation(6);
    continuation(0);
  } else {
    put(0xF0U | (character >> 18U));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

}  // namespace pilotage::text
