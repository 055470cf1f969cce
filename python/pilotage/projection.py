"""From an embedding to the context that the learner sees."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pilotage import _check
from pilotage.arrays import Floats

DEFAULT_INTERCEPT = 0.9


class Projection:
    """psi(q) on the unit sphere, beside a constant.

        psi = W phi / |phi| + b,    x = [ sqrt(1 - w^2) psi / |psi|,  w ],    |x| = 1

    The constant lets every model have a level of its own, which unit vectors without it cannot hold. Its
    share w decides how much of the prior's variance is that level: with strength lambda, the coefficients
    of psi are shrunk by lambda / (1 - w^2).

    Parameters
    ----------
    embedding_dim : d_e
    intercept : w, in [0, 1); 0 for no constant at all
    matrix : W (m, d_e), finite; None for the embedding itself
    offset : b (m,), finite; None for 0

    Raises
    ------
    ValueError : naming the argument, what was expected and what came

    References
    ----------
    PILOT, arXiv 2508.21141, section 3.1, for W and b; the constant is ours.
    """

    def __init__(
        self,
        embedding_dim: int,
        intercept: float,
        matrix: NDArray[np.floating] | None = None,
        offset: NDArray[np.floating] | None = None,
    ) -> None:
        if not 0.0 <= _check.number("intercept", intercept) < 1.0:
            raise ValueError(f"intercept must be in [0, 1), got {intercept!r}")
        self.embedding_dim = embedding_dim
        self.matrix = None if matrix is None else _finite("matrix", matrix)
        m = embedding_dim if self.matrix is None else len(self.matrix)
        if self.matrix is not None and self.matrix.shape != (m, embedding_dim):
            raise ValueError(f"matrix must have shape (m, {embedding_dim}), got {self.matrix.shape}")
        self.offset = None if offset is None else _finite("offset", offset)
        if self.offset is not None and self.offset.shape != (m,):
            raise ValueError(f"offset must have shape ({m},), got {self.offset.shape}")
        self.dim = m + (intercept > 0.0)
        self.intercept = intercept
        self.psi_dim = m
        self._scale = math.sqrt(1.0 - intercept * intercept)

    @property
    def plain(self) -> bool:
        """Whether psi is the unit embedding itself, beside a constant."""
        return self.matrix is None and self.offset is None and self.intercept > 0.0

    def constant(self, value: float) -> Floats:
        """theta (d,) with theta'x = value for every context; ValueError without a constant."""
        if self.intercept == 0.0:
            raise ValueError("intercept must be > 0 for a constant reward, got 0.0")
        theta = np.zeros(self.dim)
        theta[-1] = value / self.intercept
        return theta

    def one(self, embedding: NDArray[np.floating]) -> Floats:
        """(d_e,) -> (d,). A zero embedding, of an empty prompt, keeps offset and constant alone.

        Raises ValueError unless the norm is finite.
        """
        x = np.empty(self.dim)
        psi = x[: self.psi_dim]
        if self.matrix is None:
            psi[:] = embedding
        else:
            np.matmul(self.matrix, embedding, out=psi)
        if self.offset is not None:
            length = math.sqrt(embedding.dot(embedding))
            if length > 0.0:
                psi /= length
            psi += self.offset
        norm = math.sqrt(psi.dot(psi))
        if not math.isfinite(norm):
            raise ValueError(f"embedding must have a finite norm, got {norm}")
        if norm > 0.0:
            psi *= self._scale / norm
        x[self.psi_dim :] = self.intercept
        return x

    def many(self, embeddings: NDArray[np.floating]) -> Floats:
        """(n, d_e) -> (n, d), row by row as `one`."""
        x = np.empty((len(embeddings), self.dim))
        for i, embedding in enumerate(embeddings.astype(np.float64, copy=False)):
            x[i] = self.one(embedding)
        return x


def _finite(name: str, array: NDArray[np.floating]) -> Floats:
    values: Floats = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got {values[~np.isfinite(values)][0]}")
    return values
