"""The setting `calibrated`: full-precision statistics on the scale of rewards, as strong as they deserve.

Recorded outcomes give rewards; pairs give the logits of rewards, see `rewards`. Both become sums of x x' and
r x per model, which `calibration` turns into A_0 and b_0. How strong a prior is comes from the evidence of
held-out tasks: of their rewards, or, see `pair_evidence`, of their pairs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.calibration import (
    Calibration,
    Statistics,
    choose,
    of_outcomes,
    powered,
    shrinkage,
    tasks_of,
)
from pilotage.prior.conditional import Judged, blind_held_out, fit_conditional
from pilotage.prior.folds import fold_of_prompts, pairs_of, require_questions
from pilotage.prior.learned import Learned
from pilotage.prior.pair_evidence import choose_of_pairs
from pilotage.prior.paper import sizes
from pilotage.prior.preferences import Preferences, differing
from pilotage.prior.progress import Advance, part
from pilotage.prior.rewards import logits, of_pairs, rewards_of_strengths
from pilotage.prior.triplet import Triplets, train_projection
from pilotage.projection import DEFAULT_INTERCEPT, Projection

_FEWEST = 2  # questions: one to predict, one to learn from


def learn(
    preferences: Preferences,
    phi: Floats,
    *,
    dim: int | None,
    level: float,
    seed: int,
    advance: Advance,
) -> Learned:
    """phi : (P, d_e) unit-normalised."""
    require_questions(preferences, _FEWEST)
    projected = 0.0 if dim is None else 0.7  # share of the work
    matrix = None if dim is None else _projected(preferences, phi, dim, seed, part(advance, 0.0, projected))
    projection = Projection(phi.shape[1], DEFAULT_INTERCEPT, matrix)
    x = projection.many(phi)
    if matrix is not None:
        phi = _unit(phi @ matrix.T)  # whatever depends on the prompt depends on psi
    if preferences.reward is not None:
        statistics, count, mean, metrics = _from_outcomes(preferences, phi, x, seed)
    else:
        statistics, count, mean, metrics = _from_pairs(
            preferences, phi, x, level, seed, part(advance, projected, 1.0)
        )
    precision, b, pool = powered(statistics, projection.constant(mean), count)
    found = {"pseudo_count": count, "mean_reward": mean, **metrics}
    return Learned(projection, precision, b, pool, np.diag(shrinkage(projection.dim)), found)


Found = tuple[Statistics, float, float, dict[str, Any]]


def _from_outcomes(preferences: Preferences, phi: Floats, x: Floats, seed: int) -> Found:
    reward = preferences.reward
    assert reward is not None
    mean = float(reward.mean())
    constant = np.zeros(x.shape[1])
    constant[-1] = mean / DEFAULT_INTERCEPT
    chosen = choose(x, reward, tasks_of(preferences.task, phi, seed), constant)
    told = differing(preferences)  # a regression of rewards knows nothing of who is cheaper
    require_questions(told, _FEWEST)
    judged = _regression_held_out(told, x, constant, seed)
    blind = blind_held_out(told, seed)
    return (
        of_outcomes(x, reward),
        chosen.count,
        mean,
        {
            **_figures(judged, blind),
            **_evidence(chosen),
        },
    )


def _from_pairs(
    preferences: Preferences, phi: Floats, x: Floats, level: float, seed: int, advance: Advance
) -> Found:
    fitted = fit_conditional(preferences, phi, seed=seed, advance=part(advance, 0.0, 0.8))
    task = tasks_of(preferences.task, phi, seed)
    chosen = choose_of_pairs(preferences, phi, x, task, fitted, level=level, seed=seed)
    advance("held-out tasks", 1.0)
    reward = rewards_of_strengths(phi @ fitted.profile.T + fitted.level, level)
    return (
        of_pairs(preferences, x, reward),
        chosen.count,
        level,
        {
            **_figures(fitted.held_out, fitted.blind),
            **_evidence(chosen),
            "penalty": fitted.penalty,
        },
    )


def _evidence(chosen: Calibration) -> dict[str, float | None]:
    told = chosen.evidence
    return {
        "log_evidence": float(told.max()) if told.size else None,
        "log_evidence_without": float(told[0]) if told.size else None,
    }


def _figures(judged: Judged, blind: Judged) -> dict[str, float]:
    return {
        "heldout_accuracy": judged.accuracy,
        "heldout_log_loss": judged.log_loss,
        "bradley_terry_accuracy": blind.accuracy,
        "bradley_terry_log_loss": blind.log_loss,
    }


def _regression_held_out(preferences: Preferences, x: Floats, constant: Floats, seed: int) -> Judged:
    """Pairs of held-out prompts, ordered by the regression of the others' rewards."""
    reward = preferences.reward
    assert reward is not None
    fold = fold_of_prompts(preferences, seed)
    margin = np.zeros(len(preferences))
    for f in range(int(fold.max()) + 1):
        past = of_outcomes(x[fold != f], reward[fold != f])
        precision, b, _ = powered(past, constant, math.inf)
        logit = logits(x @ np.linalg.solve(precision, b[:, :, None])[:, :, 0].T)
        here = fold[preferences.prompt] == f
        prompt, winner, loser = pairs_of(preferences, here)
        margin[here] = logit[prompt, winner] - logit[prompt, loser]
    return Judged.of(margin)


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _projected(preferences: Preferences, phi: Floats, dim: int, seed: int, advance: Advance) -> Floats:
    """W (m, d_e) by the paper's phase 1, without its offset: that is what the constant is for."""
    fold = fold_of_prompts(preferences, seed, 10)[preferences.prompt]
    size = sizes(preferences)
    parts = [Triplets(*pairs_of(preferences, keep), size) for keep in (fold != 0, fold == 0)]
    return train_projection(phi, *parts, dim=dim, offset=False, seed=seed, advance=advance)[0]
