"""Expected against realised reward: can a router's estimates be believed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotage.replay.outcomes import Floats
from pilotage.replay.report import canvas, style
from pilotage.replay.runs import UNSERVED, Replay, picked

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_BINS = 10  # of equally many requests


def reward_calibration(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Realised mean reward of the calls by tenths of the expected one, at the middle budget, all seeds."""
    budget = style.middle_budget(replay)
    figure = canvas.new_figure(width, 3.4)
    axes = figure.add_subplot()
    handles: list[Artist] = []
    for policy, look in style.looks(style.policies_of(replay)).items():
        expected, realised = calls(replay, policy, budget)
        if len(expected):
            x, y = bins(expected, realised)
            (line,) = axes.plot(
                x, y, color=look.colour, marker=look.marker, markersize=4, linewidth=1.1,
                label=canvas.literal(policy),
            )  # fmt: skip
            handles.append(line)
    low, high = (*axes.get_xlim(),)
    axes.plot([low, high], [low, high], color="0", linestyle=(0, (5, 2)), linewidth=1.1, zorder=1)
    handles.append(canvas.handle("as expected", color="0", linestyle=(0, (5, 2)), linewidth=1.1))
    canvas.dress(axes, "expected reward", "realised reward", f"Budget: {style.budget_words(replay, budget)}")
    canvas.legend_below(figure, handles)
    return figure


def calls(replay: Replay, policy: str, budget: float) -> tuple[Floats, Floats]:
    """Expected and realised rewards of every request that was served, of all seeds: (n,) each."""
    expected, realised = [np.empty(0)], [np.empty(0)]
    for run in replay.runs:
        if run.policy == policy and style.budget_key(run) == budget and run.expected_reward is not None:
            served = run.deployed != UNSERVED
            expected.append(run.expected_reward[served])
            earned = picked(replay.outcomes.reward, replay.splits[run.seed].deployment, run.deployed)
            realised.append(earned[served])
    return np.concatenate(expected), np.concatenate(realised)


def bins(expected: Floats, realised: Floats) -> tuple[Floats, Floats]:
    """Means by tenths of `expected`, fewer where there are fewer calls: (bins,) each."""
    parts = np.array_split(np.argsort(expected, kind="stable"), min(_BINS, len(expected)))
    return (
        np.array([expected[part].mean() for part in parts]),
        np.array([realised[part].mean() for part in parts]),
    )
