"""The page of claims is what its figures say, and its verdicts follow their rules."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from benchmarks.claims import goals, tuning
from benchmarks.claims.complexity import LEAST, compare
from benchmarks.claims.encoders import hashed_grams, projected
from benchmarks.claims.figures import side, tally, text
from benchmarks.claims.page import PAGE, RESULTS, _counted, render
from benchmarks.claims.protocol import BUDGETS, _cost
from benchmarks.claims.theory import bound, simulate
from benchmarks.claims.verdicts import (
    ASKED_ELSEWHERE,
    NO,
    PARTLY,
    YES,
    _everywhere,
    _level,
    claims,
    noise_verdict,
    share_verdict,
)
from benchmarks.claims.world import POOLS, SINGLE, Pool, Variant, World
from benchmarks.results.run import checksum
from benchmarks.results.studies import ROOT
from pilotage.replay.runs import UNSERVED
from pilotage.replay.summary import Interval
from pilotage.replay.table import Table
from tests.replay.topics import encode, rivals

FOUND = json.loads(RESULTS.read_text("utf-8"))
AHEAD, LEVEL, BEHIND = Interval(0.2, 0.1), Interval(0.05, 0.1), Interval(-0.2, 0.1)


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_pool_was_played_on_the_data_that_is_here() -> None:
    assert [pool["title"] for pool in FOUND["pools"]] == [pool.title for pool in POOLS]
    assert [pool["title"] for pool in FOUND["single"]] == [pool.title for pool in SINGLE]
    for pool in (*FOUND["pools"], *FOUND["single"]):
        assert checksum(ROOT / pool["data"]) == pool["sha256"]
        for played in pool["played"].values():
            assert all(len(row["reward"]) == FOUND["seeds"] for row in played.values())


@pytest.mark.parametrize("pool", [*POOLS, *SINGLE], ids=lambda pool: pool.title)
def test_what_is_played_today_is_what_stands_there(pool: Pool) -> None:
    """Seed 0 of ours and of the published policy; a change that moves a decision needs `make claims`."""
    (kept,) = (each for each in (*FOUND["pools"], *FOUND["single"]) if each["title"] == pool.title)
    world = World(pool)
    split = world.split(0)
    for name in ("pilotage", "pilot"):
        then = kept["played"][str(len(split.learning))][name]
        runs = world.play(Variant(name), split, world.limits(split, BUDGETS), seed=0)
        # rounded to six digits; sums may round otherwise on another machine
        rewards = [world.reward(split, run.deployed) for run in runs]
        costs = [_cost(world, split, run.deployed) for run in runs]
        assert rewards == pytest.approx(then["reward"][0], abs=2e-6), name
        assert costs == pytest.approx(then["cost"][0], rel=1e-5), name


def test_every_claim_has_a_verdict() -> None:
    rows = claims(FOUND)
    assert {claim.verdict for claim in rows} <= {YES, PARTLY, NO}
    assert {claim.ours for claim in rows} <= {YES, PARTLY, NO, ASKED_ELSEWHERE}
    told = _counted(["-", YES, YES, NO])
    assert told == "2 reproduced, 0 partly, 1 not reproduced, of 3 rows that ask it"


@pytest.mark.parametrize(
    ("differences", "everywhere", "level"),
    [
        ([AHEAD, AHEAD], YES, YES),
        ([AHEAD, LEVEL], PARTLY, YES),
        ([AHEAD, BEHIND], NO, PARTLY),
        ([LEVEL, LEVEL], NO, YES),
        ([BEHIND, BEHIND], NO, NO),
    ],
)
def test_verdicts_by_hand(differences: list[Interval], everywhere: str, level: str) -> None:
    assert (_everywhere(differences), _level(differences)) == (everywhere, level)


@pytest.mark.parametrize(
    ("mean", "over", "goal", "verdict"),
    [
        (0.94, LEVEL, 0.93, YES),
        (0.94, BEHIND, 0.93, PARTLY),  # a blind mixture does better
        (0.92, AHEAD, 0.93, PARTLY),  # within the interval
        (0.90, AHEAD, 0.93, NO),
        (0.90, AHEAD, None, YES),
        (0.99, LEVEL, None, PARTLY),
        (0.99, BEHIND, None, NO),
    ],
)
def test_a_share_must_be_worth_more_than_a_blind_one(
    mean: float, over: Interval, goal: float | None, verdict: str
) -> None:
    assert share_verdict(Interval(mean, 0.02), over, goal) == verdict


def test_a_wide_interval_does_not_make_a_claim_hold() -> None:
    assert noise_verdict(Interval(0.02, 0.01)) == YES
    assert noise_verdict(Interval(0.02, 0.03)) == PARTLY
    assert noise_verdict(Interval(0.05, 0.03)) == NO


def test_a_pool_of_one_task_has_its_prompts_alone() -> None:
    physics = World(SINGLE[0])
    assert set(physics.outcomes.task or ()) == {"physics"}
    assert len(physics.embeddings) == len(physics.outcomes) == 1297
    assert [pool.binary for pool in (*POOLS, *SINGLE)] == [False, False, True, False, True]


def test_all_to_one_is_what_the_money_buys() -> None:
    world = World(SINGLE[0])
    split = world.split(0)
    mean = world.outcomes.cost[split.learning].mean(axis=0)
    cheap, dear = mean.argmin(), world.outcomes.reward[split.learning].mean(axis=0).argmax()
    assert world._single(split, 0.0) == cheap
    assert world._single(split, float(mean.min())) == cheap
    assert world._single(split, float(mean.max())) == dear


def test_sides_and_tallies() -> None:
    assert [side(each) for each in (AHEAD, LEVEL, BEHIND)] == [1, 0, -1]
    assert tally([AHEAD, LEVEL, BEHIND, AHEAD]) == "ahead 2, level 1, behind 1 of 4"


def test_goals_by_hand() -> None:
    assert goals.verdict(0.951, 0.94) == "**reached**"
    assert goals.verdict(0.94, 0.96) == "**missed**, full information reaches it"
    assert goals.verdict(0.92, 0.93) == "**missed**, full information misses it, too"


def test_what_nobody_knows_is_a_dash() -> None:
    assert text(Interval(math.nan, math.nan)) == "-"


def test_which_prompts_the_strong_model_got_by_hand() -> None:
    """2 is strong. It got 10 prompts that the others fail and it does not; 0 got 10 that everybody can do."""
    reward = np.repeat([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]], LEAST, axis=0)
    characters = np.repeat([300.0, 100.0], LEAST)
    choices = np.repeat([2, 0], LEAST)
    assert compare(reward, characters, choices, strong=2) == (0.5, 1.0, 1.0, 3.0)
    choices[0] = UNSERVED
    assert compare(reward, characters, choices, strong=2) == (round(9 / 19, 4), None, None, None)


def test_grams_are_projected_by_the_tuning_prompts_alone() -> None:
    talk = [f"Tell me a story about {i} cats." for i in range(20)]
    sums = [f"How much is {i} plus {i}?" for i in range(20)]
    tuning_rows = np.arange(10).repeat(2) + np.array([0, 20] * 10)
    first = projected(hashed_grams([*talk, *sums]), tuning_rows, components=4)
    other = projected(hashed_grams([*talk, *sums[:-1], "something else"]), tuning_rows, components=4)
    assert np.linalg.norm(first, axis=1) == pytest.approx(1.0)
    assert first[:-1] == pytest.approx(other[:-1], abs=1e-6)
    near, far = first[15] @ first[16], first[15] @ first[36]
    assert near > far + 0.5


def test_a_window_is_chosen_where_exploring_pays() -> None:
    """Two models, told apart by the prompt: with one exploration in 500 nothing is learned of either."""
    outcomes = rivals(200)
    table = Table(
        outcomes.models, encode(outcomes.prompts), outcomes.reward, outcomes.cost, outcomes.input_tokens
    )
    assert tuning.window(outcomes, table, np.arange(200)) == tuning.WINDOWS[0]


def test_a_perfect_prior_regrets_less_within_a_smaller_bound() -> None:
    (regret,) = zip(*[simulate(1)[distance] for distance in ("0.0", "1.0")], strict=True)
    assert regret[0] < regret[1] < bound(1.0)
    assert bound(0.0) < bound(1.0)
