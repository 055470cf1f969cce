"""A log of decisions from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pilotage.ope.dsjson import from_dsjson
from pilotage.ope.log import Log
from pilotage.replay.tables import ENDS, read_table

REQUIRED = ("model", "propensity", "reward")
_CONTEXTS = ("prompt", "context")


def read_log(path: str | PathLike[str], models: Sequence[str] | None = None) -> Log:
    """Read decisions from Parquet, CSV, JSON lines (.jsonl, .ndjson) or Vowpal Wabbit's dsjson (.dsjson).

    Columns: `model`, `propensity`, `reward` (null where there is none); perhaps `candidates` (a list of
    names, in CSV as JSON), `cost` in US dollars, and `prompt`, a text, or `context`, a vector (in CSV as
    JSON). Other columns are ignored.

    Parameters
    ----------
    models : the pool and its order; by default everybody named in the file, sorted

    Raises
    ------
    FileNotFoundError : there is no file at `path`
    ImportError : polars is not installed (JSON lines and dsjson do not need it)
    TypeError, ValueError : an unknown format, a damaged file, a missing column, or as `Log.of`
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path must name an existing file, got {path}")
    if path.suffix == ".dsjson":
        return from_dsjson(_lines(path), models)
    if path.suffix in (".jsonl", ".ndjson"):
        rows = [_row(path, number, line) for number, line in enumerate(_lines(path), 1)]
        names = dict.fromkeys(name for row in rows for name in row)
        return _log(path, {name: [row.get(name) for row in rows] for name in names}, models)
    if path.suffix in ENDS:
        return _log(path, read_table(path).to_dict(as_series=False), models)
    raise ValueError(f"path must end in .parquet, .csv, .jsonl, .ndjson or .dsjson, got {path}")


def _lines(path: Path) -> list[str]:
    try:
        # Not `splitlines`: JSON may hold U+2028 and others of its line ends as they are.
        return [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        raise ValueError(f"path must be UTF-8, got {path}: {error}") from error


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"path must hold one JSON object a line, got {path}:{number}: {error}") from error
    if not isinstance(row, dict):
        raise ValueError(f"path must hold one JSON object a line, got {path}:{number}: {line:.60}")
    return row


def _log(path: Path, columns: Mapping[str, list[Any]], models: Sequence[str] | None) -> Log:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise ValueError(f"path must have a column {missing[0]!r}, got {path} with {', '.join(columns)}")
    context = next((name for name in _CONTEXTS if name in columns), None)
    for row, text in enumerate(columns.get("prompt", ())):
        if text is not None and not isinstance(text, str):
            raise TypeError(f"prompt must hold strings, got {text!r} in row {row}")
    candidates = columns.get("candidates")
    return Log.of(
        model=columns["model"],
        reward=[np.nan if each is None else each for each in columns["reward"]],
        propensity=_known("propensity", columns["propensity"]),
        candidates=None if candidates is None else [_unpacked("candidates", each) for each in candidates],
        cost=_known("cost", columns["cost"]) if "cost" in columns else None,
        context=None
        if context is None
        else [
            each if context == "prompt" else _unpacked(context, each)
            for each in _known(context, columns[context])
        ],
        models=models,
    )


def _known(name: str, values: list[Any]) -> list[Any]:
    if None in values:
        raise ValueError(f"{name} must be known for every decision, got null in row {values.index(None)}")
    return values


def _unpacked(name: str, value: Any) -> Any:
    """A list that CSV holds as JSON."""
    if not isinstance(value, str):
        return value
    try:
        unpacked = json.loads(value)
    except ValueError:
        unpacked = None
    if not isinstance(unpacked, list):
        raise ValueError(f"{name} must hold JSON lists, got {value!r:.60}")
    return unpacked
