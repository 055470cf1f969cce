"""The layouts in which preference data are published, read as they are.

| layout | columns |
|---|---|
| plain | `prompt, model_a, model_b, winner`; perhaps `group`, `task`, `judge` |
| MT-bench | as 33k, with `turn, judge`; or `prompt_turn1, prompt_turn2` instead of the conversation |
| Arena 33k | `question_id, model_a, model_b, winner, conversation_a` |
| Arena 55k | `id, model_a, model_b, prompt` (JSON), `winner_model_a, winner_model_b, winner_tie` |
| Arena 100k | `question_id, model_a, model_b, winner, conversation_a` or `conversation` |
| RouterBench | `prompt`, and `<model>`, `<model>|total_cost` for every model: outcomes, which give pairs |

A prompt of several turns is the user's turns, one after the other. In CSV a conversation is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotage.prior.preferences import TIE, Preferences, Vote, from_outcomes, from_votes, require_no_judges
from pilotage.replay.data import read_outcomes
from pilotage.replay.tables import check_parquet, require_polars

if TYPE_CHECKING:
    import polars as pl

_TURNS = ("prompt_turn1", "prompt_turn2")
_FLAGS = ("winner_model_a", "winner_model_b", "winner_tie")
_CONVERSATIONS = ("conversation_a", "conversation")
_QUESTIONS = ("group", "question_id", "id")
_TASKS = ("task", "category")


def read_file(path: Path, models: Sequence[str] | None, *, judges: str, seed: int) -> Preferences:
    """Preferences from a Parquet or CSV file; see `read_preferences`."""
    table = _table(path)
    if any(column.endswith("|total_cost") for column in table.columns):
        require_no_judges(judges, "outcomes")
        return from_outcomes(read_outcomes(path, models), seed=seed)
    _require(path, table.columns)
    return from_votes(path.stem, _votes(table), models, judges=judges)


def _table(path: Path) -> pl.DataFrame:
    require_polars()
    import polars as pl

    if path.suffix == ".csv":
        if not path.is_file():
            raise FileNotFoundError(f"path must name an existing file, got {path}")
        try:
            return pl.read_csv(path, infer_schema=False, glob=False)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ValueError(f"path must be a readable CSV file, got {path}: {error}") from error
    check_parquet(path)
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise ValueError(f"path must be a readable Parquet file, got {path}: {error}") from error


def _require(path: Path, columns: Sequence[str]) -> None:
    has = set(columns)
    told = "winner" in has or set(_FLAGS) <= has
    asked = "prompt" in has or _TURNS[0] in has or has & set(_CONVERSATIONS)
    if not (told and asked and {"model_a", "model_b"} <= has):
        raise ValueError(
            f"path must have the columns of preferences (prompt, model_a, model_b, winner) or of outcomes "
            f"(prompt, <model>, <model>|total_cost), got {path} with {', '.join(columns[:12])}"
        )


def _votes(table: pl.DataFrame) -> Iterator[Vote]:
    question = next((column for column in _QUESTIONS if column in table.columns), None)
    task = next((column for column in _TASKS if column in table.columns), None)
    for row in table.iter_rows(named=True):
        yield Vote(
            prompt=_prompt(row),
            model_a=row["model_a"],
            model_b=row["model_b"],
            winner=_winner(row),
            group=None if question is None or row[question] is None else str(row[question]),
            task=row[task] if task is not None and isinstance(row[task], str) else None,
            key=(row.get("judge"), row.get("turn")),
            kind=row.get("judge_type"),
        )


def _winner(row: Mapping[str, Any]) -> object:
    if "winner" in row:
        return row["winner"]
    told = [flag.removeprefix("winner_") for flag in _FLAGS if str(row[flag]) in ("1", "1.0", "True", "true")]
    return told[0] if len(told) == 1 and told[0] != TIE else (TIE if told == [TIE] else None)


def _prompt(row: Mapping[str, Any]) -> str | None:
    if _TURNS[0] in row:
        turns = [row[_TURNS[0]]]
        if str(row.get("turn")) == "2":
            turns.append(row.get(_TURNS[1]))
    elif isinstance(row.get("prompt"), str):
        turns = _unpacked(row["prompt"])
    else:
        conversation = next((row[column] for column in _CONVERSATIONS if row.get(column) is not None), None)
        said = _unpacked(conversation) if isinstance(conversation, str) else conversation or []
        turns = [
            turn.get("content") for turn in said if isinstance(turn, dict) and turn.get("role") == "user"
        ]
        if str(row.get("turn")) == "1" and len(turns) > 1 and "judge" in row:
            turns = turns[:1]  # MT-bench: a verdict on the first answer
    texts = [turn for turn in turns if isinstance(turn, str)]
    return "\n".join(texts) if texts else None


def _unpacked(text: str) -> list[Any]:
    """A JSON list of turns as a list; any other text as a list of one."""
    if text.startswith("["):
        try:
            value = json.loads(text)
        except ValueError:
            return [text]
        if isinstance(value, list) and all(turn is None or isinstance(turn, (str, dict)) for turn in value):
            return value
    return [text]
