"""Uniform exploration throughout; a ridge regression for each model of what came of it."""

from __future__ import annotations

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Bank, Random, explored


class ExploreOnly:
    """See the module."""

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        n, models = reward.shape
        self._bank = Bank(models, x.shape[1])
        called = explored(n, models, random)
        for i, k in enumerate(called):
            self._bank.update(int(k), x[i], float(reward[i, k]))
        return called

    def estimate(self, x: Floats) -> Floats:
        return self._bank.estimate(x)
