"""The results page is what its figures say, of the data that is here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.claims.world import POOLS as CLAIMED
from benchmarks.claims.world import Variant, World
from benchmarks.results.page import PAGE, RESULTS, render
from benchmarks.results.run import AGAIN, checksum, play_again
from benchmarks.results.studies import BUDGETS, DATA, ROOT, STUDIES, Study
from pilotage.replay.data import read_outcomes
from pilotage.replay.runs import picked
from pilotage.replay.split import split_outcomes
from pilotage.replay.summary import interval

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_study_was_played() -> None:
    assert [study["title"] for study in FOUND["studies"]] == [study.title for study in STUDIES]


@pytest.mark.parametrize("study", FOUND["studies"], ids=lambda study: study["title"])
def test_the_data_is_the_data_that_was_played(study: dict) -> None:
    assert checksum(ROOT / study["data"]) == study["sha256"]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.title)
def test_what_is_played_today_is_what_stands_there(study: Study) -> None:
    """A change of the package that moves a decision needs `make results`."""
    (kept,) = (each["again"] for each in FOUND["studies"] if each["title"] == study.title)
    assert len(kept) == AGAIN * len(study.ceilings or BUDGETS)
    for now, then in zip(play_again(study), kept, strict=True):
        assert now == pytest.approx(then, rel=1e-12)  # sums may round otherwise on another machine


@pytest.mark.parametrize("path", sorted({study.path for study in STUDIES}), ids=lambda path: path.stem)
def test_prompts_that_are_there_twice_are_counted_beside_the_data(path: Path) -> None:
    prompts = read_outcomes(path, next(study.models for study in STUDIES if study.path == path)).prompts
    again = len(prompts) - len(set(prompts))
    told = (DATA / "README.md").read_text("utf-8")
    assert f"`{path.stem}` {again}" in " ".join(told.split())


def test_the_mean_on_the_page_is_the_mean_of_all_seeds() -> None:
    """One study, one budget: what stands on the page is not what is played above."""
    world, budget = World(CLAIMED[1]), BUDGETS[-1]
    (study,) = (each for each in FOUND["studies"] if each["title"] == world.pool.title)
    (kept,) = (each["policies"] for each in study["budgets"] if each["budget"] == budget)
    (ours,) = (row for row in kept if row["policy"] == "pilotage")
    rewards, spent = [], []
    for seed in range(FOUND["seeds"]):
        split = split_outcomes(len(world.outcomes), seed)
        (limit,) = world.limits(split, (budget,))
        (run,) = world.play(Variant("pilotage"), split, [limit], seed)
        rewards.append(world.reward(split, run.deployed))
        spent.append(
            float(picked(world.outcomes.cost, split.deployment, run.deployed).mean()) / limit.ceiling_usd
        )
    found = interval(rewards)
    assert [found.mean, found.half_width] == pytest.approx(ours["reward"], abs=2e-6)
    assert max(spent) == pytest.approx(ours["most_spent"], rel=1e-9)
