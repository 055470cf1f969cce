"""The page of a changing pool is what its figures say; its scenarios by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.drift.page import PAGE, RESULTS, render, verdict
from benchmarks.drift.players import PLAYERS
from benchmarks.drift.scenarios import (
    CEILINGS,
    DATASET,
    FLASH,
    LLAMA,
    MISTRAL,
    MODELS,
    PRICES,
    PRO,
    SCENARIOS,
    phases,
)
from benchmarks.drift.tuning import ALPHAS, FIGURES, TUNED_ON, WORLDS, apart, best
from benchmarks.results.run import checksum
from pilotage.replay.data import read_outcomes
from pilotage.replay.summary import Interval
from pilotage.router import DEFAULT_ALPHA, FORGETFUL_ALPHA

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_everybody_played_every_scenario_at_every_ceiling() -> None:
    assert FOUND["sha256"] == checksum(DATASET)
    assert [scenario["title"] for scenario in FOUND["scenarios"]] == [each.title for each in SCENARIOS]
    for scenario in FOUND["scenarios"]:
        assert list(scenario["ceilings"]) == list(CEILINGS)
        for players in scenario["ceilings"].values():
            assert list(players) == [*PLAYERS, "envelope"]
            assert {len(streams) for streams in players.values()} == {FOUND["seeds"]}


def test_the_alpha_that_goes_with_forgetting_is_the_one_that_did_best_elsewhere() -> None:
    tuned = json.loads(FIGURES.read_text("utf-8"))
    assert [study["title"] for study in tuned["studies"]] == [study.title for study in TUNED_ON]
    assert best(tuned) == FORGETFUL_ALPHA
    assert ALPHAS[0] == DEFAULT_ALPHA


def test_differences_are_paired() -> None:
    by_alpha = {str(alpha): [0.5, 0.6, 0.7] for alpha in ALPHAS} | {"0.5": [0.6, 0.7, 0.8]}
    cells = {"0.1": {world: {"0.997": by_alpha} for world in WORLDS}}
    (found,) = apart({"studies": [{"cells": cells}]}, 0.997, WORLDS[1], 0.5)
    assert found.mean == pytest.approx(0.1)
    assert found.half_width == pytest.approx(0.0, abs=1e-9)


def test_phases_change_what_they_say_and_the_last_has_the_prompts_of_the_first() -> None:
    outcomes = read_outcomes(DATASET, MODELS)
    for scenario in SCENARIOS:
        learn, *counted = phases(outcomes, scenario, seed=3)
        assert learn.world.pool == (LLAMA, MISTRAL, PRO)
        rows = np.concatenate([phase.rows for phase in (learn, *counted)])
        assert set(rows) == set(range(len(outcomes)))
        if scenario.newcomer:
            assert len(rows) == len(outcomes)
            assert counted[0].world.pool == (LLAMA, MISTRAL, PRO, FLASH)
        else:
            first, second, third = counted
            assert sorted(first.rows) == sorted(third.rows)
            assert not set(first.rows) & set(second.rows)
            assert third.world is first.world

    changed = [phases(outcomes, scenario, seed=0)[2].world for scenario in SCENARIOS[:4]]
    assert changed[0].reward is outcomes.reward
    np.testing.assert_allclose(changed[1].cost[:, PRO], outcomes.cost[:, PRO] / 10)
    np.testing.assert_allclose(changed[1].prices[PRO], [0.125, 1.0])
    np.testing.assert_allclose(changed[2].prices[PRO].mean(), 0.10)
    assert (changed[3].reward[:, MISTRAL] == 0.75).all()
    for world in changed:
        np.testing.assert_array_equal(world.cost[:, [LLAMA, MISTRAL]], outcomes.cost[:, [LLAMA, MISTRAL]])

    joined = [phases(outcomes, scenario, seed=0)[1].world for scenario in SCENARIOS[4:]]
    for world, quality, price in zip(joined, (1.0, 0.5, 1.0), (1.0, 1.0, 10.0), strict=True):
        np.testing.assert_allclose(world.reward[:, FLASH], quality * outcomes.reward[:, FLASH])
        np.testing.assert_allclose(world.cost[:, FLASH], price * outcomes.cost[:, FLASH])
        np.testing.assert_allclose(world.prices[FLASH], price * PRICES[FLASH])


@pytest.mark.parametrize(
    ("mean", "half_width", "said"),
    [(0.2, 0.1, "won"), (-0.2, 0.1, "lost"), (0.1, 0.1, "level"), (-0.05, 0.1, "level")],
)
def test_verdict(mean: float, half_width: float, said: str) -> None:
    assert verdict(Interval(mean, half_width)) == said
