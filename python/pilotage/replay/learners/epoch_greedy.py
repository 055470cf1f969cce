"""Epoch-greedy: the first prompt of every window explores, the others take the best estimate.

Only explorations are learned from, so that the regressions are of unbiased samples.

Reference: Langford and Zhang, The epoch-greedy algorithm for contextual multi-armed bandits, NeurIPS 2007;
with windows of a fixed length, as PILOT has it.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Bank, Random


class EpochGreedy:
    """See the module.

    Parameters
    ----------
    window : prompts in a window, one of which explores, >= 1
    """

    def __init__(self, window: int = 10) -> None:
        self.window = window

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        n, models = reward.shape
        self._bank = Bank(models, x.shape[1])
        called = np.empty(n, dtype=np.int64)
        for start in range(0, n, self.window):
            k = int(random.integers(0, models))
            self._bank.update(k, x[start], float(reward[start, k]))
            called[start] = k
            rest = slice(start + 1, start + self.window)
            called[rest] = self._bank.estimate(x[rest]).argmax(axis=1)
        return called

    def estimate(self, x: Floats) -> Floats:
        return self._bank.estimate(x)
