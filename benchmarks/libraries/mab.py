"""`mabwiser`'s LinUCB: ridge regression whose inverse is computed afresh for every reward."""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints


class MabWiser:
    ROUNDS = 60
    PRECISION = 1e-9

    def __init__(self, models: int, dim: int) -> None:
        from mabwiser.mab import MAB, LearningPolicy

        self._mab = MAB(list(range(models)), LearningPolicy.LinUCB(alpha=1.0, l2_lambda=1.0))

    def teach(self, chosen: Ints, x: Floats, reward: Floats) -> None:
        self._mab.fit(chosen, reward, x)

    def decide(self, x: Floats) -> int:
        return self._mab.predict(x[None])

    choose = decide

    def outstanding(self, x: Floats, reward: list[float]) -> tuple[int, tuple[Floats, int, float]]:
        k = self.decide(x)
        return k, (x, k, reward[k])

    def feedback(self, x: Floats, k: int, reward: float) -> None:
        self._mab.partial_fit([k], [reward], x[None])

    def scores(self, x: Floats) -> Floats:
        return np.array(list(self._mab.predict_expectations(x[None]).values()))
