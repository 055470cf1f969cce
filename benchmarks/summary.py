"""Medians to a Markdown table."""

from __future__ import annotations

from math import nan
from statistics import median
from typing import TypeAlias

from benchmarks.contest import KERNELS, SIDES
from benchmarks.libraries import LIBRARIES

# Of an operation, d and K, then of a side: the median of each turn, seconds.
Medians: TypeAlias = "dict[tuple[str, int, int], dict[str, list[float]]]"

# Of a kind of text or batch, then of a side.
OtherMedians: TypeAlias = "dict[str, dict[str, list[float]]]"

OPERATIONS = ("decide", "decide_many", "settle", "feedback", "cycle")


def summary(medians: Medians) -> str:
    """One row per operation and size: microseconds of each side, and each kernel's as a multiple of ours."""
    rows = [
        ["", "d", "K", *SIDES, *(f"{kernel} / pilotage" for kernel in KERNELS)],
        ["---", *["---:"] * (2 + len(SIDES) + len(KERNELS))],
    ]
    for operation, dim, models in _in_order(medians):
        turns = medians[operation, dim, models]
        micros = {side: 1e6 * median(turns.get(side, [nan])) for side in SIDES}
        times = [f"{micros[side]:.1f}" for side in SIDES]
        ratios = [f"{micros[kernel] / micros['pilotage']:.2f}" for kernel in KERNELS]
        rows.append([operation, str(dim), str(models), *times, *ratios])
    return _markdown(rows).replace(" nan ", " - ")


def libraries_summary(medians: Medians) -> str:
    """One row per operation and size: microseconds, and in brackets the multiple of ours."""
    if not LIBRARIES:
        return "other libraries: `pip install --group bench-speed` sets them beside the router"
    rows = [["", "d", "K", "pilotage", *LIBRARIES], ["---", *["---:"] * (3 + len(LIBRARIES))]]
    for operation, dim, models in _in_order(medians):
        turns = medians[operation, dim, models]
        if not set(turns) & set(LIBRARIES):
            continue
        micros = {side: 1e6 * median(each) for side, each in turns.items()}
        ours = micros["pilotage"]
        cells = [f"{micros[name]:,.0f} ({micros[name] / ours:,.1f})" for name in LIBRARIES]
        rows.append([operation, str(dim), str(models), f"{ours:.1f}", *cells])
    return _markdown(rows)


def other_summary(medians: OtherMedians) -> str:
    """One row per side: microseconds of each kind of text or batch."""
    sides = list(dict.fromkeys(side for turns in medians.values() for side in turns))
    rows = [[side, *(f"{1e6 * median(turns[side]):,.1f}" for turns in medians.values())] for side in sides]
    return _markdown([["", *medians], ["---", *["---:"] * len(medians)], *rows])


def _in_order(medians: Medians) -> list[tuple[str, int, int]]:
    return sorted(medians, key=lambda key: (OPERATIONS.index(key[0]), *key[1:]))


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
