"""The default bound narrows with the decisions made; one that was given does not, nor one that forgets."""

import numpy as np
import pytest

from pilotage import Model, Router

KNOWN, REWARD, DECISIONS = 20, 0.55, 400


def taught(reward: float = REWARD, **settings: float) -> Router:
    """Model a is known to be fair, b was never called: with x = 1, which of them is called is up to alpha."""
    router = Router([Model("a", 0.0, 0.0), Model("b", 0.0, 0.0)], dim=1, prior_reward=0.0, **settings)
    for _ in range(KNOWN):
        router.feedback(router.adopt([1.0], "a").id, reward)
    return router


def turn() -> int:
    """The first of the decisions that calls a, by hand; strength = 2.5."""
    a = KNOWN * REWARD / (2.5 + KNOWN)
    for t in range(KNOWN, KNOWN + DECISIONS):
        alpha = max(0.8, 1.5 * min(1.0, np.sqrt(100 * 2 / t)))
        if a + alpha / np.sqrt(2.5 + KNOWN) > alpha / np.sqrt(2.5):
            return t - KNOWN
    raise AssertionError("never")


def test_the_default_bound_narrows_and_decide_many_narrows_alike() -> None:
    one, many = taught(), taught()
    called = [one.decide([1.0]).model for _ in range(DECISIONS)]
    assert called == ["b"] * turn() + ["a"] * (DECISIONS - turn())
    assert 200 < turn() + KNOWN < 400
    decided = many.decide_many(np.ones((DECISIONS, 1)))
    assert [decision.model for decision in decided if decision is not None] == called


@pytest.mark.parametrize("settings", [{"alpha": 1.5}, {"alpha": 1.2, "forgetting": 0.99999}])
def test_a_given_bound_stays(settings: dict[str, float]) -> None:
    router = taught(**settings)
    assert {router.decide([1.0]).model for _ in range(DECISIONS)} == {"b"}


def test_a_router_that_forgets_does_not_narrow() -> None:
    # 0.43 20 / 22.5 + alpha / sqrt(22.5) is below alpha / sqrt(2.5) at its 1, and above at 0.8.
    router = taught(0.43, forgetting=1.0 - 1e-9)
    assert {router.decide([1.0]).model for _ in range(DECISIONS)} == {"b"}
    narrow = taught(0.43, forgetting=1.0 - 1e-9, alpha=0.8)
    assert narrow.decide([1.0]).model == "a"


def test_a_newcomer_is_tried_however_late_it_joins() -> None:
    router = Router([Model("a", 0.0, 0.0)], dim=2)
    x = [np.sqrt(0.5), np.sqrt(0.5)]
    for _ in range(3000):
        router.feedback(router.decide(x).id, 0.45)
    router.add(Model("b", 0.0, 0.0))
    assert router.decide(x).model == "b"
