"""From text to tokens, fast: in ASCII text a word's tokens do not depend on its neighbours, so they are kept.

BERT's normaliser drops control characters, makes white space of tabs and line ends, and lowers the case; its
pre-tokeniser cuts at white space and makes a word of every punctuation mark (Devlin et al. 2019). In ASCII
that is one translation table and one regular expression. New words go to `tokenizers`, and so does all other
text: the tokens are always those of `tokenizers`, found several times sooner.
"""

from __future__ import annotations

import functools
import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CACHED_WORDS = 2**16
_NORMALISED: dict[int, int | str | None] = {
    **dict.fromkeys([*range(32), 127]),  # dropped
    **dict.fromkeys(map(ord, "\t\n\r"), " "),
    **{ord(upper): upper.lower() for upper in string.ascii_uppercase},
}
_words = re.compile(rf"[a-z0-9]+|[{re.escape(string.punctuation)}]").findall


class WordPiece:
    """An uncased BERT tokenizer without padding, truncation and special tokens around the text.

    Safe to use from several threads.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self._word = functools.lru_cache(_CACHED_WORDS)(self._tokens)

    def __call__(self, text: str) -> list[int]:
        """Return the identifiers of the text's tokens."""
        if not text.isascii() or any(token in text for token in self._special):
            return self._tokens(text)
        tokens: list[int] = []
        for word in _words(text.translate(_NORMALISED)):
            tokens += self._word(word)
        return tokens

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids
