"""The router without money as one numba loop, so that its constants can be tried out by the hundred runs.

The core as it stands has no such knobs; `tests/test_prior_study.py` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pilotage.arrays import Floats, Ints

NEVER = 0
_DELTA, _CLIP = 0.01, 0.02  # of the test, see prior_test.hpp


@dataclass(frozen=True)
class Start:
    """Where K models start.

    Attributes
    ----------
    precision, b : (K, d, d) A_0 and (K, d) b_0
    informed : (K,) which of them the prior knows
    fallback : a precision (d, d) and b (d,), which all go back to as they age, or when rewards refute them
    """

    precision: Floats
    b: Floats
    informed: np.ndarray
    fallback: tuple[Floats, Floats]


def play(
    start: Start,
    x: Floats,
    reward: Floats,
    *,
    alpha: float,
    halved_after: int,
    exploration: float = 0.0,
    seed: int = 0,
) -> tuple[Ints, Floats, int]:
    """Models chosen (T,), theta (K, d) in the end, and the reward that refuted the prior, or -1.

    x (T, d), reward (T, K); `halved_after` NEVER: the prior does not age, and is always tested;
    `exploration`: the share of requests on which a model is drawn; `seed` of those draws, not the core's.
    """
    chosen, theta, refuted = _play(
        start.precision,
        start.b,
        start.informed,
        *start.fallback,
        x,
        reward,
        alpha,
        halved_after,
        draws(len(x), start, exploration, seed),
    )
    return chosen, theta, int(refuted)


def draws(count: int, start: Start, exploration: float, seed: int) -> Ints:
    """The model drawn for each request, (T,), or -1."""
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = random.integers(0, len(start.b), count)
    return np.where(random.random(count) < exploration, drawn, -1)


@njit(cache=True)  # type: ignore[misc]
def _play(precision, b, informed, fallback, fallback_b, x, reward, alpha, halved_after, drawn):  # type: ignore[no-untyped-def]
    models = len(b)
    prior, prior_b = precision.copy(), b.copy()
    covariance, theta = np.empty_like(prior), np.empty_like(b)
    for k in range(models):
        covariance[k] = np.linalg.inv(prior[k])
        theta[k] = covariance[k] @ prior_b[k]
    gram, moment = np.zeros_like(prior), np.zeros_like(b)
    chosen = np.zeros(len(x), np.int64)
    weight, total = np.full(models, 2.0), np.full(models, 1.0)
    evidence, refuted = 0.0, -1
    turn, rounds, due = -1, 0, halved_after
    for t in range(len(x)):
        best = -np.inf
        for k in range(models):
            value = theta[k] @ x[t] + alpha * np.sqrt(x[t] @ (covariance[k] @ x[t]))
            if value > best + 1e-12:
                best, chosen[t] = value, k
        if drawn[t] >= 0:
            chosen[t] = drawn[t]
        k = chosen[t]
        r = reward[t, k]
        p = min(max(theta[k] @ x[t], _CLIP), 1.0 - _CLIP)
        q = min(max(total[k] / weight[k], _CLIP), 1.0 - _CLIP)
        direction = covariance[k] @ x[t]
        scale = 1.0 + x[t] @ direction
        theta[k] += direction * ((r - theta[k] @ x[t]) / scale)
        covariance[k] -= np.outer(direction, direction) / scale
        gram[k] += np.outer(x[t], x[t])
        moment[k] += r * x[t]
        if refuted >= 0:
            continue
        if informed[k] and rounds < 2:
            evidence += r * np.log(p / q) + (1.0 - r) * np.log((1.0 - p) / (1.0 - q))
            weight[k] += 1.0
            total[k] += r
            if evidence < np.log(_DELTA):
                refuted = t
                for j in range(models):
                    covariance[j] = np.linalg.inv(fallback + gram[j])
                    theta[j] = covariance[j] @ (fallback_b + moment[j])
                continue
        if halved_after > 0 and turn < 0 and rounds < 4 and t + 1 >= due:
            turn, rounds, due = 0, rounds + 1, 2 * due
        if turn >= 0:
            prior[turn] = 0.5 * (prior[turn] + fallback)
            prior_b[turn] = 0.5 * (prior_b[turn] + fallback_b)
            covariance[turn] = np.linalg.inv(prior[turn] + gram[turn])
            theta[turn] = covariance[turn] @ (prior_b[turn] + moment[turn])
            turn = turn + 1 if turn + 1 < models else -1
    return chosen, theta, refuted
