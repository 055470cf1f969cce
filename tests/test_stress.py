"""The stress of benchmarks/stress, in seconds."""

from __future__ import annotations

import sys

import pytest

from benchmarks.stress.harness import HELD, USUAL_COST, Outcome, stress, switch_often
from benchmarks.stress.together import DAYS, TENANTS, together


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


def test_long_answers_of_some_do_not_refuse_others() -> None:
    outcome = stress(600, latency=0.02, limit=250 * USUAL_COST, asked=(128_000,))
    assert outcome.highest <= outcome.limit
    assert outcome.tally.served >= 0.8 * 600  # at most 355 where one call may take all the room


def test_every_call_is_charged_once(outcome: Outcome) -> None:
    assert outcome.tally.wrong == 0
    assert outcome.tally.settled_twice > 0
    assert outcome.settled == outcome.tally.charged / 1e9
    assert outcome.reserved == 0.0


def test_every_one_of_several_limits_holds_and_every_tenant_pays_its_own() -> None:
    interval = sys.getswitchinterval()
    switch_often()
    try:
        several = together(15_000)
    finally:
        sys.setswitchinterval(interval)
    assert several.looks > 20
    assert several.days == DAYS
    assert len(several.accounts) == TENANTS + 2
    assert all(account.over == 0 for account in several.accounts.values())
    assert several.apart == 0.0
    assert several.reserved == 0.0
    assert several.tally.wrong == 0
    reached = {name: account.highest / account.limit for name, account in several.accounts.items()}
    # All three are felt; how far the total gets depends on whose turn it was, the more so the fewer requests.
    assert reached["total"] >= 0.9
    assert reached["total 1d"] >= 0.97
    assert max(share for name, share in reached.items() if name.startswith("per-tenant/")) >= 0.97
