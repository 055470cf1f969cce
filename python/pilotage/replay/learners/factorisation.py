"""RouteLLM's matrix factorisation: whose answer would a reader prefer?

    delta(k, x) = s_k'(W x + b),    P(k beats j at x) = sigmoid(delta(k, x) - delta(j, x))

by Adam on the votes' cross entropy. One vote a learning prompt: of two models drawn the better one; where
they earn the same there is none. A model's expected reward is how likely it beats another one of the pool,
drawn at random. A vote takes two answers, so it is told more than a bandit is.

Reference: Ong et al., RouteLLM: learning to route LLMs with preference data (arXiv 2406.18665), section 4.2,
whose second layer is part of s_k here; on the encoder that all policies share, without the noise that its
script adds to prompts and the unit length that it gives each model's vector.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.prior.adam import Adam
from pilotage.replay.learners.learner import Random, sigmoid


class Factorisation:
    """See the module; the defaults are the numbers of its published training script.

    Parameters
    ----------
    rank : of the factors s_k and W
    epochs : passes over the votes
    rate : Adam's
    decay : penalty / 2 on the squares of all parameters
    """

    def __init__(
        self, rank: int = 128, epochs: int = 100, rate: float = 3e-4, decay: float = 1e-5, batch: int = 64
    ) -> None:
        self._rank, self._epochs, self._rate, self._decay, self._batch = rank, epochs, rate, decay, batch

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        """Two models answer; the better answer is taken."""
        n, models = reward.shape
        one, other = _pairs(n, models, random)
        i = np.arange(n)
        ahead = reward[i, one] >= reward[i, other]
        winner, loser = np.where(ahead, one, other), np.where(ahead, other, one)
        told = reward[i, winner] > reward[i, loser]
        self._start(models, x.shape[1], random)
        self._fit(x[told], winner[told], loser[told], random)
        called: Ints = winner.astype(np.int64)
        return called

    def estimate(self, x: Floats) -> Floats:
        delta = (x @ self._w.T + self._b) @ self._s.T
        models = delta.shape[1]
        beats = sigmoid(delta[:, :, None] - delta[:, None, :])  # (m, K, K), 0.5 beside itself
        mean: Floats = (beats.sum(axis=2) - 0.5) / max(models - 1, 1)
        return mean

    def _start(self, models: int, dim: int, random: Random) -> None:
        """Normal factors; W keeps the length of x on average."""
        self._s = random.normal(size=(models, self._rank)) / np.sqrt(self._rank)
        self._w = random.normal(size=(self._rank, dim)) / np.sqrt(dim)
        self._b = np.zeros(self._rank)

    def _fit(self, x: Floats, winner: Ints, loser: Ints, random: Random) -> None:
        parameters = (self._s, self._w, self._b)
        adam = Adam(parameters, self._rate)
        for _ in range(self._epochs):
            order = random.permutation(len(x))
            for start in range(0, len(order), self._batch):
                i = order[start : start + self._batch]
                gradients = self.gradients(x[i], winner[i], loser[i])
                adam.step([g + self._decay * each for g, each in zip(gradients, parameters, strict=True)])

    def gradients(self, x: Floats, winner: Ints, loser: Ints) -> tuple[Floats, Floats, Floats]:
        """Of the mean cross entropy of votes at x (B, d), for s, W and b."""
        hidden = x @ self._w.T + self._b
        apart = self._s[winner] - self._s[loser]
        # d/dz -log sigmoid(z) = -sigmoid(-z)
        slope = -sigmoid(-(apart * hidden).sum(axis=1))[:, None] / len(x)
        s = np.zeros_like(self._s)
        np.add.at(s, winner, slope * hidden)
        np.add.at(s, loser, -slope * hidden)
        inner = slope * apart
        return s, inner.T @ x, inner.sum(axis=0)


def _pairs(n: int, models: int, random: Random) -> tuple[Ints, Ints]:
    """(n,) and (n,): two different models for each prompt where there are two, each pair as likely."""
    one = random.integers(0, models, n)
    other = (one + random.integers(1, max(models, 2), n)) % models
    return one, other
