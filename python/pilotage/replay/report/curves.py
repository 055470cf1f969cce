"""How a run goes on: cumulative regret and spend, and who answers, prompt after prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import UNSERVED, Replay, Run, Split, picked
from pilotage.replay.summary import student_t


@dataclass(frozen=True)
class Band:
    """A curve known from several seeds.

    Attributes
    ----------
    mean : (n,) the mean over seeds
    half_width : (n,) half of its 95 % interval; NaN with one seed
    """

    mean: Floats
    half_width: Floats


def cumulative_regret(outcomes: Outcomes, split: Split, run: Run) -> Floats:
    """Return `sum_{i <= t} (max_k reward[i, k] - reward obtained)` over the learning part.

    Returns
    -------
    (n_learning,) in units of reward, never falling; an unserved prompt obtained 0
    """
    best = outcomes.reward[split.learning].max(axis=1)
    return np.cumsum(best - picked(outcomes.reward, split.learning, run.learned))


def cumulative_spend(outcomes: Outcomes, split: Split, run: Run) -> Floats:
    """Return `sum_{i <= t} cost of the call made`, (n_deployment,) US dollars."""
    return np.cumsum(picked(outcomes.cost, split.deployment, run.deployed))


def budget_line(run: Run) -> Floats:
    """Return the ceiling times the requests so far, (n_deployment,) US dollars."""
    return run.ceiling_usd * np.arange(1.0, len(run.deployed) + 1)


def model_shares(choices: Ints, models: int, windows: int) -> Floats:
    """Return which share of each window's requests every model answered.

    Parameters
    ----------
    choices : (n,) index of the model called, `UNSERVED` for none
    models : K
    windows : how many windows of (nearly) equal length are wanted; fewer when there are fewer choices

    Returns
    -------
    (W, K + 1) rows that sum to 1; the last column is the unserved share; W = min(windows, n)

    Raises
    ------
    ValueError
        If `windows` is below 1, or a choice is neither a model nor `UNSERVED`.
    """
    if windows < 1:
        raise ValueError(f"windows must be at least 1, got {windows}")
    if len(choices) == 0:
        return np.zeros((0, models + 1))
    if choices.min() < UNSERVED or choices.max() >= models:
        raise ValueError(
            f"choices must lie in [{UNSERVED}, {models - 1}], got [{choices.min()}, {choices.max()}]"
        )
    column = np.where(choices == UNSERVED, models, choices)
    parts = np.array_split(column, min(windows, len(column)))
    return np.array([np.bincount(part, minlength=models + 1) / len(part) for part in parts])


def single_models(replay: Replay) -> tuple[Floats, Floats]:
    """Return mean cost, US dollars, and mean reward in deployment, of every model: (K,) each."""
    parts = [split.deployment for split in replay.splits.values()]
    cost = np.mean([replay.outcomes.cost[part].mean(axis=0) for part in parts], axis=0)
    reward = np.mean([replay.outcomes.reward[part].mean(axis=0) for part in parts], axis=0)
    return cost, reward


def thin(length: int, points: int) -> Ints:
    """Return at most `points` positions spread over `range(length)`, first and last included, (m,)."""
    return np.unique(np.linspace(0, length - 1, min(length, points)).round().astype(np.int64))


def band(curves: Sequence[Floats]) -> Band:
    """Return mean and 95 % Student t interval over seeds, point by point.

    Parameters
    ----------
    curves : one (n,) or (n, m) array for every seed; longer ones are cut to the shortest

    Raises
    ------
    ValueError
        If there is no curve.
    """
    if not curves:
        raise ValueError("curves must hold at least 1 curve, got 0")
    shortest = min(len(curve) for curve in curves)
    sample = np.array([curve[:shortest] for curve in curves])
    seeds = len(sample)
    if seeds < 2:
        return Band(sample[0], np.full_like(sample[0], np.nan))
    return Band(sample.mean(axis=0), student_t(seeds - 1) * sample.std(axis=0, ddof=1) / np.sqrt(seeds))
