// A text: its code points, read in place.
//
// The three widths are those in which CPython keeps a str: Latin-1, UCS-2 and UCS-4. Any code unit may stand
// in any of them. A surrogate pair is the character it stands for; a lone surrogate, which no tokenizer
// takes, is U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace pilotage::text {

using Text =
    std::variant<std::span<const std::uint8_t>, std::span<const char16_t>, std::span<const char32_t>>;

/// Reads at most so many code points, one after the other.
template <class Unit>
class Cursor {
 public:
  Cursor(std::span<const Unit> units, std::size_t limit)
      : at_(units.data()), end_(units.data() + units.size()), left_(limit) {}

  [[nodiscard]] bool done() const { return at_ == end_ || left_ == 0; }

  /// The next code point; not to be called when done.
  char32_t next() {
    --left_;
    const auto unit = static_cast<char32_t>(*at_++);
    if constexpr (sizeof(Unit) > 1) {
      if (unit >= 0xD800 && unit < 0xE000) [[unlikely]] {
        return joined(unit);
      }
    }
    return unit;
  }

 private:
  char32_t joined(char32_t unit) {
    const char32_t other = at_ == end_ ? 0 : static_cast<char32_t>(*at_);
    if (unit >= 0xDC00 || other < 0xDC00 || other >= 0xE000) {
      return 0xFFFD;
    }
    ++at_;
    return 0x10000 + ((unit - 0xD800) << 10) + (other - 0xDC00);
  }

  const Unit* at_;
  const Unit* end_;
  std::size_t left_;
};

}  // namespace pilotage::text
