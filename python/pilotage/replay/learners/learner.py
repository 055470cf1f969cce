"""What a baseline must be able to do."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np

from pilotage import _core
from pilotage.arrays import Floats, Ints

Random: TypeAlias = np.random.Generator


class Learner(Protocol):
    """Learns once, then says what it expects."""

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        """Call one model for each prompt in turn, and learn from its reward.

        Parameters
        ----------
        x : (n, d) contexts
        reward : (n, K); a bandit reads `reward[i, k]` of the model k that it called for prompt i alone
        cost : (n, K) expected, US dollars
        random : all its draws

        Returns
        -------
        (n,) the models called
        """

    def estimate(self, x: Floats) -> Floats:
        """Expected rewards at `x` (m, d): (m, K)."""


def explored(n: int, models: int, random: Random) -> Ints:
    """(n,) models, each as likely as every other."""
    return random.integers(0, models, (n,)).astype(np.int64)


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), of any shape; finite for every z."""
    p: Floats = 1.0 / (1.0 + np.exp(-np.clip(z, -500.0, 500.0)))
    return p


class Bank:
    """K ridge regressions: A = I + sum x x', b = sum r x, theta = A^-1 b, as LinUCB has them.

    Parameters
    ----------
    models : K
    dim : d
    """

    def __init__(self, models: int, dim: int) -> None:
        self.posteriors = [_core.Posterior(np.zeros(dim), 1.0) for _ in range(models)]

    def update(self, k: int, x: Floats, reward: float) -> None:
        self.posteriors[k].update(x, reward)

    def estimate(self, x: Floats) -> Floats:
        """(m, d) -> (m, K)."""
        means: Floats = x @ np.column_stack([each.theta for each in self.posteriors])
        return means
