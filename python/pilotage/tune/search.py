"""The search: one setting after the other, a change kept only where it is better than chance makes it.

The tuning prompts are cut anew by each shuffle into learning and judging; a candidate plays both under every
budget. Its figure is the mean reward over shuffles and budgets, and it replaces the settings so far where the
difference, paired by shuffle, is above one corrected error: among equals the default stays.

Every shuffle cuts the same prompts, so the differences are alike for a reason that no further shuffle mends.
The corrected error allows for it: Nadeau and Bengio, Inference for the Generalization Error, Machine Learning
52 (2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.config import Config
from pilotage.replay.engine import play
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import BUDGET_POLICIES, TUNED, Policy
from pilotage.replay.prices import list_prices
from pilotage.replay.references import best_model, check_priced
from pilotage.replay.runs import Split, picked
from pilotage.replay.table import Limit, Table

GRID: dict[str, tuple[Any, ...]] = {
    "alpha": (0.25, 0.5, 1.0, 1.5, 2.0, 5.0),
    "strength": (0.5, 1.0, 2.5, 5.0, 10.0, 25.0),
    "score": ("linear", "pilot"),
    "dimension": (8, 16, 32, None),
    "policy": ("dual", "pacer", "even", "zcl"),
}


@dataclass(frozen=True)
class Setting:
    """What is searched: keywords of `Router`, how much of the embedding, and what spends the money.

    alpha None: left to the router, whose bound narrows; an alpha that is given stays.
    """

    alpha: float | None = None
    strength: float = 2.5
    score: str = "linear"
    dimension: int | None = None
    policy: str = "dual"

    def _router(self) -> dict[str, Any]:
        given = {} if self.alpha is None else {"alpha": self.alpha}
        return {**given, "strength": self.strength, "score": self.score}

    def play(self) -> Policy:
        """As a replay policy; an unserved request scores 0 there, and the budget policy is told."""
        return Policy(
            TUNED,
            self._router(),
            BUDGET_POLICIES[self.policy],
            pays_to_learn=True,
            dimension=self.dimension,
        )

    def config(self, tuned: dict[str, Any]) -> Config:
        """As a file, without models and without an amount of money."""
        return Config(
            router=self._router(),
            budget={"policy": self.policy},
            dimension=self.dimension,
            tuned=tuned,
        )


DEFAULTS = Setting()


@dataclass(frozen=True)
class Trial:
    """One candidate: what was changed, the mean reward, and by how much it beat the settings so far.

    `error` is one corrected error of the difference, nan for the first. Of a trial that was kept, reward and
    gain are the highest of several: other prompts will not earn as much.
    """

    setting: Setting
    changed: str
    reward: float
    gain: float
    error: float
    kept: bool


def tune(
    outcomes: Outcomes,
    embeddings: Floats,
    rows: Ints,
    fractions: Sequence[float],
    *,
    shuffles: int = 10,
    grid: dict[str, tuple[Any, ...]] = GRID,
    start: Setting = DEFAULTS,
    advance: Callable[[str], None] = lambda _: None,
) -> tuple[Setting, list[Trial]]:
    """The best settings for a pool, judged on `rows` alone, and everything that was tried.

    Parameters
    ----------
    embeddings : (N, d)
    rows : positions in `outcomes` of the tuning prompts; nothing else is looked at
    fractions : budgets, shares of the cost of the best model
    shuffles : how often `rows` are cut into two halves, >= 2
    start : where the search begins

    Raises
    ------
    ValueError : fewer than 8 rows, or 2 shuffles; a best model that costs nothing
    """
    if len(rows) < 8 or shuffles < 2:
        raise ValueError(f"rows must be at least 8, shuffles 2, got {len(rows)} and {shuffles}")
    mine = outcomes.take(rows)
    table = Table(mine.models, embeddings[rows], mine.reward, mine.cost, mine.input_tokens)
    best = start
    reached = _played(mine, table, best, fractions, shuffles)
    trials = [Trial(best, "defaults", float(reached.mean()), math.nan, math.nan, True)]
    for name, candidate in _candidates(grid, embeddings.shape[1]):
        setting = replace(best, **{name: candidate})
        if setting == best:
            continue
        advance(f"{name} = {candidate}")
        rewards = _played(mine, table, setting, fractions, shuffles)
        gain = rewards - reached
        error = corrected_error(gain, len(rows) // 2, len(rows) - len(rows) // 2)
        kept = float(gain.mean()) > error
        trials.append(
            Trial(setting, f"{name} = {candidate}", float(rewards.mean()), float(gain.mean()), error, kept)
        )
        if kept:
            best, reached = setting, rewards
    return best, trials


def corrected_error(differences: Floats, learning: int, judging: int) -> float:
    """Standard error of the mean difference over shuffles of the same prompts, Nadeau and Bengio's.

    Parameters
    ----------
    differences : (shuffles,), each learned on `learning` of the prompts and judged on `judging` others
    """
    # error^2 = s^2 / shuffles (1 + shuffles judging / learning): never below s sqrt(judging / learning)
    shuffles = len(differences)
    alone = float(differences.std(ddof=1)) / math.sqrt(shuffles)
    return alone * math.sqrt(1.0 + shuffles * judging / learning)


def tuned_policy(config: Config) -> Policy:
    """The policy `tuned` of a replay: the file's router under its budget policy.

    Raises ValueError for settings that a replay has no use for: `dim`, a prior, an unknown policy.
    """
    router = dict(config.router)
    for name in ("dim", "prior", "seed"):
        if name in router:
            raise ValueError(f"router must not hold {name!r} in a replay, got {router[name]!r}")
    kind = config.budget.get("policy") or ("pacer" if "usd_per_request" in config.budget else "dual")
    if kind not in BUDGET_POLICIES:
        raise ValueError(f"policy must be among {', '.join(BUDGET_POLICIES)}, got {kind!r}")
    return Policy(TUNED, router, BUDGET_POLICIES[kind], pays_to_learn=True, dimension=config.dimension)


def _candidates(grid: dict[str, tuple[Any, ...]], dim: int) -> Iterator[tuple[str, Any]]:
    for name, values in grid.items():
        for value in values:
            if name != "dimension" or value is None or value < dim:
                yield name, value


def _played(
    outcomes: Outcomes, table: Table, setting: Setting, fractions: Sequence[float], shuffles: int
) -> Floats:
    """Mean reward over the budgets, (shuffles,)."""
    n, rewards = len(table.reward), []
    policy = {TUNED: setting.play()}
    for seed in range(shuffles):
        order = np.random.Generator(np.random.PCG64(seed)).permutation(n).astype(np.int64)
        split = Split(order[:0], order[: n // 2], order[n // 2 :])
        best = best_model(outcomes, split.deployment)
        cost = float(outcomes.cost[split.deployment, best].mean())
        check_priced(outcomes.models[best], cost)
        limits = [Limit(fraction, fraction * cost) for fraction in fractions]
        prices = list_prices(outcomes, split.learning)
        runs = play(table, split, prices, TUNED, limits, seed=seed, more=policy)
        rewards.append(np.mean([picked(table.reward, split.deployment, run.deployed).mean() for run in runs]))
    return np.array(rewards, dtype=np.float64)
