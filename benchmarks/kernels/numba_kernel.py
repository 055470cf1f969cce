"""LinUCB in numba: loops compiled for this CPU.

Only the lower half of each inverse is kept: it is symmetric.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pilotage.arrays import Floats

REORDER = {"reassoc", "contract"}  # so that sums are vectorised


class NumbaKernel:
    """The arithmetic of `pilotage.Router` with a linear score, and nothing else."""

    def __init__(self, models: int, dim: int, alpha: float = 1.0) -> None:
        self._covariance = np.tile(np.eye(dim), (models, 1, 1))  # (K, d, d), the lower halves
        self._theta = np.zeros((models, dim))  # (K, d)
        self._direction = np.empty(dim)  # workspace
        self._alpha = alpha

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:  # x (d,) -> mean (K,), width (K,)
        models = range(len(self._theta))
        mean = [_mean(self._theta[k], x) for k in models]
        width = [_width(self._covariance[k], x) for k in models]
        return np.array(mean), np.array(width)

    def decide(self, x: Floats) -> int:  # x (d,)
        return _decide(self._covariance, self._theta, x, self._alpha)

    def decide_many(self, contexts: Floats) -> NDArray[np.int64]:  # (n, d) -> (n,)
        return _decide_many(self._covariance, self._theta, contexts, self._alpha)

    def feedback(self, k: int, x: Floats, reward: float) -> None:  # x (d,)
        _feedback(self._covariance, self._theta, self._direction, k, x, reward)


@njit(fastmath=REORDER)
def _mean(theta, x):  # (d,), (d,)
    # theta' x
    total = 0.0
    for i in range(x.size):
        total += theta[i] * x[i]
    return total


@njit(fastmath=REORDER)
def _width(covariance, x):  # (d, d), (d,)
    # x' M x = sum_i x_i (M_ii x_i + 2 sum_{j<i} M_ij x_j)
    square = 0.0
    for i in range(x.size):
        below = 0.0
        for j in range(i):
            below += covariance[i, j] * x[j]
        square += x[i] * (covariance[i, i] * x[i] + 2.0 * below)
    return np.sqrt(square)


@njit(fastmath=REORDER)
def _decide(covariance, theta, x, alpha):  # (K, d, d), (K, d), (d,)
    best, best_score = 0, -np.inf
    for k in range(theta.shape[0]):
        score = _mean(theta[k], x) + alpha * _width(covariance[k], x)
        if score > best_score:
            best, best_score = k, score
    return best


@njit(fastmath=REORDER)
def _decide_many(covariance, theta, contexts, alpha):  # (K, d, d), (K, d), (n, d)
    best = np.zeros(len(contexts), dtype=np.int64)
    best_score = np.full(len(contexts), -np.inf)
    for k in range(theta.shape[0]):  # all contexts while a matrix is in the cache
        for i in range(len(contexts)):
            score = _mean(theta[k], contexts[i]) + alpha * _width(covariance[k], contexts[i])
            if score > best_score[i]:
                best[i], best_score[i] = k, score
    return best


@njit(fastmath=REORDER)
def _feedback(covariance, theta, direction, k, x, reward):  # (K, d, d), (K, d), (d,), int, (d,), float
    M = covariance[k]
    # direction = M x, from the lower half: M_ij stands for M_ji too
    direction[:] = 0.0
    for i in range(x.size):
        below = 0.0
        for j in range(i):
            below += M[i, j] * x[j]
            direction[j] += M[i, j] * x[i]
        direction[i] += below + M[i, i] * x[i]
    s = _mean(direction, x)
    # theta <- theta + A^-1 x (r - theta' x) / (1 + s)
    theta[k] += direction * ((reward - _mean(theta[k], x)) / (1.0 + s))
    # A^-1 <- A^-1 - (A^-1 x)(A^-1 x)' / (1 + s)
    direction /= np.sqrt(1.0 + s)
    for i in range(x.size):
        for j in range(i + 1):
            M[i, j] -= direction[i] * direction[j]
