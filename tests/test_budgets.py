"""Several budgets at once, hard and soft, by the period; and what calls were expected to cost."""

from __future__ import annotations

import math
import pickle
import sys
import threading
from datetime import datetime, timezone

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router
from pilotage.period import next_boundary

# 1,000 tokens in and 1,000 out cost 2 and 4 cents.
CHEAP = Model("cheap", 1e-5, 1e-5, expected_output_tokens=1000)
DEAR = Model("dear", 2e-5, 2e-5, expected_output_tokens=1000)
X = [1.0]
DAY = 86_400.0


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def router(models: list[Model] | None = None, **keywords) -> Router:
    return Router(models or [CHEAP], **{"dim": 1, "alpha": 0.0, "learn_costs": False, **keywords})


def decide(subject: Router, tenant: str | None = None, **keywords):
    return subject.decide(X, input_tokens=1000, tenant=tenant, **keywords)


def served(subject: Router, requests: int) -> list[str]:
    """The models of so many calls, of which the dear one's earn more; they cost what was expected."""
    chosen = []
    for _ in range(requests):
        decision = decide(subject)
        subject.settle(decision.id, decision.expected_cost)
        subject.feedback(decision.id, 1.0 if decision.model == "dear" else 0.1)
        chosen.append(decision.model)
    return chosen


def limits(subject: Router) -> dict[str, tuple]:
    """(limit, settled, reserved) of every account."""
    return {name: state[:3] for name, state in subject.budgets.items()}


# Several at once.


def test_every_budget_that_applies_is_charged_and_no_other() -> None:
    subject = router(
        budgets=[
            Budget(1.0, soft=True),
            Budget(0.5, soft=True, tenant="acme", name="acme's"),
            Budget(0.2, soft=True, tenant="*"),
        ]
    )
    assert limits(subject) == {"total": (1.0, 0, 0), "acme's": (0.5, 0, 0)}
    ids = [decide(subject, tenant).id for tenant in (None, "acme", "umbrella")]
    assert limits(subject) == {
        "total": (1.0, 0, 0.06),
        "acme's": (0.5, 0, 0.02),
        "per-tenant/acme": (0.2, 0, 0.02),
        "per-tenant/umbrella": (0.2, 0, 0.02),
    }
    subject.settle(ids[1], 0.015)
    subject.release(ids[2])
    subject.expire(ids[0])
    assert limits(subject) == {
        "total": (1.0, 0.035, 0),
        "acme's": (0.5, 0.015, 0),
        "per-tenant/acme": (0.2, 0.015, 0),
        "per-tenant/umbrella": (0.2, 0, 0),
    }
    assert subject.budget == subject.budgets["total"]


def test_a_tenant_without_money_is_refused_and_others_are_not() -> None:
    subject = router(budgets=[Budget(1.0, soft=True), Budget(0.03, soft=True, tenant="*")])
    decide(subject, "acme")
    with pytest.raises(BudgetExhausted, match=r"'total': .*'per-tenant/acme': .*remaining=0\.01") as refusal:
        decide(subject, "acme")
    assert "umbrella" not in str(refusal.value)
    assert decide(subject, "umbrella").model == "cheap"
    assert decide(subject).model == "cheap"


def test_a_refused_call_opens_no_account() -> None:
    subject = router(budgets=[Budget(1.0, tenant="*")])
    with pytest.raises(ValueError, match="x must be finite"):
        subject.decide([math.nan], tenant="acme")
    assert subject.budgets == {}


def test_a_budget_of_each_tenant_is_not_one_account() -> None:
    subject = router(budgets=[Budget(1.0, tenant="*"), Budget(1.0, tenant="*", period="1d")])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"budget must have one account, .* got 'per-tenant', 'per-ten"):
            _ = subject.budget
        decide(subject, "acme")
    subject.set_budgets([Budget(1.0, tenant="*"), Budget(2.0)])
    assert subject.budget.limit == 2.0


def test_names() -> None:
    budgets = [Budget(1.0), Budget(1.0, tenant="*"), Budget(1.0, tenant="a"), Budget(1.0, period="1d")]
    assert [budget.name for budget in budgets] == ["total", "per-tenant", "a", "total 1d"]
    assert list(router().budgets) == ["total"]


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"soft": 1}, TypeError, "soft must be True or False, got 1"),
        ({"name": ""}, ValueError, "name must not be empty, got ''"),
        ({"name": "\ud800"}, ValueError, r"name must be text, got '\\ud800'"),
        ({"tenant": "\ud800"}, ValueError, r"tenant must be text, got '\\ud800'"),
        ({"name": "a/b"}, ValueError, "name must not contain '/', got 'a/b'"),
        ({"tenant": 3}, TypeError, "tenant must be a str, got 3"),
        ({"period": 3}, TypeError, "period must be a str such as '1d', got 3"),
        ({"period": "0d"}, ValueError, "period must be a number of s, m, h, d, w or mo, .* got '0d'"),
        ({"period": "d"}, ValueError, "period must be a number of s, m, h, d, w or mo, .* got 'd'"),
    ],
)
def test_refused_scopes(keywords, error, message) -> None:
    with pytest.raises(error, match=message):
        Budget(1.0, **keywords)


# Periods.


@pytest.mark.parametrize(
    ("period", "now", "boundary"),
    [
        ("1h", "2026-03-01T11:59:59.5", "2026-03-01T12:00:00"),
        ("1h", "2026-03-01T12:00:00", "2026-03-01T13:00:00"),
        ("1d", "2026-02-28T12:00:00", "2026-03-01T00:00:00"),
        ("1w", "2026-03-01T23:00:00", "2026-03-02T00:00:00"),  # a Monday
        ("1mo", "2026-12-31T23:59:59", "2027-01-01T00:00:00"),
        ("3mo", "2026-05-31T00:00:00", "2026-07-01T00:00:00"),
        ("15m", "1970-01-01T00:14:59", "1970-01-01T00:15:00"),
        ("30s", "2026-03-01T12:00:31", "2026-03-01T12:01:00"),
    ],
)
def test_boundaries_are_those_of_utc(period: str, now: str, boundary: str) -> None:
    def seconds(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()

    assert next_boundary(period, seconds(now)) == seconds(boundary)


def test_a_period_refills_its_accounts_and_only_those() -> None:
    clock = Clock(10 * DAY - 1)
    budgets = [Budget(1.0, soft=True), Budget(0.03, soft=True, tenant="*", period="1d", name="daily")]
    subject = router(budgets=budgets, clock=clock)
    yesterday = decide(subject, "acme")
    with pytest.raises(BudgetExhausted):
        decide(subject, "acme")
    clock.now = 10 * DAY
    assert decide(subject, "acme").model == "cheap"
    subject.settle(yesterday.id, 0.5)  # belongs to yesterday's account, and to the total
    assert limits(subject) == {"total": (1.0, 0.5, 0.02), "daily/acme": (0.03, 0, 0.02)}
    assert [state.after_period for state in subject.budgets.values()] == [0.0, 0.5]
    clock.now = 5 * DAY  # a clock that steps back refills nothing
    assert limits(subject)["daily/acme"] == (0.03, 0, 0.02)
    clock.now = 99.5 * DAY
    assert limits(subject)["daily/acme"] == (0.03, 0, 0)


@pytest.mark.parametrize("period", ["1d", "6h", "1w", "1mo", "2mo"])
def test_a_clock_that_was_wrong_once_does_not_stop_the_periods(period: str) -> None:
    clock = Clock(100.5 * DAY)
    subject = router(budget=Budget(0.03, soft=True, period=period), clock=clock)
    clock.now = 20_000 * DAY
    decide(subject)
    boundary = 100.5 * DAY
    for _ in range(5):
        clock.now = boundary
        with pytest.raises(BudgetExhausted):  # back again: nothing is refilled for that
            decide(subject)
        boundary = next_boundary(period, boundary)
        clock.now = boundary - 1.0
        with pytest.raises(BudgetExhausted):
            decide(subject)
        clock.now = boundary
        decide(subject)


def test_a_clock_that_was_in_the_past_once_refills_nothing() -> None:
    clock = Clock(100.5 * DAY)
    subject = router(budget=Budget(0.03, soft=True, period="1d"), clock=clock)
    decide(subject)
    for now in (0.0, 100.6 * DAY, 50 * DAY, 3 * DAY, 100.9 * DAY):
        clock.now = now
        with pytest.raises(BudgetExhausted):
            decide(subject)
    clock.now = 101 * DAY
    decide(subject)


@pytest.mark.parametrize("back", [1.0, 0.5 * DAY, DAY, 1.9 * DAY])
def test_a_clock_that_swings_about_a_boundary_refills_once(back: float) -> None:
    clock = Clock(10.9 * DAY)
    subject = router(budget=Budget(0.03, soft=True, period="1d"), clock=clock)
    clock.now = 11 * DAY
    decide(subject)
    for _ in range(3):
        for now in (12 * DAY - 1 - back, 12 * DAY - 1):
            clock.now = max(10 * DAY, now)
            with pytest.raises(BudgetExhausted):
                decide(subject)


def test_a_call_that_is_forgotten_by_an_adopted_one_is_late_too() -> None:
    clock = Clock(0.0)
    subject = router(budget=Budget(1.0, soft=True, period="1d"), clock=clock, remember=1)
    decide(subject)
    clock.now = DAY
    subject.adopt([1.0], "cheap")
    assert subject.budget.after_period == 0.02


@pytest.mark.parametrize("end", ["settle", "release", "expire"])
def test_what_is_charged_before_the_first_decision_of_a_period_is_late_too(end: str) -> None:
    clock = Clock(0.0)
    subject = router(budget=Budget(1.0, soft=True, period="1d"), clock=clock)
    decision = decide(subject)
    clock.now = DAY
    charged = {
        "settle": lambda: subject.settle(decision.id, 0.5) and 0.5,
        "release": lambda: subject.release(decision.id) and 0.0,
        "expire": lambda: subject.expire(decision.id) and 0.02,
    }[end]()
    assert subject.budget == (1.0, 0.0, 0.0, 1.0, 0.0, 0, 0, charged)
    assert decide(subject).reserved == 0.02


def test_what_is_charged_after_its_period_is_late_and_stays_so() -> None:
    clock = Clock(0.0)
    subject = router(budgets=[Budget(1.0, soft=True, tenant="*", period="1h")], clock=clock, remember=4)
    settled, expired, released, forgotten = (decide(subject, "acme").id for _ in range(4))
    clock.now = 3600.0
    assert limits(subject) == {"per-tenant 1h/acme": (1.0, 0, 0)}
    subject.settle(settled, 0.5)
    subject.expire(expired)
    subject.release(released)
    (state,) = subject.budgets.values()
    assert state == (1.0, 0.0, 0.0, 1.0, 0.0, 0, 0, 0.52)
    for _ in range(4):  # forgets what was open
        decide(subject, "acme")
    clock.now = 7200.0
    (state,) = subject.budgets.values()
    assert state.after_period == 0.54
    assert subject.settle(forgotten, 0.1) == "late"
    assert subject.outside == (0.0, 0.0)


def test_what_no_account_pays_for_is_added_up() -> None:
    subject = router(budget=Budget(1.0, soft=True), remember=5)
    subject.settle(subject.adopt(X, "cheap").id, 0.25)
    settled, expired = decide(subject).id, decide(subject).id
    subject.set_budget(Budget(2.0, soft=True))
    assert subject.outside == (0.25, 0.0)
    subject.settle(settled, 0.125)
    subject.expire(expired)
    subject.settle(subject.adopt(X, "cheap").id, 0.5)
    assert subject.outside == (0.75, 0.145)
    assert subject.outside.replaced == 0.145
    assert subject.budget == (2.0, 0.0, 0.0, 2.0, 0.0, 0, 0, 0.0)


def test_accounts_of_a_period_that_is_over_are_renewed_when_they_are_looked_at() -> None:
    clock = Clock(0.0)
    subject = router(budgets=[Budget(0.03, tenant="*", soft=True, period="1h", name="hourly")], clock=clock)
    tenants = ["acme", "umbrella", "initech"]
    for tenant in tenants:
        decide(subject, tenant)
    for hour in (1, 5):
        clock.now = 3600.0 * hour
        open_call = decide(subject, "umbrella")
        assert [state.reserved for state in subject.budgets.values()] == [0, 0.02, 0]
        assert {state.remaining for state in subject.budgets.values()} == {0.03, 0.01}
        with pytest.raises(BudgetExhausted, match=r"remaining=0\.01"):
            decide(subject, "umbrella")
        subject.release(open_call.id)
        assert [state[:3] for state in subject.budgets.values()] == [(0.03, 0, 0)] * 3
    clock.now += 3600.0
    subject.set_limit("hourly/initech", 1.0)
    assert decide(subject, "initech").reserved == 0.02
    assert subject.budgets["hourly/initech"].remaining == 0.98


def test_a_policy_starts_afresh_with_its_period() -> None:
    clock = Clock(0.0)
    subject = router(
        [CHEAP, DEAR], budget=Budget(0.06, 3, soft=True, period="1h", policy="even"), clock=clock
    )
    assert [decide(subject).candidates for _ in range(3)] == [("cheap",)] * 3
    with pytest.raises(BudgetExhausted):
        decide(subject)
    clock.now = 3600.0
    assert decide(subject).candidates == ("cheap",)
    assert subject.budget[:3] == (0.06, 0.0, 0.02)


@pytest.mark.parametrize(
    ("now", "error", "message"),
    [
        (math.nan, ValueError, r"clock must return seconds since the epoch, in \[0, 1e\+11\), got nan"),
        (math.inf, ValueError, "clock must return seconds since the epoch, .* got inf"),
        (1.8e12, ValueError, "clock must return seconds since the epoch, .* got 1800000000000.0"),
        (-1, ValueError, "clock must return seconds since the epoch, .* got -1"),
        ("now", TypeError, "what clock returns must be a number, got 'now'"),
        (None, TypeError, "what clock returns must be a number, got None"),
    ],
)
def test_a_clock_is_checked_whenever_it_is_asked(now, error, message) -> None:
    hourly = Budget(1.0, period="1h")
    with pytest.raises(error, match=message):
        router(budget=hourly, clock=lambda: now)
    clock = Clock(0.0)
    subject = router(budget=hourly, clock=clock)
    decide(subject)
    before = subject.budgets
    clock.now = now
    for call in (
        lambda: decide(subject),
        lambda: subject.budget,
        lambda: subject.set_limit("total 1h", 2.0),
        lambda: subject.set_budget(Budget(3.0, period="1d")),
    ):
        with pytest.raises(error, match=message):
            call()
    clock.now = 60
    assert subject.budgets == before


def test_periods_start_with_the_budgets() -> None:
    clock = Clock(DAY / 2)
    subject = router(clock=clock)
    clock.now = 1.5 * DAY
    subject.set_budget(Budget(0.03, soft=True, period="1d"))
    decide(subject)
    clock.now = 2 * DAY - 1
    assert limits(subject) == {"total 1d": (0.03, 0, 0.02)}
    clock.now = 2 * DAY
    assert limits(subject) == {"total 1d": (0.03, 0, 0)}


# A limit that changes.


def test_a_limit_changes_and_the_account_goes_on() -> None:
    subject = router(budget=Budget(0.03, soft=True))
    subject.settle(decide(subject).id, 0.015)
    with pytest.raises(BudgetExhausted):
        decide(subject)
    subject.set_limit("total", 0.04)
    decide(subject)
    assert limits(subject) == {"total": (0.04, 0.015, 0.02)}
    subject.set_limit("total", 0.01)
    assert subject.budget.remaining == 0.0
    with pytest.raises(BudgetExhausted):
        decide(subject)


def test_a_limit_changes_for_one_tenant_or_for_all_and_outlives_the_period() -> None:
    clock = Clock(0.0)
    subject = router(budgets=[Budget(0.03, tenant="*", period="1d", name="daily")], clock=clock)
    for tenant in ("acme", "umbrella"):
        decide(subject, tenant)
    subject.set_limit("daily/acme", 1.0)
    assert [state[0] for state in subject.budgets.values()] == [1.0, 0.03]
    clock.now = DAY
    assert limits(subject) == {"daily/acme": (1.0, 0, 0), "daily/umbrella": (0.03, 0, 0)}
    subject.set_limit("daily", 2.0)
    decide(subject, "initech")
    assert [state[0] for state in subject.budgets.values()] == [2.0, 2.0, 2.0]


def test_a_tenant_may_have_a_limit_before_it_comes() -> None:
    clock = Clock(0.0)
    subject = router(budgets=[Budget(0.03, tenant="*", soft=True, period="1d")], clock=clock)
    subject.set_limit("per-tenant 1d/zoe", 2.0)
    assert limits(subject) == {"per-tenant 1d/zoe": (2.0, 0, 0)}
    decide(subject, "zoe")
    decide(subject, "adam")
    assert [state[:3] for state in subject.budgets.values()] == [(2.0, 0, 0.02), (0.03, 0, 0.02)]
    clock.now = DAY
    assert limits(subject)["per-tenant 1d/zoe"] == (2.0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        (("total",), {}, "usd, usd_per_request or requests must be given, got none of them"),
        (("total", 1.0), {"requests": 0}, "requests must be >= 1, got 0"),
        (("total", 5e9), {}, r"usd must be in \[0, 4e\+09\] US dollars, got 5e\+09"),
        (("total", 2.0), {"usd_per_request": 0.1}, "usd_per_request must be None where a budget has none"),
        (("cap", 2.0), {"requests": 5}, "requests must be None but for the policies dual and even, got 5"),
        (("each/", 2.0), {}, "tenant of name must not be empty, got ''"),
        (("each/*", 2.0), {}, r"tenant of name must be the name of one, got '\*'"),
        (("acme/acme", 2.0), {}, "name must be one of total, cap, each, acme, got 'acme/acme'"),
        (("bandit",), {"usd_per_request": 0.0}, "usd_per_request must be finite and > 0, got 0"),
        (("bandit",), {"usd_per_request": -1.0}, "usd_per_request must be finite and >= 0, got -1.0"),
    ],
)
def test_a_refused_limit_changes_nothing(arguments, keywords, message) -> None:
    subject = router(
        budgets=[
            Budget(1.0, 10),
            Budget(1.0, name="cap"),
            Budget(1.0, tenant="*", name="each"),
            Budget(1.0, tenant="acme"),
        ]
    )
    if arguments[0] == "bandit":
        subject.set_budget(Budget(usd_per_request=0.1, policy="primal_dual", name="bandit"))
    before = subject.budgets
    with pytest.raises(ValueError, match=message):
        subject.set_limit(*arguments, **keywords)
    assert subject.budgets == before


def test_a_pace_changes_and_what_was_settled_and_saved_stays() -> None:
    # 0.02 a request pays for cheap alone, 0.04 for dear.
    subject = router([CHEAP, DEAR], budget=Budget(usd_per_request=0.02), alpha=1.0, strength=1.0)
    assert served(subject, 150).count("dear") < 5
    spent = subject.budget.settled
    subject.set_limit("total", usd_per_request=0.06)
    assert subject.budget.settled == spent
    assert served(subject, 150).count("dear") > 140


@pytest.mark.parametrize("policy", ["dual", "even"])
def test_a_horizon_changes_and_what_was_settled_stays(policy: str) -> None:
    # 3 dollars over 150 requests: 0.02 each; over 75, of which 40 are gone: twice as much and more.
    subject = router(
        [CHEAP, DEAR], budget=Budget(3.0, 150, policy=policy, soft=True), alpha=1.0, strength=1.0
    )
    assert served(subject, 40).count("dear") < 3
    subject.set_limit("total", requests=75)
    assert served(subject, 35).count("dear") > 30
    assert 2.0 < subject.budget.settled <= 3.0


@pytest.mark.parametrize("policy", ["dual", "even", "zcl"])
def test_a_policy_spends_what_a_limit_is_raised_by(policy: str) -> None:
    # For 0.03 a request both models are affordable half of the time; for 0.04 always.
    def dear(raised: bool) -> int:
        subject = router(
            [CHEAP, DEAR], budget=Budget(3.0, 100, policy=policy, soft=True), alpha=1.0, strength=1.0
        )
        if raised:
            subject.set_limit("total", 8.0)
        chosen = []
        for _ in range(100):
            try:
                decision = decide(subject)
            except BudgetExhausted:  # zcl refuses what is not worth its threshold
                continue
            subject.settle(decision.id, decision.expected_cost)
            subject.feedback(decision.id, 1.0 if decision.model == "dear" else 0.1)
            chosen.append(decision.model)
        return chosen.count("dear")

    assert dear(False) < 60
    assert dear(True) > 80


# Hard and soft.


def test_a_soft_budget_sends_no_limit_upstream() -> None:
    subject = router(budget=Budget(1.0, soft=True))
    assert decide(subject).max_tokens is None
    assert decide(subject, max_tokens=1500).max_tokens == 1500
    assert router().decide(X).max_tokens is None  # nothing to keep


def test_hard_limits_are_generous_while_money_is_plentiful_and_shrink_with_it() -> None:
    # A 64th of what is left, less a cent for the input, at a cent for 1,000 tokens.
    def longest(usd: float) -> int | None:
        return decide(router(budget=Budget(usd))).max_tokens

    assert longest(100.0) == 4096  # all that the model can write
    assert longest(3.2) == 4000
    assert longest(1.92) == 2000
    assert longest(1.0) == longest(0.02) == 1000  # never less than 19 of 20 answers need
    with pytest.raises(BudgetExhausted):
        decide(router(budget=Budget(0.0199)))
    long = Model("long", 1e-5, 1e-5, expected_output_tokens=1000, max_output_tokens=16_000)
    assert decide(router([long], budget=Budget(100.0))).max_tokens == 16_000


def test_a_refusal_says_what_the_cheapest_call_would_have_cost() -> None:
    subject = router([CHEAP, DEAR], budget=Budget(0.0199), learn_costs=True)
    with pytest.raises(
        BudgetExhausted, match=r"one model, the cheapest of which may cost 0\.03 US dollars, got \{'total'"
    ):
        decide(subject)
    subject.remove("cheap")
    with pytest.raises(BudgetExhausted, match=r"the cheapest of which may cost 0\.06 US dollars"):
        decide(subject)
    subject = router([CHEAP, DEAR], budget=Budget(1.0, 10, unserved=1.0))
    with pytest.raises(BudgetExhausted, match=r"elsewhere .*, the cheapest of which .* 0\.02 US") as refused:
        decide(subject)
    assert refused.value.reason == "priced_out"


def test_what_was_asked_for_is_cut_before_it_is_refused() -> None:
    # An eighth of what is left, or of what is left for each call under way.
    subject = router(budget=Budget(0.51))
    whole, cut = decide(subject, max_tokens=2000), decide(subject, max_tokens=5000)
    assert (whole.max_tokens, whole.reserved) == (2000, 0.03)
    assert (cut.max_tokens, cut.reserved) == (2000, 0.03)  # 0.48 / 16
    subject.settle(cut.id, 0.03)
    subject.release(whole.id)
    assert decide(subject, max_tokens=5000).max_tokens == 5000  # alone again: 0.48 / 8 = 0.06
    for _ in range(20):
        assert decide(subject, max_tokens=2000).max_tokens >= 1000  # never less than 19 of 20 answers need
    with pytest.raises(BudgetExhausted):
        decide(subject, max_tokens=2000)
    short = decide(router(budget=Budget(0.02)), max_tokens=10)
    assert (short.max_tokens, short.expected_cost) == (10, 0.0101)


@pytest.mark.parametrize("wanted", [None, 4096, 32_000, 128_000])
def test_long_answers_of_some_are_not_paid_for_by_refusing_others(wanted: int | None) -> None:
    # A cent for 1,000 tokens; 19 of 20 calls cost 2 cents, and there is money for 800 of them.
    subject = router(budget=Budget(16.0))
    made = [decide(subject, max_tokens=wanted).max_tokens for _ in range(400)]
    assert made[0] == (wanted or 4096)
    assert min(made) == made[-1] == 1000


def test_who_asks_one_by_one_gets_what_they_asked_for() -> None:
    subject = router(budget=Budget(16.0))
    for _ in range(200):
        decision = decide(subject, max_tokens=32_000)
        assert decision.max_tokens == 32_000
        subject.settle(decision.id, 0.02)


def test_no_more_is_set_aside_than_a_model_can_write() -> None:
    # A cent for the input, a cent for 1,000 tokens of the answer.
    short = Model("short", 1e-5, 1e-5, expected_output_tokens=500, max_output_tokens=1000)
    subject = router([short], budget=Budget(100.0))
    decision = decide(subject, max_tokens=100_000)
    assert (decision.max_tokens, decision.reserved) == (1000, 0.02)
    assert decide(subject, max_tokens=700).max_tokens == 700
    assert decide(subject, max_tokens=sys.maxsize).max_tokens == 1000
    (batch,) = subject.decide_many([X], input_tokens=[1000], max_tokens=100_000)
    assert batch is not None
    assert (batch.max_tokens, batch.reserved) == (1000, 0.02)
    assert decide(router([CHEAP], budget=Budget(100.0)), max_tokens=9000).max_tokens == 9000  # nobody knows


def test_a_model_returns_with_the_bound_given_now() -> None:
    bounded = Model("cheap", 1e-5, 1e-5, expected_output_tokens=1000, max_output_tokens=1500)
    subject = router([CHEAP, Model("other", 1.0, 1.0)], budget=Budget(100.0))
    for model, longest in ((bounded, 1500), (CHEAP, 9000)):
        subject.remove("cheap")
        subject.add(model)
        assert decide(subject, max_tokens=9000).max_tokens == longest


@pytest.mark.parametrize("budget", [None, Budget(1.0), Budget(usd_per_request=1.0)])
def test_any_limit_may_be_asked_for(budget: Budget | None) -> None:
    subject = router(budget=budget)
    for _ in range(100):
        decision = decide(subject, max_tokens=sys.maxsize)
        assert decision.max_tokens >= 1000
        subject.settle(decision.id, 0.001)
    if budget is None or budget.usd is None:
        for _ in range(1000):  # all under way together: nothing limits them
            decide(subject, max_tokens=sys.maxsize)


def test_one_hard_budget_makes_the_decision_hard() -> None:
    subject = router(budgets=[Budget(100.0, soft=True), Budget(3.2, tenant="acme")])
    assert decide(subject, "acme").max_tokens == 4000
    assert decide(subject).max_tokens is None


def test_a_generous_limit_does_not_close_the_better_model() -> None:
    # Paced on what calls cost, not on what may be set aside: 0.04 a request affords dear for everybody.
    subject = router([CHEAP, DEAR], budget=Budget(10.0, 250), alpha=1.0)
    chosen = []
    for _ in range(250):
        decision = decide(subject)
        subject.settle(decision.id, decision.expected_cost)
        subject.feedback(decision.id, 1.0 if decision.model == "dear" else 0.1)
        chosen.append(decision.model)
    assert chosen.count("dear") > 240


@pytest.mark.parametrize("seed", range(5))
def test_a_hard_limit_holds_at_every_moment(seed: int) -> None:
    """Calls of any length up to their limits, settled in any order, in three budgets at once."""
    random = np.random.default_rng(seed)
    subject = router(
        [CHEAP, DEAR],
        budgets=[Budget(3.0), Budget(1.0, tenant="*"), Budget(1.5, 60, tenant="acme", name="paced")],
        learn_costs=True,
        exploration=0.3,
    )
    open_calls, refused = [], 0
    for _ in range(400):
        tokens = int(random.integers(1, 2000))
        wanted = int(random.integers(1, 4000)) if random.random() < 0.5 else None
        try:
            tenant = str(random.choice(["acme", "umbrella", "initech", "hooli"]))
            decision = subject.decide(X, input_tokens=tokens, max_tokens=wanted, tenant=tenant)
            open_calls.append((decision, tokens))
            assert wanted is None or decision.max_tokens <= wanted
        except BudgetExhausted:
            refused += 1
        while open_calls and random.random() < 0.6:
            decision, tokens = open_calls.pop(int(random.integers(len(open_calls))))
            length = int(random.integers(0, decision.max_tokens + 1))
            subject.settle(decision.id, tokens=(tokens, decision.max_tokens if length % 3 == 0 else length))
        for state in subject.budgets.values():
            assert state.settled + state.reserved <= state.limit + 1e-12
            assert state.overruns == 0
    assert refused > 0


def test_a_hard_limit_holds_under_64_threads() -> None:
    subject = router([CHEAP, DEAR], budget=Budget(2.0), learn_costs=True)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    worst = [0.0]

    def work(thread: int) -> None:
        random = np.random.default_rng(thread)
        for _ in range(25):
            try:
                decision = decide(subject)
            except BudgetExhausted:
                continue
            state = subject.budget
            worst[0] = max(worst[0], state.settled + state.reserved)
            subject.settle(decision.id, tokens=(1000, int(random.integers(0, decision.max_tokens + 1))))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(64)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert worst[0] <= 2.0
    assert subject.budget.overruns == 0
    assert 1.94 < subject.budget.settled <= 2.0


# What nobody settles, and what nobody can learn.


def test_expire_charges_the_reservation() -> None:
    subject = router(budget=Budget(1.0, soft=True))
    decision, settled, released = decide(subject), decide(subject), decide(subject)
    assert subject.expire(decision.id) == "applied"
    assert subject.budget == (1.0, 0.02, 0.04, 0.94, 0.0, 0, 1, 0.0)
    assert subject.expire(decision.id) == "duplicate"
    assert subject.settle(decision.id, 0.02) == "conflict"
    assert subject.release(decision.id) == "conflict"
    assert subject.feedback(decision.id, 0.5) == "applied"
    subject.settle(settled.id, 0.01)
    subject.release(released.id)
    assert subject.expire(settled.id) == subject.expire(released.id) == "conflict"
    assert subject.expire(decision.id + 5) == "unknown"
    assert subject.budget[:3] == (1.0, 0.03, 0.0)


def test_a_cost_that_cannot_be_learned_from_is_charged() -> None:
    subject = Router([Model("absurd", 0.0, 1e-300)], dim=1)
    decision = subject.decide(X)
    before = subject.estimate(X)
    assert subject.settle(decision.id, 1.0) == "applied"  # 1e300 tokens, whose square is not finite
    assert subject.budget.settled == 1.0
    assert subject.estimate(X) == before
    assert subject.costs["absurd"].unlearned == 1
    assert subject.settle(decision.id, 1.0) == "duplicate"


def test_costs_by_hand() -> None:
    subject = router([CHEAP, DEAR], budget=Budget(1.0, soft=True))
    assert subject.costs["dear"] == (0, 0.0, 0.0, 0, 0, 0.95, 1.0)
    assert (subject.costs["dear"].ratio, subject.costs["dear"].share_above) == (None, None)
    for cost in (0.01, 0.02, 0.03, 0.02):
        subject.settle(decide(subject).id, cost)
    subject.release(decide(subject).id)
    cheap = subject.costs["cheap"]
    assert cheap.settled == 4
    assert (cheap.expected, cheap.actual) == (pytest.approx(0.08), pytest.approx(0.08))
    assert cheap.ratio == pytest.approx(1.0)
    assert (cheap.above, cheap.share_above) == (1, 0.25)
    assert subject.costs["dear"].settled == 0


def test_costs_are_calibrated_on_long_tails() -> None:
    random = np.random.default_rng(5)
    subject = router(budget=Budget(1e6, soft=True), learn_costs=True)
    for length in 500.0 * random.lognormal(0.0, 1.0, size=3000):
        subject.settle(decide(subject).id, tokens=(1000, length))
    costs = subject.costs["cheap"]
    assert costs.ratio == pytest.approx(1.0, abs=0.05)
    assert costs.share_above == pytest.approx(0.05, abs=0.015)
    assert costs.factor > 2.0


def test_a_refusal_is_sent_between_processes_whole() -> None:
    subject = router(budget=Budget(0.0))
    with pytest.raises(BudgetExhausted) as refused:
        decide(subject)
    sent = pickle.loads(pickle.dumps(refused.value))
    assert (str(sent), sent.reason, sent.needed, sent.account) == (
        str(refused.value),
        "insufficient_budget",
        refused.value.needed,
        "total",
    )
    assert sent.needed > 0.0


@pytest.mark.parametrize(
    ("budgets", "account"),
    [
        ([Budget(1.0), Budget(0.01, tenant="*")], "per-tenant/acme"),
        ([Budget(0.005), Budget(0.01, tenant="*")], "total"),  # the least is left there
        ([Budget(0.01), Budget(0.005, tenant="umbrella")], "total"),  # the other is not asked
        ([Budget(1.0, 100, policy="even")], "total"),  # money enough, but not for one request
        ([Budget(1.0), Budget(1.0, 100, tenant="acme", policy="even")], None),
        ([Budget(1.0), Budget(1.0, 9, tenant="acme", unserved=1.0), Budget(1.0, 9, name="b")], "acme"),
        ([Budget(1.0, 9, unserved=1.0), Budget(1.0, 9, name="b", unserved=1.0)], None),
    ],
)
def test_a_refusal_says_which_account_it_was(budgets: list[Budget], account: str | None) -> None:
    with pytest.raises(BudgetExhausted) as refused:
        decide(router(budgets=budgets), "acme")
    assert refused.value.account == account
