"""Reading recorded outcomes: tables in RouterBench's layout from files, and the packaged demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import COST, Outcomes
from pilotage.replay.pickles import read_pickle
from pilotage.replay.tables import is_parquet, read_table, require_polars

if TYPE_CHECKING:
    import polars as pl

_OUTPUT = "|output_tokens"
_TASK_COLUMNS = ("task", "eval_name", "source", "category")


def read_outcomes(path: str | PathLike[str], models: Sequence[str] | None = None) -> Outcomes:
    """Read a table of prompts with every model's score and cost.

    Columns: `prompt`; for each model `<model>`, a score in [0, 1], and `<model>|total_cost`, US dollars >= 0;
    optionally `input_tokens`, `<model>|output_tokens`, and the task: the first present of `task`,
    `eval_name`, `source` and `category`. Other columns are ignored; where no `models` are
    named, `Outcomes.unpriced` tells which of these could be scores of a model without costs. A row in which a
    chosen model has no score or no cost (null or NaN) is dropped: see `Outcomes.dropped`. Token counts are
    used only where every remaining row has them; without input counts a prompt is taken to have one token
    for every four characters.

    Parameters
    ----------
    path : a Parquet file, CSV (.csv), or a pickled DataFrame (.pkl, .pickle) as RouterBench has it, which is
        read without running anything in it: see `pilotage.replay.pickles`
    models : names to keep, all if None; the order stays the file's

    Raises
    ------
    ImportError
        If polars is not installed.
    FileNotFoundError
        If there is no file at `path`.
    TypeError
        If `models` is a single string.
    ValueError
        If the file is none of these or is damaged; a column is missing or of the wrong type; a model is
        unknown or named twice; a value is out of range; no model or no complete row is left. Rows count from
        0.
    """
    path = Path(path)
    require_polars()
    if path.suffix in (".pkl", ".pickle"):
        if is_parquet(path):
            raise ValueError(f"path must be a pickle, got a Parquet file: let {path} end in .parquet")
        table = read_pickle(path)
    else:
        table = read_table(path, lambda columns: _wanted(path, columns, models))
    outcomes = _outcomes(path, table, _choose(path, table.columns, models))
    return outcomes if models is not None else replace(outcomes, unpriced=_unpriced(table))


def demo_outcomes(models: Sequence[str] | None = None) -> Outcomes:
    """Return the packaged table: 1,766 prompts of public benchmarks on four models, from ParetoBandit.

    `models` and what is raised: as in `read_outcomes`.
    """
    with as_file(files("pilotage.replay") / "assets" / "paretobandit.parquet") as path:
        return read_outcomes(path, models)


def _choose(path: Path, columns: list[str], models: Sequence[str] | None) -> list[str]:
    """Return the models to read, in the file's order."""
    if isinstance(models, str):
        raise TypeError(f"models must be a sequence of names, got the string {models!r}")
    if "prompt" not in columns:
        raise ValueError(f"path must have a column 'prompt', got {path} with {_listed(columns)}")
    billed = [column.removesuffix(COST) for column in columns if column.endswith(COST)]
    if not billed:
        raise ValueError(f"path must have a column '<model>{COST}' for each model, got {_listed(columns)}")
    wanted = billed if models is None else list(models)
    if not wanted:
        raise ValueError("models must name at least one model, got none")
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"models must be distinct, got {max(wanted, key=wanted.count)!r} more than once")
    unknown = [model for model in wanted if model not in billed]
    if unknown:
        unpriced = [model for model in unknown if model in columns]
        why = f", without a column {unpriced[0] + COST!r}" if unpriced else ""
        raise ValueError(
            f"models must be among {_listed(billed, 60)}, which {path} has, got {_listed(unknown)}{why}"
        )
    unscored = [model for model in wanted if model not in columns]
    if unscored:
        raise ValueError(f"path must have a column of scores '<model>', got none for {_listed(unscored)}")
    return [column for column in columns if column in set(wanted)]


def _wanted(path: Path, columns: list[str], models: Sequence[str] | None) -> list[str]:
    """The columns to read: what is needed, and what may be a model without a cost."""
    needed = _needed(columns, _choose(path, columns, models))
    return needed if models is not None else [*needed, *_others(columns)]


def _others(columns: list[str]) -> list[str]:
    """Columns that say nothing of a model with a cost, or of the prompt."""
    known = {"prompt", "input_tokens", *_TASK_COLUMNS}
    return [
        column
        for column in columns
        if "|" not in column and column not in known and column + COST not in columns
    ]


def _unpriced(table: pl.DataFrame) -> tuple[str, ...]:
    """Columns that could be scores, numbers in [0, 1], of a model whose costs are not there."""
    import polars as pl

    def scores(column: pl.Series) -> bool:
        if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
            return False
        values = column.cast(pl.Float64).fill_nan(None).drop_nulls()
        return len(values) > 0 and bool(values.is_between(0.0, 1.0).all())

    return tuple(name for name in _others(table.columns) if scores(table[name]))


def _needed(columns: list[str], models: list[str]) -> list[str]:
    task = [column for column in _TASK_COLUMNS if column in columns][:1]
    optional = ["input_tokens", *(model + _OUTPUT for model in models)]
    present = [column for column in optional if column in columns]
    return ["prompt", *task, *present, *models, *(model + COST for model in models)]


def _outcomes(path: Path, table: pl.DataFrame, models: list[str]) -> Outcomes:
    if len(table) == 0:
        raise ValueError(f"path must have rows, got none in {path}")
    reward = np.column_stack([_numbers(table, model, 0.0, 1.0) for model in models])
    cost = np.column_stack([_numbers(table, model + COST) for model in models])
    missing = np.isnan(reward) | np.isnan(cost)
    gaps = missing.sum(axis=0)
    row = np.flatnonzero(~missing.any(axis=1)).astype(np.int64)
    if len(row) == 0:
        raise ValueError(
            f"path must have a row with a score and a cost for every chosen model, got none in {len(table)}; "
            f"the most gaps ({gaps.max()}) has {models[int(gaps.argmax())]!r}"
        )
    prompts = _texts(table, "prompt", row)
    tokens = _counts(table, ["input_tokens"], row)
    output = _counts(table, [model + _OUTPUT for model in models], row)
    estimate = np.array([max(1, round(len(text) / 4)) for text in prompts], dtype=np.int64)
    task = [column for column in _TASK_COLUMNS if column in table.columns][:1]
    return Outcomes(
        name=path.stem,
        prompts=prompts,
        models=tuple(models),
        reward=reward[row],
        cost=cost[row],
        row=row,
        input_tokens=estimate if tokens is None else tokens[:, 0],
        tokens_recorded=tokens is not None,
        output_tokens=output,
        task=_texts(table, task[0], row, missing="unknown") if task else None,
        dropped=len(table) - len(row),
        gaps=tuple(int(count) for count in gaps),
    )


def _numbers(table: pl.DataFrame, column: str, low: float = 0.0, high: float | None = None) -> Floats:
    """Return a column as (N,) float64, NaN where nothing was recorded; refuse what is out of range."""
    import polars as pl

    kind = table.schema[column]
    if not (kind.is_numeric() or kind in (pl.Boolean, pl.Null)):
        raise ValueError(f"column {column!r} must hold numbers, got {kind}")
    values: Floats = table[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
    wrong = (values < low) | np.isinf(values) | (values > (np.inf if high is None else high))
    if wrong.any():
        row = int(wrong.argmax())
        expected = f"finite and at least {low:g}" if high is None else f"in [{low:g}, {high:g}]"
        raise ValueError(f"column {column!r} must be {expected}, got {values[row]} in row {row}")
    return values


def _counts(table: pl.DataFrame, columns: list[str], rows: Ints) -> Ints | None:
    """Return token counts, (len(rows), columns), or None unless every one of them is recorded."""
    if not set(columns) <= set(table.columns):
        return None
    counts: NDArray[np.float64] = np.column_stack([_numbers(table, column)[rows] for column in columns])
    return None if np.isnan(counts).any() else np.rint(counts).astype(np.int64)


def _texts(table: pl.DataFrame, column: str, rows: Ints, missing: str | None = None) -> tuple[str, ...]:
    """Return a column of strings; a null becomes `missing`, or is refused if that is None."""
    import polars as pl

    texts = table[column]
    if texts.dtype not in (pl.String, pl.Categorical, pl.Enum) and missing is None:
        raise ValueError(f"column {column!r} must hold strings, got {texts.dtype}")
    texts = texts.cast(pl.String)[rows]
    if missing is None and texts.null_count():
        row = rows[texts.is_null().to_numpy().argmax()]
        raise ValueError(f"column {column!r} must hold strings, got null in row {row}")
    return tuple(texts if missing is None else texts.fill_null(missing))


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
