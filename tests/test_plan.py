"""A plan for a batch: by hand, against dynamic programming over every amount of money, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router

CHEAP = Model("cheap", 1e-5, 1e-5, expected_output_tokens=1000)
DEAR = Model("dear", 2e-5, 2e-5, expected_output_tokens=1000)


def taught(models=(CHEAP, DEAR), seed: int = 0, dim: int = 2) -> Router:
    """A router that has heard some rewards."""
    random = np.random.default_rng(seed)
    router = Router(list(models), dim=dim, learn_costs=False)
    for _ in range(60):
        decision = router.decide(random.normal(size=dim))
        router.feedback(decision.id, float(random.uniform()))
    return router


def grid(values: np.ndarray, costs: np.ndarray, budget: int, allow_none: bool) -> float:
    """best_i(b) = max_k value(i, k) + best_{i-1}(b - cost(i, k)) over every amount of money b."""
    best = np.zeros(budget + 1)
    for row, prices in zip(values, costs, strict=True):
        following = best.copy() if allow_none else np.full(budget + 1, -np.inf)
        for value, cost in zip(row, prices, strict=True):
            if cost <= budget:
                following[cost:] = np.maximum(following[cost:], value + best[: budget + 1 - cost])
        best = following
    return float(best[-1])


def test_by_hand() -> None:
    router = Router([CHEAP, DEAR], dim=2, learn_costs=False, alpha=0.0, strength=1.0, prior_reward=0.0)
    for _ in range(9):  # the dear model is good at the first kind of prompt, the cheap one learns nothing
        router.remove("cheap") if "cheap" in router.models else None
        router.feedback(router.decide([1.0, 0.0]).id, 1.0)
        router.feedback(router.decide([0.0, 1.0]).id, 0.1)
    router.add(CHEAP)
    # 1,000 tokens in and 1,000 out cost 2 and 4 cents
    plan = router.plan([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], 0.10, input_tokens=[1000, 1000, 1000])
    assert plan.models == ("cheap", "dear", "dear")
    assert plan.value == pytest.approx(1.8)  # 2 of 9 / (9 + 1)
    assert (plan.cost, plan.optimal) == (0.10, True)
    assert (
        router.plan([[1.0, 0.0]] * 3, 0.05, input_tokens=[1000] * 3, allow_none=True).models.count(None) == 2
    )


@pytest.mark.parametrize("allow_none", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_as_good_as_dynamic_programming_over_every_amount(seed: int, allow_none: bool) -> None:
    random = np.random.default_rng(seed)
    # costs are whole multiples of 1e-6 dollars: 100 tokens out at whole micro-dollars
    models = [Model(f"m{k}", 0.0, 1e-8 * (k + 1) ** 2, expected_output_tokens=100) for k in range(4)]
    router = taught(models, seed, dim=3)
    prompts = random.normal(size=(12, 3))
    estimates = [list(router.estimate(prompt).values()) for prompt in prompts]
    values = np.array([[reward for reward, _, _ in row] for row in estimates])
    costs = np.array([[round(cost / 1e-6) for _, _, cost in row] for row in estimates])
    for budget in (12, 40, 90, 200):
        plan = router.plan(prompts, budget / 1e6, allow_none=allow_none)
        assert plan.optimal
        assert plan.value == pytest.approx(grid(values, costs, budget, allow_none), abs=1e-9)
        assert plan.cost <= budget / 1e6


def test_nothing_is_reserved_and_nothing_learned() -> None:
    router = taught()
    before = router.budget, router.estimate([1.0, 0.5])
    router.plan([[1.0, 0.5]] * 4, 1.0)
    assert (router.budget, router.estimate([1.0, 0.5])) == before


def test_what_became_of_a_plan_is_learned() -> None:
    planned, decided = (Router([DEAR], dim=2, budget=Budget(10.0, soft=True)) for _ in range(2))
    prompts, costs, rewards = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [0.06, 0.03, 0.05], [0.9, 0.4, 0.7]
    plan = planned.plan(prompts, 1.0, input_tokens=[1000] * 3)
    for prompt, model, cost, reward in zip(prompts, plan.models, costs, rewards, strict=True):
        call = planned.adopt(prompt, model, input_tokens=1000)
        same = decided.decide(prompt, input_tokens=1000, explore=False)
        assert (call.model, call.reason, call.propensity) == ("dear", "adopted", 1.0)
        assert (call.candidates, call.reserved, call.max_tokens) == (("dear",), 0.0, None)
        assert (call.expected_reward, call.expected_cost) == (same.expected_reward, same.expected_cost)
        for router, id in ((planned, call.id), (decided, same.id)):
            assert router.settle(id, cost) == "applied"
            assert router.settle(id, cost) == "duplicate"
            assert router.feedback(id, reward) == "applied"
    for prompt in prompts:
        assert planned.estimate(prompt, input_tokens=500) == decided.estimate(prompt, input_tokens=500)
    assert planned.costs == decided.costs
    assert planned.budget[1:3] == (0.0, 0.0)
    assert decided.budget.settled == pytest.approx(0.14)


def test_an_adopted_call_may_be_released_expired_and_forgotten() -> None:
    router = Router([CHEAP, DEAR], dim=1, budget=Budget(1.0), remember=2)
    first, second = (router.adopt([1.0], "cheap").id for _ in range(2))
    assert router.release(first) == "applied"
    assert router.feedback(first, 1.0) == "conflict"
    assert router.expire(second) == "applied"
    router.adopt([1.0], "dear")
    third = router.decide([1.0])
    router.adopt([1.0], "dear")
    assert (router.settle(first, 0.1), router.budget.settled) == ("late", 0.0)
    router.adopt([1.0], "dear")  # forgets what was decided, and charges it
    assert router.budget.settled == pytest.approx(third.reserved)
    assert router.budget.expired == 1


def test_what_cannot_be_adopted_changes_nothing() -> None:
    router = taught()
    before = router.estimate([1.0, 0.5])
    with pytest.raises(ValueError, match="model must be one of cheap, dear, got 'gpt'"):
        router.adopt([1.0, 0.0], "gpt")
    router.remove("dear")
    with pytest.raises(ValueError, match="model must be one of cheap, got 'dear'"):
        router.adopt([1.0, 0.0], "dear")
    with pytest.raises(ValueError, match=r"prompt must have shape \(2,\), got \(1,\)"):
        router.adopt([1.0], "cheap")
    with pytest.raises(ValueError, match="input_tokens must be finite and >= 0, got -1"):
        router.adopt([1.0, 0.0], "cheap", input_tokens=-1)
    router.add(DEAR)
    assert router.estimate([1.0, 0.5]) == before


def test_models_that_were_removed_are_not_planned_with() -> None:
    router = taught()
    router.remove("cheap")
    assert router.plan([[1.0, 0.0]], 1.0).models == ("dear",)


def test_texts_and_an_empty_batch() -> None:
    router = Router(["gpt-4o", "gpt-4o-mini"])
    plan = router.plan(["Hello.", "Prove that sqrt(2) is irrational."], 1.0)
    assert set(plan.models) <= {"gpt-4o", "gpt-4o-mini"}
    assert router.plan([], 0.0).models == ()


@pytest.mark.parametrize("seed", range(5))
def test_the_budget_that_a_refusal_names_is_enough(seed: int) -> None:
    random = np.random.default_rng(seed)
    models = [Model(f"m{k}", *random.uniform(1e-7, 1e-5, size=2)) for k in range(3)]
    n = int(random.integers(1, 400))
    router, prompts, lengths = taught(models), random.normal(size=(n, 2)), random.uniform(1, 1000, size=n)
    with pytest.raises(BudgetExhausted) as refused:
        router.plan(prompts, 0.0, input_tokens=lengths)
    named = float(str(refused.value).split("at least ")[1].split(",")[0])
    assert router.plan(prompts, named, input_tokens=lengths).cost == pytest.approx(named, rel=1e-15)
    with pytest.raises(BudgetExhausted):
        router.plan(prompts, named - 2e-9, input_tokens=lengths)


def test_refusals() -> None:
    router = taught()
    with pytest.raises(
        BudgetExhausted, match=r"budget must be at least 0\.0251.*, what the cheapest .*, got 0\.01"
    ):
        router.plan([[1.0, 0.0]] * 2, 0.01)
    with pytest.raises(
        TypeError, match="prompts must be a sequence of prompts, got one text of 5 characters"
    ):
        router.plan("Hello", 1.0)
    with pytest.raises(ValueError, match="input_tokens must have length 1, got 2"):
        router.plan([[1.0, 0.0]], 1.0, input_tokens=[1, 2])
    with pytest.raises(ValueError, match=r"prompt must have shape \(2,\), got \(3,\)"):
        router.plan([[1.0, 0.0, 0.0]], 1.0)
    with pytest.raises(ValueError, match="budget must be"):
        router.plan([[1.0, 0.0]], -1.0)
