"""Budgets that are paced beside each other: none costs what the others earn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router

N, DIM = 2_000, 8
PRICES = (1e-4, 5e-4, 2e-3)  # US dollars a call
USD = 0.6  # what the middle model takes for 1,200 of them


def requests() -> Iterator[tuple[np.ndarray, np.ndarray, str]]:
    """Contexts, the rewards of the three models, tenants."""
    random = np.random.default_rng(0)
    theta = random.normal(size=(3, DIM)) * 0.25 + np.array([[0.0], [0.05], [0.1]])
    for _ in range(N):
        x = random.normal(size=DIM)
        x /= np.linalg.norm(x)
        yield x, np.clip(0.5 + theta @ x, 0.0, 1.0), ("acme", "umbrella")[random.integers(2)]


def play(*budgets: Budget) -> tuple[list[str], float, float]:
    """What was called, the mean reward, and the share of the money that was spent."""
    router = Router(
        [Model(str(k), 0.0, price, 1.0) for k, price in enumerate(PRICES)],
        budgets=budgets,
        dim=DIM,
        prior_reward=0.0,
    )
    called, earned, spent = [], 0.0, 0.0
    for x, reward, tenant in requests():
        try:
            decision = router.decide(x, tenant=tenant)
        except BudgetExhausted:
            called.append("")
            continue
        k = int(decision.model)
        router.settle(decision.id, PRICES[k])
        router.feedback(decision.id, float(reward[k]))
        called.append(decision.model)
        earned, spent = earned + float(reward[k]), spent + PRICES[k]
    return called, earned / N, spent / USD


def test_the_same_budget_twice_is_that_budget() -> None:
    total, again = (Budget(USD, N, soft=True, name=name) for name in ("total", "again"))
    assert play(total, again)[0] == play(total)[0]


@pytest.mark.parametrize(
    "beside",
    [(), (Budget(USD, N, soft=True),), (Budget(usd_per_request=USD / N, soft=True),)],
    ids=["tenants alone", "and a total", "and a pace"],
)
def test_tenants_earn_as_much_beside_a_total(beside: tuple[Budget, ...]) -> None:
    _, alone, _ = play(Budget(USD, N, soft=True))
    _, earned, spent = play(Budget(USD / 2, N // 2, tenant="*", soft=True), *beside)
    assert earned > 0.99 * alone
    assert 0.97 < spent <= 1.0
