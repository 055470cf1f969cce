"""What is written is what was played: figures can be recomputed from the choices and the data alone."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pilotage.replay.data import demo_outcomes, read_outcomes
from pilotage.replay.export import write_choices, write_json
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.references import references
from pilotage.replay.runs import UNSERVED, Replay, Run
from pilotage.replay.split import split_outcomes
from pilotage.replay.summary import policy_rows, reference_rows

FRACTIONS = (0.1, 0.5)


def play(outcomes: Outcomes, seeds: int = 3, *, ceilings: tuple[float, ...] | None = None) -> Replay:
    """Two policies that choose at random, some requests unserved."""
    rng = np.random.default_rng(0)
    splits = {seed: split_outcomes(len(outcomes), seed) for seed in range(seeds)}
    budgets: dict[str, Any] = {"fractions": FRACTIONS} if ceilings is None else {"ceilings": ceilings}
    vectors = rng.normal(size=(len(outcomes), 4))
    refs = [r for seed, s in splits.items() for r in references(outcomes, s, vectors, seed=seed, **budgets)]
    runs = [
        Run(
            policy=policy,
            seed=reference.seed,
            budget_fraction=reference.budget_fraction,
            ceiling_usd=reference.ceiling_usd,
            learned=rng.integers(UNSERVED, len(outcomes.models), len(splits[reference.seed].learning)),
            deployed=rng.integers(UNSERVED, len(outcomes.models), len(splits[reference.seed].deployment)),
            expected_cost=rng.random(len(splits[reference.seed].deployment)),
        )
        for policy in ("random", "always:x")
        for reference in refs
    ]
    return Replay(outcomes, splits, tuple(runs), tuple(refs), settings={})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve prompts on two models; rows 3 and 7 are incomplete."""
    rng = np.random.default_rng(1)
    columns: dict[str, Any] = {"prompt": [f"prompt {i}" for i in range(12)]}
    for model in ("small", "large"):
        columns[model] = [None if i == 3 else float(x) for i, x in enumerate(rng.random(12))]
        columns[model + "|total_cost"] = [None if i == 7 else float(x) for i, x in enumerate(rng.random(12))]
    pl.DataFrame(columns).write_parquet(tmp_path / "data.parquet")
    return tmp_path / "data.parquet"


def recomputed(data: Path, choices: pl.DataFrame, budget: str) -> dict[Any, tuple[float, float, float]]:
    """(policy, budget, seed) -> mean reward, mean cost and share served, from the two files alone."""
    table = pl.read_parquet(data).with_row_index("row")
    found = {}
    for key, group in choices.group_by("policy", budget, "seed"):
        reward = cost = 0.0
        for row, model in group.select("row", "model").iter_rows():
            if model is not None:
                reward += table[model][row]
                cost += table[model + "|total_cost"][row]
        served = len(group) - group["model"].null_count()
        found[key] = (reward / len(group), cost / len(group), served / len(group))
    return found


def test_every_figure_follows_from_the_choices_and_the_data(data: Path, tmp_path: Path) -> None:
    replay = play(read_outcomes(data))
    write_choices(replay, tmp_path / "choices.parquet")
    write_json(replay, tmp_path / "rows.json")
    choices = pl.read_parquet(tmp_path / "choices.parquet")
    assert dict(choices.schema) == {
        "policy": pl.String,
        "budget_fraction": pl.Float64,
        "seed": pl.Int64,
        "row": pl.Int64,
        "model": pl.String,
    }
    assert not {3, 7} & set(choices["row"])
    found = recomputed(data, choices, "budget_fraction")
    rows = [row for row in json.loads((tmp_path / "rows.json").read_text()) if row["kind"] == "policy"]
    assert len(rows) == len(found) == 2 * len(FRACTIONS) * 3
    for row in rows:
        figures = (row["reward"], row["cost"], row["served"])
        assert figures == pytest.approx(found[row["policy"], row["budget_fraction"], row["seed"]])


def test_budgets_in_dollars_are_told_apart(data: Path, tmp_path: Path) -> None:
    replay = play(read_outcomes(data), ceilings=(0.2, 0.4))
    write_choices(replay, tmp_path / "choices.parquet")
    choices = pl.read_parquet(tmp_path / "choices.parquet")
    assert choices["budget_fraction"].null_count() == len(choices)
    found = recomputed(data, choices, "ceiling_usd")
    assert len(found) == 2 * 2 * 3
    for row in policy_rows(replay):
        figures = (row["reward"], row["cost"], row["served"])
        assert figures == pytest.approx(found[row["policy"], row["ceiling_usd"], row["seed"]])


def test_choices_keep_the_order_of_play_and_only_the_deployment_part(data: Path, tmp_path: Path) -> None:
    replay = play(read_outcomes(data), seeds=1)
    write_choices(replay, str(tmp_path / "choices.parquet"))
    first, run = pl.read_parquet(tmp_path / "choices.parquet").head(5), replay.runs[0]
    assert first["row"].to_list() == replay.outcomes.row[replay.splits[0].deployment].tolist()
    names = [None if k == UNSERVED else replay.outcomes.models[k] for k in run.deployed]
    assert first["model"].to_list() == names


def test_json_is_one_array_of_all_rows_unrounded(tmp_path: Path) -> None:
    replay = play(demo_outcomes(), seeds=2)
    write_json(replay, tmp_path / "rows.json")
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert rows == [*policy_rows(replay), *reference_rows(replay)]
    assert [list(row) for row in (rows[0], rows[-1])] == [
        ["kind", "budget_fraction", "ceiling_usd", "seed", "policy", "reward", "cost", "cost_ratio", "served",
         "regret", "expected_cost", "saved"],
        ["kind", "budget_fraction", "ceiling_usd", "seed", "envelope", "skyline", "oracle", "best_model",
         "best_model_reward", "best_model_cost"],
    ]  # fmt: skip


def test_nan_is_never_written(data: Path, tmp_path: Path) -> None:
    outcomes = read_outcomes(data)
    replay = replace(play(outcomes), outcomes=replace(outcomes, cost=np.zeros_like(outcomes.cost)))
    assert math.isnan(policy_rows(replay)[0]["cost_ratio"])
    write_json(replay, tmp_path / "rows.json")
    assert "NaN" not in (tmp_path / "rows.json").read_text()
    assert json.loads((tmp_path / "rows.json").read_text())[0]["cost_ratio"] is None


def test_another_kind_of_file_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"choices must end in \.parquet or \.csv, got .*choices\.txt"):
        write_choices(play(read_outcomes(data)), tmp_path / "choices.txt")
    assert not (tmp_path / "choices.txt").exists()


def test_without_runs_there_is_nothing_to_write(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="replay must hold at least one run, got none"):
        write_choices(replace(play(read_outcomes(data)), runs=()), tmp_path / "choices.parquet")


def test_without_polars_the_message_says_what_to_install(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = play(read_outcomes(data))
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r'pip install "pilotage\[replay\]"'):
        write_choices(replay, tmp_path / "choices.parquet")
