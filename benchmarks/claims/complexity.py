"""Which prompts go to the strong model? The paper's table 4, with outcomes in place of an LLM as a judge.

    difficulty(q) = 1 - mean reward of the pool's other models on q
    worth(q) = reward of the strong model on q - reward of the model that the router called most beside it

The paper has an LLM grade how complex a prompt reads; here a prompt is as difficult as the models that
compete with the strong one find it, which is known because every outcome was recorded. What it is worth to
send it is another matter: where everybody fails, nothing. The strong model is the one that earned most on the
learning part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.claims.world import World
from pilotage.arrays import Floats, Ints
from pilotage.replay.references import best_model
from pilotage.replay.runs import UNSERVED, Split

LEAST = 10  # prompts on either side, below which nothing is said


class Sent(NamedTuple):
    """What distinguishes the prompts sent to the strong model from those that others answered.

    Attributes
    ----------
    share : of the prompts that were answered
    harder : mean difficulty there, minus that elsewhere; None where fewer than `LEAST` are on a side
    worth : the same of what the strong model's answer is worth
    longer : mean characters there, over those elsewhere
    """

    share: float
    harder: float | None
    worth: float | None
    longer: float | None


def sent(world: World, split: Split, choices: Ints) -> Sent:
    """Of the deployment part, `choices` (n_deployment,)."""
    strong = best_model(world.outcomes, split.learning)
    reward = world.outcomes.reward[split.deployment]
    characters = np.array([len(world.outcomes.prompts[i]) for i in split.deployment], dtype=np.float64)
    return compare(reward, characters, choices, strong)


def compare(reward: Floats, characters: Floats, choices: Ints, strong: int) -> Sent:
    """The same from rewards (n, K), characters (n,) and choices (n,)."""
    there = choices == strong
    elsewhere = (choices != strong) & (choices != UNSERVED)
    share = round(float(there.sum() / max(1, there.sum() + elsewhere.sum())), 4)
    if min(there.sum(), elsewhere.sum()) < LEAST:
        return Sent(share, None, None, None)
    most = np.bincount(choices[elsewhere], minlength=reward.shape[1]).argmax()
    difficulty = 1.0 - np.delete(reward, strong, axis=1).mean(axis=1)

    def over(figure: Floats) -> float:
        return round(float(figure[there].mean() - figure[elsewhere].mean()), 5)

    longer = float(characters[there].mean() / characters[elsewhere].mean())
    return Sent(share, over(difficulty), over(reward[:, strong] - reward[:, most]), round(longer, 4))
