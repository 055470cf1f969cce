// Text by hand. The comparison with the `tokenizers` library, over all of Unicode, is in Python.
#include <string>
#include <vector>

#include "pilotage/text/encoder.hpp"
#include "pilotage/text/fold.hpp"
#include "support.hpp"

using namespace pilotage;
using namespace pilotage::text;

namespace {

const TokenizerSettings kSettings{
    .vocabulary = {"?", "[X]", "un", "una", "##ffa", "##ble", "##f", "cafe", "!", "日", "##\u1b44"},
    .unknown = "?",
    .special = {"[X]"},
    .max_word = 9,
    .max_characters = 40,
    .max_tokens = 6};

Text utf32(const std::u32string& text) { return std::span<const char32_t>(text); }

std::vector<std::string> tokens_of(const std::u32string& text) {
  const Tokenizer tokenizer(kSettings);
  Tokenizer::Workspace workspace(tokenizer);
  std::vector<std::string> tokens;
  for (const TokenId token : tokenizer(utf32(text), workspace)) {
    tokens.push_back(kSettings.vocabulary[token]);
  }
  return tokens;
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("a word is the longest pieces it can be cut into, from the left") {
  CHECK(tokens_of(U"unaffable") == Tokens{"una", "##ffa", "##ble"});
  CHECK(tokens_of(U"unf UN") == Tokens{"un", "##f", "un"});
  CHECK(tokens_of(U"unaffab") == Tokens{"?"});     // what is left over makes the whole word unknown
  CHECK(tokens_of(U"ffa") == Tokens{"?"});         // a piece that continues cannot begin
  CHECK(tokens_of(U"unaffables") == Tokens{"?"});  // ten characters
}

TEST_CASE("accents, case and control characters do not matter; marks and ideographs stand alone") {
  CHECK(tokens_of(U"CAFÉ cafe\u0301 ca\u200bfe") == Tokens{"cafe", "cafe", "cafe"});
  CHECK(tokens_of(U"cafe!日日!") == Tokens{"cafe", "!", "日", "日", "!"});
  CHECK(tokens_of(U"un\u1b44") == Tokens{"un", "##\u1b44"});
}

TEST_CASE("special tokens are literal and split a word") {
  CHECK(tokens_of(U"un[X]un [x]") == Tokens{"un", "[X]", "un", "?", "?", "?"});
  CHECK(tokens_of(U"[X") == Tokens{"?", "?"});
}

TEST_CASE("a text is cut at its limits") {
  CHECK(tokens_of(U"!!!!!!!!") == Tokens(6, "!"));
  CHECK(tokens_of(std::u32string(38, U' ') + U"una") == Tokens{"un"});
  CHECK(tokens_of(U"").empty());
}

TEST_CASE("surrogates: a pair is a character, a lone one nothing") {
  const std::u16string pair{0xD835, 0xDC00};  // U+1D400
  Cursor<char16_t> at(std::span<const char16_t>(pair), 9);
  CHECK(at.next() == 0x1D400);
  CHECK(at.done());
  const std::u16string lone{0xDC00, 0xD835, 'a', 0xD835};
  Cursor<char16_t> next(std::span<const char16_t>(lone), 9);
  CHECK(next.next() == 0xFFFD);
  CHECK(next.next() == 0xFFFD);
  CHECK(next.next() == 'a');
  CHECK(next.next() == 0xFFFD);
  CHECK(fold(0xFFFD) == Fold::kNothing);
}

TEST_CASE("combining characters sink before those of a higher class, never across a barrier") {
  Word word(9);
  word.append('a');
  word.combine('x', 230);
  word.combine('y', 9);
  word.combine('z', 230);
  word.barrier();
  word.combine('w', 1);
  word.barrier();
  CHECK(word.utf8() == "ayxzw");
}

TEST_CASE("an embedding is the sum of rows on the unit sphere, a context that beside the constant") {
  Rows<std::int8_t> table = Rows<std::int8_t>::Zero(11, 2);
  table.row(2) << 3, 0;  // un
  table.row(6) << 0, 4;  // ##f
  const Encoder encoder(kSettings, table);
  Encoder::Workspace workspace(encoder);
  Embedding embedding(2);
  encoder.embed(utf32(U"unf"), workspace, embedding);
  CHECK(embedding[0] == 0.6F);
  CHECK(embedding[1] == 0.8F);
  Vector x(3);
  encoder.context(utf32(U"unf"), 0.6, workspace, x);
  CHECK(x[0] == doctest::Approx(0.48));
  CHECK(x[1] == doctest::Approx(0.64));
  CHECK(x[2] == 0.6);
  encoder.context(utf32(U"cafe"), 0.6, workspace, x);
  CHECK(x == Vector{{0.0, 0.0, 0.6}});
}
