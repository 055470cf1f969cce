"""Expected against realised reward, and cost: can a router's estimates be believed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotage.arrays import Floats
from pilotage.replay.report import canvas, style
from pilotage.replay.runs import UNSERVED, Replay, picked

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BINS = 10  # of equally many requests


def calibration(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """What calls earned and cost by tenths of what was expected of them, at the middle budget, all seeds.

    Rewards are drawn where any policy expects one: a cosine is none.
    """
    budget = style.middle_budget(replay)
    expects = any(run.expected_reward is not None for run in replay.runs)
    drawn = ("reward", "cost") if expects else ("cost",)
    figure, grid = canvas.panels(width, 3.0, len(drawn), 2 if width > 6 else 1)
    handles: dict[str, Artist] = {}
    for axes, of in zip(grid, drawn, strict=True):
        handles |= _draw(axes, replay, budget, of)
    grid[0].set_title(f"Budget: {style.budget_words(replay, budget)}", fontsize=canvas.FONT, loc="left")
    line = canvas.handle("as expected", color="0", linestyle=(0, (5, 2)), linewidth=1.1)
    canvas.legend_below(figure, [*handles.values(), line])
    return figure


def _draw(axes: Axes, replay: Replay, budget: float, of: str) -> dict[str, Artist]:
    """One curve for each policy that expects something; returns the legend's entries."""
    handles: dict[str, Artist] = {}
    curves: list[Floats] = []
    for policy, look in style.looks(style.policies_of(replay)).items():
        expected, realised = calls(replay, policy, budget, of)
        if len(expected):
            curves.append(np.array(bins(expected, realised)))
            (handles[policy],) = axes.plot(
                *curves[-1], color=look.colour, marker=look.marker, markersize=4, linewidth=1.1,
                label=canvas.literal(policy),
            )  # fmt: skip
    unit = ", US dollars" if of == "cost" else ""
    canvas.dress(axes, f"expected {of}{unit}", f"realised {of}{unit}")
    seen = np.concatenate([curve.ravel() for curve in curves]) if curves else np.array([0.0, 1.0])
    low, high = float(seen.min()), float(seen.max())
    if of == "cost":
        _dollars(axes, float(seen[seen > 0].min(initial=high)), high)
    axes.plot([low, high], [low, high], color="0", linestyle=(0, (5, 2)), linewidth=1.1, zorder=1)
    return handles


def _dollars(axes: Axes, low: float, high: float) -> None:
    """Both axes alike: logarithmic where costs span more than a decade; a free call lies outside then."""
    logarithmic = canvas.log_or_linear(axes, low, high)
    axes.set_yscale(axes.get_xscale())
    axes.set_ylim(axes.get_xlim())
    decades = np.log10(high / low) if logarithmic else 0.0
    for axis in (axes.xaxis, axes.yaxis):
        canvas.plain_ticks(axis, logarithmic, decades, style.scientific)


def calls(replay: Replay, policy: str, budget: float, of: str = "reward") -> tuple[Floats, Floats]:
    """Expected and realised rewards, or costs, of every request that was served, of all seeds: (n,) each."""
    table = replay.outcomes.reward if of == "reward" else replay.outcomes.cost
    expected, realised = [np.empty(0)], [np.empty(0)]
    for run in replay.runs:
        hoped = run.expected_reward if of == "reward" else run.expected_cost
        if run.policy == policy and style.budget_key(run) == budget and hoped is not None:
            served = run.deployed != UNSERVED
            expected.append(hoped[served])
            realised.append(picked(table, replay.splits[run.seed].deployment, run.deployed)[served])
    return np.concatenate(expected), np.concatenate(realised)


def bins(expected: Floats, realised: Floats) -> tuple[Floats, Floats]:
    """Means by tenths of `expected`, fewer where there are fewer calls: (bins,) each."""
    parts = np.array_split(np.argsort(expected, kind="stable"), min(_BINS, len(expected)))
    return (
        np.array([expected[part].mean() for part in parts]),
        np.array([realised[part].mean() for part in parts]),
    )
