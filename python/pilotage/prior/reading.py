"""Preferences from wherever they are: a file, recorded outcomes, rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from pilotage.prior.preferences import HUMAN, Preferences, Vote, from_outcomes, from_votes, require_no_judges
from pilotage.replay.outcomes import Outcomes

Source: TypeAlias = "Preferences | Outcomes | str | PathLike[str] | Iterable[Any]"


def read_preferences(
    source: Source, models: Iterable[str] | None = None, *, judges: str = HUMAN, seed: int = 0
) -> Preferences:
    """Preferences from a file, from recorded outcomes, or from rows.

    Parameters
    ----------
    source : one of

        - a Parquet or CSV file in a layout of `pilotage.prior.layouts`, or in RouterBench's;
        - `Outcomes`, or `Preferences` that were read before;
        - rows: mappings with `prompt`, `model_a`, `model_b`, `winner`, or tuples of the four; a mapping may
          also have `group`, `task`, `judge` and `judge_type`.
    models : the pool; pairs with another model are dropped and counted. None for all models there are.
        Outcomes must have every one of them
    judges : which verdicts count where rows name the kind of their judge (`judge_type`), "human" or "all".
        Outcomes have no judges and `Preferences` name none any more: "all" is refused there
    seed : of the draw among the pairs of recorded outcomes

    Raises
    ------
    FileNotFoundError, ImportError, TypeError, ValueError : naming what was expected and what came
    """
    if isinstance(models, str):
        raise TypeError(f"models must be a list of names, got the string {models!r}")
    if judges not in (HUMAN, "all"):
        raise ValueError(f"judges must be 'human' or 'all', got {judges!r}")
    pool = None if models is None else list(models)
    if pool is not None and len(set(pool)) < 2:
        raise ValueError(f"models must name at least two, got {', '.join(map(repr, pool)) or 'none'}")
    if isinstance(source, (str, PathLike)):
        from pilotage.prior.layouts import read_file

        return read_file(Path(source), pool, judges=judges, seed=seed)
    if isinstance(source, (Preferences, Outcomes)):
        require_no_judges(judges, type(source).__name__)
        if isinstance(source, Preferences):
            return source if pool is None else source.among(pool)
        return from_outcomes(source if pool is None else _columns(source, pool), seed=seed)
    if not isinstance(source, Iterable):
        raise TypeError(f"preferences must be a file or rows, got {source!r}")
    return from_votes("rows", (_vote(i, row) for i, row in enumerate(source)), pool, judges=judges)


def _columns(outcomes: Outcomes, pool: list[str]) -> Outcomes:
    """Only the models of the pool, in the order they have."""
    unknown = [model for model in pool if model not in outcomes.models]
    if unknown:
        raise ValueError(f"models must be among {', '.join(outcomes.models)}, got {', '.join(unknown)}")
    kept = [k for k, model in enumerate(outcomes.models) if model in pool]
    tokens = outcomes.output_tokens
    return replace(
        outcomes,
        models=tuple(outcomes.models[k] for k in kept),
        reward=outcomes.reward[:, kept],
        cost=outcomes.cost[:, kept],
        output_tokens=None if tokens is None else tokens[:, kept],
    )


def _vote(i: int, row: object) -> Vote:
    vote = _voted(i, row)
    if not (vote.task is None or isinstance(vote.task, str)):
        raise TypeError(f"preferences[{i}] must have a text as task, or None, got {vote.task!r}")
    for name, value in (("group", vote.group), ("judge", vote.key)):
        if not _hashable(value):
            raise TypeError(f"preferences[{i}] must have a {name} such as a text or a number, got {value!r}")
    return vote


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:  # a tuple is hashable only if all that it holds is
        return False
    return True


def _voted(i: int, row: object) -> Vote:
    if isinstance(row, Vote):
        return row
    if isinstance(row, Mapping):
        missing = [name for name in Vote._fields[:4] if name not in row]
        if missing:
            raise ValueError(
                f"preferences[{i}] must have {', '.join(missing)}, got {', '.join(map(str, row))}"
            )
        first = [row[name] for name in Vote._fields[:4]]
        return Vote(*first, row.get("group"), row.get("task"), row.get("judge"), row.get("judge_type"))  # type: ignore[call-arg]
    if isinstance(row, (tuple, list)) and len(row) == 4:
        return Vote(*row)
    raise TypeError(f"preferences[{i}] must be (prompt, model_a, model_b, winner), got {row!r}")
