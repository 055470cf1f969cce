// One word on its way to the vocabulary: folded characters in UTF-8, combining ones in canonical order.
//
// A word of more characters than the limit is unknown whatever they are, so they are only counted.
// Nothing is allocated after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pilotage::text {

class Word {
 public:
  explicit Word(std::size_t max_characters) : limit_(max_characters) {
    utf8_.resize(kUtf8Length * (max_characters + 1));
    run_.reserve(max_characters + 1);
  }

  [[nodiscard]] bool empty() const { return characters_ == 0; }
  [[nodiscard]] bool too_long() const { return characters_ > limit_; }

  void clear() {
    characters_ = 0;
    size_ = 0;
    run_.clear();
  }

  /// Appends one character of ASCII.
  void append_ascii(std::uint8_t character) {
    if (!run_.empty()) [[unlikely]] {
      barrier();
    }
    if (++characters_ <= limit_) {
      utf8_[size_++] = static_cast<char>(character);
    }
  }

  /// Appends a starter: a character of combining class 0.
  void append(char32_t character);

  /// Appends a character of another class: it sinks before those of a higher class that precede it.
  void combine(char32_t character, std::uint8_t combining_class);

  /// Nothing that is combined after this moves before it.
  void barrier();

  /// The word, without what was combined since the last barrier; not to be asked for when it is too long.
  [[nodiscard]] std::string_view utf8() const { return {utf8_.data(), size_}; }

 private:
  static constexpr std::size_t kUtf8Length = 4;  // bytes of a character, at most

  struct Combining {
    char32_t character;
    std::uint8_t combining_class;
  };

  void encode(char32_t character);

  std::size_t limit_;
  std::size_t characters_ = 0;  // all of them
  std::size_t size_ = 0;        // bytes
  std::vector<char> utf8_;
  std::vector<Combining> run_;  // of combining characters, in canonical order
};

}  // namespace pilotage::text
