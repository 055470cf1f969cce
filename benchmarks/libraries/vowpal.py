"""Vowpal Wabbit's `--cb_explore`: stochastic gradients and epsilon-greedy, so another algorithm.

One step costs O(K d), nothing of d^2. Contexts become its examples by the fastest way that its package has.
"""

from __future__ import annotations

import random
from itertools import accumulate
from typing import Any

from pilotage.arrays import Floats, Ints

EPSILON = 0.05  # its default


class VowpalWabbit:
    ROUNDS = 100
    PRECISION = None

    def __init__(self, models: int, dim: int) -> None:
        import vowpalwabbit

        self._vw = vowpalwabbit.Workspace(f"--cb_explore {models} --epsilon {EPSILON} --quiet")
        self._label_type = vowpalwabbit.LabelType.CONTEXTUAL_BANDIT
        self._random = random.Random(0)

    def teach(self, chosen: Ints, x: Floats, reward: Floats) -> None:
        for k, context, earned in zip(chosen.tolist(), x, reward.tolist(), strict=True):
            self.feedback(context, k, earned, 1.0)

    def decide(self, x: Floats) -> tuple[int, float]:
        """The model and its propensity."""
        chances = self._chances(x)
        point = self._random.random()
        k = next((k for k, share in enumerate(accumulate(chances)) if share > point), len(chances) - 1)
        return k, chances[k]

    def choose(self, x: Floats) -> int:
        chances = self._chances(x)
        return chances.index(max(chances))

    def outstanding(self, x: Floats, reward: list[float]) -> tuple[int, tuple[Floats, int, float, float]]:
        k, chance = self.decide(x)
        return k, (x, k, reward[k], chance)

    def feedback(self, x: Floats, k: int, reward: float, chance: float) -> None:
        example = self._example(x)
        example.set_label_string(f"{k + 1}:{-reward}:{chance}")
        self._vw.learn(example)
        self._vw.finish_example(example)

    def scores(self, x: Floats) -> Floats:
        raise NotImplementedError("another algorithm: its scores are not compared")

    def _chances(self, x: Floats) -> list[float]:
        example = self._example(x)
        chances: list[float] = self._vw.predict(example)
        self._vw.finish_example(example)
        return chances

    def _example(self, x: Floats) -> Any:
        return self._vw.example({"x": list(enumerate(x.tolist()))}, self._label_type)
