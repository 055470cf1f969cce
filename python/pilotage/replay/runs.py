"""What a replay leaves behind: choices. Every figure is computed from these and the outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes

UNSERVED = -1


def picked(table: Floats, part: Ints, choices: Ints) -> Floats:
    """Return what the chosen models got: `table[part[i], choices[i]]`, 0 where unserved.

    Parameters
    ----------
    table : (N, K) rewards, or costs in US dollars
    part : (n,) positions of the prompts
    choices : (n,) index of the model called for each, `UNSERVED` for none

    Raises
    ------
    ValueError
        If `part` and `choices` differ in length.
    """
    if part.shape != choices.shape:
        raise ValueError(f"choices must have shape {part.shape}, got {choices.shape}")
    # UNSERVED reads the last column, and what it read is thrown away.
    return np.where(choices == UNSERVED, 0.0, table[part, choices])


@dataclass(frozen=True)
class Split:
    """Three disjoint sets of positions in `Outcomes`, each in the order in which they are played."""

    tuning: Ints
    learning: Ints
    deployment: Ints

    @property
    def estimation(self) -> Ints:
        """Where prices, mean lengths and threshold bounds are estimated: tuning, else learning."""
        return self.tuning if len(self.tuning) else self.learning


@dataclass(frozen=True)
class Run:
    """One policy, one seed, one budget.

    Attributes
    ----------
    budget_fraction : share of the best model's mean cost on the deployment part; None with `--ceilings`
    ceiling_usd : the budget, US dollars per deployment request
    learned : (n_learning,) index of the model called for each learning prompt, `UNSERVED` for none
    deployed : (n_deployment,) likewise for the deployment part
    expected_cost : (n_deployment,) US dollars the policy expected the chosen call to cost; 0 where unserved
    expected_reward : (n_deployment,) likewise; None for a policy that learns no rewards or scores otherwise
    """

    policy: str
    seed: int
    budget_fraction: float | None
    ceiling_usd: float
    learned: Ints
    deployed: Ints
    expected_cost: Floats
    expected_reward: Floats | None = None


@dataclass(frozen=True)
class Reference:
    """What is possible on one deployment part at one budget: means per request."""

    seed: int
    budget_fraction: float | None
    ceiling_usd: float
    envelope: float
    skyline: float
    oracle: float
    best_model: str
    best_model_reward: float
    best_model_cost: float


@dataclass(frozen=True)
class Replay:
    """A finished replay: the data, how it was split, and what every policy chose."""

    outcomes: Outcomes
    splits: dict[int, Split]  # by seed
    runs: tuple[Run, ...]
    references: tuple[Reference, ...]
    settings: dict[str, str]  # what was asked for, as readable pairs, e.g. "split": "1:1"
    seconds: float = 0.0
