"""A replay on disk: figures as JSON, choices as Parquet; the first can be recomputed from the second."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pilotage.replay.runs import UNSERVED, Replay, Run
from pilotage.replay.summary import PolicyRow, ReferenceRow, policy_rows, reference_rows
from pilotage.replay.tables import require_polars

if TYPE_CHECKING:
    import polars as pl


def write_json(replay: Replay, path: str | PathLike[str]) -> None:
    """Write one JSON array, policy rows before reference rows. Floats are not rounded; nan becomes null."""
    rows: list[PolicyRow | ReferenceRow] = [*policy_rows(replay), *reference_rows(replay)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(_json(row) for row in rows) + "\n]\n")


def check_choices(path: str | PathLike[str]) -> None:
    """ValueError unless `path` ends as `write_choices` asks."""
    if Path(path).suffix not in (".parquet", ".csv"):
        raise ValueError(f"choices must end in .parquet or .csv, got {path}")


def write_choices(replay: Replay, path: str | PathLike[str]) -> None:
    """Write who answered each request of the deployment part, as Parquet, or CSV where `path` ends in .csv.

    Columns: `policy, budget_fraction, seed, row, model`, where `row` is the row of the input file and `model`
    is null, in CSV empty, for a request that went unserved. Budgets given in dollars have a null fraction; a
    further column `ceiling_usd` tells them apart.

    Raises
    ------
    ImportError
        If polars is not installed.
    ValueError
        If nothing was played; for another end of `path`.
    """
    check_choices(path)
    require_polars()
    import polars as pl

    models = pl.Series(replay.outcomes.models, dtype=pl.String)
    in_dollars = any(run.budget_fraction is None for run in replay.runs)
    frames = [_frame(replay, run, models) for run in replay.runs]
    if not frames:
        raise ValueError("replay must hold at least one run, got none")
    table = pl.concat(frames)
    table = table if in_dollars else table.drop("ceiling_usd")
    if Path(path).suffix == ".csv":
        table.write_csv(Path(path))
    else:
        table.write_parquet(Path(path))


def _frame(replay: Replay, run: Run, models: pl.Series) -> pl.DataFrame:
    import polars as pl

    position = pl.Series(np.where(run.deployed == UNSERVED, len(models), run.deployed))
    answered = models.extend_constant(None, 1).gather(position)
    rows = pl.Series("row", replay.outcomes.row[replay.splits[run.seed].deployment])
    return pl.DataFrame({"row": rows, "model": answered}).select(
        pl.lit(run.policy).alias("policy"),
        pl.lit(run.budget_fraction, pl.Float64).alias("budget_fraction"),
        pl.lit(run.ceiling_usd, pl.Float64).alias("ceiling_usd"),
        pl.lit(run.seed, pl.Int64).alias("seed"),
        "row",
        "model",
    )


def _json(row: PolicyRow | ReferenceRow) -> str:
    # Only nan differs from itself.
    plain = {key: None if value != value else value for key, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)
