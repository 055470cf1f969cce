"""What README.md shows is what its commands print, and what the results say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.results.page import RESULTS
from benchmarks.results.studies import BUDGETS, ROOT
from pilotage.cli import main

README = (ROOT / "README.md").read_text("utf-8")
STUDIES = ("ParetoBandit, 4 models", "MMLU-Pro, 14 chat models", "RouteLLM, 2 models")


def rows(text: str) -> list[list[str]]:
    """The words of the lines from the table's header to the first that is no row of a policy."""
    lines = iter(text.split("policy  ", 1)[1].splitlines()[2:])
    found = []
    for line in lines:
        if not re.match(r"\S+ .*±", line):
            break
        found.append(line.split())
    return found


def test_the_first_table_is_what_the_demo_prints(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--budgets", "0.015"]) == 0
    printed = rows(capsys.readouterr().out)
    assert len(printed) == 8
    assert rows(README) == printed


@pytest.mark.parametrize("policy", ["pilotage", "pilot", "pilot+dual"])
def test_the_last_table_is_of_the_results(policy: str) -> None:
    played = {study["title"]: study for study in json.loads(RESULTS.read_text("utf-8"))["studies"]}
    (line,) = (line for line in README.splitlines() if line.startswith(f"| `{policy}`") and "(±" in line)
    for title, cell in zip(STUDIES, line.split("|")[2:], strict=False):
        figures = [
            row["over_envelope"]
            for budget in played[title]["budgets"]
            if budget["budget"] in BUDGETS
            for row in budget["policies"]
            if row["policy"] == policy
        ]
        means = ", ".join(f"{mean:+.3f}" for mean, _ in figures)
        assert cell.strip() == f"{means} (±{max(half for _, half in figures):.3f})"


def test_it_says_how_many_budgets_hold_beside_as_many_rewards() -> None:
    studies = json.loads(RESULTS.read_text("utf-8"))["studies"]
    over = [budget["over_alike"] for study in studies for budget in study["budgets"]]
    held = sum(mean >= -half for mean, half in over)
    assert f"level or ahead at {held} of {len(over)} budgets" in README
