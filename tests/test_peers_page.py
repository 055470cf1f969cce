"""The page of peers is what its figures say; what it counts, by hand."""

from __future__ import annotations

import json

import pytest

from benchmarks.claims.world import POOLS, Variant
from benchmarks.peers.learners import GRIDS, policy
from benchmarks.peers.page import PAGE, RESULTS, _beyond, _broken, _counted, _over, _sides, render
from benchmarks.peers.run import BUDGETS, LEARNING, OURS, _append, _figures, _validation, _world
from benchmarks.results.run import checksum
from benchmarks.results.studies import CEILINGS, ROOT
from pilotage.replay.engine import play
from pilotage.replay.prices import list_prices
from pilotage.replay.split import split_outcomes
from pilotage.replay.table import Limit, Table

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_pool_and_ceiling_was_played_on_the_data_that_is_here() -> None:
    assert [pool["title"] for pool in FOUND["pools"]] == [pool.title for pool in POOLS]
    assert [each["ceiling"] for each in FOUND["ceilings"]["played"]] == list(CEILINGS)
    for study in (FOUND["ceilings"], *FOUND["pools"]):
        assert checksum(ROOT / study["data"]) == study["sha256"]
    for pool in FOUND["pools"]:
        assert all(len(rows) == FOUND["seeds"] for rows in pool["routers"].values())


@pytest.mark.parametrize("index", range(len(POOLS)), ids=[pool.title for pool in POOLS])
def test_what_is_played_today_is_what_stands_there(index: int) -> None:
    """Ours, seed 0: a change that moves a decision needs `make peers`."""
    world = _world(index)
    split = world.split(0, LEARNING)
    for name in OURS:
        runs = world.play(Variant(name), split, world.limits(split, BUDGETS), seed=0)
        now = [_figures(world.outcomes, split, run.deployed) for run in runs]
        _same(now, FOUND["pools"][index]["routers"][name][0])


def test_what_is_played_under_the_ceilings_today_is_what_stands_there() -> None:
    outcomes, embeddings = _validation()
    table = Table(outcomes.models, embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    split = split_outcomes(len(outcomes), seed=0)
    prices, limits = list_prices(outcomes, split.estimation), [Limit(None, ceiling) for ceiling in CEILINGS]
    for name in ("pilotage", "pilotage+pacer"):
        runs = play(table, split, prices, name, limits, seed=0, online=True)
        now = [_figures(outcomes, split, run.deployed) for run in runs]
        _same(now, [each["routers"][name][0] for each in FOUND["ceilings"]["played"]])


def _same(now: list[list[float]], then: list[list[float]]) -> None:
    """Six digits are kept; sums may round otherwise on another machine."""
    for (reward, cost), (kept_reward, kept_cost) in zip(now, then, strict=True):
        assert reward == pytest.approx(kept_reward, abs=2e-6)
        assert cost == pytest.approx(kept_cost, rel=1e-5)


def test_differences_are_paired_and_sides_are_counted() -> None:
    routers = {"pilotage": [[0.9, 1.0], [0.7, 1.0]], "other": [[0.8, 1.0], [0.6, 1.0]]}
    assert _over(routers, "other").mean == pytest.approx(0.1)
    assert _over(routers, "other").half_width == pytest.approx(0.0, abs=1e-12)
    assert _sides([("a", 1), ("b", 0), ("c", -1)]) == "ahead 1, level 1, behind 1 of 3 (behind at c)"
    assert _broken([(1e-4, 1, True), (2e-4, 1, False)]) == "; it spends more than the ceiling at $2.0e-04"


def test_peers_have_our_cost_policy_and_their_defaults_first() -> None:
    first = {peer: next(iter(grid.values())) for peer, grid in GRIDS.items()}
    for make in first.values():
        assert policy("x", make).budget == {"policy": "dual", "unserved": 0.0}
    assert first["vowpal"].args == (0.1, "")
    assert first["contextualbandits"].args == (1.0,)
    assert first["routellm's mf"].keywords == {"epochs": 100, "decay": 1e-5}


def test_what_each_seed_found_is_put_together() -> None:
    found: dict = {}
    for seed in range(2):
        _append(found, {"routers": {"a": [seed, 1.0]}, "best": [seed]})
    assert found == {"routers": {"a": [[0, 1.0], [1, 1.0]]}, "best": [[0], [1]]}


def test_who_spends_more_than_the_budget_is_shown_with_it() -> None:
    rows = [[[0.5, 1.1]], [[0.5, 1.3]]]
    assert _beyond(rows, [10.0, 10.0], 0, 0.1) == " at 120 %"
    assert _beyond(rows, [12.0, 12.0], 0, 0.1) == ""
    assert _beyond(rows, [15.0, 15.0], 0, 0.1) == " at 80 %"
    assert _counted(["a", "b", "a"]) == "a (2); b (1)"
