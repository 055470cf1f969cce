"""Every model's mean reward, whatever the prompt, after uniform exploration."""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Random, explored


class Levels:
    """See the module. A model that was never called is expected to earn nothing."""

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        n, models = reward.shape
        called = explored(n, models, random)
        earned = np.bincount(called, reward[np.arange(n), called], models)
        self._mean = earned / np.maximum(np.bincount(called, minlength=models), 1)
        return called

    def estimate(self, x: Floats) -> Floats:
        return np.tile(self._mean, (len(x), 1))
