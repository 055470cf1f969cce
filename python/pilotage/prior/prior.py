"""What is believed before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats, Ints
from pilotage.prior.progress import Advance, silent
from pilotage.projection import Projection

if TYPE_CHECKING:
    from pilotage.encode import Encoder
    from pilotage.prior.reading import Source


@dataclass(frozen=True, eq=False)
class Prior:
    """A projection, and per model a posterior to start from: precision A_0 and b_0 = A_0 theta_0.

    Attributes
    ----------
    setting : "calibrated", or "paper", as published
    encoder, encoder_checksum : which embeddings it is about; the checksum is None for an encoder without one
    projection : embedding -> context; the constant is part of it
    models : (K,) names
    precision : (K, d, d) A_0
    b : (K, d)
    pool, pool_precision : theta of the pool's mean (d,) and A_0 (d, d), from which a model absent here
        starts
    data : name of the training data
    metrics : pairs used and dropped, held-out accuracy, choices; functions of data, settings and seed
    queries : (Q, m) psi of a sample of the training prompts, for the plot
    tasks, query_task : (T,) names, and the index (Q,) of each query's
    """

    setting: Literal["calibrated", "paper"]
    encoder: str
    encoder_checksum: str | None
    projection: Projection
    models: tuple[str, ...]
    precision: Floats
    b: Floats
    pool: Floats
    pool_precision: Floats
    data: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    queries: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    tasks: tuple[str, ...] = ()
    query_task: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        k, d = len(self.models), self.projection.dim
        for name, array, shape in (
            ("precision", self.precision, (k, d, d)),
            ("b", self.b, (k, d)),
            ("pool", self.pool, (d,)),
            ("pool_precision", self.pool_precision, (d, d)),
        ):
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")

    @property
    def dim(self) -> int:
        """d, of a context."""
        return self.projection.dim

    @property
    def theta(self) -> Floats:
        """(K, d) what each model starts from."""
        solved = np.linalg.solve(self.precision, self.b[:, :, None])
        return solved[:, :, 0].astype(np.float64, copy=False)

    def check_encoder(self, encoder: Encoder) -> None:
        """Refuse an encoder other than the one it was fitted with: ValueError says which two they are."""
        checksum = getattr(encoder, "checksum", None)
        mine = (self.encoder, self.projection.embedding_dim, self.encoder_checksum)
        yours = (encoder.name, encoder.dim, checksum)
        if mine != yours:
            raise ValueError(
                f"prior must be of the router's encoder, {_described(*yours)}, got one of {_described(*mine)}"
            )

    def check_models(self, pool: Sequence[str]) -> None:
        """Refuse a pool of which it knows nobody: ValueError says who is in both."""
        if not set(pool) & set(self.models):
            raise ValueError(
                f"prior must know at least one model of the pool, {_listed(pool)}, got one of "
                f"{_listed(self.models)}"
            )

    @staticmethod
    def fit(
        preferences: Source,
        encoder: object = None,
        *,
        models: Iterable[str] | None = None,
        setting: Literal["calibrated", "paper"] = "calibrated",
        dim: int | None = None,
        judges: Literal["human", "all"] = "human",
        level: float = 0.5,
        seed: int = 0,
        advance: Advance = silent,
    ) -> Prior:
        """Learn from preferences, or from recorded outcomes.

        Parameters
        ----------
        preferences : a Parquet or CSV file, `pilotage.replay` outcomes, or rows of (prompt, model_a, model_b,
            winner); see `pilotage.prior.read_preferences`
        encoder : text -> embedding, as for `Router`; None for the packaged one
        models : the pool; votes about others are dropped and counted. None: every model there is
        setting : "calibrated": statistics on the scale of rewards, as strong as held-out tasks allow;
            "paper": triplet projection, cosine vectors, A_0 = I / accuracy
        dim : m, dimension of the projection. None: 64, or less where the embedding has less, under "paper";
            the embedding itself under "calibrated"
        judges : "human" leaves out verdicts that a file calls a machine's
        level : mean reward of the pool on the traffic to come, in (0, 1), where only pairs are known: they
            tell how models differ, not how often an answer is worth something. Far off, it costs the prior
            much of its use, see `benchmarks/prior`
        seed : of the folds, the draws and the order of training
        advance : called with a line on what was done, and the share in [0, 1] of all work that is behind it

        Raises
        ------
        ImportError : an extra is missing: `pip install "pilotage[text,replay,train]"`
        FileNotFoundError, TypeError, ValueError : naming the argument, what was expected and what came
        """
        from pilotage.prior.fit import fit

        return fit(
            preferences,
            encoder,
            models=models,
            setting=setting,
            dim=dim,
            judges=judges,
            level=level,
            seed=seed,
            advance=advance,
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write a safetensors file; all of it appears at once, or nothing. Equal priors give equal bytes."""
        from pilotage.prior.file import write

        write(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Prior:
        """Read what `save` wrote. ValueError for a file that is none, is cut off, or holds other shapes."""
        from pilotage.prior.file import read

        return read(path)


def _described(name: str, dim: int, checksum: str | None) -> str:
    return f"{name!r} (dimension {dim}" + (f", checksum {checksum[:12]})" if checksum else ")")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
