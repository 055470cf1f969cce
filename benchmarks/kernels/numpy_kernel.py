"""LinUCB in numpy: one product of the K stacked inverses with the context, no loop over models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats


class NumpyKernel:
    """The arithmetic of `pilotage.Router` with a linear score, and nothing else."""

    def __init__(self, models: int, dim: int, alpha: float = 1.0) -> None:
        self._covariance = np.tile(np.eye(dim), (models, 1, 1))  # (K, d, d)
        self._stacked = self._covariance.reshape(models * dim, dim)  # a view
        self._theta = np.zeros((models, dim))  # (K, d)
        self._outer = np.empty((dim, dim))  # workspace
        self._alpha = alpha

    def copy(self) -> NumpyKernel:
        twin = NumpyKernel(*self._theta.shape, self._alpha)
        twin._covariance[:] = self._covariance
        twin._theta[:] = self._theta
        return twin

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:  # x (d,) -> mean (K,), width (K,)
        # theta' x,   sqrt(x' A^-1 x)
        return self._theta @ x, np.sqrt((self._stacked @ x).reshape(self._theta.shape) @ x)

    def decide(self, x: Floats) -> int:  # x (d,)
        mean, width = self.estimate(x)
        return int(np.argmax(mean + self._alpha * width))

    def decide_many(self, contexts: Floats) -> NDArray[np.int64]:  # (n, d) -> (n,)
        products = (contexts @ self._stacked.T).reshape(len(contexts), *self._theta.shape)  # (n, K, d)
        width = np.sqrt(np.einsum("nkd,nd->nk", products, contexts))
        return np.argmax(contexts @ self._theta.T + self._alpha * width, axis=1)

    def feedback(self, k: int, x: Floats, reward: float) -> None:  # x (d,)
        covariance, theta = self._covariance[k], self._theta[k]
        direction = covariance @ x
        s = x @ direction
        # theta <- theta + A^-1 x (r - theta' x) / (1 + s)
        theta += direction * ((reward - theta @ x) / (1.0 + s))
        # A^-1 <- A^-1 - (A^-1 x)(A^-1 x)' / (1 + s)
        direction /= np.sqrt(1.0 + s)
        np.einsum("i,j->ij", direction, direction, out=self._outer)  # faster than np.outer
        covariance -= self._outer
