"""Texts on their way in: a sequence of valid strings."""

from __future__ import annotations

from collections.abc import Iterable


def checked_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list of valid Unicode strings.

    Surrogate pairs become the character they stand for; lone surrogates, which no tokenizer takes, U+FFFD.

    Raises
    ------
    TypeError : `texts` is one string or not iterable, or an element is not a string.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise TypeError(f"texts must be a sequence of str, got {type(texts).__name__}")
    return [_valid(text, i) for i, text in enumerate(texts)]


def _valid(text: object, index: int) -> str:
    if not isinstance(text, str):
        raise TypeError(f"texts[{index}] must be str, got {type(text).__name__}")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
