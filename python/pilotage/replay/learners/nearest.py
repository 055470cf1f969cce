"""Nearest neighbours: a model is expected to earn what it earned on the nearest prompts that it answered.

    value_k(x) = mean of the rewards of the prompts nearest to x among those that model k was called for

after uniform exploration. Contexts have one length and share their constant, so the largest product is the
smallest distance.

Reference: the estimate of PORT, Efficient training-free online routing for high-volume multi-LLM serving
(arXiv 2509.02718), which has every model's outcome; here a model has those of its own calls.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Random, explored


class Nearest:
    """See the module.

    Parameters
    ----------
    neighbours : how many, >= 1
    """

    def __init__(self, neighbours: int = 20) -> None:
        self.neighbours = neighbours

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        n, models = reward.shape
        called = explored(n, models, random)
        self._seen = [(x[called == k], reward[called == k, k]) for k in range(models)]
        return called

    def estimate(self, x: Floats) -> Floats:
        return np.column_stack([self._one(x, *seen) for seen in self._seen])

    def _one(self, x: Floats, known: Floats, rewards: Floats) -> Floats:
        if len(rewards) <= self.neighbours:
            return np.full(len(x), rewards.mean() if len(rewards) else 0.0)
        nearest = np.argpartition(-(x @ known.T), self.neighbours - 1, axis=1)[:, : self.neighbours]
        found: Floats = rewards[nearest].mean(axis=1)
        return found
