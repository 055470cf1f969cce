"""The packaged encoder: all-MiniLM-L6-v2 distilled to one vector per token.

The embedding of a prompt is the sum of its tokens' vectors, scaled to unit length: there is no network to
run, so a prompt costs microseconds. The table holds principal components, the one with the largest variance
over the vocabulary first, so that leading components are an embedding too; frequent tokens are weighted down
in it by smooth inverse frequency (Arora, Liang and Ma 2017). `benchmarks/encoder` makes the table, and tells
how it was chosen.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilotage import _core
from pilotage.encode.files import SUMS, load, parts
from pilotage.encode.texts import strings
from pilotage.projection import Projection

_PACKAGED = Path(__file__).parent / "assets" / "minilm-static"


class StaticEncoder:
    """Sum of token vectors, from files that are read on first use and checked against SHA256SUMS.

    A prompt is cut after 3,072 characters, then after 512 tokens (`max_length` of config.json, and six times
    that), so the time a long one takes is bounded. A text without a known token, such as the empty one,
    gives the zero vector; every other vector has length one. A batch equals its texts one by one, bit for
    bit. Safe to use from several threads.

    Parameters
    ----------
    path : directory with SHA256SUMS and the files it names: config.json, model.safetensors and an uncased
        BERT tokenizer.json; None takes the packaged one. Another static encoder of model2vec's is a callable
        like any other: ``as_encoder(model.encode)``.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = _PACKAGED if path is None else Path(path)

    @property
    def name(self) -> str:
        """Name of the directory, ``minilm-static`` for the packaged encoder."""
        return self._path.name

    @functools.cached_property
    def dim(self) -> int:
        """Dimension of the vectors."""
        return int(json.loads((self._path / "config.json").read_text("utf-8"))["hidden_dim"])

    @functools.cached_property
    def checksum(self) -> str:
        """SHA-256 of the file SHA256SUMS, so of all that decides an embedding."""
        return hashlib.sha256((self._path / SUMS).read_bytes()).hexdigest()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed each text.

        Parameters
        ----------
        texts : (n,) strings, any Unicode

        Returns
        -------
        (n, dim) float32, rows of length one or zero

        Raises
        ------
        TypeError : `texts` is one string, or an element is not a string.
        ValueError : a file does not match its checksum, or is not what the class needs.
        """
        return self._encoder.encode(strings(texts))

    def context(self, text: str, projection: Projection) -> NDArray[np.float64]:
        """What `projection` makes of one text's embedding: x (d,). In one native call where it has no matrix.

        Raises
        ------
        TypeError : `text` is not a string.
        ValueError : as in `encode`.
        """
        if projection.plain:
            return self._encoder.context(text, projection.intercept)
        return projection.one(self.encode([text])[0])

    def projected(self, matrix: NDArray[np.floating]) -> _core.TextEncoder:
        """The native encoder with W (m, dim) in its token table: a sum of projected vectors is projected."""
        table, settings = parts(self._path)
        return _core.TextEncoder(np.ascontiguousarray(table @ matrix.T, np.float32), **settings)

    @functools.cached_property
    def _encoder(self) -> _core.TextEncoder:
        return load(self._path)

    def __reduce__(self) -> tuple[type[StaticEncoder], tuple[Path]]:
        return StaticEncoder, (self._path,)

    def __repr__(self) -> str:
        return f"StaticEncoder({self.name!r}, dim={self.dim})"
