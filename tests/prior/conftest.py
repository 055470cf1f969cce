"""Small preferences whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pilotage.prior import Preferences
from pilotage.prior.preferences import Vote, from_votes

MODELS = ("bard", "clerk", "sage")
# P(each model's answer is right) on small talk, and on sums
RIGHT = np.array([[0.9, 0.2], [0.2, 0.9], [0.7, 0.7]])


class Topics:
    """Two directions, a little noise that the text decides, and the rest of `dim` empty."""

    name = "topics"
    checksum = "0123456789abcdef"
    dim = 6

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), self.dim))
        for i, text in enumerate(texts):
            rows[i, int(text.startswith("sum"))] = 1.0
            rows[i, 2:] = 0.1 * np.random.default_rng(sum(map(ord, text))).normal(size=self.dim - 2)
        return rows


def prompts(n: int) -> list[str]:
    return [f"{'sum' if i % 2 else 'talk'} {i}" for i in range(n)]


# The same where models differ in their level above all
LEVELS = np.array([[0.3, 0.2], [0.5, 0.4], [0.8, 0.9]])


def votes(n: int = 400, each: int = 3, seed: int = 0, truth: np.ndarray = RIGHT) -> list[Vote]:
    """Verdicts drawn from `truth`: of two models, one right and one wrong."""
    random = np.random.default_rng(seed)
    out = []
    for i, prompt in enumerate(prompts(n)):
        for judge in range(each):
            a, b = random.choice(len(MODELS), 2, replace=False)
            right = random.random(2) < truth[[a, b], i % 2]
            winner = "tie" if right[0] == right[1] else ("model_a" if right[0] else "model_b")
            out.append(Vote(prompt, MODELS[a], MODELS[b], winner, task=prompt.split()[0], key=judge))
    return out


@pytest.fixture(scope="session")
def preferences() -> Preferences:
    return from_votes("topics", votes())
