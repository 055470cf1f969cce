"""From an embedding to the context that the learner sees."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pilotage import _check


class Projection:
    """psi(q): the unit-normalised embedding beside a constant, on the unit sphere.

        x = [ sqrt(1 - w^2) phi / |phi|,  w ],    |x| = 1

    The constant lets every model have a level of its own, which unit vectors without it cannot hold. Its
    share w decides how much of the prior's variance is that level: with strength lambda, the coefficients
    of phi are shrunk by lambda / (1 - w^2).

    Parameters
    ----------
    embedding_dim : d_e
    intercept : w, in (0, 1)
    """

    def __init__(self, embedding_dim: int, intercept: float) -> None:
        if not 0.0 < _check.number("intercept", intercept) < 1.0:
            raise ValueError(f"intercept must be in (0, 1), got {intercept!r}")
        self.embedding_dim = embedding_dim
        self.dim = embedding_dim + 1
        self.intercept = intercept
        self._scale = math.sqrt(1.0 - intercept * intercept)

    def constant(self, value: float) -> NDArray[np.float64]:
        """theta (d,) with theta'x = value for every context."""
        theta = np.zeros(self.dim)
        theta[-1] = value / self.intercept
        return theta

    def one(self, embedding: NDArray[np.floating]) -> NDArray[np.float64]:
        """(d_e,) -> (d,). A zero embedding, of an empty prompt, keeps the constant alone.

        Raises ValueError unless the norm is finite.
        """
        x = np.empty(self.dim)
        x[:-1] = embedding
        x[-1] = 0.0
        norm = math.sqrt(x.dot(x))
        if not math.isfinite(norm):
            raise ValueError(f"embedding must have a finite norm, got {norm}")
        if norm > 0.0:
            x *= self._scale / norm
        x[-1] = self.intercept
        return x
