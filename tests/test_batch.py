"""Batches do what the calls one by one would."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Decision, Model, Router

COUNTER = 2**40 - 1  # of an id; the rest is the router's own
MODELS = [Model("a", 1e-6, 2e-6), Model("b", 3e-6, 5e-6), Model("c", 1e-5, 2e-5)]


def pair(dim: int, budget: Budget | None = None, **settings: float) -> tuple[Router, Router]:
    one, many = (Router(MODELS, budget, dim=dim, **settings) for _ in range(2))
    return one, many


def unit(random: np.random.Generator, n: int, dim: int) -> np.ndarray:
    x = random.normal(size=(n, dim))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def decided(router: Router, x: np.ndarray) -> Decision | None:
    try:
        return router.decide(x, input_tokens=80, max_tokens=200)
    except BudgetExhausted:
        return None


def told(decision) -> tuple:
    return decision.model, decision.reserved, decision.reason, decision.candidates, decision.max_tokens


@pytest.mark.parametrize("dim", [3, 64])
@pytest.mark.parametrize("budget", [None, Budget(usd=0.5, requests=300), Budget(usd=0.01)])
def test_a_batch_is_as_good_as_call_by_call(dim: int, budget: Budget | None) -> None:
    random = np.random.default_rng(dim)
    one, many = pair(dim, budget, exploration=0.1)
    for _ in range(4):
        x = unit(random, 50, dim)
        rewards = random.random(50)
        alone = [decided(one, row) for row in x]
        batch = many.decide_many(x, input_tokens=[80] * 50, max_tokens=200)
        for a, b in zip(alone, batch, strict=True):
            assert (a is None) == (b is None)
            if a is not None and b is not None:
                assert told(a) == told(b)
                assert a.id & COUNTER == b.id & COUNTER
                np.testing.assert_allclose(
                    [a.propensity, a.expected_reward, a.width, a.expected_cost],
                    [b.propensity, b.expected_reward, b.width, b.expected_cost], rtol=1e-12,
                )  # fmt: skip
        called = [i for i, decision in enumerate(batch) if decision is not None]
        ids = {router: [side[i].id for i in called] for router, side in ((one, alone), (many, batch))}
        for router, keys in ids.items():
            for key in keys:
                router.settle(key, tokens=(80, 100))
        singly = [one.feedback(key, rewards[i]) for key, i in zip(ids[one], called, strict=True)]
        assert many.feedback_many(ids[many], rewards[called]) == singly
        assert one.budget == many.budget


def test_texts_come_in_batches_too() -> None:
    router = Router(MODELS)
    prompts = ["What is 2 + 2?", "", "Prove that there are infinitely many primes."]
    first, *_ = router.decide_many(prompts)
    assert first is not None
    again = Router(MODELS)
    alone = [again.decide(prompt) for prompt in prompts]
    assert first.model == alone[0].model
    assert first.reserved == alone[0].reserved
    assert router.decide_many([]) == []
    assert router.feedback_many([], []) == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"prompts": "text"}, TypeError, "prompts must be a sequence .* got one text of 4"),
        ({"prompts": [[1.0, 0.0], [1.0]]}, ValueError, r"prompt must have shape \(2,\), got \(1,\)"),
        ({"prompts": [[1.0, 0.0], [np.nan, 0.0]]}, ValueError, "x must be finite, got nan at index 0"),
        ({"prompts": [[1.0, 0.0]], "input_tokens": [1, 2]}, ValueError, "input_tokens must have length 1"),
        ({"prompts": [[1.0, 0.0]] * 2, "input_tokens": [1, -2]}, ValueError, "input_tokens must be .* >= 0"),
        ({"prompts": [[1.0, 0.0]] * 2, "input_tokens": [1, 1e300]}, ValueError, "cost must be in"),
        ({"prompts": [[1.0, 0.0]], "explore": 1}, TypeError, "explore must be True or False"),
        ({"prompts": [[1.0, 0.0]], "max_tokens": 0}, ValueError, "max_tokens must be"),
    ],
)  # fmt: skip
def test_bad_batches_are_refused_before_anything_is_decided(arguments, error, message) -> None:
    router = Router(MODELS, Budget(usd=1.0), dim=2)
    with pytest.raises(error, match=message):
        router.decide_many(**arguments)
    assert router.budget.reserved == 0.0
    (decision,) = router.decide_many([[1.0, 0.0]])
    assert decision is not None
    assert decision.id & COUNTER == 0  # the first


def test_bad_rewards_are_refused_before_any_is_learned() -> None:
    router = Router(MODELS, dim=2)
    first, second = router.decide_many([[1.0, 0.0], [0.0, 1.0]])
    assert first is not None
    assert second is not None
    with pytest.raises(ValueError, match=r"reward must be in \[0, 1\], got 2"):
        router.feedback_many([first.id, second.id], [1.0, 2.0])
    with pytest.raises(ValueError, match="rewards must have length 2, got 1"):
        router.feedback_many([first.id, second.id], [1.0])
    with pytest.raises(TypeError, match="reward must be a number"):
        router.feedback_many([first.id], ["good"])  # type: ignore[list-item]
    found = router.feedback_many([first.id, second.id, 7 << 40], [1.0, 0.0, 0.5])
    assert found == ["applied", "applied", "unknown"]
    assert router.feedback_many([first.id], [1.0]) == ["duplicate"]
