"""What was learned fades at every decision, towards the prior."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage import Budget, Model, Router
from tests import reference

DIM = 12
POOL = [Model(f"m{k}", (k + 1) * 1e-6, (k + 1) * 1e-6, expected_output_tokens=100) for k in range(3)]


@pytest.mark.parametrize("gamma", [0.5, 0.97, 0.997])
def test_posteriors_equal_the_definition(gamma: float) -> None:
    random = np.random.default_rng(3)
    router = Router(POOL, dim=DIM, forgetting=gamma, alpha=0.3, strength=1.0, prior_reward=0.0)
    twins = [reference.Posterior(np.zeros(DIM), 1.0) for _ in POOL]
    for i in range(1500):
        if i == 500:
            router.remove("m1")  # and it forgets, as the others do
        if i == 900:
            router.add(POOL[1])
        x = random.normal(size=DIM) / np.sqrt(DIM)
        decision = router.decide(x)
        for twin in twins:
            twin.forget(gamma)
        if random.random() < 0.7:
            reward = float(random.random())
            assert router.feedback(decision.id, reward) == "applied"
            twins[int(decision.model[1])].update(x, reward)
    for k, twin in enumerate(twins):
        found = router._core.posterior(k)
        for name, expected in {"precision": twin.A, "covariance": twin.covariance}.items():
            error = np.abs(getattr(found, name) - expected).max() / np.abs(expected).max()
            assert error < 1e-10, name
        np.testing.assert_allclose(found.theta, twin.theta, rtol=0, atol=1e-10)


def test_a_model_that_got_better_is_found_again() -> None:
    def share(gamma: float) -> float:
        router = Router(POOL[:2], dim=1, forgetting=gamma, alpha=0.5, prior_reward=0.0)
        chosen = []
        for i in range(3000):
            decision = router.decide([1.0])
            good = "m0" if i < 1500 else "m1"
            router.feedback(decision.id, 0.9 if decision.model == good else 0.6 if i < 1500 else 0.2)
            chosen.append(decision.model == good)
        return float(np.mean(chosen[2000:]))

    assert share(0.99) > 0.85
    assert share(0.99) > share(1.0) + 0.2


def test_a_newcomer_is_explored_within_the_budget_by_its_uncertainty() -> None:
    ceiling = 3e-4  # m0 costs 2e-4, the newcomer 6e-4
    router = Router(POOL[:1], Budget(usd_per_request=ceiling), dim=1, forgetting=0.999)
    spent, tried = 0.0, []
    for i in range(2000):
        if i == 500:
            router.add(POOL[2])
        decision = router.decide([1.0], input_tokens=100)
        cost = {"m0": 2e-4, "m2": 6e-4}[decision.model]
        spent += cost
        router.settle(decision.id, cost)
        router.feedback(decision.id, 0.8 if decision.model == "m2" else 0.5)
        tried.append(decision.model == "m2")
        assert spent <= ceiling * (i + 1) + 2 * 6e-4
    assert tried.index(True) < 520
    # A quarter is all that the money affords, and 50 requests' money may have been saved before.
    assert 0.15 < np.mean(tried[1000:]) <= 0.25 + 50 * ceiling / (6e-4 - 2e-4) / 1000


def test_a_router_that_forgets_explores_less_by_default() -> None:
    def chosen(**keywords: float) -> str:
        router = Router(POOL[:2], dim=1, prior_reward=0.0, **keywords)
        router.remove("m1")
        for _ in range(10):
            router.feedback(router.decide([1.0]).id, 0.6)
        router.add(POOL[1])
        return router.decide([1.0]).model

    # 6 / 12.5 + alpha / sqrt(12.5) beside alpha / sqrt(2.5)
    assert chosen() == chosen(alpha=1.5) == chosen(alpha=1.5, forgetting=0.9999) == "m1"
    assert chosen(forgetting=0.9999) == chosen(alpha=1.0) == "m0"
