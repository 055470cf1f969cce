"""Other people's encoders behind the same face, their output checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from pilotage.encode.protocol import Embeddings, Encoder
from pilotage.encode.static import StaticEncoder
from pilotage.encode.texts import checked_texts

_OPENAI_BATCH = 2048  # inputs one embeddings request may carry
_PROBE = ("What is two plus two?", "Write a haiku about the sea.")


def as_encoder(obj: object = None, dim: int | None = None) -> Encoder:
    """Return an encoder for `obj`.

    Parameters
    ----------
    obj : one of, in this order:

        - None or ``"default"``: the packaged `StaticEncoder`;
        - an `Encoder`;
        - a sentence-transformers model: anything with ``encode`` and ``get_sentence_embedding_dimension``;
        - a callable, from a list of n texts to an (n, d) array, or from one text to a (d,) vector. Which of
          the two is found out at once by calling it with a list of two texts: if that raises, or gives
          anything but two rows, it takes one text.

        For an OpenAI client see `openai_encoder`.
    dim : the dimension it must have, at least 1; None takes the encoder's own.

    Returns
    -------
    Encoder whose ``encode`` raises ValueError when what comes back has the wrong shape or is not finite, and
    TypeError when it is not real numbers.

    Raises
    ------
    TypeError : `obj` is nothing of the above.
    ValueError : `obj` is another string than "default", or its dimension is not `dim`.
    """
    encoder = _adapted(obj)
    if dim is not None and encoder.dim != dim:
        raise ValueError(f"dim must be {encoder.dim}, the dimension of encoder {encoder.name!r}, got {dim}")
    return encoder


def openai_encoder(client: Any, model: str, dim: int) -> Encoder:
    """Return an encoder that asks an OpenAI-style client for embeddings.

    Each call of ``encode`` is a network round trip for every 2,048 texts. The empty string, which such
    services refuse, gives the zero vector without being sent.

    Parameters
    ----------
    client : has ``client.embeddings.create(model=..., input=[...])``
    model : name of the embedding model
    dim : dimension of its embeddings, at least 1

    Raises
    ------
    TypeError : the client cannot create embeddings.
    ValueError : `dim` is below 1.
    """
    if not callable(getattr(getattr(client, "embeddings", None), "create", None)):
        raise TypeError(f"client must have embeddings.create, got {type(client).__name__}")

    def embed(texts: list[str]) -> object:
        sent = [i for i, text in enumerate(texts) if text]
        vectors: list[Sequence[float]] = [[0.0] * dim] * len(texts)
        for start in range(0, len(sent), _OPENAI_BATCH):
            batch = sent[start : start + _OPENAI_BATCH]
            response = client.embeddings.create(model=model, input=[texts[i] for i in batch])
            if len(response.data) != len(batch):
                found = len(response.data)
                raise ValueError(f"encoder {model!r} must return {len(batch)} embeddings, got {found}")
            for i, item in enumerate(response.data):
                # A service says by `index` which text an embedding belongs to; their order is its own.
                vectors[batch[getattr(item, "index", i)]] = item.embedding
        return vectors

    return _Checked(model, dim, embed)


@dataclass(frozen=True)
class _Checked:
    """A function from a list of texts to something array-like, made an encoder; its output is not trusted."""

    name: str
    dim: int
    function: Callable[[list[str]], object]
    checksum: str | None = None

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise ValueError(f"dim must be at least 1, got {self.dim}")

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Embed each text, (n,) -> (n, dim), and check what comes back."""
        texts = checked_texts(texts)
        if not texts:
            return np.zeros((0, self.dim))
        embeddings = _real(self.function(texts), self.name)
        if embeddings.shape != (len(texts), self.dim):
            raise ValueError(
                f"encoder {self.name!r} must return shape {(len(texts), self.dim)}, got {embeddings.shape}"
            )
        finite = np.isfinite(embeddings).all(axis=1)
        if not finite.all():
            row = int(finite.argmin())
            bad = embeddings[row][~np.isfinite(embeddings[row])][0]
            raise ValueError(f"encoder {self.name!r} must return finite numbers, got {bad} for texts[{row}]")
        return embeddings


def _adapted(obj: Any) -> Encoder:
    if obj is None or isinstance(obj, (StaticEncoder, _Checked)):
        return cast(Encoder, StaticEncoder() if obj is None else obj)
    if isinstance(obj, str):
        if obj != "default":
            raise ValueError(f'encoder must be "default" or an object, got {obj!r}')
        return StaticEncoder()
    name = getattr(obj, "__name__", type(obj).__name__)
    if isinstance(obj, type):
        raise TypeError(f"encoder must be an instance, got the class {name}")
    if isinstance(obj, Encoder):
        return _Checked(obj.name, obj.dim, obj.encode, getattr(obj, "checksum", None))
    if callable(getattr(obj, "encode", None)) and hasattr(obj, "get_sentence_embedding_dimension"):
        return _Checked(name, int(obj.get_sentence_embedding_dimension()), _sentence_transformer(obj))
    if hasattr(obj, "embeddings"):
        raise TypeError(f"encoder must not be a client: use openai_encoder(client, model, dim), got {name}")
    if callable(obj):
        return _callable(obj, name)
    raise TypeError(
        f"encoder must be an Encoder, a sentence-transformers model, a callable or None, got {name}"
    )


def _sentence_transformer(model: Any) -> Callable[[list[str]], object]:
    return lambda texts: model.encode(texts, show_progress_bar=False, convert_to_numpy=True)


def _callable(function: Callable[[Any], object], name: str) -> Encoder:
    """Find out whether `function` takes texts or one text, and the dimension of what it gives."""

    def one_by_one(texts: list[str]) -> object:
        return [function(text) for text in texts]

    try:
        shape = np.shape(cast(Any, function(list(_PROBE))))
    except Exception:  # whatever a function for one text does when given a list
        shape = ()
    takes_texts = len(shape) == 2 and shape[0] == len(_PROBE)
    if not takes_texts:
        shape = _real(one_by_one(list(_PROBE)), name).shape
    if len(shape) != 2:
        raise ValueError(f"encoder {name!r} must return a vector per text, got shape {shape[1:]}")
    return _Checked(name, shape[1], function if takes_texts else one_by_one)


def _real(output: object, name: str) -> Embeddings:
    """Return array-like output as float32 if it is that, else as float64."""
    try:
        array = np.asarray(output)
    except ValueError as error:
        raise ValueError(f"encoder {name!r} must return vectors of one length, got {error}") from error
    if array.dtype.kind not in "fiu":
        raise TypeError(f"encoder {name!r} must return real numbers, got dtype {array.dtype}")
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)
