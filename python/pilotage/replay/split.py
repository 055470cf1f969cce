"""Which prompts tune, which teach, and which are paid for: one shuffle per seed."""

from __future__ import annotations

import re

import numpy as np

from pilotage.replay.runs import Split


def split_outcomes(n: int, seed: int, ratio: str = "1:1", tuning: int = 0) -> Split:
    """Shuffle `n` prompts once, then cut: tuning, learning, deployment.

    Parameters
    ----------
    n : number of prompts
    seed : of numpy's PCG64, >= 0
    ratio : learning to deployment, such as "1:1" or "10:1"; learning gets floor((n - tuning) * a / (a + b))
    tuning : prompts set apart first, >= 0

    Raises
    ------
    ValueError
        For a ratio that is not two positive whole numbers, a negative seed or `tuning`, or an `n`
        that leaves learning or deployment empty.
    """
    a, b = _parts(ratio)
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    if tuning < 0:
        raise ValueError(f"tuning must be at least 0, got {tuning}")
    rest = n - tuning
    learning = rest * a // (a + b)
    if learning < 1 or rest - learning < 1:
        raise ValueError(
            f"prompts must be enough to leave one to learn from and one to deploy on, "
            f"got {n}, of which {tuning} for tuning, the rest split {ratio}"
        )
    order = np.random.Generator(np.random.PCG64(seed)).permutation(n).astype(np.int64)
    return Split(*np.split(order, [tuning, tuning + learning]))


def default_tuning(ratio: str, n: int) -> int:
    """Tuning prompts of the paper's protocol: 1,000 (a tenth of a small set) before 10:1, else none."""
    a, b = _parts(ratio)
    return min(1000, n // 10) if a == 10 * b else 0


def _parts(ratio: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,5}):([1-9]\d{0,5})", ratio)
    if match is None:
        raise ValueError(f"ratio must be two positive whole numbers such as '10:1', got {ratio!r}")
    return int(match[1]), int(match[2])
