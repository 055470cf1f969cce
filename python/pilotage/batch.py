"""Many prompts at once: contexts and lengths as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pilotage import _check
from pilotage.start import Prompt

Floats = NDArray[np.float64]
Prompts = Sequence[str] | Sequence[Sequence[float]] | NDArray[np.floating]

DEFAULT_INPUT_TOKENS = 256.0  # of a vector without a count


def input_tokens(prompt: object, given: float | None) -> float:
    """Length of one prompt, as given or as estimated."""
    if given is not None:
        return _check.number("input_tokens", given)
    if isinstance(prompt, str):
        return float(tokens_of(prompt))
    return DEFAULT_INPUT_TOKENS


def tokens_of(text: str) -> int:
    """Tokens of a text by its alphabet, at least one.

    English takes a token for four characters; other scripts take more, up to one for each where a character
    is three bytes, as in Chinese.
    """
    if text.isascii():
        return max(1, -(-len(text) // 4))
    plain = len(text.encode("ascii", "ignore"))
    rest = len(text.encode("utf-8", "surrogatepass")) - plain  # bytes of what is not ASCII
    # ceil(plain / 4 + rest / 3)
    return -(-(3 * plain + 4 * rest) // 12)


def many_input_tokens(prompts: Prompts, given: Sequence[float] | NDArray[np.floating] | None) -> Floats:
    """(n,) lengths of the prompts. Refuses one text for many, and counts that are not one for each."""
    if isinstance(prompts, str):
        raise TypeError(f"prompts must be a sequence of prompts, got one text of {len(prompts)} characters")
    n = _check.length("prompts", prompts, "prompts")
    if given is not None and (found := _check.length("input_tokens", given, "numbers")) != n:
        raise ValueError(f"input_tokens must have length {n}, got {found}")
    counts = (None for _ in prompts) if given is None else given
    return np.array(
        [input_tokens(prompt, count) for prompt, count in zip(prompts, counts, strict=True)], np.float64
    )


def many_contexts(prompts: Prompts, context: Callable[[Prompt], Floats], dim: int) -> Floats:
    """(n, d), C-contiguous and not the caller's own."""
    x = np.empty((len(prompts), dim))
    for i, prompt in enumerate(prompts):
        x[i] = context(prompt)
    return x
