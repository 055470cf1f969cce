"""Decisions that were made, each with the chance it had: what a policy is judged by afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotage.arrays import Floats, Ints

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Log:
    """N decisions among K models. Made by `Log.of`, which checks, or by `read_log`.

    Attributes
    ----------
    models : (K,) names
    chosen : (N,) index of the model that was called
    reward : (N,) in [0, 1]
    propensity : (N,) chance, in (0, 1], with which `chosen` was chosen
    candidates : (N, K) who could have been chosen
    row : (N,) where each stood among the decisions that the log was made of, from 0
    candidates_known : False where the log says nothing of them, and everybody is taken for one
    cost : (N,) US dollars, >= 0, or None
    context : N texts, or vectors (N, d), or None
    unrewarded : how many decisions were left out because nobody rewarded them
    """

    models: tuple[str, ...]
    chosen: Ints
    reward: Floats
    propensity: Floats
    candidates: Flags
    row: Ints
    candidates_known: bool
    cost: Floats | None = None
    context: tuple[str, ...] | Floats | None = None
    unrewarded: int = 0

    def __len__(self) -> int:
        return len(self.chosen)

    @classmethod
    def of(
        cls,
        *,
        model: Sequence[str],
        reward: ArrayLike,
        propensity: ArrayLike,
        candidates: Sequence[Collection[str] | None] | None = None,
        cost: ArrayLike | None = None,
        context: Sequence[str] | ArrayLike | None = None,
        models: Sequence[str] | None = None,
    ) -> Log:
        """A log from columns of equal length N >= 1.

        Parameters
        ----------
        model : names of the models that were called
        reward : in [0, 1]; NaN for a decision that nobody rewarded, which is left out and counted
        propensity : in (0, 1], `Decision.propensity`
        candidates : `Decision.candidates` of each decision. Without them, or where one is None, every model
            is taken to have been a candidate
        cost : US dollars, >= 0
        context : texts, or vectors (N, d)
        models : the pool and its order; by default all that are named, sorted

        Raises
        ------
        TypeError, ValueError : naming the column, what was expected, what came, and the row, from 0
        """
        n = len(model)
        if n == 0:
            raise ValueError("model must name at least one decision's model, got none")
        for row, name in enumerate(model):
            if not isinstance(name, str):
                raise TypeError(f"model must hold strings, got {name!r} in row {row}")
        sets = None if candidates is None else _sets(candidates, n)
        named = set(model).union(*(each for each in sets or () if each is not None))
        pool = tuple(sorted(named) if models is None else models)
        if len(set(pool)) < len(pool):
            raise ValueError(f"models must be distinct, got {pool}")
        if not named <= set(pool):
            raise ValueError(
                f"models must name everybody in the log, got none of {sorted(named - set(pool))}"
            )
        index = {name: k for k, name in enumerate(pool)}
        chosen = np.array([index[name] for name in model], dtype=np.int64)
        able = np.ones((n, len(pool)), dtype=np.bool_)
        for row, each in enumerate(sets or ()):
            if each is not None:
                if model[row] not in each:
                    raise ValueError(
                        f"candidates must hold the chosen model {model[row]!r}, got {sorted(each)} "
                        f"in row {row}"
                    )
                able[row] = [name in each for name in pool]
        rewards = _column("reward", reward, n, 0.0, 1.0, missing=True)
        chances = _column("propensity", propensity, n, 0.0, 1.0)
        if not chances.all():
            raise ValueError(
                "propensity must be > 0, got 0 in row "
                f"{int(chances.argmin())}: what could not happen cannot be in a log"
            )
        costs = None if cost is None else _column("cost", cost, n, 0.0, np.inf)
        seen = ~np.isnan(rewards)
        if not seen.any():
            raise ValueError(f"reward must be known for at least one decision, got none in {n}")
        return cls(
            models=pool,
            chosen=chosen[seen],
            reward=rewards[seen],
            propensity=chances[seen],
            candidates=able[seen],
            row=np.flatnonzero(seen).astype(np.int64),
            candidates_known=sets is not None and None not in sets,
            cost=None if costs is None else costs[seen],
            context=None if context is None else _contexts(context, n, seen),
            unrewarded=int(n - seen.sum()),
        )


def _sets(candidates: Sequence[Collection[str] | None], n: int) -> list[set[str] | None]:
    if len(candidates) != n:
        raise ValueError(f"candidates must have length {n}, got {len(candidates)}")
    sets: list[set[str] | None] = []
    for row, each in enumerate(candidates):
        if isinstance(each, str) or (each is not None and not all(isinstance(name, str) for name in each)):
            raise TypeError(f"candidates must hold collections of names, got {each!r} in row {row}")
        sets.append(None if each is None else set(each))
    return sets


def _column(
    name: str, values: ArrayLike, n: int, low: float, high: float, *, missing: bool = False
) -> Floats:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must hold numbers, got {values!r:.80}") from None
    if column.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), got {column.shape}")
    wrong = ~((column >= low) & (column <= high) & np.isfinite(column))
    if missing:
        wrong &= ~np.isnan(column)
    if wrong.any():
        row = int(wrong.argmax())
        expected = f"finite and >= {low:g}" if np.isinf(high) else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {expected}, got {column[row]} in row {row}")
    return column


def _contexts(context: Sequence[str] | ArrayLike, n: int, keep: Flags) -> tuple[str, ...] | Floats:
    if isinstance(context, Sequence) and len(context) and isinstance(context[0], str):
        if len(context) != n:
            raise ValueError(f"context must have length {n}, got {len(context)}")
        for row, text in enumerate(context):
            if not isinstance(text, str):
                raise TypeError(f"context must hold strings, got {text!r} in row {row}")
        return tuple(str(text) for text, kept in zip(context, keep, strict=True) if kept)
    try:
        vectors = np.asarray(context, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"context must hold texts, or vectors of one length, got {context!r:.80}") from None
    if vectors.ndim != 2 or len(vectors) != n:
        raise ValueError(f"context must have shape ({n}, d), got {vectors.shape}")
    if not np.isfinite(vectors).all():
        row = int((~np.isfinite(vectors)).any(axis=1).argmax())
        raise ValueError(f"context must be finite, got {vectors[row]} in row {row}")
    return vectors[keep]
