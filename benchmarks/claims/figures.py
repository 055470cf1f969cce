"""From what was played to paired differences with intervals; nothing here knows a claim."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from benchmarks.claims.complexity import Sent
from benchmarks.claims.protocol import BUDGETS
from pilotage.replay.summary import Interval, interval

Pool: TypeAlias = dict[str, Any]
PACKAGED = "minilm-static, 64"


def full(pool: Pool) -> str:
    """The key of the largest learning size."""
    return str(pool["sizes"][-1])


def reward(pool: Pool, name: str, budget: float, size: str | None = None) -> list[float]:
    """One value for each seed. At smaller sizes 25 % alone was played."""
    rows = pool["played"][size or full(pool)][name]["reward"]
    return [row[BUDGETS.index(budget) if len(row) > 1 else 0] for row in rows]


def share(pool: Pool, name: str, budget: float) -> Interval:
    """Of the best model's reward."""
    best = [marks["best_reward"] for marks in pool["marks"]]
    return interval([mine / other for mine, other in zip(reward(pool, name, budget), best, strict=True)])


def mark(pool: Pool, name: str, budget: float) -> list[float]:
    """Envelope, a skyline or the oracle, one value for each seed."""
    return [marks[name][BUDGETS.index(budget)] for marks in pool["marks"]]


def mark_share(pool: Pool, name: str, budget: float) -> Interval:
    """Of the best model's reward."""
    best = [marks["best_reward"] for marks in pool["marks"]]
    return interval([mine / other for mine, other in zip(mark(pool, name, budget), best, strict=True)])


def sent(pool: Pool, name: str, attribute: str, budget: float) -> Interval:
    """`Sent`'s attribute over the seeds that tell; nan where fewer than two do."""
    rows = pool["sent"] if name == "skyline" else pool["played"][full(pool)][name]["sent"]
    values = [getattr(Sent(*row[BUDGETS.index(budget)]), attribute) for row in rows]
    told = [value for value in values if value is not None]
    return interval(told) if len(told) > 1 else Interval(math.nan, math.nan)


def seen_by(pool: Pool, encoder: str, name: str) -> list[float]:
    """Deployment reward at 25 % under an encoder; `PACKAGED` is the one that all else is played with."""
    if encoder != PACKAGED:
        found: list[float] = pool["encoders"][encoder][name]
        return found
    return mark(pool, name, 0.25) if name == "skyline" else reward(pool, name, 0.25)


def cost_share(pool: Pool, name: str, budget: float) -> Interval:
    """Of the best model's cost."""
    rows = pool["played"][full(pool)][name]["cost"]
    best = [marks["best_cost"] for marks in pool["marks"]]
    return interval([row[BUDGETS.index(budget)] / other for row, other in zip(rows, best, strict=True)])


def regret(pool: Pool, name: str) -> list[float]:
    """Over all learning prompts; under the middle budget where learning is paid for."""
    rows = pool["played"][full(pool)][name]["regret"]
    return [row[BUDGETS.index(0.25)] for row in rows]


def paired(mine: list[float], other: list[float]) -> Interval:
    """mine - other, seed by seed."""
    return interval((np.asarray(mine) - np.asarray(other)).tolist())


def side(difference: Interval) -> int:
    """1 above, -1 below, 0 where the interval holds 0 (and where one seed ran)."""
    if abs(difference.mean) > difference.half_width:
        return 1 if difference.mean > 0 else -1
    return 0


def tally(differences: list[Interval]) -> str:
    """`ahead 7, level 4, behind 1 of 12`."""
    sides = [side(each) for each in differences]
    return f"ahead {sides.count(1)}, level {sides.count(0)}, behind {sides.count(-1)} of {len(sides)}"


def text(each: Interval, spec: str = ".3f") -> str:
    """`0.812 ±0.004`; `-` where nothing is known."""
    if np.isnan(each.mean):
        return "-"
    spread = "" if np.isnan(each.half_width) else f" ±{each.half_width:{spec.lstrip('+')}}"
    return f"{each.mean:{spec}}{spread}"


def percent(each: Interval) -> str:
    """`93.1 ±0.4 %`."""
    return text(Interval(100 * each.mean, 100 * each.half_width), ".1f") + " %"
