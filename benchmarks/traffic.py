"""Requests to route: the packaged prompts, with contexts and models in the sizes that are timed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pilotage import Model
from pilotage.arrays import Floats
from pilotage.encode import StaticEncoder
from pilotage.replay.data import demo_outcomes


class Request(NamedTuple):
    x: Floats  # (d,)
    reward: list[float]  # (K,), in [0, 1]
    cost: list[float]  # (K,), US dollars


def demo_traffic(dim: int, models: int) -> tuple[list[Model], list[Request]]:
    """The 1,766 packaged prompts on `models` models, cheapest recording first.

    There are four recorded models. Model k replays number k mod 4 of them, 5 % worse and 20 % cheaper for
    every time that one was used before. Each charges its mean cost per answer.
    """
    outcomes = demo_outcomes()
    recorded = np.argsort(outcomes.cost.mean(axis=0))
    round_, column = np.divmod(np.arange(models), len(recorded))
    reward = outcomes.reward[:, recorded[column]] * 0.95**round_  # (N, K)
    cost = outcomes.cost[:, recorded[column]] * 0.80**round_  # (N, K)
    contexts = _widened(StaticEncoder().encode(outcomes.prompts).astype(np.float64), dim)
    listed = [
        Model(f"{outcomes.models[recorded[c]]}/{r}", 0.0, price, expected_output_tokens=1.0)
        for c, r, price in zip(column, round_, cost.mean(axis=0).tolist(), strict=True)
    ]
    requests = [Request(*row) for row in zip(contexts, reward.tolist(), cost.tolist(), strict=True)]
    return listed, requests


def _widened(embeddings: Floats, dim: int) -> Floats:
    """(N, d_e) to (N, d): as they are where d = d_e, else random Fourier features of unit bandwidth.

    sqrt(2 / d) cos(W e + u), W ~ N(0, 1), u ~ U[0, 2 pi): Rahimi and Recht (2007).
    """
    if dim == embeddings.shape[1]:
        return embeddings
    random = np.random.default_rng(0)
    W = random.standard_normal((dim, embeddings.shape[1]))
    u = random.uniform(0.0, 2.0 * np.pi, dim)
    return np.sqrt(2.0 / dim) * np.cos(embeddings @ W.T + u)
