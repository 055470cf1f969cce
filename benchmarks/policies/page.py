"""results.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pilotage.replay.summary import Interval, interval

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")

OURS = "dual"
ALL = "dual, serving all"
# Its value as a share of the LP optimum's; 0 where the budget does not serve everybody.
BEST_ALL = "optimum, serving all"
GOAL = 0.99  # of the LP optimum's value
RIVALS = ("pacer", "even", "zcl", "primal-dual")
BINDS = 0.999  # where the LP spends so much of the budget, more money would buy more
VALUE, SPEND, OVER = range(3)  # of a row
NO_OVERSPEND = 1e-6

_HEAD = """\
# Budget policies on equal estimates

Written by `python -m benchmarks.policies.run` from its figures, results.json. Rewards and costs are those of
a ridge regression fitted with every model's outcome on one half of the prompts; the policies spend a budget
over the other half, {seeds} shuffles, and the estimates count as the truth. Budgets are shares of the cost of
the best single model.

A cell: the share of the LP optimum's value in % with its 95 % interval, *at* the share of the LP optimum's
spend, and what was spent above the budget, if anything. The LP may split a request between models, knows all
requests beforehand, and refuses those that earn least. Where it spends less than the budget, more money buys
nothing.

- `dual`, `pacer`: with `unserved=0.0`, so that they may refuse, too; *serving all*: without.
- `even`, with and without spill-over: each request may cost its share.
- `zcl`: PILOT's threshold, algorithm 3, with bounds from the learning half.
- `primal-dual`: ParetoBandit's controller as published. It refuses nobody, and charges a
  model the logarithm of its list price, not what it costs on this prompt.
- *hindsight price*: the best single price for the whole stream, found with all of it known (PILOT's table 1).
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    studies = ("\n".join(_study(study)) for study in found["studies"])
    return "\n".join([_HEAD.format(**found), *_verdicts(found), "", *studies])


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    cells = [
        (study["title"], budget["fraction"], budget["policies"])
        for study in found["studies"]
        for budget in study["budgets"]
    ]
    values = [_column(policies[OURS], VALUE).mean for _, _, policies in cells]
    spends = [_column(policies[OURS], SPEND).mean for _, _, policies in cells]
    over = max(row[OVER] for _, _, policies in cells for row in policies[OURS])
    yield "## Verdict\n"
    yield f"Over the {len(cells)} pairs of pool and budget, means over the shuffles:\n"
    yield f"- `{OURS}` earns {_range(values)} of the LP optimum,"
    yield f"  at {_range(spends)} of what that spends."
    yield f"- It spends at most {100 * over:.4f} % above the budget in any shuffle."
    short = [
        f"{title} at {100 * fraction:g} %: {100 * _column(policies[ALL], VALUE).mean:.1f} %"
        for title, fraction, policies in cells
        if _column(policies[ALL], VALUE).mean < GOAL
    ]
    yield (
        f"- `{ALL}`, which is `Budget` without `unserved`, must serve everybody, and the LP need not: it "
        f"earns less than {100 * GOAL:g} % at {'; '.join(short) or 'no budget'}."
    )
    yield _serving_all(cells)
    for rival in RIVALS:
        yield f"- Beside `{rival}`: {_beside(rival, cells)}"


def _serving_all(cells: list[tuple[str, float, dict[str, list[list[float]]]]]) -> str:
    """Beside the optimum that must serve everybody, where that can be done in every shuffle."""
    shares = {}
    for title, fraction, policies in cells:
        optima = [row[VALUE] for row in policies[BEST_ALL]]
        if min(optima) > 0.0:
            ours = [row[VALUE] / best for row, best in zip(policies[ALL], optima, strict=True)]
            shares[f"{title} at {100 * fraction:g} %"] = interval(ours).mean
    least = min(shares, key=lambda where: shares[where])
    return (
        f"- Beside the optimum that serves everybody, at the {len(shares)} of {len(cells)} pairs where the "
        f"budget suffices for that, it earns {_range(list(shares.values()))}, least at {least}; a "
        f"request that finds no money counts 0."
    )


def _beside(rival: str, cells: list[tuple[str, float, dict[str, list[list[float]]]]]) -> str:
    """Where our policy is ahead of, level with and behind another: paired by shuffle, an interval apart."""
    ahead, level, binding, ahead_binding = 0, 0, 0, 0
    behind, excused = [], []
    for title, fraction, policies in cells:
        difference = paired(policies[OURS], policies[rival])
        binds = float(np.mean([row[SPEND] for row in policies["LP"]])) >= BINDS
        binding += binds
        if difference.mean > difference.half_width:
            ahead += 1
            ahead_binding += binds
        elif difference.mean >= -difference.half_width:
            level += 1
        else:
            where = f"{title} at {100 * fraction:g} % by {-100 * difference.mean:.3f} points"
            over = _column(policies[rival], OVER).mean
            (excused if over > NO_OVERSPEND else behind).append(
                where if over <= NO_OVERSPEND else f"{where}, which spends {100 * over:.1f} % too much"
            )
    parts = [f"ahead {ahead} times, in {ahead_binding} of {binding} where the budget binds", f"level {level}"]
    parts.append(f"behind {len(behind)}" + (f" ({'; '.join(behind)})" if behind else ""))
    if excused:
        parts.append(f"behind one that overspends {len(excused)} ({'; '.join(excused)})")
    return ", ".join(parts) + "."


def paired(ours: list[list[float]], theirs: list[list[float]]) -> Interval:
    """Our share of the optimum minus theirs, shuffle by shuffle."""
    return interval([mine[VALUE] - other[VALUE] for mine, other in zip(ours, theirs, strict=True)])


def _study(study: dict[str, Any]) -> Iterator[str]:
    names = [name for name in study["budgets"][0]["policies"] if name not in ("LP", BEST_ALL)]
    yield f"## {study['title']}\n"
    yield f"| budget | LP spends | {' | '.join(names)} |"
    yield "|---" * (2 + len(names)) + "|"
    for budget in study["budgets"]:
        policies = budget["policies"]
        lp = _column(policies["LP"], SPEND).mean
        cells = [_cell(policies[name]) for name in names]
        yield f"| {100 * budget['fraction']:g} % | {100 * lp:.1f} % | {' | '.join(cells)} |"
    yield ""


def _cell(rows: list[list[float]]) -> str:
    value, spend, over = (_column(rows, column) for column in (VALUE, SPEND, OVER))
    cell = f"{100 * value.mean:.2f} ±{100 * value.half_width:.2f} at {100 * spend.mean:.1f} %"
    return cell + (f", over by {100 * over.mean:.1f} %" if over.mean > NO_OVERSPEND else "")


def _column(rows: list[list[float]], column: int) -> Interval:
    return interval([row[column] for row in rows])


def _range(shares: list[float]) -> str:
    return f"{100 * min(shares):.2f} to {100 * max(shares):.2f} %"
