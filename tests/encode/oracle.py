"""The slow twin of the core's text encoder: `tokenizers`, then a sum of rows in numpy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pilotage import _core
from pilotage.encode.files import parts
from pilotage.encode.texts import checked_texts

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Kept by the tokenizer although they combine, of several classes; stripped, of several classes and of none.
COMBINING = "\u1b44\U0001d165\u08d4\U0001e000\U0001d16d\u302e"
MARKS = "\u0301\u0327\u0345\u093e\u0941\u0eb1\u20dd\u0f71\u0f73\u1dfa\u0898"
TEXTURE = (
    "aZé1 \t#'[]ßİKÅΣςǅﬀ日本\uac00\uac01\uf900\U0002f800\u037e\u200b\u00ad\ufffd\ud800\udc00😀\u1e9b\u0130"
)
PIECES = ("[UNK]", "[PAD]", "[PAD", "un", "affable", "##ing", "don't", "x" * 99, "x" * 100, "x" * 101)


class Oracle:
    """A tokenizer of either kind with the same vocabulary and without limits, unless they are given."""

    def __init__(self, slow: Any, fast: _core.TextEncoder, characters: int, tokens: int) -> None:
        slow.no_padding()
        slow.no_truncation()
        self.slow, self.fast, self.characters, self.limit = slow, fast, characters, tokens

    @classmethod
    def packaged(cls, assets: Path, max_characters: int = 2**40, max_tokens: int = 2**20) -> Oracle:
        from tokenizers import Tokenizer

        table, settings = parts(assets)
        settings.update(max_characters=max_characters, max_tokens=max_tokens)
        slow = Tokenizer.from_file(str(assets / "tokenizer.json"))
        return cls(slow, _core.TextEncoder(table, **settings), max_characters, max_tokens)

    @classmethod
    def spelling(cls, characters: Iterable[str]) -> Oracle:
        """Tokens are single characters, so that no difference hides in an unknown word."""
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        slow = Tokenizer(models.WordPiece({"?": 0}, unk_token="?"))
        slow.normalizer = normalizers.BertNormalizer(lowercase=True)
        slow.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        letters = sorted(set(slow.normalizer.normalize_str("".join(characters) + "?")))
        vocabulary = [*letters, *(f"##{letter}" for letter in letters)]
        places = {token: place for place, token in enumerate(vocabulary)}
        slow.model = models.WordPiece(places, unk_token="?", max_input_chars_per_word=100)
        fast = _core.TextEncoder(
            np.zeros((len(vocabulary), 1), np.int8),
            vocabulary=vocabulary,
            unknown="?",
            special=[],
            max_word=100,
            max_characters=2**40,
            max_tokens=2**20,
        )
        return cls(slow, fast, 2**40, 2**20)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        cut = [text[: self.characters] for text in checked_texts(texts)]
        encodings = self.slow.encode_batch_fast(cut, add_special_tokens=False)
        return [encoding.ids[: self.limit] for encoding in encodings]

    def check(self, texts: Sequence[str]) -> None:
        for text, expected in zip(texts, self.tokens(texts), strict=True):
            found = self.fast.tokens(text)
            assert found == expected, (text[:200], [f"{ord(c):x}" for c in text[:200]])


def chunks(code_points: Iterable[int], pattern: str, size: int = 256) -> list[str]:
    """Texts in which each code point stands once, in `pattern`, between spaces."""
    words = [pattern.format(chr(c)) for c in code_points]
    return [" ".join(words[i : i + size]) for i in range(0, len(words), size)]
