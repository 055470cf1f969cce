"""The pool lives: models are added, removed and re-added, and prices change, while requests run."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from pilotage import Budget, Model, Router

CHEAP = Model("cheap", 1e-6, 1e-6, expected_output_tokens=1000)
DEAR = Model("dear", 1e-5, 1e-5, expected_output_tokens=1000)
X = [1.0, 0.0]


def test_a_newcomer_is_tried_and_joins_the_candidates() -> None:
    router = Router([CHEAP], dim=2, strength=1.0)
    for _ in range(20):
        router.feedback(router.decide(X).id, 0.5)
    router.add(DEAR)
    assert router.models == ("cheap", "dear")
    decision = router.decide(X)
    assert (decision.model, decision.width, decision.candidates) == ("dear", 1.0, ("cheap", "dear"))


def play(router: Router, rewards: dict[str, float], requests: int) -> dict[str, int]:
    """Requests with settled costs and rewards; how many each model got."""
    calls = dict.fromkeys(rewards, 0)
    for _ in range(requests):
        decision = router.decide(X)
        router.settle(decision.id, tokens=(256, 256))
        router.feedback(decision.id, rewards[decision.model])
        calls[decision.model] += 1
    return calls


def test_a_newcomer_to_a_good_pool_is_found() -> None:
    models = [Model(name, 1e-6, 2e-6) for name in ("a", "b", "new")]
    rewards = {"a": 0.85, "b": 0.85, "new": 0.99}
    router = Router(models[:2], dim=2)
    play(router, rewards, 700)
    router.add(models[2])
    assert play(router, rewards, 500)["new"] > 490


@pytest.mark.parametrize("forgetting", [1.0, 0.5])
def test_a_newcomer_starts_at_the_mean_of_what_the_pool_has_learned(forgetting: float) -> None:
    models = [Model(name, 1e-6, 1e-6) for name in ("a", "b", "unheard", "gone")]
    router = Router(models, dim=2, strength=1.0, forgetting=forgetting, alpha=0.0)
    for name, reward in (("a", 1.0), ("b", 0.5), ("gone", 0.0)):
        for _ in range(3):
            router.feedback(router.adopt(X, name).id, reward)
    router.remove("gone")
    start = (router.estimate(X)["a"][0] + router.estimate(X)["b"][0]) / 2
    assert start > 0.05
    router.add(Model("new", 1e-6, 1e-6))
    router.add(Model("newer", 1e-6, 1e-6))  # "new" has no rewards yet, and does not count
    assert router.estimate(X)["new"][0] == router.estimate(X)["newer"][0] == pytest.approx(start, rel=1e-15)
    assert router.estimate(X)["new"][1] == 1.0  # as unsure as any
    id = router.adopt(X, "new").id
    start = router.estimate(X)["new"][0]  # the pool may have forgotten some of it
    router.feedback(id, 0.0)
    assert router.estimate(X)["new"][0] < start
    for _ in range(60):
        router.decide(X)
    if forgetting < 1.0:
        assert router._core.posterior(4).mean(np.array(X)) == pytest.approx(start)


def test_a_newcomer_to_a_pool_without_rewards_starts_at_zero() -> None:
    router = Router([CHEAP], dim=2)
    router.add(DEAR)
    assert router.estimate(X)["dear"][0] == 0.0


def test_a_model_returns_with_its_memory_at_the_prices_given_now() -> None:
    router = Router([CHEAP, DEAR], dim=2, strength=1.0, prior_reward=0.0)
    first = router.decide(X)
    assert first.model == "cheap"
    router.remove("cheap")
    assert router.models == ("dear",)
    assert list(router.estimate(X)) == ["dear"]
    assert router.settle(first.id, tokens=(256, 1000)) == "applied"
    assert router.feedback(first.id, 1.0) == "applied"
    assert router.decide(X).candidates == ("dear",)
    router.add(Model("cheap", 2e-6, 2e-6))
    assert router.models == ("cheap", "dear")
    reward, _, cost = router.estimate(X, input_tokens=0)["cheap"]
    assert reward == pytest.approx(0.5)  # b = 1, A = 2
    assert cost == pytest.approx(2e-3)  # 1000 tokens, as before


def test_a_model_returns_with_the_longest_answer_given_now() -> None:
    router = Router([CHEAP, DEAR], Budget(1e3), dim=2)
    router.remove("cheap")
    router.add(Model("cheap", 1e-6, 1e-6, expected_output_tokens=1000, max_output_tokens=9000))
    router.remove("dear")
    assert router.decide(X).max_tokens == 9000


def test_a_model_returns_as_it_was_where_only_its_name_is_given() -> None:
    short = Model("short", 1e-6, 1e-6, expected_output_tokens=1000, max_output_tokens=1500)
    router = Router([short, DEAR], Budget(1e3), dim=2)
    before = router.estimate(X)["short"]
    router.remove("short")
    router.add("short")  # which the price map does not know
    router.remove("dear")
    assert router.estimate(X) == {"short": before}
    assert router.decide(X, max_tokens=9000).max_tokens == 1500
    router.add("dear")
    assert router.models == ("short", "dear")


def test_an_added_name_takes_its_price_from_the_map() -> None:
    router = Router([CHEAP], dim=2)
    router.add("gpt-4o-mini")
    assert router.models == ("cheap", "gpt-4o-mini")


def test_prices_change_what_is_expected_and_not_what_was_spent() -> None:
    router = Router([CHEAP], Budget(1.0), dim=2)
    before = router.decide(X, input_tokens=0)
    router.set_prices("cheap", 0.0, 3e-6)
    assert router.decide(X, input_tokens=0).expected_cost == pytest.approx(3 * before.expected_cost)
    router.settle(before.id, tokens=(0, 1000))
    assert router.budget.settled == pytest.approx(1e-3)


REFUSED = [
    (lambda r: r.add(CHEAP), ValueError, "model must not be in the pool yet, got 'cheap'"),
    (lambda r: r.add("no-such-model"), ValueError, "must be given for a model that is not in the packaged"),
    (lambda r: r.add("cheap"), ValueError, "model must not be in the pool yet, got 'cheap'"),
    (lambda r: r.add(7), TypeError, "model must be a name or a Model, got 7"),
    (lambda r: r.remove("gpt"), ValueError, "model must be one of cheap, dear, got 'gpt'"),
    (lambda r: r.set_prices("gpt", 1, 1), ValueError, "model must be one of cheap, dear, got 'gpt'"),
    (
        lambda r: r.set_prices("cheap", -1, 1),
        ValueError,
        "input_cost_per_token of 'cheap' must be finite and >= 0",
    ),
    (
        lambda r: r.set_prices("cheap", 1, "x"),
        TypeError,
        "output_cost_per_token of 'cheap' must be a number, got 'x'",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_refusals_change_nothing(call, error, message) -> None:
    router = Router([CHEAP, DEAR], dim=2, cost_strength=10)
    before = router.estimate(X)
    with pytest.raises(error, match=message):
        call(router)
    assert router.models == ("cheap", "dear")
    assert router.estimate(X) == before


def test_the_last_model_stays() -> None:
    router = Router([CHEAP, DEAR], dim=2)
    router.remove("dear")
    with pytest.raises(ValueError, match="models must keep at least one enabled, got none"):
        router.remove("cheap")
    assert router.models == ("cheap",)
    with pytest.raises(ValueError, match="model must be one of cheap, got 'dear'"):
        router.remove("dear")


def test_models_come_and_go_while_requests_run() -> None:
    router = Router([CHEAP], Budget(1.0, requests=4000), dim=2)
    failures: list[BaseException] = []

    def requests() -> None:
        try:
            for _ in range(1000):
                decision = router.decide(X)
                assert decision.model in decision.candidates
                assert router.settle(decision.id, 1e-5) == "applied"
                assert router.feedback(decision.id, 0.5) == "applied"
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=requests) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(100):
        router.add(Model(f"model {i}", 1e-6, 1e-6))
        router.set_prices(f"model {i}", 2e-6, 1e-6)
        if i:
            router.remove(f"model {i - 1}")
    for thread in threads:
        thread.join()
    assert not failures
    assert router.models == ("cheap", "model 99")
    assert router.budget.settled == pytest.approx(0.03)


@pytest.mark.parametrize("forgetting", [1.0, 0.999])
@pytest.mark.parametrize("length", [1.0, 0.5])
@pytest.mark.parametrize("rewards", [(0.95, 0.97, 0.99), (0.85, 0.75, 0.6), (0.6, 0.75, 0.85)])
def test_the_models_that_a_router_begins_with_are_all_tried(
    rewards: tuple[float, ...], length: float, forgetting: float
) -> None:
    random = np.random.default_rng(0)
    router = Router([Model(str(k), 0.0, 0.0) for k in range(3)], dim=8, forgetting=forgetting)
    x = np.abs(random.normal(size=(2_000, 8)))
    x *= length / np.linalg.norm(x, axis=1, keepdims=True)
    played = router.replay(x, np.zeros((2_000, 3)), np.tile(rewards, (2_000, 1)))
    assert set(played.choice[:100]) == {0, 1, 2}
    assert np.mean(np.array(rewards)[played.choice[1_000:]]) > max(rewards) - 0.1


def test_nothing_is_expected_of_a_model_where_that_is_said() -> None:
    router = Router([CHEAP, DEAR], dim=2, prior_reward=0.0)
    router.feedback(router.decide(X).id, 1.0)
    assert router.estimate(X)["dear"][0] == 0.0
    followed = Router([CHEAP, DEAR], dim=2)
    followed.feedback(followed.decide(X).id, 1.0)
    assert followed.estimate(X)["dear"][0] == followed.estimate(X)["cheap"][0] > 0.0
    assert followed.estimate(X)["dear"][1] > followed.estimate(X)["cheap"][1]


def test_rewards_of_a_batch_are_learned_in_order_while_models_follow_the_pool() -> None:
    one, many = (Router([CHEAP, DEAR], dim=2) for _ in range(2))
    models, rewards = ("cheap", "dear", "cheap", "dear"), [0.9, 0.1, 0.2, 0.8]
    ids = [(one.adopt(X, model).id, many.adopt(X, model).id) for model in models]
    for (id, _), reward in zip(ids, rewards, strict=True):
        one.feedback(id, reward)
    assert many.feedback_many([id for _, id in ids], rewards) == ["applied"] * 4
    assert one.estimate(X) == many.estimate(X)


def test_a_first_context_of_no_length_says_nothing() -> None:
    for length in (0.0, 1e-160, 1e-7):
        router = Router([CHEAP, DEAR], dim=2)
        router.feedback(router.decide([length, 0.0]).id, 1.0)
        assert 0.0 <= router.estimate([1.0, 0.0])["cheap"][0] <= 1e-6


def test_a_reward_that_is_not_learned_leaves_a_model_where_it_was() -> None:
    router = Router([CHEAP, DEAR], dim=2)
    router.feedback(router.adopt(X, "cheap").id, 1.0)  # where the other would start
    id = router.adopt([1.4e154, 0.0], "dear").id
    with pytest.raises(ValueError, match="must"):
        router.feedback(id, 1.0)
    assert router._core.posterior(0).theta.any()
    assert router._core.posterior(1).theta.tolist() == [0.0, 0.0]
