#include "pilotage/text/tokenizer.hpp"

#include <algorithm>
#include <stdexcept>

#include "pilotage/errors.hpp"
#include "pilotage/text/fold.hpp"

namespace pilotage::text {

namespace {

constexpr char32_t kHangulFirst = 0xAC00;  // syllables, The Unicode Standard, section 3.12
constexpr char32_t kHangulCount = 11172;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

TokenId position(std::span<const std::string> vocabulary, std::string_view name, const std::string& token) {
  const auto found = std::ranges::find(vocabulary, token);
  if (found == vocabulary.end()) {
    throw std::invalid_argument(std::string(name) + " must be in the vocabulary, got '" + token + "'");
  }
  return static_cast<TokenId>(found - vocabulary.begin());
}

/// A syllable is its consonant, its vowel and perhaps a final consonant.
void append_hangul(char32_t syllable, Word& word) {
  constexpr char32_t kVowels = 21;
  constexpr char32_t kFinals = 28;
  const char32_t s = syllable - kHangulFirst;
  word.append(0x1100 + s / (kVowels * kFinals));
  word.append(0x1161 + s / kFinals % kVowels);
  if (s % kFinals != 0) {
    word.append(0x11A7 + s % kFinals);
  }
}

}  // namespace

Tokenizer::Tokenizer(const TokenizerSettings& settings)
    : pieces_(settings.vocabulary, position(settings.vocabulary, "unknown", settings.unknown)),
      max_word_(settings.max_word),
      max_characters_(settings.max_characters),
      max_tokens_(settings.max_tokens) {
  require_at_least("max_word", 1, static_cast<std::int64_t>(max_word_));
  require_at_least("max_characters", 1, static_cast<std::int64_t>(max_characters_));
  require_at_least("max_tokens", 1, static_cast<std::int64_t>(max_tokens_));
  for (const std::string& special : settings.special) {
    if (special.empty() || !is_ascii(special)) {
      throw std::invalid_argument("special must be ASCII and not empty, got '" + special + "'");
    }
    begins_special_[static_cast<unsigned char>(special.front())] = true;
    special_.push_back({special, position(settings.vocabulary, "special", special)});
  }
  std::ranges::stable_sort(special_, std::ranges::greater(),
                           [](const Special& s) { return s.content.size(); });
}

std::span<const TokenId> Tokenizer::operator()(Text text, Workspace& workspace) const {
  workspace.tokens.clear();
  workspace.word.clear();
  std::visit([&](auto units) { tokenize(Cursor(units, max_characters_), workspace); }, text);
  return std::span(workspace.tokens).first(std::min(workspace.tokens.size(), max_tokens_));
}

template <class Unit>
void Tokenizer::tokenize(Cursor<Unit> text, Workspace& workspace) const {
  Word& word = workspace.word;
  while (!text.done() && workspace.tokens.size() < max_tokens_) {
    const Cursor<Unit> here = text;
    const char32_t c = text.next();
    if (c >= 0x80) {
      put(c, workspace);
      continue;
    }
    if (begins_special_[c]) [[unlikely]] {
      if (const Special* special = special_at(here)) {
        end_word(workspace);
        workspace.tokens.push_back(special->token);
        for (std::size_t i = 1; i < special->content.size(); ++i) {
          text.next();
        }
        continue;
      }
    }
    const std::uint8_t folded = kAsciiFold[c];
    if (folded == ' ') {
      end_word(workspace);
    } else if (folded > kAsciiAlone) {
      end_word(workspace);
      word.append_ascii(folded & 0x7FU);
      end_word(workspace);
    } else if (folded != 0) {
      word.append_ascii(folded);
    }
  }
  end_word(workspace);
}

template <class Unit>
const Tokenizer::Special* Tokenizer::special_at(const Cursor<Unit>& text) const {
  const auto begins = [&](const Special& special) {
    Cursor<Unit> at = text;
    return std::ranges::all_of(
        special.content, [&](char c) { return !at.done() && at.next() == static_cast<unsigned char>(c); });
  };
  const auto found = std::ranges::find_if(special_, begins);
  return found == special_.end() ? nullptr : &*found;
}

void Tokenizer::put(char32_t code_point, Workspace& workspace) const {
  Word& word = workspace.word;
  const auto append = [&](char32_t character, bool alone) {
    if (alone) {
      end_word(workspace);
    }
    word.append(character);
    if (alone) {
      end_word(workspace);
    }
  };
  if (code_point - kHangulFirst < kHangulCount) {
    append_hangul(code_point, word);
    return;
  }
  const Fold folded = fold(code_point);
  switch (folded) {
    case Fold::kWord:
    case Fold::kAlone:
      return append(code_point, folded == Fold::kAlone);
    case Fold::kSpace:
      return end_word(workspace);
    case Fold::kNothing:
      return;
    case Fold::kBarrier:
      return word.barrier();
    default:
      break;
  }
  for (std::size_t i = 0;; ++i) {
    const Unit unit = unit_at(folded, i);
    if (unit.combining_class != 0) {
      word.combine(unit.character, unit.combining_class);
    } else {
      append(unit.character, unit.alone);
    }
    if (unit.last) {
      return;
    }
  }
}

void Tokenizer::end_word(Workspace& workspace) const {
  Word& word = workspace.word;
  if (word.empty()) {
    return;
  }
  word.barrier();
  if (word.too_long()) {
    workspace.tokens.push_back(pieces_.unknown());
  } else {
    pieces_.tokenize(word.utf8(), workspace.tokens);
  }
  word.clear();
}

}  // namespace pilotage::text
