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

from pilotage.encode.texts import checked_texts
from pilotage.encode.wordpiece import WordPiece

_PACKAGED = Path(__file__).parent / "assets" / "minilm-static"
_SUMS = "SHA256SUMS"
_CHARACTERS_PER_TOKEN = 6  # median over the vocabulary; model2vec cuts texts at as many times max_length


class StaticEncoder:
    """Sum of token vectors, from files that are read on first use and checked against SHA256SUMS.

    A prompt is cut after 3,072 characters, then after 512 tokens (`max_length` of config.json, and six times
    that), so the time a long one takes is bounded. A text without a known token, such as the empty one,
    gives the zero vector; every other vector has length one. A batch equals its texts one by one, bit for
    bit. Safe to use from several threads.

    Parameters
    ----------
    path : directory with SHA256SUMS and the files it names: config.json, model.safetensors and an uncased
        BERT tokenizer.json; None takes the packaged one.
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
        return hashlib.sha256((self._path / _SUMS).read_bytes()).hexdigest()

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
        ImportError : the extra ``text`` is not installed.
        TypeError : `texts` is one string, or an element is not a string.
        ValueError : a file does not match its checksum.
        """
        texts = checked_texts(texts)
        tokenize, table, limit = self._model
        embeddings = np.zeros((len(texts), table.shape[1]), np.float32)
        for i, text in enumerate(texts):
            embeddings[i] = _pooled(table, tokenize(text[: _CHARACTERS_PER_TOKEN * limit])[:limit])
        return embeddings

    @functools.cached_property
    def _model(self) -> tuple[WordPiece, NDArray[np.float32], int]:
        return _load(self._path)

    def __reduce__(self) -> tuple[type[StaticEncoder], tuple[Path]]:
        return StaticEncoder, (self._path,)

    def __repr__(self) -> str:
        return f"StaticEncoder({self.name!r}, dim={self.dim})"


def _pooled(table: NDArray[np.float32], tokens: list[int]) -> NDArray[np.float64]:
    """Return the sum of the tokens' vectors, scaled to unit length: (vocabulary, dim) -> (dim,)."""
    if not tokens:
        return np.zeros(table.shape[1])
    # Entries were rounded to few bits: in double precision their sum is exact, whatever its order.
    total: NDArray[np.float64] = table.take(tokens, axis=0).sum(axis=0, dtype=np.float64)
    length = np.sqrt(total @ total)
    return total / length if length > 0.0 else total


@functools.cache
def _load(path: Path) -> tuple[WordPiece, NDArray[np.float32], int]:
    """Verify the files, then return the tokenizer, the table (vocabulary, dim) and `max_length`."""
    try:
        from safetensors.numpy import load
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ImportError('pilotage\'s text encoder needs model2vec: pip install "pilotage[text]"') from error
    files = _verified(path)
    tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
    table = load(files["model.safetensors"])["embeddings"].astype(np.float32)
    table[tokenizer.token_to_id("[UNK]")] = 0.0  # a word outside the vocabulary says nothing
    return WordPiece(tokenizer), table, int(json.loads(files["config.json"])["max_length"])


def _verified(path: Path) -> dict[str, bytes]:
    """Return the content of every file that SHA256SUMS names, after checking it."""
    files = {}
    for line in (path / _SUMS).read_text("utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        files[name] = (path / name).read_bytes()
        found = hashlib.sha256(files[name]).hexdigest()
        if found != expected:
            raise ValueError(f"{path / name} must have SHA-256 {expected}, got {found}")
    return files
