"""Many prompts at once: contexts and lengths as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pilotage import _check
from pilotage.arrays import Floats
from pilotage.start import Prompt

Prompts = Sequence[str] | Sequence[Sequence[float]] | NDArray[np.floating]

DEFAULT_INPUT_TOKENS = 256.0  # of a vector without a count


def input_tokens(prompt: object, given: float | None, count: Callable[[str], float]) -> float:
    """Length of one prompt, as given or as estimated."""
    if given is not None:
        return _check.number("input_tokens", given)
    if isinstance(prompt, str):
        return count(prompt)
    return DEFAULT_INPUT_TOKENS


def counter(tokenizer: object) -> Callable[[str], float]:
    """What estimates the tokens of a text: the tokenizer, or without one its alphabet."""
    if tokenizer is None:
        return tokens_of
    if not callable(tokenizer):
        raise TypeError(f"tokenizer must be a function from a text to its tokens, or None, got {tokenizer!r}")
    return lambda text: _check.nonnegative("what tokenizer returns", tokenizer(text))


def tokens_of(text: str) -> float:
    """Tokens of a text by its alphabet, at least one.

    English takes a token for four characters; other scripts take more, up to one for each where a character
    is three bytes, as in Chinese.
    """
    if text.isascii():
        return float(max(1, -(-len(text) // 4)))
    plain = len(text.encode("ascii", "ignore"))
    rest = len(text.encode("utf-8", "surrogatepass")) - plain  # bytes of what is not ASCII
    # ceil(plain / 4 + rest / 3)
    return float(-(-(3 * plain + 4 * rest) // 12))


def many_input_tokens(
    prompts: Prompts, given: Sequence[float] | NDArray[np.number] | None, count: Callable[[str], float]
) -> Floats:
    """(n,) lengths of the prompts. Refuses one text for many, and counts that are not one for each."""
    if isinstance(prompts, str):
        raise TypeError(f"prompts must be a sequence of prompts, got one text of {len(prompts)} characters")
    n = _check.length("prompts", prompts, "prompts")
    if given is not None and (found := _check.length("input_tokens", given, "numbers")) != n:
        raise ValueError(f"input_tokens must have length {n}, got {found}")
    if given is not None:
        return np.array([_check.number("input_tokens", each) for each in given], np.float64)
    return np.array([input_tokens(prompt, None, count) for prompt in prompts], np.float64)


def many_contexts(prompts: Prompts, context: Callable[[Prompt], Floats], dim: int) -> Floats:
    """(n, d), C-contiguous and not the caller's own."""
    x = np.empty((len(prompts), dim))
    for i, prompt in enumerate(prompts):
        x[i] = context(prompt)
    return x
