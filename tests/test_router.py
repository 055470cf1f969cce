"""The router: by hand, against its specification, and every refusal."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage import Budget, BudgetExhausted, Decision, Model, Router
from tests.reference_router import ReferenceRouter

# 1,000 tokens in and 1,000 out cost 2 and 4 cents.
CHEAP = Model("cheap", 1e-5, 1e-5, expected_output_tokens=1000)
DEAR = Model("dear", 2e-5, 2e-5, expected_output_tokens=1000)
NANO = 1e9
PLAIN = {"dim": 1, "alpha": 0.0, "strength": 1.0, "learn_costs": False}


def router(budget: Budget | None = None, **keywords) -> Router:
    return Router([CHEAP, DEAR], budget, **{**PLAIN, **keywords})


def state(subject: Router) -> tuple:
    """Everything that can be seen from outside, bit for bit."""
    core = subject._core
    posteriors = [core.posterior(k) for k in range(core.size)]
    contexts = [np.ones(subject.dim), -np.ones(subject.dim)]
    return (
        subject.budget,
        [core.estimate(x, 1000.0, False)[i].tobytes() for x in contexts for i in range(3)],
        [(p.updates, p.covariance.tobytes(), p.theta.tobytes()) for p in posteriors],
    )


# By hand.


def test_without_a_reward_the_cheaper_wins_the_tie() -> None:
    decision = router().decide([1.0], input_tokens=1000)
    assert decision.model == "cheap"
    assert decision.candidates == ("cheap", "dear")
    assert decision.reason == "best"
    assert decision.propensity == 1.0
    assert decision.expected_reward == 0.0
    assert decision.expected_cost == decision.reserved == 0.02


def test_the_first_wins_when_cost_ties_too() -> None:
    twins = [Model(name, 1e-5, 1e-5) for name in ("b", "a")]
    assert Router(twins, dim=1).decide([1.0]).model == "b"


def test_rewards_move_the_choice() -> None:
    subject = router(alpha=1.0)
    first = subject.decide([1.0])
    assert first.model == "cheap"
    assert first.width == 1.0
    assert subject.feedback(first.id, 0.0) == "applied"
    # cheap: A = 2, theta = 0, 0 + 1 / sqrt(2); dear: 0 + 1
    second = subject.decide([1.0])
    assert second.model == "dear"
    subject.feedback(second.id, 1.0)
    # dear: A = 2, b = 1, theta = 1/2
    third = subject.decide([1.0])
    assert (third.model, third.expected_reward) == ("dear", 0.5)
    assert third.width == pytest.approx(math.sqrt(1 / 2), rel=1e-15)
    assert subject.estimate([1.0], input_tokens=1000)["dear"][0] == 0.5


def test_greedy_has_no_width() -> None:
    subject = router(alpha=1.0)
    subject.feedback(subject.decide([1.0]).id, 0.1)  # cheap: 0.05 + 0.71 against 0 + 1
    assert subject.decide([1.0]).model == "dear"
    greedy = subject.decide([1.0], explore=False)
    assert (greedy.model, greedy.width, greedy.propensity) == ("cheap", 0.0, 1.0)


def test_pilot_scores_by_the_cosine() -> None:
    subject = router(score="pilot", dim=2)
    subject.feedback(subject.decide([1.0, 0.0]).id, 0.1)
    estimates = subject.estimate([1.0, 1.0])
    assert estimates["cheap"][0] == pytest.approx(math.sqrt(1 / 2), rel=1e-12)
    assert estimates["dear"][0] == estimates["cheap"][0]  # as the pool does
    plain = router(score="pilot", dim=2, prior_reward=0.0)
    plain.feedback(plain.decide([1.0, 0.0]).id, 0.1)
    assert plain.estimate([1.0, 1.0])["dear"][0] == 0.0


def test_money_is_reserved_settled_and_released() -> None:
    subject = router(Budget(1.0))
    first = subject.decide([1.0], input_tokens=1000)
    second = subject.decide([1.0], input_tokens=1000, max_tokens=2000)
    assert (first.reserved, second.reserved) == (0.02, 0.03)
    assert subject.budget == (1.0, 0.0, 0.05, 0.95, 0.0, 0, 0, 0.0)
    assert subject.settle(first.id, 0.015) == "applied"
    assert subject.budget == (1.0, 0.015, 0.03, 0.955, 0.0, 0, 0, 0.0)
    assert subject.release(second.id) == "applied"
    assert subject.budget == (1.0, 0.015, 0.0, 0.985, 0.0, 0, 0, 0.0)


def test_a_cost_above_its_reservation_is_charged_and_counted() -> None:
    subject = router(Budget(0.10))
    decision = subject.decide([1.0], input_tokens=1000)
    assert subject.settle(decision.id, 0.05) == "applied"
    account = subject.budget
    assert (account.settled, account.overrun, account.overruns) == (0.05, 0.03, 1)


def test_tokens_are_charged_at_the_model_s_prices() -> None:
    subject = router()
    assert subject.settle(subject.decide([1.0]).id, tokens=(500, 250)) == "applied"
    assert subject.budget == (None, 0.0075, 0.0, None, 0.0, 0, 0, 0.0)


@pytest.mark.parametrize("kind", [list, np.array, lambda pair: np.array(pair, np.float32)])
def test_tokens_are_any_sequence_of_two(kind) -> None:
    subject = router()
    assert subject.settle(subject.decide([1.0]).id, tokens=kind((500, 100))) == "applied"
    assert subject.budget.settled == pytest.approx(0.006)


def test_right_or_wrong_is_a_reward() -> None:
    subject, twin = router(), router()
    assert subject.feedback(subject.decide([1.0]).id, True) == "applied"
    assert subject.feedback(subject.decide([1.0]).id, np.bool_(False)) == "applied"
    ids = [subject.decide([1.0]).id for _ in range(2)]
    assert subject.feedback_many(ids, np.array([True, False])) == ["applied"] * 2
    for reward in (1.0, 0.0):
        twin.feedback(twin.decide([1.0]).id, reward)
    twin.feedback_many([twin.decide([1.0]).id for _ in range(2)], [1.0, 0.0])
    assert state(subject) == state(twin)


@pytest.mark.parametrize("unserved", [None, 0.0])
def test_a_pace_below_the_cheapest_model_is_kept_only_where_requests_may_be_refused(unserved) -> None:
    subject = Router([DEAR], Budget(usd_per_request=0.01, unserved=unserved), dim=1)
    n = 200
    for _ in range(n):
        try:
            decision = subject.decide([1.0], input_tokens=1000, max_tokens=1000)
        except BudgetExhausted:
            continue
        subject.settle(decision.id, tokens=(1000, 1000))  # four times the pace
        subject.feedback(decision.id, 1.0)
    if unserved is None:
        assert subject.budget.settled == pytest.approx(0.04 * n)
    else:
        assert 0.5 * 0.01 * n <= subject.budget.settled <= 0.01 * (n + 50)


def test_the_highest_price_leaves_room_for_the_longest_answers() -> None:
    subject = Router([Model("a", 1000, 1000), Model("b", 0, 0)], dim=1)
    decision = subject.decide([1.0], input_tokens=1e6, max_tokens=1e6)
    assert decision.model == "b"


def test_limits_are_removed_by_an_empty_list_or_none() -> None:
    for remove in (lambda r: r.set_budgets([]), lambda r: r.set_budgets(()), lambda r: r.set_budget(None)):
        subject = router(Budget(0.0))
        with pytest.raises(BudgetExhausted):
            subject.decide([1.0])
        remove(subject)
        assert subject.budget.limit is None
        subject.decide([1.0])


def test_settlements_teach_what_answers_cost() -> None:
    subject = router(cost_components=0, learn_costs=True)
    subject.settle(subject.decide([1.0], input_tokens=1000).id, tokens=(1000, 3000))
    # mean length: (1 * 1000 + 3000) / 2
    assert subject.estimate([1.0], input_tokens=1000)["cheap"][2] == pytest.approx(0.03, rel=1e-12)
    fixed = router(cost_components=0, learn_costs=False)
    fixed.settle(fixed.decide([1.0], input_tokens=1000).id, tokens=(1000, 3000))
    assert fixed.estimate([1.0], input_tokens=1000)["cheap"][2] == pytest.approx(0.02, rel=1e-12)


def test_a_cap_ends_in_an_error_that_changes_nothing() -> None:
    subject = router(Budget(0.05))
    for _ in range(2):
        subject.settle(subject.decide([1.0], input_tokens=1000).id, 0.02)
    before = state(subject)
    with pytest.raises(
        BudgetExhausted, match=r"budget must afford at least one model, .* got .*remaining=0\.01"
    ):
        subject.decide([1.0], input_tokens=1000)
    assert state(subject) == before


def test_a_request_whose_money_earns_more_elsewhere_is_refused_and_says_so() -> None:
    subject = router(dim=2)
    for x in ([1.0, 0.0], [0.0, 1.0]):
        for _ in range(5):
            subject.feedback(subject.decide(x).id, x[0])
    subject.set_budget(Budget(0.10, requests=40, unserved=0.5))
    account = subject.budget
    with pytest.raises(
        BudgetExhausted, match=r"money must earn more here than elsewhere .*, got .*"
    ) as refused:
        subject.decide([0.0, 1.0])
    assert refused.value.reason == "priced_out"
    assert subject.budget == account


def test_the_dear_model_falls_out_when_it_cannot_be_afforded() -> None:
    subject = router(Budget(0.05))
    assert subject.decide([1.0], input_tokens=1000).candidates == ("cheap", "dear")  # 0.02 and 0.04 of 0.05
    assert subject.decide([1.0], input_tokens=1000).candidates == ("cheap",)  # of 0.03


@pytest.mark.parametrize(
    "horizon",
    [{}, {"requests": 4}, {"requests": 4, "unserved": 0.0}, {"requests": 4, "policy": "zcl"}],
    ids=["cap", "dual", "dual, unserved", "zcl"],
)
def test_a_model_of_ones_own_costs_nothing_and_answers_when_the_money_is_gone(horizon: dict) -> None:
    subject = Router([Model("own", 0, 0), CHEAP], Budget(0.02, **horizon), dim=1, learn_costs=False)
    for _ in range(4):
        decision = subject.decide([1.0], input_tokens=1000)
        assert "own" in decision.candidates
        subject.settle(decision.id, 0.0 if decision.model == "own" else 0.02)
        subject.feedback(decision.id, 0.1 if decision.model == "own" else 0.9)
    assert subject.decide([1.0], input_tokens=1000).candidates == ("own",)
    assert subject.budget.remaining == 0.0


def test_zcl_threshold_by_hand() -> None:
    # LB = UB = 40 a dollar: Psi(0) = 40 / e = 14.7 a dollar, and the first rewards are widths of 1:
    # 1 / 0.02 = 50 and 1 / 0.04 = 25 clear it. When 0.02 of 0.04 are spent, Psi(1/2) = 24.3: both. At
    # Psi(1) = 40 dear no longer does.
    subject = router(Budget(0.04, requests=10, policy="zcl", bin_size=None, lower=40, upper=40), alpha=1.0)
    first = subject.decide([1.0], input_tokens=1000)
    assert (first.model, first.reason, first.candidates) == ("cheap", "threshold", ("cheap", "dear"))
    second = subject.decide([1.0], input_tokens=1000)
    assert second.candidates == ("cheap",)  # Psi allows dear, the ledger has 0.02 left
    with pytest.raises(BudgetExhausted):
        subject.decide([1.0], input_tokens=1000)


def test_zcl_even_split_by_hand() -> None:
    # Nothing is worth 1e6 a dollar; 0.20 over 10 requests affords cheap alone.
    subject = router(Budget(0.20, requests=10, policy="zcl", lower=1e6, upper=1e6), alpha=1.0)
    decision = subject.decide([1.0], input_tokens=1000)
    assert (decision.reason, decision.candidates) == ("even_split", ("cheap",))


@pytest.mark.parametrize(("stop", "served"), [(False, 1), (True, 0)])
def test_stop_refuses_everything_after_the_first_refusal(stop: bool, served: int) -> None:
    # Two bins of one request; 0.01 each: the first refuses, and its money spills over.
    budget = Budget(0.02, requests=2, policy="zcl", bin_size=1, lower=1e6, upper=1e6, stop=stop)
    subject = router(budget)
    with pytest.raises(BudgetExhausted):
        subject.decide([1.0], input_tokens=1000)
    if served:
        assert subject.decide([1.0], input_tokens=1000).reason == "even_split"
    else:
        with pytest.raises(BudgetExhausted):
            subject.decide([1.0], input_tokens=1000)


def test_a_new_budget_opens_a_new_account_and_forgets_nothing_learned() -> None:
    subject = router(Budget(0.10), prior_reward=0.0)
    old = subject.decide([1.0], input_tokens=1000)
    subject.feedback(old.id, 0.5)
    subject.set_budget(Budget(0.03))
    assert subject.budget == (0.03, 0.0, 0.0, 0.03, 0.0, 0, 0, 0.0)
    assert subject.settle(old.id, 0.02) == "applied"
    assert subject.budget.settled == 0.0
    assert subject.estimate([1.0])["cheap"][0] == 0.25
    subject.set_budget(None)
    assert subject.budget[:4] == (None, 0.0, 0.0, None)


def test_exploration_gives_every_candidate_its_propensity() -> None:
    subject = router(exploration=0.5, seed=3)
    drawn = [subject.decide([1.0]) for _ in range(400)]
    # P(cheap) = 1/4 + 1/2
    assert {(d.model, d.propensity) for d in drawn} == {("cheap", 0.75), ("dear", 0.25)}
    assert {d.reason for d in drawn if d.model == "dear"} == {"exploration"}
    # 300 expected; four standard deviations of the binomial are 35
    assert abs(sum(d.model == "cheap" for d in drawn) - 300) < 35


def test_equal_seeds_draw_alike() -> None:
    def models(seed: int) -> list[str]:
        subject = router(exploration=1.0, seed=seed)
        return [subject.decide([1.0]).model for _ in range(50)]

    assert models(1) == models(1)
    assert models(1) != models(2)


def test_a_forgotten_call_is_charged_at_its_reservation() -> None:
    subject = router(Budget(1.0), remember=2)
    first, *_ = (subject.decide([1.0], input_tokens=1000) for _ in range(3))
    assert subject.budget[:3] == (1.0, 0.02, 0.04)
    assert subject.budget.expired == 1
    assert subject.settle(first.id, 0.01) == "late"
    assert subject.feedback(first.id, 0.5) == "late"
    assert subject.release(first.id) == "late"


# Statuses.


def test_only_the_first_word_counts() -> None:
    subject = router(Budget(1.0))
    settled, released = (subject.decide([1.0], input_tokens=1000).id for _ in range(2))
    calls = [
        (lambda: subject.settle(settled, 0.01), "applied"),
        (lambda: subject.settle(settled, 0.01), "duplicate"),
        (lambda: subject.settle(settled, 0.02), "conflict"),
        (lambda: subject.settle(settled, tokens=(1000, 0)), "duplicate"),  # the same amount
        (lambda: subject.settle(settled, tokens=(1000, 1)), "conflict"),
        (lambda: subject.release(settled), "conflict"),
        (lambda: subject.feedback(settled, 0.5), "applied"),
        (lambda: subject.feedback(settled, 0.5), "duplicate"),
        (lambda: subject.feedback(settled, 0.6), "conflict"),
        (lambda: subject.release(released), "applied"),
        (lambda: subject.release(released), "duplicate"),
        (lambda: subject.settle(released, 0.01), "conflict"),
        (lambda: subject.feedback(released, 0.5), "conflict"),
    ]
    for call, expected in calls:
        before = state(subject)
        assert call() == expected
        assert (state(subject) == before) == (expected != "applied")


@pytest.mark.parametrize("id", [-1, -(2**63), -(2**80), 2**63 - 1, 2**63, 2**80, np.int64(-5), 1 << 62])
def test_ids_never_given_out_are_unknown(id: int) -> None:
    subject = router(Budget(1.0))
    subject.decide([1.0])
    before = state(subject)
    assert subject.settle(id, 0.01) == "unknown"
    assert subject.settle(id, tokens=(1, 1)) == "unknown"
    assert subject.release(id) == "unknown"
    assert subject.feedback(id, 0.5) == "unknown"
    assert state(subject) == before


def test_the_next_id_and_another_router_s_are_unknown() -> None:
    subject, other = router(), router()
    given = subject.decide([1.0]).id
    assert subject.feedback(given + 1, 0.5) == "unknown"
    theirs = other.decide([1.0]).id
    assert theirs != given  # but for one chance in 2^23
    assert subject.feedback(theirs, 0.5) == "unknown"
    assert subject.feedback(np.int64(given), 0.5) == "applied"


# Against the specification.


KINDS = {"decide": 0.4, "settle": 0.13, "tokens": 0.1, "release": 0.05, "expire": 0.01, "feedback": 0.27,
         "tick": 0.01, "set_limit": 0.01, "set_budget": 0.01, "pool": 0.01}  # fmt: skip
TENANTS = ["", "acme", "umbrella"]


def play(stream: int, budget: dict | list | None, events: int = 120, **keywords) -> set[str]:
    """The same random calls to the router and to its specification: same answers, same accounts.

    Returns every reason, status and refusal that was met.
    """
    random = np.random.default_rng(stream)
    dim, n = int(random.integers(1, 6)), int(random.integers(1, 5))

    def draw() -> tuple[float, float, float, int | None]:
        """Prices, the expected length of an answer, and sometimes the longest that it may be."""
        expected = random.uniform(10, 500)
        most = int(expected) + int(random.integers(1, 400)) if random.random() < 0.5 else None
        return (*random.uniform(1e-7, 2e-5, size=2), expected, most)

    prices = [draw() for _ in range(n)]
    models = [Model(f"m{k}", *price) for k, price in enumerate(prices)]
    several = budget if isinstance(budget, list) else [] if budget is None else [budget]
    opened = [Budget(name=f"b{i}", **each) for i, each in enumerate(several)]
    now = 1e9
    fast = Router(models, budgets=opened, dim=dim, clock=lambda: now, **keywords)
    twin = ReferenceRouter(prices, dim, **keywords)
    twin.set_budget(list(several), now)
    ids: list[int] = []
    met: set[str] = set()
    names = [model.name for model in models]

    def pick() -> tuple[int, int]:
        """A decision's id and its number; sometimes one never given out."""
        if ids and random.random() < 0.95:
            i = int(random.integers(len(ids)))
            return ids[i], i
        return -1, -1

    for _ in range(events):
        kind = random.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "decide":
            x, tokens = random.normal(size=dim), float(random.integers(0, 400))
            max_tokens = float(random.integers(1, 500)) if random.random() < 0.3 else None
            explore = bool(random.random() < 0.8)
            tenant = str(random.choice(TENANTS)) if isinstance(budget, list) else ""
            options = {"max_tokens": max_tokens, "explore": explore, "tenant": tenant or None}
            if estimated := bool(random.random() < 0.3):
                tokens = 256.0  # of a vector that is not counted
            else:
                options["input_tokens"] = tokens
            expected = twin.decide(x, tokens, max_tokens, explore, tenant, estimated)
            if expected is None:
                with pytest.raises(BudgetExhausted) as refused:
                    fast.decide(x, **options)
                assert refused.value.reason == twin.refusal
                met.add(twin.refusal)
                continue
            found = fast.decide(x, **options)
            ids.append(found.id)
            assert_equal(found, expected, names)
            met.add(found.reason)
        elif kind == "set_budget":
            fast.set_budgets(opened)
            twin.set_budget(list(several), now)
        elif kind == "pool":
            gone = [k for k, here in enumerate(twin.enabled) if not here]
            if gone and random.random() < 0.5:  # returns
                fast.add(models[gone[0]])
                twin.enabled[gone[0]] = True
            elif len(gone) + 1 < len(models) and random.random() < 0.5:
                k = twin.enabled.index(True)
                fast.remove(names[k])
                twin.enabled[k] = False
            elif len(models) < 6:
                price = draw()
                models.append(Model(f"m{len(models)}", *price))
                names.append(models[-1].name)
                fast.add(models[-1])
                twin.add(price)
        elif kind == "tick":
            now += float(random.integers(0, 5400))
            twin.accounts.tick(now)
        elif kind == "set_limit":
            # Those whose policy the specification can change: caps, `dual` and, but for its limit, `pacer`.
            changeable = [i for i, each in enumerate(several) if "policy" not in each]
            if changeable:
                i = int(random.choice(changeable))
                change: dict = {}
                if "usd_per_request" in several[i]:
                    change["usd_per_request"] = float(random.integers(0, 50)) / 1000
                else:
                    change["usd"] = float(random.integers(0, 50)) / 100
                    if "requests" in several[i] and random.random() < 0.5:
                        change["requests"] = int(random.integers(1, 60))
                whose = str(random.choice(TENANTS[1:])) if random.random() < 0.5 else None
                whose = whose if several[i].get("tenant") == "*" else None
                fast.set_limit(f"b{i}" if whose is None else f"b{i}/{whose}", **change)
                twin.accounts.change(i, whose, change)
        else:
            id, i = pick()
            if kind == "settle":
                cost = round(float(random.uniform(0, 0.004)), int(random.integers(3, 9)))
                found, expected = fast.settle(id, cost), twin.settle(i, cost)
            elif kind == "tokens":
                used = tuple(random.integers(0, 500, size=2).tolist())
                found, expected = fast.settle(id, tokens=used), twin.settle(i, tokens=used)
            elif kind == "release":
                found, expected = fast.release(id), twin.release(i)
            elif kind == "expire":
                found, expected = fast.expire(id), twin.expire(i)
            else:
                reward = float(random.integers(0, 5)) / 4
                found, expected = fast.feedback(id, reward), twin.feedback(i, reward)
            assert found == expected
            met.add(found)
        assert_same_account(fast, twin)
    for k in range(len(models)):
        np.testing.assert_allclose(
            fast._core.posterior(k).theta, twin.posteriors[k].theta, rtol=0, atol=1e-11
        )
    return met


def assert_equal(found: Decision, expected, models: list[str]) -> None:
    assert found.id % 2**40 == expected.id
    assert found.model == models[expected.model]
    assert found.reason == expected.reason
    assert found.propensity == pytest.approx(expected.propensity, rel=1e-15)
    assert found.expected_reward == pytest.approx(expected.expected_reward, rel=1e-9, abs=1e-11)
    assert found.width == pytest.approx(expected.width, rel=1e-9)
    assert found.expected_cost == expected.expected_cost / NANO
    assert found.reserved == expected.reserved / NANO
    assert found.max_tokens == expected.max_tokens
    assert found.candidates == tuple(m for m, flag in zip(models, expected.eligible, strict=True) if flag)


def assert_same_account(fast: Router, twin: ReferenceRouter) -> None:
    accounts = twin.accounts
    if accounts.budgets == [None]:
        assert fast.budgets == {"total": accounts.open[0, ""].state()}
        return
    each = {i for i, owner in enumerate(accounts.owners) if owner == "*"}
    expected = {
        f"b{i}/{owner}" if i in each else f"b{i}": account.state()
        for (i, owner), account in accounts.open.items()
    }
    assert fast.budgets == expected


amounts = st.sampled_from([0.0, 0.003, 0.02, 0.1, 1.0])
horizons = st.integers(1, 60)
unserved = st.sampled_from([0.0, 0.3, 1.0])
dual = st.fixed_dictionaries({"usd": amounts, "requests": horizons}, optional={"unserved": unserved})
pacer = st.fixed_dictionaries(
    {"usd_per_request": st.sampled_from([0.0, 0.002, 0.01, 0.1])},
    optional={"usd": amounts, "unserved": unserved},
)
even = st.fixed_dictionaries(
    {"usd": amounts, "requests": horizons, "policy": st.just("even")}, optional={"spill_over": st.booleans()}
)
zcl = st.fixed_dictionaries(
    {
        "usd": amounts,
        "requests": horizons,
        "policy": st.just("zcl"),
        "bin_size": st.sampled_from([1, 7, 20, None]),
    },
    optional={
        "lower": st.sampled_from([1.0, 30.0]),
        "upper": st.sampled_from([50.0, 1000.0]),
        "stop": st.booleans(),
    },
)
one = st.one_of(st.fixed_dictionaries({"usd": amounts}), dual, pacer, even, zcl)
scopes = st.fixed_dictionaries(
    {},
    optional={
        "soft": st.booleans(),
        "tenant": st.sampled_from(["*", "acme"]),
        "period": st.just("1h"),
    },
)
scoped = st.builds(lambda budget, scope: {**budget, **scope}, one, scopes)
budgets = st.one_of(st.none(), scoped, st.lists(scoped, max_size=3))
keywords = st.fixed_dictionaries(
    {},
    optional={
        "score": st.sampled_from(["linear", "pilot"]),
        "alpha": st.sampled_from([0.0, 0.3, 2.0]),
        "strength": st.sampled_from([0.1, 3.0]),
        "forgetting": st.sampled_from([0.3, 0.7]),  # at every decision, so that nothing is read in between
        "exploration": st.sampled_from([0.1, 1.0]),
        "seed": st.integers(0, 2**63 - 1),
        "remember": st.sampled_from([1, 5]),
        "cost_components": st.sampled_from([0, 1]),
        "cost_strength": st.sampled_from([0.5, 4.0]),
        "learn_costs": st.booleans(),
    },
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(stream=st.integers(0, 2**32), budget=budgets, keywords=keywords)
def test_router_equals_its_specification(stream: int, budget: dict | list | None, keywords: dict) -> None:
    play(stream, budget, **keywords)


PACED = {"threshold", "even_split", "exploration", "insufficient_budget"}
ZCL = {"usd": 0.4, "requests": 200, "policy": "zcl"}


@pytest.mark.parametrize(
    ("budget", "reasons"),
    [
        (None, {"best", "exploration"}),
        ({"usd": 0.03}, {"best", "exploration", "insufficient_budget"}),
        ({"usd": 0.03, "soft": True}, {"best", "exploration", "insufficient_budget"}),
        (
            [
                {"usd": 2.0, "requests": 1000},
                {"usd": 0.1, "tenant": "*", "period": "1h"},
                {"usd": 0.02, "requests": 20, "tenant": "acme", "soft": True, "period": "1h"},
            ],
            {"dual_price", "cheapest", "exploration", "insufficient_budget"},
        ),
        ({"usd": 0.25, "requests": 60}, {"dual_price", "cheapest", "exploration", "insufficient_budget"}),
        (
            {"usd": 0.25, "requests": 90, "unserved": 0.3},
            {"dual_price", "exploration", "priced_out", "insufficient_budget"},
        ),
        ({"usd_per_request": 0.004}, {"dual_price", "cheapest", "exploration"}),
        (
            {"usd_per_request": 0.002, "unserved": 0.3},
            {"dual_price", "exploration", "priced_out", "insufficient_budget"},
        ),
        (
            {"usd": 0.3, "requests": 60, "policy": "even"},
            {"even_split", "exploration", "insufficient_budget"},
        ),
        ({**ZCL, "bin_size": 50}, PACED),
        ({**ZCL, "bin_size": 50, "lower": 2e2, "upper": 2e3}, PACED),
        ({**ZCL, "bin_size": None, "lower": 2e2}, PACED),
    ],
    ids=[
        "none",
        "cap",
        "soft",
        "several",
        "dual",
        "dual, unserved",
        "pacer",
        "pacer, unserved",
        "even",
        "zcl",
        "zcl with bounds",
        "zcl plain, one bound",
    ],
)
def test_long_streams_equal_their_specification(budget: dict | None, reasons: set[str]) -> None:
    met = play(16, budget, events=1500, exploration=0.1, alpha=0.5, strength=1.0, remember=40)
    assert met == reasons | {"applied", "duplicate", "conflict", "late", "unknown"}


def test_budgets_paced_beside_each_other_equal_their_specification() -> None:
    budgets = [{"usd": 0.6, "requests": 300}, {"usd": 0.3, "requests": 150, "tenant": "acme"}]
    met = play(5, budgets, events=500, exploration=0.1, alpha=0.5, strength=1.0, remember=40)
    assert "dual_price" in met


# Refusals.

NAN, INF = float("nan"), float("inf")
DECISION = Router([CHEAP], dim=1).decide([1.0])
WRONG_VALUES = [
    (lambda r, id: r.decide([1.0]), r"prompt must have shape \(2,\), got \(1,\)"),
    (lambda r, id: r.decide([1.0, NAN]), r"prompt's x must be finite, got -?nan at index 1"),
    (lambda r, id: r.decide([-INF, 1.0]), r"prompt's x must be finite, got -inf at index 0"),
    (lambda r, id: r.decide([1, 1], input_tokens=-1), "input_tokens must be finite and >= 0, got -1"),
    (lambda r, id: r.decide([1, 1], input_tokens=NAN), "input_tokens must be finite and >= 0, got"),
    (lambda r, id: r.decide([1, 1], max_tokens=0), "max_tokens must be finite and >= 1, got 0"),
    (lambda r, id: r.decide([1, 1], max_tokens=0.5), "max_tokens must be finite and >= 1, got 0.5"),
    (lambda r, id: r.decide([1, 1], max_tokens=NAN), "max_tokens must be finite and >= 1, got nan"),
    (lambda r, id: r.decide([1, 1], max_tokens=INF), "max_tokens must be finite and >= 1, got inf"),
    (lambda r, id: r.decide_many([[1, 1]], max_tokens=0.5), "max_tokens must be finite and >= 1, got 0.5"),
    (
        lambda r, id: r.set_prices("dear", 1e9, 1e9),
        "input_cost_per_token of 'dear' must be <= 1000 US dollars per token, got 1000000000.0",
    ),
    (
        lambda r, id: r.set_prices("dear", 1e-6, 1001),
        "output_cost_per_token of 'dear' must be <= 1000 US dollars per token, got 1001",
    ),
    (lambda r, id: r.decide([1e308, 1e308]), "score of prompt's x must be finite, got inf"),
    (
        lambda r, id: r.decide([1, 1], input_tokens=1e300),
        r"input_tokens must be fewer: expected cost must be in \[0, 4e\+09\] US dollars, got",
    ),
    (lambda r, id: r.plan([[1, NAN]], 1.0), r"prompt's x must be finite, got -?nan at index 1"),
    (lambda r, id: r.decide_many([[1, 1], [1, INF]]), "prompt's x must be finite, got inf at index 1"),
    (lambda r, id: r.adopt([NAN, 1], "cheap"), "prompt's x must be finite, got -?nan at index 0"),
    (lambda r, id: r.estimate([1.0]), r"prompt must have shape \(2,\), got \(1,\)"),
    (lambda r, id: r.estimate([1.0, NAN]), r"x must be finite, got -?nan at index 1"),
    (lambda r, id: r.estimate([1, 1], input_tokens=-1), "input_tokens must be finite and >= 0"),
    (lambda r, id: r.feedback(id, 1.5), r"reward must be in \[0, 1\], got 1.5"),
    (lambda r, id: r.feedback(id, -1e-9), r"reward must be in \[0, 1\], got -1e-09"),
    (lambda r, id: r.feedback(id, NAN), r"reward must be in \[0, 1\], got -?nan"),
    (lambda r, id: r.feedback(id, 10**400), "reward must be finite, got an integer beyond"),
    (lambda r, id: r.settle(id, -0.01), r"cost must be in \[0, 4e\+09\] US dollars, got -0.01"),
    (lambda r, id: r.settle(id, NAN), r"cost must be in \[0, 4e\+09\] US dollars, got -?nan"),
    (lambda r, id: r.settle(id, INF), r"cost must be in \[0, 4e\+09\] US dollars, got inf"),
    (lambda r, id: r.settle(id), "cost or tokens must be given, and not both, got cost=None"),
    (lambda r, id: r.settle(id, None), "cost or tokens must be given, and not both, got cost=None"),
    (lambda r, id: r.settle(id, 0.1, tokens=(1, 1)), r"not both, got cost=0.1, tokens=\(1, 1\)"),
    (lambda r, id: r.settle(id, tokens=(-1, 1)), "input of tokens must be finite and >= 0, got -1"),
    (lambda r, id: r.settle(id, tokens=(1, NAN)), "output of tokens must be finite and >= 0, got"),
    (lambda r, id: r.settle(id, tokens=(1e30, 1)), r"cost of tokens must be in \[0, 4e\+09\] US dollars"),
    (lambda r, id: r.decide([1, 1], tenant=""), "tenant must not be empty, got ''"),
    (lambda r, id: r.decide([1, 1], tenant="\ud800"), r"tenant must be text, got '\\ud800'"),
    (lambda r, id: r.decide_many([[1, 1]], tenant="\ud800"), r"tenant must be text, got '\\ud800'"),
    (lambda r, id: r.add(Model("é\udfff", 0, 0)), r"name must be text, got 'é\\udfff'"),
    (lambda r, id: r.decide([1, 1], tenant="*"), r"tenant must be the name of one, got '\*'"),
    (lambda r, id: r.set_limit("total", -1.0), "usd must be finite and >= 0, got -1.0"),
    (lambda r, id: r.set_limit("total", 5e9), r"usd must be in \[0, 4e\+09\] US dollars, got 5e\+09"),
    (lambda r, id: r.set_limit("totals", 1.0), "name must be one of total, got 'totals'"),
    (lambda r, id: r.set_budget(Budget(1e10)), r"usd must be in \[0, 4e\+09\] US dollars, got 1e\+10"),
]
WRONG_TYPES = [
    (lambda r, id: r.decide(np.ma.masked_less([1.0, 0.0], 0.5)), "prompt must not be masked, got a masked"),
    (lambda r, id: r.decide_many(np.ma.masked_less([[1.0, 0.0]], 0.5)), "prompt must not be masked"),
    (lambda r, id: r.estimate(np.ma.masked_less([1.0, 0.0], 0.5)), "prompt must not be masked"),
    (lambda r, id: r.adopt(np.ma.masked_less([1.0, 0.0], 0.5), CHEAP.name), "prompt must not be masked"),
    (lambda r, id: r.decide("text"), r"prompt must be a vector of 2 numbers, got str"),
    (lambda r, id: r.decide([1, 1], input_tokens="9"), "input_tokens must be a number, got '9'"),
    (lambda r, id: r.decide([1, 1], max_tokens="9"), "max_tokens must be a number, got '9'"),
    (lambda r, id: r.decide([1, 1], tenant=3), "tenant must be a str, got 3"),
    (lambda r, id: r.set_limit("total", "5"), "usd must be a number, got '5'"),
    (lambda r, id: r.set_budgets(Budget(1.0)), "budgets must be a list of pilotage.Budget, got Budget"),
    (lambda r, id: r.expire(float(id)), "id must be an integer, got "),
    (lambda r, id: r.decide([1, 1], explore=None), "explore must be True or False, got None"),
    (lambda r, id: r.feedback(id, "0.5"), "reward must be a number, got '0.5'"),
    (lambda r, id: r.feedback(id, None), "reward must be a number, got None"),
    (lambda r, id: r.settle(id, "0.01"), "cost must be a number, got '0.01'"),
    (lambda r, id: r.settle(id, tokens=5), r"tokens must be a pair \(input, output\), got 5"),
    (lambda r, id: r.settle(id, tokens=(1,)), r"tokens must be a pair \(input, output\), got \(1,\)"),
    (lambda r, id: r.settle(id, tokens=(1, None)), "output of tokens must be a number, got None"),
    (lambda r, id: r.settle(id, tokens="ab"), r"tokens must be a pair \(input, output\), got 'ab'"),
    (lambda r, id: r.settle(id, tokens=b"12"), r"tokens must be a pair \(input, output\), got b'12'"),
    (
        lambda r, id: r.settle(id, tokens=bytearray(b"12")),
        r"tokens must be a pair \(input, output\), got byte",
    ),
    (
        lambda r, id: r.settle(id, tokens=memoryview(b"12")),
        r"tokens must be a pair \(input, output\), got <mem",
    ),
    (lambda r, id: r.settle(id, tokens={1, 2}), r"tokens must be a pair \(input, output\), got \{1, 2\}"),
    (lambda r, id: r.settle(id, tokens=np.ones(3)), r"tokens must be a pair \(input, output\), got array"),
    (
        lambda r, id: r.settle(id, tokens=np.ones((2, 1))),
        r"tokens must be a pair \(input, output\), got array",
    ),
    (lambda r, id: r.settle(id, tokens=(1, True)), "output of tokens must be a number, got True"),
    (lambda r, id: r.settle(id, True), "cost must be a number, got True"),
    (lambda r, id: r.settle(id, cost=False), "cost must be a number, got False"),
    (lambda r, id: r.decide([1, 1], input_tokens=True), "input_tokens must be a number, got True"),
    (lambda r, id: r.decide([1, 1], max_tokens=True), "max_tokens must be a number, got True"),
    (lambda r, id: r.set_limit("total", True), "usd must be a number, got True"),
    (
        lambda r, id: r.set_prices("dear", True, 0),
        "input_cost_per_token of 'dear' must be a number, got True",
    ),
    (
        lambda r, id: r.set_budgets(None),
        r"budgets must be a list of .*, \[\] to remove every limit, got None",
    ),
    (
        lambda r, id: r.decide_many([[1, 1]], input_tokens=[None]),
        "input_tokens must be a number, got None",
    ),
    (lambda r, id: r.add(5), "model must be a name or a Model, got 5"),
    (lambda r, id: r.plan(5, 1.0), "prompts must be a sequence of prompts, got 5"),
    (lambda r, id: r.plan(None, 1.0), "prompts must be a sequence of prompts, got None"),
    (lambda r, id: r.plan([[1, 1]], True), "budget must be a number, got True"),
    (lambda r, id: r.decide_many(b"ab"), "prompts must be a sequence of prompts, got b'ab'"),
    (lambda r, id: r.decide_many({"a": 1}), r"prompts must be a sequence of prompts, got \{'a': 1\}"),
    (lambda r, id: r.decide_many(np.array(1.0)), r"prompts must be a sequence of prompts, got array\(1"),
    (
        lambda r, id: r.decide_many([[1, 1]], input_tokens=9),
        "input_tokens must be a sequence of numbers, got 9",
    ),
    (lambda r, id: r.feedback_many(id, [0.5]), "ids must be a sequence of ids, got "),
    (lambda r, id: r.feedback_many([id], 0.5), "rewards must be a sequence of rewards, got 0.5"),
    (lambda r, id: r.feedback(DECISION, 0.5), r"id must be an integer, got Decision\(id="),
    (lambda r, id: r.feedback(float(id), 0.5), "id must be an integer, got "),
    (lambda r, id: r.feedback(str(id), 0.5), "id must be an integer, got '"),
    (lambda r, id: r.feedback(None, 0.5), "id must be an integer, got None"),
    (lambda r, id: r.settle(True, 0.5), "id must be an integer, got True"),
    (lambda r, id: r.release(float(id)), "id must be an integer, got "),
    (lambda r, id: r.set_budget(1.0), "budget must be a pilotage.Budget or None, got 1.0"),
]


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [(ValueError, *row) for row in WRONG_VALUES] + [(TypeError, *row) for row in WRONG_TYPES],
)
def test_a_refused_call_changes_nothing(error, call, message) -> None:
    subject = Router([CHEAP, DEAR], Budget(10.0), dim=2)
    subject.feedback(subject.decide([1.0, 0.5]).id, 0.75)
    pending = subject.decide([0.5, 1.0]).id
    before = state(subject)
    with pytest.raises(error, match=message):
        call(subject, pending)
    assert state(subject) == before
    assert subject.feedback(pending, 0.25) == "applied"


@pytest.mark.parametrize(
    ("models", "keywords", "error", "message"),
    [
        ([], {}, ValueError, "models must name at least one model, got an empty list"),
        ("gpt-4o", {}, TypeError, "models must be a list of names or Models, got 'gpt-4o'"),
        (CHEAP, {}, TypeError, "models must be a list of names or Models, got Model"),
        ([CHEAP, 3], {}, TypeError, "models must hold names or Models, got 3"),
        (["gpt-4o", "gpt-4o"], {}, ValueError, "models must have distinct names, got 'gpt-4o' twice"),
        (["no such model"], {}, ValueError, "must be given for a model .* price map, got 'no such model'"),
        ([CHEAP], {"dim": 0}, ValueError, "dim must be >= 1, got 0"),
        ([CHEAP], {"dim": 2.0}, TypeError, "dim must be an integer, got 2.0"),
        ([CHEAP], {"encoder": len}, ValueError, "encoder must be None when dim is given, got <built-in"),
        (
            [CHEAP],
            {"prior_reward": 7},
            ValueError,
            "prior_reward must be 0, or not be given, with dim, got 7",
        ),
        ([CHEAP], {"prior_reward": "q"}, TypeError, "prior_reward must be a number, got 'q'"),
        ([CHEAP], {"intercept": 0.5}, ValueError, "intercept must not be given with dim, got 0.5"),
        ([CHEAP], {"intercept": "q"}, TypeError, "intercept must be a number, got 'q'"),
        ([CHEAP], {"score": "cosine"}, ValueError, "score must be 'linear' or 'pilot', got 'cosine'"),
        ([CHEAP], {"score": None}, ValueError, "score must be 'linear' or 'pilot', got None"),
        ([CHEAP], {"alpha": -0.5}, ValueError, "alpha must be finite and >= 0, got -0.5"),
        ([CHEAP], {"alpha": NAN}, ValueError, "alpha must be finite and >= 0, got nan"),
        ([CHEAP], {"alpha": "1"}, TypeError, "alpha must be a number, got '1'"),
        ([CHEAP], {"strength": 0}, ValueError, "strength must be finite and > 0, got 0"),
        ([CHEAP], {"forgetting": 0}, ValueError, r"forgetting must be in \(0, 1\], got 0"),
        ([CHEAP], {"forgetting": 1.01}, ValueError, r"forgetting must be in \(0, 1\], got 1.01"),
        ([CHEAP], {"forgetting": NAN}, ValueError, r"forgetting must be in \(0, 1\], got nan"),
        ([CHEAP], {"forgetting": "never"}, TypeError, "forgetting must be a number, got 'never'"),
        ([CHEAP], {"exploration": 1.01}, ValueError, r"exploration must be in \[0, 1\], got 1.01"),
        ([CHEAP], {"exploration": -0.1}, ValueError, r"exploration must be in \[0, 1\], got -0.1"),
        ([CHEAP], {"exploration": NAN}, ValueError, r"exploration must be in \[0, 1\], got nan"),
        ([CHEAP], {"seed": -1}, ValueError, "seed must be >= 0, got -1"),
        (
            [CHEAP],
            {"seed": 2**64},
            ValueError,
            "seed must be <= 9223372036854775807, got 18446744073709551616",
        ),
        ([CHEAP], {"seed": 0.5}, TypeError, "seed must be an integer, got 0.5"),
        ([CHEAP], {"remember": 0}, ValueError, "remember must be >= 1, got 0"),
        ([CHEAP], {"cost_components": -1}, ValueError, "cost_components must be >= 0, got -1"),
        ([CHEAP], {"cost_components": 3}, ValueError, r"cost_components must be <= dim = 2, got 3"),
        ([CHEAP], {"cost_strength": 0.0}, ValueError, "cost_strength must be finite and > 0, got 0.0"),
        ([CHEAP], {"alpha": True}, TypeError, "alpha must be a number, got True"),
        ([CHEAP], {"exploration": False}, TypeError, "exploration must be a number, got False"),
        ([CHEAP], {"learn_costs": "no"}, TypeError, "learn_costs must be True or False, got 'no'"),
        ([CHEAP], {"learn_costs": 0}, TypeError, "learn_costs must be True or False, got 0"),
        ([CHEAP], {"clock": 3}, TypeError, "clock must be a function without arguments, got 3"),
        ([CHEAP], {"clock": None}, TypeError, "clock must be a function without arguments, got None"),
        ([CHEAP], {"budget": 5.0}, TypeError, "budget must be a pilotage.Budget or None, got 5.0"),
        ([CHEAP], {"budgets": 5.0}, TypeError, "budgets must be a list of pilotage.Budget, got 5.0"),
        ([CHEAP], {"budgets": [5.0]}, TypeError, r"budgets must be a list of pilotage.Budget, got \[5.0\]"),
        ([CHEAP], {"budgets": [Budget(1.0)] * 2}, ValueError, "must have distinct names, got 'total' twice"),
        (
            [CHEAP],
            {"budget": Budget(1.0), "budgets": [Budget(1.0)]},
            ValueError,
            "budget or budgets must be given, and not both",
        ),
        (
            [CHEAP],
            {"budget": Budget(5e9)},
            ValueError,
            r"usd must be in \[0, 4e\+09\] US dollars, got 5e\+09",
        ),
    ],
)
def test_refused_settings(models, keywords, error, message) -> None:
    with pytest.raises(error, match=message):
        Router(models, **{"dim": 2, **keywords})


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"intercept": 0.0}, ValueError, r"intercept must be in \(0, 1\), got 0.0"),
        ({"intercept": 1.0}, ValueError, r"intercept must be in \(0, 1\), got 1.0"),
        ({"intercept": "half"}, TypeError, "intercept must be a number, got 'half'"),
        ({"prior_reward": 1.5}, ValueError, r"prior_reward must be in \[0, 1\], got 1.5"),
        ({"encoder": 3}, TypeError, "encoder must be an Encoder, .* got int"),
    ],
)
def test_refused_settings_of_texts(keywords, error, message) -> None:
    with pytest.raises(error, match=message):
        Router([CHEAP], **{"encoder": letters, **keywords})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1.0,), ValueError, "usd must be finite and >= 0, got -1.0"),
        ((NAN,), ValueError, "usd must be finite and >= 0, got nan"),
        ((INF,), ValueError, "usd must be finite and >= 0, got inf"),
        (("25",), TypeError, "usd must be a number, got '25'"),
        ((True,), TypeError, "usd must be a number, got True"),
        (
            (1.0, 10, "zcl", 200, None, None, "yes"),
            TypeError,
            "stop must be True or False, got 'yes'",
        ),
        (
            (1.0, 10, "even", 200, None, None, False, None, "no"),
            TypeError,
            "spill_over must be True or False, got 'no'",
        ),
        (
            (1.0, 10, "even", 200, None, None, False, None, 1),
            TypeError,
            "spill_over must be True or False, got 1",
        ),
        (
            (None, None, None, 200, None, None, False, True),
            TypeError,
            "usd_per_request must be a number, got True",
        ),
        ((None,), TypeError, "usd must be a number, got None"),
        ((1.0, 0), ValueError, "requests must be >= 1, got 0"),
        ((1.0, 2.5), TypeError, "requests must be an integer, got 2.5"),
        ((1.0, 2**63), ValueError, "requests must be <= 9223372036854775807, got 9223372036854775808"),
        (
            (1.0, 10, "pacing"),
            ValueError,
            "policy must be one of dual, pacer, primal_dual, even, zcl or None, got 'pacing'",
        ),
        ((1.0, None, "zcl"), ValueError, "requests must be given with policy='zcl', got None"),
        ((1.0, 10, None, 200, 2.0), ValueError, "policy must be 'zcl' with lower=2.0, got 'dual'"),
        ((1.0, 10, "dual", 200, None, 2.0), ValueError, "policy must be 'zcl' with upper=2.0, got 'dual'"),
        (
            (1.0, 10, None, 200, None, None, True),
            ValueError,
            "policy must be 'zcl' with stop=True, got 'dual'",
        ),
        ((1.0, 10, None, 50), ValueError, "policy must be 'zcl' with bin_size=50, got 'dual'"),
        (
            (1.0, 10, "zcl", 200, None, None, False, None, True, 0.0),
            ValueError,
            "policy must be 'dual' or 'pacer' with unserved=0.0, got 'zcl'",
        ),
        (
            (1.0, None, None, 200, None, None, False, None, True, 0.0),
            ValueError,
            "policy must be 'dual' or 'pacer' with unserved=0.0, got None",
        ),
        (
            (1.0, 10, None, 200, None, None, False, None, True, 1.5),
            ValueError,
            r"unserved must be in \[0, 1\], got 1.5",
        ),
        ((1.0, 10, "zcl", 0), ValueError, "bin_size must be >= 1, got 0"),
        ((1.0, 10, "zcl", None, 2.0, 1.0), ValueError, "lower must be <= upper = 1.0, got 2.0"),
        ((1.0, 10, "zcl", None, 0.0), ValueError, "lower must be finite and > 0, got 0.0"),
        ((1.0, 10, "zcl", None, None, INF), ValueError, "upper must be finite and > 0, got inf"),
    ],
)
def test_refused_budgets(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        Budget(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("a", -1e-6, 1e-6), ValueError, "input_cost_per_token of 'a' must be finite and >= 0, got -1e-06"),
        (("a", 1e-6, NAN), ValueError, "output_cost_per_token of 'a' must be finite and >= 0, got nan"),
        (("a", 1e-6), TypeError, "output_cost_per_token of 'a' must be a number, got None"),
        (("a", True, True), TypeError, "input_cost_per_token of 'a' must be a number, got True"),
        (
            ("a", 1e-6, 1e9),
            ValueError,
            "output_cost_per_token of 'a' must be <= 1000 US dollars per token, got 1000000000.0",
        ),
        (("a", 1e-6, "x"), TypeError, "output_cost_per_token of 'a' must be a number, got 'x'"),
        (("a", 1e-6, 1e-6, 0), ValueError, "expected_output_tokens of 'a' must be finite and > 0, got 0"),
        (("a", 1, 1, 1e15), ValueError, r"expected_output_tokens of 'a' must be <= 1e\+06, got 1e\+15"),
        (
            ("a", 1, 1, 9, 8),
            ValueError,
            "max_output_tokens of 'a' must be >= expected_output_tokens = 9, got 8",
        ),
        (("a", 1, 1, 256, 1e3), TypeError, "max_output_tokens of 'a' must be an integer, got 1000.0"),
        (("", 1e-6, 1e-6), ValueError, "name must not be empty, got ''"),
        ((None, 1e-6, 1e-6), TypeError, "name must be a str, got None"),
    ],
)
def test_refused_models(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        Model(*arguments)


# Names, prices and texts.


def letters(text: str) -> list[float]:
    """A toy encoder: how many a, how many b."""
    return [float(text.count("a")), float(text.count("b"))]


def test_prices_come_from_the_packaged_map() -> None:
    assert Model("gpt-4o").prices == (2.5e-6, 1e-5)
    assert Router(["gpt-4o", CHEAP], dim=1).models == ("gpt-4o", "cheap")


def test_a_text_gets_an_intercept_and_a_prior_reward() -> None:
    subject = Router([CHEAP, DEAR], encoder=letters, strength=1.0, intercept=0.6, prior_reward=0.25)
    assert subject.dim == 3
    for prompt in ("aaaabbb", "", "xyz", [4.0, 3.0]):
        assert subject.estimate(prompt)["dear"][0] == pytest.approx(0.25, rel=1e-15)
    decision = subject.decide("aaaabbb")  # x = [0.8 * 4/5, 0.8 * 3/5, 0.6]
    subject.feedback(decision.id, 1.0)
    b = subject._core.posterior(0).b
    np.testing.assert_allclose(b, [0.64, 0.48, 0.6 + 0.25 / 0.6], rtol=1e-15)


def test_a_text_is_taken_to_have_a_token_for_every_four_characters() -> None:
    subject = Router([CHEAP], encoder=letters)
    assert subject.decide("a" * 4000).expected_cost == 0.02
    assert subject.decide("").expected_cost == 0.01001  # at least one
    assert subject.decide([1.0, 0.0]).expected_cost == 0.01256


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [
        ("", 1),
        ("a", 1),
        ("aaaa", 1),
        ("aaaaa", 2),  # rounded up
        ("\u8bc1" * 4000, 4000),  # Chinese: three bytes each
        ("\u8bc1aaaa", 2),  # 1 + 1
        ("\u8bc1a", 2),  # 1 + 1/4
        ("\u0436" * 3, 2),  # Cyrillic: two bytes each
        ("\u00e9" + "a" * 3, 2),  # 2/3 + 3/4
        ("\U0001f600" * 3, 4),  # emoji: four bytes each
        ("\ud800", 1),  # half a character, as JSON may hold: three bytes
    ],
)
def test_the_tokens_of_a_text_alone_are_estimated(prompt: str, tokens: int) -> None:
    subject = Router([CHEAP], encoder=lambda text: [1.0])
    expected = subject.decide([1.0], input_tokens=tokens).expected_cost
    assert subject.decide(prompt).expected_cost == expected
    assert subject.decide_many([prompt])[0].expected_cost == expected
    assert subject.estimate(prompt)["cheap"][2] == expected
    assert subject.adopt(prompt, "cheap").expected_cost == expected


def test_a_chinese_text_does_not_cross_a_hard_limit() -> None:
    subject = Router([CHEAP], Budget(0.06), encoder=letters)
    decision = subject.decide("\u8bc1" * 4000)  # 4 cents to read
    assert subject.settle(decision.id, tokens=(4000, decision.max_tokens)) == "applied"
    assert subject.budget.settled <= 0.06
    assert subject.budget.overruns == 0


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize("embedding", [[NAN, 0.0], [INF, 0.0], [1e200, 0.0]])
def test_an_embedding_without_a_finite_norm_is_refused(embedding: list[float]) -> None:
    subject = Router([CHEAP], encoder=letters)
    with pytest.raises(ValueError, match=r"embedding must have a finite norm, got (nan|inf)"):
        subject.decide(embedding)


def test_a_decision_survives_pickle_and_is_made_by_routers_alone() -> None:
    subject = Router([CHEAP, DEAR], Budget(usd=1.0), dim=1)
    decision = subject.decide([1.0], max_tokens=100)
    for again in (pickle.loads(pickle.dumps(decision)), copy.deepcopy(decision)):
        assert repr(again) == repr(decision)
        assert (again.width, again.max_tokens) == (decision.width, decision.max_tokens)
        assert subject.settle(again.id, cost=0.0) in ("applied", "duplicate")
    with pytest.raises(TypeError, match="cannot create"):
        type(decision)()


def test_a_decision_that_names_no_model_cannot_be_restored() -> None:
    decision = router().decide([1.0])
    restore, fields = decision.__reduce__()
    with pytest.raises(ValueError, match="model must be one of the names"):
        restore(fields[0], 2, *fields[2:])


def test_a_decision_reads_well() -> None:
    decision = router().decide([1.0], input_tokens=1000)
    assert repr(decision) == (
        f"Decision(id={decision.id}, model='cheap', propensity=1, expected_reward=0, expected_cost=0.02, "
        "reserved=0.02, max_tokens=None, reason='best', candidates=('cheap', 'dear'))"
    )
    with pytest.raises(AttributeError):
        decision.model = "dear"
