"""Prompts known by their text, in whatever file: what a router has seen must not be what it is judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np

from pilotage.replay.outcomes import Outcomes

_DIGITS = 16  # of 64 bits: among a million prompts two are taken for one with a chance of 3e-8


def fingerprint(text: str) -> str:
    """What a file holds in place of a prompt: hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def without(outcomes: Outcomes, seen: Collection[str]) -> tuple[Outcomes, int]:
    """The outcomes without the prompts of these fingerprints, and how many were left out."""
    known = frozenset(seen)
    rest = [i for i, text in enumerate(outcomes.prompts) if fingerprint(text) not in known]
    if len(rest) == len(outcomes):
        return outcomes, 0
    return outcomes.take(np.array(rest, dtype=np.int64)), len(outcomes) - len(rest)
