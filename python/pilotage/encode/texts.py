"""Texts on their way in: a sequence of valid strings."""

from __future__ import annotations

from collections.abc import Iterable


def strings(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list.

    Raises
    ------
    TypeError : `texts` is one string or not iterable, or an element is not a string.
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise TypeError(f"texts must be a sequence of str, got {type(texts).__name__}")
    checked = list(texts)
    for i, text in enumerate(checked):
        if not isinstance(text, str):
            raise TypeError(f"texts[{i}] must be str, got {type(text).__name__}")
    return checked


def checked_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list of valid Unicode strings.

    Surrogate pairs become the character they stand for; lone surrogates, which no tokenizer takes, U+FFFD.
    Raises as `strings` does.
    """
    return [_valid(text) for text in strings(texts)]


def _valid(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
