"""The cached tokenizer against `tokenizers` itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotage.encode.wordpiece import WordPiece

tokenizers = pytest.importorskip("tokenizers")


@pytest.fixture(scope="module")
def slow(assets: Path) -> Any:
    tokenizer = tokenizers.Tokenizer.from_file(str(assets / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@pytest.fixture(scope="module")
def fast(assets: Path) -> WordPiece:
    return WordPiece(tokenizers.Tokenizer.from_file(str(assets / "tokenizer.json")))


def test_words_by_hand(fast: WordPiece, slow: Any) -> None:
    tokens = [slow.id_to_token(token) for token in fast("Don't  PANIC\t(x_1)!")]
    assert tokens == ["don", "'", "t", "panic", "(", "x", "_", "1", ")", "!"]


def test_long_words_are_split_and_very_long_ones_unknown(fast: WordPiece, slow: Any) -> None:
    assert [slow.id_to_token(token) for token in fast("unaffable")] == ["una", "##ffa", "##ble"]
    assert [slow.id_to_token(token) for token in fast("a" * 101)] == ["[UNK]"]


@example("[PAD] and [UNK], [pad] and [CLS]")
@example("a\x00b\x0b\x0c\x1f\x7fc\td\ne\rf")
@example("".join(map(chr, range(128))))
@given(st.text(st.characters(max_codepoint=127)) | st.text())
def test_equals_tokenizers(fast: WordPiece, slow: Any, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert fast(text) == slow.encode(text, add_special_tokens=False).ids


def test_a_word_has_the_same_tokens_before_and_after_it_is_cached(fast: WordPiece) -> None:
    assert fast("Perspicacious perspicacious") == fast("perspicacious") * 2
