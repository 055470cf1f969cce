"""The stress of benchmarks/stress, in seconds."""

from __future__ import annotations

import sys

import pytest

from benchmarks.stress.harness import HELD, USUAL_COST, Outcome, stress, switch_often


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    interval = sys.getswitchinterval()
    switch_often()
    try:
        return stress(15_000, held=HELD)
    finally:
        sys.setswitchinterval(interval)


def test_the_limit_holds_at_every_moment(outcome: Outcome) -> None:
    assert outcome.looks > 20
    assert outcome.in_flight > 5.0 * USUAL_COST
    assert outcome.highest <= outcome.limit
    assert outcome.settled <= outcome.limit
    assert outcome.overruns == 0


def test_the_money_is_spent(outcome: Outcome) -> None:
    assert outcome.tally.refused > 0
    assert outcome.used >= 0.97


def test_every_call_is_charged_once(outcome: Outcome) -> None:
    assert outcome.tally.wrong == 0
    assert outcome.tally.settled_twice > 0
    assert outcome.settled == outcome.tally.charged / 1e9
    assert outcome.reserved == 0.0
