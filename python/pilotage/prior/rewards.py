"""What pairs say about rewards.

Where i is right and j wrong on the same prompt, or the other way round,

    P(i right | they differ) = p_i (1 - p_j) / (p_i (1 - p_j) + p_j (1 - p_i))
                             = sigmoid(logit p_i - logit p_j)

so the strengths of a (conditional) Bradley-Terry model are the logits of rewards, but for one number per
prompt, which no pair can tell: how easy it is. Every prompt is taken to be as easy as the next, at a mean
reward of `level` over the pool (Rasch 1960). Votes of people are read the same way.
"""

from __future__ import annotations

import numpy as np

from pilotage.prior.calibration import Statistics
from pilotage.prior.preferences import Preferences
from pilotage.replay.outcomes import Floats


def rewards_of_strengths(strength: Floats, level: float) -> Floats:
    """Rewards in (0, 1) of logits known up to a number per prompt: (P, K) -> (P, K)."""
    centred = strength - strength.mean(axis=1, keepdims=True)
    logit = np.log(level / (1.0 - level))
    rewards: Floats = 1.0 / (1.0 + np.exp(-(centred + logit)))
    return rewards


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
        times = np.bincount(pairs, minlength=len(x)).astype(np.float64)  # (P,)
        gram[k] = (x * times[:, None]).T @ x
        moment[k] = x.T @ (times * reward[:, k])
        count[k] = times.sum()
    return Statistics(gram, moment, count)
