"""What a prior of pairs takes from no pair: how unequally easy prompts are, and the level of rewards.

On the pools of `pools`, their outcomes reduced to pairs: no study deploys one of their models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.prior.pools import (
    ALPHA,
    Run,
    beside,
    cold,
    drawn_run,
    fallback,
    played,
    start_of_outcomes,
    tables,
)
from benchmarks.prior.twin import NEVER, Start
from pilotage.arrays import Floats, Ints
from pilotage.prior import rewards
from pilotage.prior.calibration import powered, shrinkage, tasks_of
from pilotage.prior.conditional import Conditional, fit_conditional
from pilotage.prior.pair_evidence import choose_of_pairs
from pilotage.prior.preferences import Preferences, differing, from_outcomes
from pilotage.prior.rewards import of_pairs, rewards_of_strengths
from pilotage.projection import DEFAULT_INTERCEPT
from pilotage.replay.outcomes import Outcomes

SEEDS = 10
_PAIRS = 10_000  # drawn, of which those count that the answers decided
_MADE_UP = 0.5  # the default level of Prior.fit
CASES = ("right", "swapped", "half unknown", "inverted")
EASINESSES = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
CANDIDATES: tuple[tuple[float, float | None, bool], ...] = (
    # easiness; n, None: chosen by evidence; whether the level is the past's mean reward
    (0.0, 20.0, False),
    (0.0, None, False),
    (2.0, None, False),
    (0.0, 20.0, True),
    (2.0, None, True),
)
EXPLORATION = 0.02
_OUTCOMES = "outcomes"
_EASINESS = rewards.EASINESS  # the default, before a trial sets another


def easiness(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """A row for each pool and `EASINESSES`: how likely strengths from pairs make rewards of other tasks.

    The mean log likelihood of rewards on the tasks that are deployed, at their mean reward.
    """
    found = []
    for table in tables():
        likelihood = np.zeros(len(EASINESSES))
        for seed in range(seeds):
            run = drawn_run(table, "right", seed)
            _, _, fitted = _fitted(run, seed)
            strength = _psi(run.judged[0]) @ fitted.profile.T + fitted.level
            for i, each in enumerate(EASINESSES):
                rewards.EASINESS = each  # of this process alone
                likelihood[i] += _log_likelihood(strength, run.judged[1]) / seeds
        for each, value in zip(EASINESSES, likelihood, strict=True):
            found.append({"pool": table.name, "easiness": each, "log_likelihood": float(value)})
    return found


def _log_likelihood(strength: Floats, reward: Floats) -> float:
    """Mean of r log p + (1 - r) log(1 - p), the level such that p has the mean of r."""
    low, high = 0.001, 0.999
    for _ in range(30):
        level = 0.5 * (low + high)
        chance = rewards_of_strengths(strength, level)
        low, high = (level, high) if chance.mean() < reward.mean() else (low, level)
    return float((reward * np.log(chance) + (1.0 - reward) * np.log(1.0 - chance)).mean())


def deployed(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """A row for each pool, case and candidate, as in `tuning.choices`; beside them the prior of outcomes."""
    found = []
    for table in tables():
        for case in CASES:
            runs = [drawn_run(table, case, seed) for seed in range(seeds)]
            base = [played(run, cold(run), 2.0, NEVER) for run in runs]
            for name, starts in _priors(runs):
                for share in (0.0, EXPLORATION) if name in _WARY else (0.0,):
                    ours = [
                        played(run, start, ALPHA, 1000, exploration=share, seed=seed)
                        for seed, (run, start) in enumerate(zip(runs, starts, strict=True))
                    ]
                    found.append(
                        {
                            "pool": table.name,
                            "case": case,
                            "prior": f"{name}, exploration {share:g}" if share else name,
                            **beside(ours, base),
                            "refuted": sum(mine[2] for mine in ours),
                        }
                    )
    return found


def start_of_pairs(run: Run) -> Start:
    """Of the past's pairs, as `Prior.fit` would by default."""
    return _start(run, *_fitted(run, 0), _EASINESS, None, False, 0)


def _priors(runs: list[Run]) -> Iterator[tuple[str, list[Start]]]:
    yield _OUTCOMES, [start_of_outcomes(run) for run in runs]
    fits = [_fitted(run, seed) for seed, run in enumerate(runs)]
    for candidate in CANDIDATES:
        each = enumerate(zip(runs, fits, strict=True))
        yield _named(*candidate), [_start(run, *fit, *candidate, seed) for seed, (run, fit) in each]


def _named(spread: float, count: float | None, known: bool) -> str:
    strength = "n chosen" if count is None else f"n = {count:g}"
    return f"easiness {spread:g}, {strength}, level {'known' if known else 'made up'}"


_WARY = (_OUTCOMES, _named(2.0, None, False))  # played with exploration, too


def _psi(x: Floats) -> Floats:
    psi: Floats = x[:, :-1] / np.sqrt(1.0 - DEFAULT_INTERCEPT**2)
    return psi


def _fitted(run: Run, seed: int) -> tuple[Preferences, Floats, Conditional]:
    """Pairs of the models that are known, unit embeddings (P, d_e) of their prompts, and what was fitted."""
    x, reward, task = run.past
    reward = np.ascontiguousarray(reward[:, run.informed])
    outcomes = Outcomes(
        name="past",
        prompts=tuple(map(str, range(len(x)))),
        models=tuple(f"{k:02d}" for k in range(reward.shape[1])),
        reward=reward,
        cost=np.ones_like(reward),
        row=np.arange(len(x)),
        input_tokens=np.zeros(len(x), np.int64),
        tokens_recorded=False,
        task=tuple(map(str, task)),
    )
    pairs = replace(differing(from_outcomes(outcomes, pairs=_PAIRS, seed=seed)), reward=None)
    return pairs, _psi(x), fit_conditional(pairs, _psi(x), seed=seed)


def _start(
    run: Run,
    pairs: Preferences,
    phi: Floats,
    fitted: Conditional,
    spread: float,
    count: float | None,
    known: bool,
    seed: int,
) -> Start:
    x, reward, _ = run.past
    rewards.EASINESS = spread  # of this process alone
    level = float(reward[:, run.informed].mean()) if known else _MADE_UP
    if count is None:
        task: Ints = tasks_of(pairs.task, phi, seed)
        count = choose_of_pairs(pairs, phi, x, task, fitted, level=level, seed=seed).count
    models, d = len(run.informed), x.shape[1]
    constant = np.zeros(d)
    constant[-1] = level / DEFAULT_INTERCEPT
    strength = phi @ fitted.profile.T + fitted.level
    own, own_b, theta = powered(of_pairs(pairs, x, rewards_of_strengths(strength, level)), constant, count)
    pool = np.diag(shrinkage(d))
    precision, b = np.stack([pool] * models), np.stack([pool @ theta] * models)
    precision[run.informed], b[run.informed] = own, own_b
    return Start(precision, b, run.informed, fallback(d))
