"""What an encoder is: text in, one vector per text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Embeddings: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
"""Real, finite vectors, one row per text: shape (n, dim)."""


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into vectors of one fixed dimension.

    The vectors need not have unit length: whoever uses them normalises. The same text must always give the
    same vector, because what was learnt from it yesterday is compared with it today. An encoder whose
    parameters are files may also have a property ``checksum: str``; saved priors and state then say by it
    which encoder they belong to.
    """

    @property
    def name(self) -> str:
        """What the encoder is called in logs and saved files."""
        ...

    @property
    def dim(self) -> int:
        """Dimension of every vector, at least 1."""
        ...

    def encode(self, texts: Sequence[str], /) -> Embeddings:  # (n,) -> (n, dim)
        """Return one vector per text, in order; no texts give shape (0, dim)."""
        ...
