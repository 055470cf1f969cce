"""How far a fit has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Advance: TypeAlias = Callable[[str, float], None]  # what was done; the share of all work behind it, in [0, 1]


def silent(description: str, share: float) -> None:
    """Take both and show nothing."""


def part(advance: Advance, start: float, stop: float) -> Advance:
    """For a part of the work, which reports shares of its own: it is [start, stop] of the whole."""
    return lambda description, share: advance(description, start + share * (stop - start))
