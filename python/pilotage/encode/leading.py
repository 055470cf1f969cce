"""The leading components of another encoder's embedding: fewer dimensions, fewer rewards to learn them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotage import _check
from pilotage.encode.protocol import Embeddings, Encoder


class Leading:
    """The first `dim` components. The packaged encoder's are sorted by how much they vary.

    Parameters
    ----------
    encoder : what makes the embedding
    dim : how many to keep, in [1, encoder.dim]

    Raises
    ------
    TypeError, ValueError : naming the argument
    """

    def __init__(self, encoder: Encoder, dim: int) -> None:
        if _check.count("dim", dim) > encoder.dim:
            raise ValueError(f"dim must be <= {encoder.dim}, what {encoder.name} has, got {dim}")
        self.dim = dim
        self.name = f"{encoder.name}, {dim} leading components"
        self._encoder = encoder

    def encode(self, texts: Sequence[str], /) -> Embeddings:
        """(n,) texts -> (n, dim)."""
        whole: NDArray[Any] = self._encoder.encode(texts)
        return np.ascontiguousarray(whole[:, : self.dim])
