"""The page of the knapsack is what its figures say; its verdict can fail; the solvers agree here, too."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest

from benchmarks.knapsack.instances import FAMILIES, HARD, NANO, SOURCES, Instance, batch, hard, small
from benchmarks.knapsack.page import GOALS, PAGE, RESULTS, consistent, render, same
from benchmarks.knapsack.run import ALONE, BESIDE, SEEDS
from benchmarks.knapsack.solvers import highs_lp, highs_mip, pilotage
from benchmarks.results.run import checksum
from benchmarks.results.studies import POOLS, ROOT

FOUND = json.loads(RESULTS.read_text("utf-8"))
LIMIT = 30.0


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_everything_was_solved() -> None:
    assert [row["family"] for row in FOUND["agreement"]] == list(FAMILIES)
    assert sum(row["instances"] for row in FOUND["agreement"]) == len(FAMILIES) * SEEDS == 500
    assert [(row["n"], row["source"], row["fraction"]) for row in FOUND["alone"]] == [
        (n, source, fraction)
        for n, fractions in ALONE.items()
        for source in SOURCES
        for fraction in fractions
    ]
    assert list(GOALS) == list(ALONE)
    assert {row["pool"] for row in FOUND["pools"]} == {study.title for study in POOLS}
    assert [(row["source"], row["n"]) for row in FOUND["beside"]] == [(s, n) for s in SOURCES for n in BESIDE]
    assert [(row["kind"], row["prompts"], row["largest"]) for row in FOUND["hard"]] == list(HARD)
    for path, digest in FOUND["data"].items():
        assert checksum(ROOT / path) == digest


def verdict(found: dict) -> str:
    return render(found).partition("## Verdict")[2].partition("\n## ")[0]


def _unequal(found: dict) -> None:
    found["agreement"][3]["equal"] -= 1


def _slow(found: dict) -> None:
    found["alone"][0]["seconds"] = 0.1


def _unproven(found: dict) -> None:
    found["alone"][-1]["proven"] = False


def _disagreeing(found: dict) -> None:
    found["beside"][0]["answers"]["HiGHS MIP"]["value"] += 0.01


@pytest.mark.parametrize("change", [_unequal, _slow, _unproven, _disagreeing])
def test_a_goal_missed_by_a_little_is_not_met(change) -> None:
    found = copy.deepcopy(FOUND)
    change(found)
    assert verdict(found).count("**not met**") == verdict(FOUND).count("**not met**") + 1


def test_consistent_by_hand() -> None:
    def answer(value: float | None, bound: float | None, proven: bool) -> dict:
        return {"value": value, "bound": bound, "proven": proven}

    best, short = answer(2.0, 2.0, True), answer(1.9, 2.5, False)
    assert consistent({"pilotage": best, "HiGHS LP": answer(2.1, 2.1, True), "CP-SAT": short})
    assert not consistent({"pilotage": best, "HiGHS LP": answer(1.9, 1.9, True)})  # above the relaxation
    assert not consistent({"pilotage": best, "HiGHS MIP": answer(1.9, 1.9, True)})  # two optima
    assert not consistent({"pilotage": answer(1.8, 1.85, False), "CP-SAT": short})  # above our bound
    nothing = answer(None, None, True)
    assert consistent({"pilotage": nothing, "HiGHS MIP": nothing})
    assert not consistent({"pilotage": nothing, "HiGHS MIP": best})
    assert same(1.0, 1.0 + 1e-9)
    assert not same(1.0, 1.0 + 1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_solvers_agree(family: str) -> None:
    for seed in range(3):
        given = small(family, seed)
        ours, theirs, relaxed = (solve(given, LIMIT) for solve in (pilotage, highs_mip, highs_lp))
        assert ours.proven, given.name
        assert theirs.proven, given.name
        assert (ours.value == -math.inf) == (given.nano.min(axis=1).sum() > given.budget), given.name
        assert ours.value == pytest.approx(theirs.value, rel=1e-9, abs=1e-9), given.name
        assert relaxed.value >= ours.value - 1e-6, given.name


def test_families_are_what_they_are_called() -> None:
    def all_of(family: str) -> list[Instance]:
        return [small(family, seed) for seed in range(SEEDS)]

    assert {len(given.nano) for given in all_of("one prompt")} == {1}
    assert {given.nano.shape[1] for given in all_of("one model")} == {1}
    assert all(given.nano.min(axis=1).sum() > given.budget for given in all_of("infeasible"))
    assert all(np.all(given.values == 0.125 * given.nano) for given in all_of("equal ratios"))
    assert any(np.any(given.nano == 0) for given in all_of("zero costs"))
    assert any(given.nano.max() * NANO > 1000 for given in all_of("huge costs"))
    assert all(np.all(np.diff(given.values - given.nano) > 0) for given in all_of("strongly correlated"))


@pytest.mark.parametrize("source", SOURCES)
def test_a_batch_costs_its_share(source: str) -> None:
    given = batch(source, 300, 0.25)
    best = given.nano[:, given.values.mean(axis=0).argmax()].sum()
    assert given.nano.shape == given.values.shape == (300, 11)
    assert given.budget == int(0.25 * best)


def test_a_bound_holds_where_a_proof_is_out_of_reach() -> None:
    ours = pilotage(hard(HARD[-1]), 0.3)
    assert not ours.proven
    assert ours.value < ours.bound < 1.001 * ours.value
