"""Tables whose best routing can be read off: small talk, and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pilotage.replay.outcomes import Outcomes

MODELS = ("cheap", "dear")


def topics(n: int = 400, seed: int = 0) -> Outcomes:
    """Half of `n` prompts are sums. cheap: 1e-4 dollars, right on small talk; dear: 1e-3, always right.

    A router that sees the topic gets reward 1 at 55 % of dear's cost, where blind mixtures get 0.75. Costs
    vary by 10 %.
    """
    random = np.random.default_rng(seed)
    is_sum = np.arange(n) < n // 2
    random.shuffle(is_sum)
    numbers = random.integers(100, 1000, size=(n, 2))
    prompts = [
        f"What is {a} plus {b}, and why?" if each else f"Tell me a story about {a} cats and {b} dogs."
        for each, (a, b) in zip(is_sum, numbers, strict=True)
    ]
    return Outcomes(
        name="topics",
        prompts=tuple(prompts),
        models=MODELS,
        reward=np.column_stack([~is_sum, np.ones(n)]).astype(np.float64),
        cost=random.uniform(0.9, 1.1, size=(n, 2)) * (1e-4, 1e-3),
        row=np.arange(n, dtype=np.int64) + 7,
        input_tokens=np.full(n, 10, dtype=np.int64),
        tokens_recorded=False,
    )


def rivals(n: int = 400, seed: int = 0) -> Outcomes:
    """The same prompts; both models cost 5e-4 dollars, one is right on small talk, the other on sums.

    Blind mixtures get half of the reward, a router that sees the topic all of it.
    """
    table = topics(n, seed)
    reward = np.column_stack([table.reward[:, 0], 1.0 - table.reward[:, 0]])
    return replace(table, reward=reward, cost=table.cost.mean(axis=1, keepdims=True).repeat(2, axis=1))


def encode(texts: Sequence[str]) -> np.ndarray:
    """(n,) -> (n, 2): which topic."""
    is_sum = np.array([text.startswith("What is") for text in texts])
    return np.column_stack([is_sum, ~is_sum]).astype(np.float64)
