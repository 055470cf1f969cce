"""HybridLLM's idea for two models: would the cheap one do as well?

    label_i = [ reward of the cheap model >= reward of the dear one ],    p(x) = sigmoid(w'x)

by logistic regression. Expected rewards are p(x) of the cheap model and 1 of the dear one: sending x to the
dear one gains 1 - p(x). It is told both models' outcomes on every learning prompt, which no bandit is.

Reference: Ding et al., Hybrid LLM: cost-efficient and quality-aware query routing, ICLR 2024, its
deterministic variant; a linear classifier on the encoder that all policies share, in place of a fine-tuned
DeBERTa.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners.learner import Random, sigmoid

_PENALTY = 1.0
_STEPS = 25  # of Newton; far more than a logistic regression with a penalty needs


class Hybrid:
    """See the module."""

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        """Both models were called; the cheap one's answer is taken where it does as well.

        Raises ValueError unless there are two models.
        """
        if reward.shape[1] != 2:
            raise ValueError(f"hybridllm must have 2 models, got {reward.shape[1]}")
        self._cheap = int(cost.mean(axis=0).argmin())
        as_good = reward[:, self._cheap] >= reward[:, 1 - self._cheap]
        self._weights = _logistic(x, as_good.astype(np.float64))
        called: Ints = np.where(as_good, self._cheap, 1 - self._cheap)
        return called

    def estimate(self, x: Floats) -> Floats:
        value = np.ones((len(x), 2))
        value[:, self._cheap] = sigmoid(x @ self._weights)
        return value


def _logistic(x: Floats, y: Floats) -> Floats:
    """argmin_w  - sum log p(y | x, w) + penalty / 2 |w|^2, by Newton's method."""
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = sigmoid(x @ w)
        gradient = x.T @ (p - y) + _PENALTY * w
        hessian = (x.T * (p * (1.0 - p))) @ x + _PENALTY * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return w
