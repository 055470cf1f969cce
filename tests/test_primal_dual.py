"""ParetoBandit's controller in the core chooses what the one in numpy does, alone and inside of a router."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router, _core
from pilotage.budget import core_budget
from tests.reference_primal_dual import STEP, PrimalDual, primal_dual

RATE = 1e-3


def budget(usd_per_request: float = RATE, **keywords) -> Budget:
    return Budget(usd_per_request=usd_per_request, policy="primal_dual", **keywords)


def test_by_hand() -> None:
    # The dear one costs twice the ceiling: mean 1.05, lambda 0.0025, and above 0 its price is barred. After
    # three cheap ones, means of 1.0025, 0.957 and 0.914, lambda is 0 again.
    reward, cost = np.full((6, 2), [0.5, 0.9]), np.full((6, 2), [0.1, 2.0])
    prices = np.array([1e-4, 0.10])
    assert primal_dual(reward, cost, prices, 1.0).tolist() == [1, 0, 0, 0, 1, 1]
    # where the ceiling empties the set it is dropped
    assert primal_dual(reward[:, 1:], cost[:, 1:], prices[1:], 1.0).tolist() == [0] * 6


@pytest.mark.parametrize("seed", range(20))
def test_the_core_chooses_what_numpy_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    models = int(random.integers(1, 7))
    prices = 10.0 ** random.uniform(-5.0, 0.0, models)  # some beyond the ends of the scale
    cost = prices * random.lognormal(0.0, 1.0, (2_000, models))
    reward = random.uniform(0.0, 0.5, (2_000, models)) + 0.1 * np.log(prices / prices.min())
    ceiling = float(random.uniform(cost.mean(axis=0).min(), cost.mean(axis=0).max()))
    chosen = _core.spend(core_budget(budget(ceiling)), reward, cost, cost, prices)
    expected = primal_dual(reward, cost, prices, ceiling)
    assert chosen.tolist() == expected.tolist()


def test_a_router_chooses_what_numpy_does_and_follows_its_prices() -> None:
    random = np.random.default_rng(5)
    pool = [Model(name, price, 3.0 * price) for name, price in (("a", 1e-7), ("b", 1e-6), ("c", 8e-6))]
    router = Router(pool, budget(soft=True), dim=4, alpha=0.2)
    listed = {model.name: 500.0 * sum(model.prices) for model in pool}
    policy, seen = PrimalDual(RATE), set()
    for request in range(600):
        if request == 300:
            router.set_prices("c", 1e-8, 1e-8)
            router.add(Model("d", 2e-6, 2e-6))
            listed |= {"c": 1e-5, "d": 2e-3}
        x = random.normal(size=4) / 2.0
        reward = [mean + 0.2 * width for mean, width, _ in router.estimate(x).values()]
        k = policy.choose(np.array(reward), np.array([listed[name] for name in router.models]))
        decision = router.decide(x)
        assert decision.model == router.models[k]
        assert decision.candidates == (decision.model,)
        seen.add((decision.model, request < 300))
        # of "c" a call costs, before its price falls, several times the pace
        cost = listed[decision.model] * random.lognormal(-1.0, 0.5)
        router.settle(decision.id, cost)
        policy.settle(round(cost * 1e9) / 1e9)
        router.feedback(decision.id, float(random.uniform(0.2, 0.8)))
    assert {("a", True), ("c", True), ("c", False)} <= seen
    assert policy.price >= 0.0


def test_a_limit_on_top_is_kept() -> None:
    router = Router([Model("a", 1e-5, 0.0)], budget(1e-2, usd=0.1), dim=1)
    for _ in range(10):
        router.settle(router.decide([1.0], input_tokens=1_000).id, 0.01)
    with pytest.raises(BudgetExhausted, match="budget must afford at least one model"):
        router.decide([1.0], input_tokens=1_000)


def test_it_paces_alone() -> None:
    pool = [Model("a", 1e-5, 1e-5)]
    Router(pool, budgets=[budget(), Budget(1.0, tenant="*")], dim=1)
    message = "budgets must be paced by one alone beside policy='primal_dual', got ['primal_dual', 'dual']"
    with pytest.raises(ValueError, match=re.escape(message)):
        Router(pool, budgets=[budget(), Budget(1.0, 10, tenant="*")], dim=1)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"usd_per_request": 0.0}, "usd_per_request must be finite and > 0, got 0.0"),
        ({"usd": 1.0, "requests": 10}, "usd_per_request must be given with policy='primal_dual', got None"),
        ({"usd_per_request": 1.0, "unserved": 0.0}, "policy must be 'dual' or 'pacer' with unserved=0.0"),
        ({"usd_per_request": 1.0, "requests": 1}, "requests must not be given with usd_per_request, got 1"),
    ],
)
def test_refusals(keywords, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Budget(policy="primal_dual", **keywords)


def test_the_step_is_the_published_one() -> None:
    policy = PrimalDual(1.0)
    policy.settle(2.0)
    assert policy.price == pytest.approx(STEP * 0.05)
