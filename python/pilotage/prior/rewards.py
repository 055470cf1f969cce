"""What pairs say about rewards.

Where i is right and j wrong on the same prompt, or the other way round,

    P(i right | they differ) = p_i (1 - p_j) / (p_i (1 - p_j) + p_j (1 - p_i))
                             = sigmoid(logit p_i - logit p_j)

so the strengths of a (conditional) Bradley-Terry model are the logits of rewards, but for one number per
prompt, which no pair can tell: how easy it is (Rasch 1960). It is taken to be normal, of standard deviation
e = `EASINESS` over prompts, so that rewards differ less in the mean than on any one prompt (MacKay 1992):

    E sigmoid(strength + easiness) ~ sigmoid((strength + E easiness) / sqrt(1 + pi / 8 e^2))

E easiness is such that a model of the pool's mean strength earns `level`. Votes of people are read the same
way.
"""

from __future__ import annotations

import math

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.calibration import Statistics
from pilotage.prior.preferences import Preferences

EASINESS = 2.0  # in logits; the likeliest for the rewards of models that no study of ours deploys
_CLIP = 0.02  # a linear reward is kept so far from 0 and 1 before its logit is taken


def flattening() -> float:
    """1 / sqrt(1 + pi / 8 e^2): by how much logits of mean rewards are nearer together than strengths."""
    return 1.0 / math.sqrt(1.0 + math.pi / 8.0 * EASINESS**2)


def rewards_of_strengths(strength: Floats, level: float) -> Floats:
    """Mean rewards in (0, 1) of logits known up to a number per prompt: (P, K) -> (P, K)."""
    centred = strength - strength.mean(axis=1, keepdims=True)
    logit = flattening() * centred + math.log(level / (1.0 - level))
    rewards: Floats = 1.0 / (1.0 + np.exp(-logit))
    return rewards


def logits(reward: Floats) -> Floats:
    """Of what a linear model says a reward will be, inside [0, 1] or not."""
    inside = np.clip(reward, _CLIP, 1.0 - _CLIP)
    found: Floats = np.log(inside / (1.0 - inside))
    return found


def of_pairs(preferences: Preferences, x: Floats, reward: Floats) -> Statistics:
    """One observation of each model per pair it took part in, with the reward that its strength means.

    x (P, d), reward (P, K).
    """
    models, d = len(preferences.models), x.shape[1]
    gram, moment = np.zeros((models, d, d)), np.zeros((models, d))
    count = np.zeros(models)
    for k in range(models):
        pairs = np.concatenate(
            [preferences.prompt[preferences.winner == k], preferences.prompt[preferences.loser == k]]
        )
        met, times = np.unique(pairs, return_counts=True)
        weighed = x[met] * times[:, None]
        gram[k] = weighed.T @ x[met]
        moment[k] = weighed.T @ reward[met, k]
        count[k] = len(pairs)
    return Statistics(gram, moment, count)
