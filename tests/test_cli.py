"""The command: what it writes, and how it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import pilotage
from pilotage.cli import _parser, main
from pilotage.replay.policies import BUDGET_POLICIES, HINDSIGHT, POLICIES
from pilotage.replay.run import DEFAULT_FRACTIONS
from tests.replay.topics import MODELS, topics

KEYS = {
    "policy": "policy reward cost cost_ratio served regret saved",
    "reference": "envelope skyline oracle best_model best_model_reward best_model_cost",
}


def write(path: Path, n: int = 80, seed: int = 0, models: Iterable[str] = MODELS) -> Path:
    """A table of `topics` in RouterBench's layout."""
    table = topics(n, seed)
    columns: dict[str, object] = {"prompt": table.prompts}
    for model in models:
        k = MODELS.index(model)
        columns |= {model: table.reward[:, k], f"{model}|total_cost": table.cost[:, k]}
    pl.DataFrame(columns).write_parquet(path)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "topics.parquet")


def replay(data: Path, *options: object) -> list[dict]:
    """The rows that `pilotage replay` writes."""
    out = data.with_suffix(".json")
    arguments = ["replay", data, "--json", out, "--jobs", 1, "--seeds", 1, "--policies", "pilotage", *options]
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads(out.read_text())


def test_replay_has_the_budgets_of_a_plan_by_default() -> None:
    assert _parser().parse_args(["replay", "x.parquet"]).budgets == list(DEFAULT_FRACTIONS)


def test_demo_from_end_to_end(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pilotage",
        "demo",
        "--seeds",
        "1",
        "--policies",
        "pilotage,always",
    ]
    where = {"PYTHONPATH": str(Path(pilotage.__file__).parents[1])}  # also where it is not installed
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **where})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for shown in (
        "paretobandit: 1,766 prompts",
        "pilotage",
        "always:gemini-2.5-pro",
        "envelope",
        "report: demo.html",
    ):
        assert shown in done.stdout
    report = (tmp_path / "demo.html").read_text("utf-8")
    assert report.startswith("<!doctype html>") or report.startswith("<!DOCTYPE html>")
    assert "pilotage" in report


def test_rows_have_the_documented_keys(data: Path) -> None:
    rows = replay(data, "--policies", "pilotage,always", "--budgets", "0.5")
    assert [row["kind"] for row in rows] == ["policy"] * 3 + ["reference"]
    assert [row.get("policy") for row in rows] == ["pilotage", "always:cheap", "always:dear", None]
    for row in rows:
        assert set(row) >= {"budget_fraction", "ceiling_usd", "seed", *KEYS[row["kind"]].split()}
        assert (row["budget_fraction"], row["seed"]) == (0.5, 0)


def test_choices_recompute_every_figure(data: Path, tmp_path: Path) -> None:
    choices = tmp_path / "choices.parquet"
    options = (
        "--policies",
        "pilotage,random,always",
        "--budgets",
        "0.05,0.5",
        "--seeds",
        2,
        "--choices",
        choices,
    )
    rows = [row for row in replay(data, *options) if row["kind"] == "policy"]
    table, chosen = pl.read_parquet(data), pl.read_parquet(choices)
    assert chosen.columns == ["policy", "budget_fraction", "seed", "row", "model"]
    for row in rows:
        mine = chosen.filter(
            pl.col("policy") == row["policy"],
            pl.col("budget_fraction") == row["budget_fraction"],
            pl.col("seed") == row["seed"],
        )
        assert mine.height == 40
        served = mine.drop_nulls()
        reward = sum(table[model][i] for i, model in served.select("row", "model").iter_rows())
        cost = sum(table[f"{model}|total_cost"][i] for i, model in served.select("row", "model").iter_rows())
        assert row["reward"] == pytest.approx(reward / 40, rel=1e-12)
        assert row["cost"] == pytest.approx(cost / 40, rel=1e-12)
        assert row["served"] == served.height / 40
    assert min(row["served"] for row in rows) < 1.0


def test_choices_in_csv_are_those_in_parquet(data: Path, tmp_path: Path) -> None:
    options = ("--policies", "pilotage", "--budgets", "0.05")  # some are refused
    replay(data, *options, "--choices", tmp_path / "choices.parquet")
    replay(data, *options, "--choices", tmp_path / "choices.csv")
    expected = pl.read_parquet(tmp_path / "choices.parquet")
    assert expected["model"].null_count()
    assert pl.read_csv(tmp_path / "choices.csv").equals(expected)


def test_ceilings(data: Path) -> None:
    rows = replay(data, "--ceilings", "1e-4,5e-4")
    assert {row["budget_fraction"] for row in rows} == {None}
    assert {row["ceiling_usd"] for row in rows} == {1e-4, 5e-4}


def test_learning_on_another_file(data: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.parquet", n=60, seed=5, models=MODELS[::-1])
    choices = tmp_path / "choices.parquet"
    replay(data, "--learn", other, "--choices", choices, "--budgets", "0.5")
    assert sorted(pl.read_parquet(choices)["row"]) == list(range(80))


def test_prompts_of_both_files_are_not_learned_from(data: Path, tmp_path: Path, capsys) -> None:
    table = pl.concat([pl.read_parquet(data)[:30], pl.read_parquet(write(tmp_path / "x.parquet", 50, 5))])
    table.write_parquet(tmp_path / "both.parquet")
    replay(data, "--learn", tmp_path / "both.parquet", "--budgets", "0.5")
    told = capsys.readouterr().out
    assert f"30 prompts of {tmp_path / 'both.parquet'} left out: {data} has them, too" in told
    assert "130 prompts" in told  # 50 to learn from, 80 to serve


def test_what_is_left_out_and_met_twice_is_said(data: Path, capsys) -> None:
    table = pl.read_parquet(data)
    table = pl.concat([table, table[:20].with_columns(dear=pl.lit(None, pl.Float64)), table])
    table.with_columns(other=pl.col("cheap")).write_parquet(data)
    html = data.with_suffix(".html")
    replay(data, "--budgets", "0.5", "--html", html)
    shown, page = capsys.readouterr().out, html.read_text("utf-8").replace("&#x27;", "'")
    for note in (
        "'other' is left out: there is no column 'other|total_cost'",
        "20 rows are left out: a score or a cost is missing, most often of 'dear' (20)",
        "160 prompts have the text of another one: of 80 that are served, ",
    ):
        assert note in shown
        assert page.index(note) < page.index("Pictures")
    assert main(["tune", str(data), "-o", str(data.with_suffix(".t.json")), "--shuffles", "2"]) == 0
    shown = capsys.readouterr().out
    assert "'other' is left out" in shown
    assert "20 rows are left out" in shown


def test_online_is_another_replay(data: Path) -> None:
    options = ("--budgets", "0.7", "--policies", "linucb")
    assert replay(data, *options) != replay(data, *options, "--online")


def test_models_choose_the_pool(data: Path) -> None:
    rows = replay(data, "--models", "cheap", "--policies", "always", "--budgets", "1")
    assert [row["policy"] for row in rows if row["kind"] == "policy"] == ["always:cheap"]
    assert rows[-1]["best_model"] == "cheap"


def test_a_ten_to_one_split(data: Path, tmp_path: Path) -> None:
    choices = tmp_path / "choices.parquet"
    replay(data, "--split", "10:1", "--choices", choices, "--budgets", "0.5")
    # a tenth tunes; of the 72 others 65 teach
    assert pl.read_parquet(choices).height == 7


def test_two_processes_write_the_same_file(data: Path, tmp_path: Path) -> None:
    options = ("--seeds", 2, "--budgets", "0.5", "--policies", "pilotage,random")
    assert replay(data, *options, "--jobs", 1) == replay(data, *options, "--jobs", 2)


def test_the_report_is_one_file(data: Path, tmp_path: Path, capsys) -> None:
    html = tmp_path / "report.html"
    replay(data, "--budgets", "0.5", "--html", html)
    assert f"report: {html}" in capsys.readouterr().out
    assert "topics" in html.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["none.parquet"], r"path must name an existing file, got none.parquet"),
        (["broken.parquet"], r"path must be a Parquet file"),
        (["cut.parquet"], r"path must be a Parquet file that ends with b'PAR1', got only a part"),
        (["damaged.parquet"], r"path must be a readable Parquet file, got damaged.parquet"),
        (["."], r"path must name an existing file, got \."),
        (["topics.parquet", "--learn", "none.parquet"], r"path must name an existing file, got none.parquet"),
        (
            ["topics.parquet", "--learn", "narrow.parquet"],
            r"models must be among 'cheap', which narrow.parquet has, got 'dear'",
        ),
        (["topics.parquet", "--policies", "pilto"], r"policies must be among .*, got 'pilto'"),
        (["topics.parquet", "--policies", "always:gpt"], r"policies must be among .*, got 'always:gpt'"),
        (
            ["topics.parquet", "--models", "cheap,gpt"],
            r"models must be among 'cheap', 'dear', which topics.* has, got 'gpt'",
        ),
        (
            ["topics.parquet", "--learn", "topics.parquet", "--split", "1:1"],
            r"--split must not be given with --learn, got '1:1'",
        ),
        (
            ["topics.parquet", "--learn", "topics.parquet"],
            r"--learn must hold prompts that topics.parquet does not, got 80 that it does",
        ),
        (
            ["topics.parquet", "--tuning", "80"],
            r"prompts must be enough to leave one .* got 80, of which 80 for tuning, the rest split 1:1",
        ),
        (["three.csv"], r"prompts must leave at least 2 to learn from, got 1 of 3"),
        (["empty.csv"], r"path must have rows, got none in empty.csv"),
        (["free.csv"], r"budgets must be shares of a cost, got a best model, 'cheap', that costs nothing"),
        (["odd.pkl"], r"path must be a pickle, got a Parquet file: let odd.pkl end in .parquet"),
        (["topics.parquet", "--config", "topics.parquet"], r"path must end in .json or .toml, got topics.p"),
        (["topics.parquet", "--config", "none.json"], r"path must name an existing file, got none.json"),
        (["topics.parquet", "--config", "binary.json"], r"path must be readable .json, got binary.json: "),
        (["topics.parquet", "--json", "topics.parquet"], r"topics.parquet must be a file of its own"),
        (["topics.parquet", "--json", "a", "--html", "a"], r"a must be a file of its own, got it as another"),
        (
            ["topics.parquet", "--json", "no/out.json"],
            r"no/out.json must be in an existing directory, got no",
        ),
        (
            ["topics.parquet", "--choices", "no/out.parquet"],
            r"no/out.parquet must be in an existing directory",
        ),
        (
            ["topics.parquet", "--html", "no/out.html"],
            r"no/out.html must be in an existing directory, got no",
        ),
        (["topics.parquet", "--choices", "x.txt"], r"choices must end in .parquet or .csv, got x.txt"),
        (
            ["topics.parquet", "--ceilings", "1e-4,1e12"],
            r"ceilings must be at most 1e\+08 US dollars a request for 40 requests, got 1e\+12",
        ),
        (
            ["topics.parquet", "--budgets", "1e12", "--split", "1:3"],
            r"fractions must be at most .* of the best model's cost for 60 requests, got 1e\+12",
        ),
        (["topics.parquet", "--html", "."], r"\. must be a file to write, got a directory"),
    ],
)
def test_refusals_are_one_line(data: Path, monkeypatch, capsys, options: list[str], message: str) -> None:
    monkeypatch.chdir(data.parent)
    Path("broken.parquet").write_text("prompt,cheap\n")
    Path("cut.parquet").write_bytes(data.read_bytes()[:-100])
    whole = bytearray(data.read_bytes())
    whole[-60:-8] = np.random.default_rng(0).bytes(52)  # the footer, but for its length and the magic
    Path("damaged.parquet").write_bytes(whole)
    write(Path("narrow.parquet"), models=["cheap"])
    header = "prompt,cheap,cheap|total_cost\n"
    Path("three.csv").write_text(header + "one,1,1\ntwo,1,1\nthree,1,1\n")
    Path("empty.csv").write_text(header)
    Path("free.csv").write_text(header + "one,1,0\ntwo,1,0\nthree,1,0\nfour,1,0\n")
    Path("odd.pkl").write_bytes(data.read_bytes())
    Path("binary.json").write_bytes(b"\xa0")
    assert main(["replay", "--seeds", "1", "--jobs", "1", *options]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("pilotage: ")
    assert shown.err.count("\n") == 1
    assert shown.err.endswith("\n")
    assert re.search(message, shown.err), shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: command"),
        (["sail"], "invalid choice: 'sail'"),
        (["replay"], "the following arguments are required: DATA"),
        (["replay", "x", "--budgets", "a"], "argument --budgets: expected numbers above 0 .* got 'a'"),
        (["replay", "x", "--budgets=-1,0.5"], "argument --budgets: expected numbers above 0 .* got '-1,0.5'"),
        (["replay", "x", "--budgets", "0"], "argument --budgets: expected numbers above 0 .* got '0'"),
        (["replay", "x", "--budgets", "0.5,0.50"], "argument --budgets: expected every number once"),
        (["replay", "x", "--ceilings", "nan"], "argument --ceilings: expected numbers above 0 .* got 'nan'"),
        (["replay", "x", "--ceilings", "inf"], "argument --ceilings: expected numbers above 0 .* got 'inf'"),
        (["replay", "x", "--models", ","], "argument --models: expected at least one name, got ','"),
        (["replay", "x", "--policies", ""], "argument --policies: expected at least one name, got ''"),
        (
            ["replay", "x", "--policies", "random,random"],
            "argument --policies: expected every name once, got",
        ),
        (["replay", "x", "--models", "a,b,a"], "argument --models: expected every name once, got 'a,b,a'"),
        (["ope", "x", "--policies", "always,always"], "argument --policies: expected every name once, got"),
        (["replay", "x", "--split", "half"], "argument --split: expected two positive whole .* got 'half'"),
        (["replay", "x", "--split", "0:1"], "argument --split: expected two positive whole .* got '0:1'"),
        (["replay", "x", "--seeds", "0"], "argument --seeds: expected a whole number >= 1, got '0'"),
        (["replay", "x", "--jobs", "0"], "argument --jobs: expected a whole number >= 1, got '0'"),
        (["replay", "x", "--tuning", "-1"], "argument --tuning: expected a whole number >= 0, got '-1'"),
        (["tune", "x", "-o", "y", "--budgets", "0"], "argument --budgets: expected numbers .* got '0'"),
        (["tune", "x", "-o", "y", "--budgets", "abc"], "argument --budgets: expected numbers .* got 'abc'"),
        (["tune", "x", "-o", "y", "--budgets=-1"], "argument --budgets: expected numbers .* got '-1'"),
        (["tune", "x", "-o", "y", "--seed", "-1"], "argument --seed: expected a whole number >= 0, got '-1'"),
        (["tune", "x", "-o", "y", "--models", ""], "argument --models: expected at least one name, got ''"),
        (["tune", "x", "-o", "y", "--shuffles", "1"], "argument --shuffles: expected a whole number >= 2"),
        (["tune", "x", "-o", "y", "--prompts", "7"], "argument --prompts: expected a whole number >= 8"),
        (["replay", "x", "--budgets", "1", "--ceilings", "1"], "not allowed with argument"),
        (["replay", "x", "--seeds", "two"], "argument --seeds: expected a whole number >= 1, got 'two'"),
    ],
)
def test_what_cannot_be_parsed_shows_the_usage(arguments: list[str], message: str, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    shown = capsys.readouterr().err
    assert shown.startswith("usage: pilotage")
    assert re.search(message, shown), shown


def test_help_names_every_policy_and_every_rule_that_spends(monkeypatch, capsys) -> None:
    monkeypatch.setenv("COLUMNS", "500")  # lines may break at hyphens
    with pytest.raises(SystemExit, match="0"):
        main(["replay", "--help"])
    words = re.findall(r"[+\w-]+", capsys.readouterr().out)
    for name in [*POLICIES, "always", *("+" + rule for rule in (*BUDGET_POLICIES, HINDSIGHT))]:
        assert name in words


def test_help_names_every_option(capsys) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["replay", "--help"])
    shown = capsys.readouterr().out
    options = "learn online models split tuning budgets ceilings policies seeds json choices html jobs"
    for option in options.split():
        assert f"--{option}" in shown
