"""`contextualbandits.online.LinUCB`, by Sherman-Morrison, without an intercept of its own.

In float64, so that its answers can be held against the others', and in float32, its default.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints


class ContextualBandits:
    ROUNDS = 100
    PRECISION = 1e-9
    SINGLE = False

    def __init__(self, models: int, dim: int) -> None:
        from contextualbandits.online import LinUCB

        self._bandit = LinUCB(
            models, alpha=1.0, lambda_=1.0, fit_intercept=False, use_float=self.SINGLE, random_state=1
        )

    def teach(self, chosen: Ints, x: Floats, reward: Floats) -> None:
        self._bandit.fit(x, chosen, reward)

    def decide(self, x: Floats) -> int:
        return int(self._bandit.predict(x[None])[0])

    choose = decide

    def outstanding(self, x: Floats, reward: list[float]) -> tuple[int, tuple[Floats, int, float]]:
        k = self.decide(x)
        return k, (x, k, reward[k])

    def feedback(self, x: Floats, k: int, reward: float) -> None:
        self._bandit.partial_fit(x[None], np.array([k]), np.array([reward]))

    def scores(self, x: Floats) -> Floats:
        return np.asarray(self._bandit.decision_function(x[None])[0], dtype=np.float64)


class ContextualBandits32(ContextualBandits):
    PRECISION = 1e-3  # after some thousand updates
    SINGLE = True
