"""Linear Thompson sampling: argmax_k of a draw from N(theta_k'x, v^2 x' A_k^-1 x).

Models share nothing, so the K values at one x are independent, and drawing these is drawing theta_k.

Reference: Agrawal and Goyal, Thompson sampling for contextual bandits with linear payoffs, ICML 2013.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Bank, Random


class Thompson:
    """See the module.

    Parameters
    ----------
    deviation : v, of the noise of a reward; 0.5 is the most that a reward in [0, 1] can have
    """

    def __init__(self, deviation: float = 0.5) -> None:
        self.deviation = deviation

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        n, models = reward.shape
        self._bank = Bank(models, x.shape[1])
        normal = random.standard_normal((n, models))
        called = np.empty(n, dtype=np.int64)
        for i, context in enumerate(x):
            drawn = [
                each.mean(context) + self.deviation * each.width(context) * normal[i, k]
                for k, each in enumerate(self._bank.posteriors)
            ]
            k = int(np.argmax(drawn))
            self._bank.update(k, context, float(reward[i, k]))
            called[i] = k
        return called

    def estimate(self, x: Floats) -> Floats:
        return self._bank.estimate(x)
