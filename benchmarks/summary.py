"""Medians to a Markdown table."""

from __future__ import annotations

from math import nan
from statistics import median
from typing import TypeAlias

from benchmarks.contest import KERNELS, SIDES

# Of an operation, d and K, then of a side: the median of each turn, seconds.
Medians: TypeAlias = "dict[tuple[str, int, int], dict[str, list[float]]]"

# Of a kind of text, then of a side.
TextMedians: TypeAlias = "dict[str, dict[str, list[float]]]"

OPERATIONS = ("decide", "settle", "feedback", "cycle")


def summary(medians: Medians) -> str:
    """One row per operation and size: microseconds of each side, and each kernel's as a multiple of ours."""
    rows = [
        ["", "d", "K", *SIDES, *(f"{kernel} / pilotage" for kernel in KERNELS)],
        ["---", *["---:"] * (2 + len(SIDES) + len(KERNELS))],
    ]
    for operation, dim, models in sorted(medians, key=lambda key: (OPERATIONS.index(key[0]), *key[1:])):
        turns = medians[operation, dim, models]
        micros = {side: 1e6 * median(turns.get(side, [nan])) for side in SIDES}
        times = [f"{micros[side]:.1f}" for side in SIDES]
        ratios = [f"{micros[kernel] / micros['pilotage']:.2f}" for kernel in KERNELS]
        rows.append([operation, str(dim), str(models), *times, *ratios])
    return _markdown(rows).replace(" nan ", " - ")


def text_summary(medians: TextMedians) -> str:
    """One row per side: microseconds of each kind of text."""
    sides = list(dict.fromkeys(side for turns in medians.values() for side in turns))
    rows = [[side, *(f"{1e6 * median(turns[side]):.1f}" for turns in medians.values())] for side in sides]
    return _markdown([["", *medians], ["---", *["---:"] * len(medians)], *rows])


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
