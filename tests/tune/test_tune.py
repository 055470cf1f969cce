"""Tuning looks at the tuning prompts alone, keeps what is better, and a replay then leaves them out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pilotage import Router
from pilotage.cli import main
from pilotage.config import Config, read_config, write_config
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.seen import fingerprint
from pilotage.tune import DEFAULTS, tune, tuned_policy
from pilotage.tune import GRID as SEARCHED
from pilotage.tune.command import checksum
from pilotage.tune.search import corrected_error
from tests.replay.topics import encode, rivals, topics

ROWS = np.arange(0, 200, 2, dtype=np.int64)
GRID = {"alpha": (0.1, 1.5), "policy": ("dual", "zcl")}


def searched(outcomes: Outcomes, grid: dict = GRID) -> tuple:
    return tune(outcomes, encode(outcomes.prompts), ROWS, (0.55,), shuffles=4, grid=grid)


def test_prompts_other_than_the_tuning_ones_are_not_looked_at() -> None:
    outcomes = topics()
    other = outcomes.reward.copy()
    elsewhere = np.setdiff1d(np.arange(len(outcomes)), ROWS)
    other[elsewhere] = 1.0 - other[elsewhere]
    cost = outcomes.cost.copy()
    cost[elsewhere] *= 7.0
    assert searched(outcomes)[0] == searched(replace(outcomes, reward=other, cost=cost))[0]
    mine, theirs = (
        [trial.reward for trial in searched(each)[1]]
        for each in (outcomes, replace(outcomes, reward=other, cost=cost))
    )
    assert mine == theirs


def test_a_change_is_kept_where_it_beats_its_corrected_error() -> None:
    best, trials = searched(topics())
    assert trials[0].setting == DEFAULTS
    reward = trials[0].reward
    for trial in trials[1:]:
        assert trial.kept == (trial.gain > trial.error)
        reward += trial.gain if trial.kept else 0.0
    assert [trial for trial in trials if trial.kept][-1].setting == best
    assert [trial for trial in trials if trial.kept][-1].reward == pytest.approx(reward)


def test_the_corrected_error_by_hand() -> None:
    # s = 0.01 sqrt 2, of two shuffles alone 0.01; times sqrt(1 + 2 * 3 / 2) = 2
    assert corrected_error(np.array([0.01, 0.03]), learning=2, judging=3) == pytest.approx(0.02)
    many = corrected_error(np.tile([0.01, 0.03], 5000), learning=50, judging=50)
    assert many == pytest.approx(0.01, rel=1e-3)  # s: shuffles are not prompts


def test_chance_is_seldom_taken_for_a_gain() -> None:
    # All models are alike, so chance chose what is kept. A plain standard error keeps something in 6 of 16.
    kept = 0
    for draw in range(16):
        table = topics(100)
        noise = (np.random.default_rng(draw).random(table.reward.shape) < 0.5).astype(np.float64)
        noisy = replace(table, reward=noise, cost=np.full_like(table.cost, 0.001))
        rows = np.arange(60, dtype=np.int64)
        _, trials = tune(noisy, encode(noisy.prompts), rows, (0.5, 1.0), grid={"alpha": (0.1, 0.5, 2.0, 5.0)})
        kept += any(trial.kept for trial in trials[1:])
    assert kept <= 3


def test_what_is_plainly_better_is_found() -> None:
    # with a prior worth a million rewards nothing is ever learned
    bad, table = replace(DEFAULTS, strength=1e6), rivals()
    best, trials = tune(
        table, encode(table.prompts), ROWS, (1.0,), shuffles=4, grid={"strength": (1e6, 1.0)}, start=bad
    )
    assert best.strength == 1.0
    assert [trial.kept for trial in trials] == [True, True]


@pytest.mark.parametrize(("rows", "shuffles"), [(7, 4), (20, 1)])
def test_too_little_to_tune_on_is_refused(rows: int, shuffles: int) -> None:
    with pytest.raises(ValueError, match="rows must be at least 8, shuffles 2"):
        tune(topics(), encode(topics().prompts), ROWS[:rows], (0.5,), shuffles=shuffles)


def test_a_pool_whose_best_model_is_free_is_refused() -> None:
    table = topics()
    with pytest.raises(ValueError, match="budgets must be shares of a cost, got a best model, 'dear', that"):
        searched(replace(table, cost=table.cost * (1.0, 0.0)))


def test_the_search_begins_with_the_router_as_it_is() -> None:
    # A given alpha stays, also 1.5: the default narrows.
    assert "alpha" not in DEFAULTS.play().router
    assert "alpha" not in DEFAULTS.config({}).router
    assert replace(DEFAULTS, alpha=1.5).config({}).router["alpha"] == 1.5


def test_a_config_becomes_a_policy() -> None:
    policy = tuned_policy(Config(router={"alpha": 0.2}, budget={"usd_per_request": 1.0}, dimension=1))
    assert (policy.router, policy.budget["policy"], policy.dimension) == ({"alpha": 0.2}, "pacer", 1)
    assert tuned_policy(Config()).budget == {"policy": "dual", "unserved": 0.0}
    with pytest.raises(ValueError, match="router must not hold 'dim' in a replay, got 3"):
        tuned_policy(Config(router={"dim": 3}))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in SEARCHED for value in SEARCHED[name]])
def test_what_was_chosen_is_what_its_file_plays(name: str, value: Any, tmp_path: Path) -> None:
    setting = replace(DEFAULTS, **{name: value})
    write_config(setting.config({}), tmp_path / "router.json")
    config = read_config(tmp_path / "router.json")
    assert tuned_policy(config) == setting.play()
    amount = {"usd_per_request": 0.01} if setting.policy == "pacer" else {"usd": 1.0, "requests": 9}
    budget = config.make_budget(amount)
    assert budget is not None
    assert budget.spender == setting.policy


def written(table: Outcomes, path: Path) -> Path:
    columns: dict[str, Any] = {"prompt": table.prompts}
    for k, model in enumerate(table.models):
        columns |= {model: table.reward[:, k], f"{model}|total_cost": table.cost[:, k]}
    pl.DataFrame(columns).write_parquet(path)
    return path


def tuned_on(data: Path, count: int) -> Path:
    """The config of `pilotage tune`."""
    out = data.with_suffix(".json")
    command = [
        "tune", str(data), "-o", str(out), "--prompts", str(count), "--shuffles", "2", "--budgets", "0.5"
    ]  # fmt: skip
    assert main(command) == 0
    return out


def played(data: Path, config: Path, *more: str) -> set[int]:
    """The rows that a replay with the config deploys on."""
    choices = data.with_suffix(".choices.parquet")
    command = ["replay", str(data), "--config", str(config), "--choices", str(choices), *more]
    assert main([*command, "--policies", "random", "--seeds", "1", "--jobs", "1", "--budgets", "0.5"]) == 0
    table = pl.read_parquet(choices)
    assert set(table["policy"]) == {"tuned", "random"}
    return set(table["row"])


def test_from_the_command_to_a_replay_and_a_router(tmp_path: Path, capsys) -> None:
    table = topics(160)
    data = written(table, tmp_path / "topics.parquet")
    out = tuned_on(data, 40)
    config = read_config(out)
    assert len(config.tuned["prompts"]) == 40
    assert "reward" not in config.tuned  # the highest of several is no promise
    told = capsys.readouterr().out
    assert "40 prompts of 160 were looked at" in told
    assert "change, corrected error" in told
    models = [
        {"name": name, "input_cost_per_token": 0, "output_cost_per_token": 1e-6} for name in table.models
    ]
    out.write_text(json.dumps({**json.loads(out.read_text()), "models": models}))
    assert Router.from_config(out, budget={"usd": 1.0, "requests": 9}).models == table.models
    seen = {row for row, text in enumerate(table.prompts) if fingerprint(text) in config.tuned["prompts"]}
    assert len(seen) == 40
    rows = played(data, out)
    assert "40 prompts left out" in capsys.readouterr().out
    assert rows
    assert not rows & seen


def test_the_tuned_policy_may_be_asked_for_by_its_name(tmp_path: Path) -> None:
    data = written(topics(160), tmp_path / "topics.parquet")
    out = tuned_on(data, 40)
    assert main(["replay", str(data), "--config", str(out), "--policies", "tuned", "--seeds", "1"]) == 0


def test_tuned_prompts_are_left_out_of_any_file_that_has_them(tmp_path: Path, capsys) -> None:
    table = topics(160)
    out = tuned_on(written(table, tmp_path / "topics.parquet"), 40)
    seen = set(read_config(out).tuned["prompts"])
    order = np.random.default_rng(1).permutation(160)
    grown = replace(table.take(order), reward=1.0 - table.reward[order])
    again = written(grown, tmp_path / "again.parquet")
    capsys.readouterr()
    rows = played(again, out)
    assert "40 prompts left out" in capsys.readouterr().out
    assert not seen & {fingerprint(grown.prompts[row]) for row in rows}


def test_tuned_prompts_are_left_out_of_what_is_learned_from(tmp_path: Path, capsys) -> None:
    out = tuned_on(written(topics(160), tmp_path / "topics.parquet"), 40)
    other = written(topics(80, seed=1), tmp_path / "other.parquet")
    rows = played(other, out, "--learn", str(tmp_path / "topics.parquet"))
    told = capsys.readouterr().out
    assert rows == set(range(80))
    assert "\n0 prompts left out" in told
    assert f"40 prompts of {tmp_path / 'topics.parquet'} left out" in told
    assert "80 prompts, 2 models" not in told
    assert "200 prompts, 2 models" in told  # 120 to learn from, 80 to serve


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (60, [], r"--prompts must be given, 8 or more: a tenth of the 60 rows of .*topics.parquet is 6\n"),
        (7, [], r"topics.parquet must have at least 8 rows without gaps, got 7\n"),
        (7, ["--prompts", "8"], r"topics.parquet must have at least 8 rows without gaps, got 7\n"),
        (60, ["--prompts", "61"], r"--prompts must be at most 60, the rows of .*topics.parquet, got 61\n"),
        (
            60,
            ["--prompts", "20", "--shuffles", "2", "--budgets", "1e-9,2e-9"],
            r"budgets must let some setting earn a reward, got \[1e-09, 2e-09\]: all of them earned 0\n",
        ),
    ],
)
def test_too_few_prompts_and_too_little_money_are_refused_by_name(
    rows: int, options: list[str], message: str, tmp_path: Path, capsys
) -> None:
    data, out = written(topics(rows), tmp_path / "topics.parquet"), tmp_path / "router.json"
    assert main(["tune", str(data), "-o", str(out), *options]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert not out.exists()


def test_a_config_that_names_rows_is_still_read(tmp_path: Path, capsys) -> None:
    data = written(topics(160), tmp_path / "topics.parquet")
    tuned = {"sha256": checksum(data), "rows": list(range(30))}
    write_config(Config(tuned=tuned), tmp_path / "old.json")
    rows = played(data, tmp_path / "old.json")
    assert "30 prompts left out" in capsys.readouterr().out
    assert rows <= set(range(30, 160))


def test_a_file_of_tuned_prompts_alone_is_refused(tmp_path: Path, capsys) -> None:
    data = written(topics(20), tmp_path / "topics.parquet")
    out = tuned_on(data, 20)
    assert main(["replay", str(data), "--config", str(out), "--jobs", "1"]) == 1
    assert "must hold prompts that nothing was tuned on, got 20" in capsys.readouterr().err
