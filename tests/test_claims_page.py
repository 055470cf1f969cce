"""The page of claims is what its figures say, and its verdicts follow their rules."""

from __future__ import annotations

import json

import pytest

from benchmarks.claims.figures import side, tally
from benchmarks.claims.page import PAGE, RESULTS, render
from benchmarks.claims.theory import bound, simulate
from benchmarks.claims.verdicts import NO, PARTLY, YES, _everywhere, _level, claims
from benchmarks.claims.world import POOLS
from benchmarks.results.run import checksum
from benchmarks.results.studies import ROOT
from pilotage.replay.summary import Interval

FOUND = json.loads(RESULTS.read_text("utf-8"))
AHEAD, LEVEL, BEHIND = Interval(0.2, 0.1), Interval(0.05, 0.1), Interval(-0.2, 0.1)


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_pool_was_played_on_the_data_that_is_here() -> None:
    assert [pool["title"] for pool in FOUND["pools"]] == [pool.title for pool in POOLS]
    for pool in FOUND["pools"]:
        assert checksum(ROOT / pool["data"]) == pool["sha256"]
        for played in pool["played"].values():
            assert all(len(row["reward"]) == FOUND["seeds"] for row in played.values())


def test_every_claim_has_a_verdict() -> None:
    assert {claim.verdict for claim in claims(FOUND)} <= {YES, PARTLY, NO}


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


def test_sides_and_tallies() -> None:
    assert [side(each) for each in (AHEAD, LEVEL, BEHIND)] == [1, 0, -1]
    assert tally([AHEAD, LEVEL, BEHIND, AHEAD]) == "ahead 2, level 1, behind 1 of 4"


def test_a_perfect_prior_regrets_less_within_a_smaller_bound() -> None:
    (regret,) = zip(*[simulate(1)[distance] for distance in ("0.0", "1.0")], strict=True)
    assert regret[0] < regret[1] < bound(1.0)
    assert bound(0.0) < bound(1.0)
