"""Recorded requests through the core do what the calls one by one would."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Replayed, Router, _core
from pilotage.replay.policies import POLICIES

MODELS = [Model("a", 1e-6, 2e-6), Model("b", 3e-6, 5e-6), Model("c", 1e-5, 2e-5)]
DIM, N = 8, 400
RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(size=(N, DIM)).astype(np.float32)
COSTS = RANDOM.random((N, 3)) * (4e-4, 1e-3, 4e-3)
REWARDS = RANDOM.random((N, 3))
TOKENS = RANDOM.integers(1, 500, N)


class Vectors:
    dim, name = DIM, "vectors"

    def encode(self, texts):
        return np.array([[float(text)] * DIM for text in texts], np.float32)


def one_by_one(
    router: Router, prompts: Any, costs: np.ndarray, rewards: np.ndarray | None, tokens: Any, **how: Any
) -> Replayed:
    """The slow twin: `Router.replay` as a service would call a router."""
    place = {model: k for k, model in enumerate(router.models)}
    choice, (cost, reward) = np.full(len(prompts), -1), np.zeros((2, len(prompts)))
    for i, prompt in enumerate(prompts):
        try:
            decision = router.decide(prompt, input_tokens=None if tokens is None else tokens[i], **how)
        except BudgetExhausted:
            continue
        k = place[decision.model]
        choice[i], cost[i], reward[i] = k, decision.expected_cost, decision.expected_reward
        assert router.settle(decision.id, float(costs[i, k])) == "applied"
        if rewards is not None:
            assert router.feedback(decision.id, float(rewards[i, k])) == "applied"
    return Replayed(choice, cost, reward)


def same(first: Replayed, second: Replayed) -> None:
    assert first.choice.tolist() == second.choice.tolist()
    assert first.expected_cost.tolist() == second.expected_cost.tolist()
    assert first.expected_reward.tolist() == second.expected_reward.tolist()


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("explore", [True, False])
@pytest.mark.parametrize("policy", ["pilotage", "pilot", "linucb", "random"])
def test_every_policy_s_router_request_for_request(policy: str, explore: bool, told: bool) -> None:
    fast, slow = (
        Router(MODELS, POLICIES[policy].budget_for(6e-4, N), encoder=Vectors(), **POLICIES[policy].router)
        for _ in range(2)
    )
    rewards = REWARDS if told else None
    expected = one_by_one(slow, EMBEDDINGS, COSTS, rewards, TOKENS, explore=explore)
    same(fast.replay(EMBEDDINGS, COSTS, rewards, input_tokens=TOKENS, explore=explore), expected)
    assert fast.budget == slow.budget
    assert fast.costs == slow.costs
    assert fast.estimate(EMBEDDINGS[0]) == slow.estimate(EMBEDDINGS[0])
    assert len(set(expected.choice)) > 1 or not (explore and told)


def test_texts_tenants_and_hard_limits() -> None:
    budgets = [Budget(usd=0.5), Budget(usd=0.05, tenant="*", name="each")]
    fast, slow = (Router(MODELS, budgets=budgets, exploration=0.2, seed=1) for _ in range(2))
    texts = ["word " * int(n) for n in TOKENS[:100] // 10]
    for tenant in ("x", "y"):
        expected = one_by_one(slow, texts, COSTS[:100], REWARDS[:100], None, tenant=tenant)
        same(fast.replay(texts, COSTS[:100], REWARDS[:100], tenant=tenant), expected)
    assert fast.budgets == slow.budgets
    assert -1 in expected.choice


def test_a_pool_that_changed() -> None:
    fast, slow = (Router(MODELS, dim=2, exploration=0.3) for _ in range(2))
    prompts = EMBEDDINGS[:, :2]
    for router in (fast, slow):
        router.remove("a")
        router.add(Model("d", 1e-6, 1e-6))
    expected = one_by_one(slow, prompts, COSTS, REWARDS, TOKENS)
    same(fast.replay(prompts, COSTS, REWARDS, input_tokens=TOKENS), expected)
    assert set(expected.choice) == {0, 1, 2}  # b, c and d
    for router in (fast, slow):
        router.add("a")
    wide = np.hstack([COSTS, COSTS[:, :1]])
    expected = one_by_one(slow, prompts, wide, None, TOKENS)
    same(fast.replay(prompts, wide, input_tokens=TOKENS), expected)


def test_the_caller_s_arrays_stay_as_they_are() -> None:
    router = Router(MODELS, dim=DIM)
    given = [array.copy() for array in (EMBEDDINGS, COSTS, REWARDS)]
    router.replay(EMBEDDINGS, COSTS.tolist(), REWARDS > 0.5)
    for array, before in zip((EMBEDDINGS, COSTS, REWARDS), given, strict=True):
        assert (array == before).all()
    assert router.replay([], np.empty((0, 3))).choice.tolist() == router.replay([], []).choice.tolist() == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"prompts": "text"}, TypeError, "prompts must be a sequence"),
        ({"costs": COSTS[:, :2]}, ValueError, r"costs must have shape \(400, 3\), got \(400, 2\)"),
        ({"costs": [[1.0], [1.0, 2.0]]}, ValueError, r"costs must have shape .* got rows of unequal length"),
        ({"costs": COSTS.astype(str)}, TypeError, "costs must hold real numbers, got dtype <U"),
        ({"costs": np.where(COSTS[-1, -1] > COSTS, np.nan, COSTS)}, ValueError, "costs must be in .* nan"),
        ({"costs": COSTS > 1e-3}, TypeError, "costs must hold real numbers, got dtype bool"),
        ({"costs": COSTS * np.longdouble("1e4000")}, ValueError, "costs must be in .* got inf"),
        ({"costs": np.ma.masked_less(COSTS, 1e-5)}, TypeError, "costs must not be masked"),
        ({"rewards": REWARDS[:-1]}, ValueError, r"rewards must have shape \(400, 3\), got \(399, 3\)"),
        ({"rewards": REWARDS * 1.5}, ValueError, r"rewards must be in \[0, 1\], got 1\."),
        ({"input_tokens": TOKENS[1:]}, ValueError, "input_tokens must have length 400, got 399"),
        ({"input_tokens": -TOKENS}, ValueError, "input_tokens must be finite and >= 0"),
        ({"explore": 1}, TypeError, "explore must be True or False"),
        ({"tenant": ""}, ValueError, "tenant must not be empty"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(change: dict, error: type[Exception], message: str) -> None:
    router = Router(MODELS, Budget(usd=1.0), dim=DIM)
    good = {"prompts": EMBEDDINGS, "costs": COSTS, "rewards": REWARDS, "input_tokens": TOKENS}
    with pytest.raises(error, match=message):
        router.replay(**{**good, **change})
    assert router.budget.settled == router.budget.reserved == 0.0
    assert router.estimate(EMBEDDINGS[0])["a"][0] == 0.0


def in_the_core(n: int = 300_000) -> Callable[[], object]:
    """A stream of a second, as `Router.replay` hands it over."""
    random = np.random.default_rng(1)
    core = Router(MODELS, dim=16)._core
    arrays = random.normal(size=(n, 16)), np.full(n, 10.0), np.full((n, 3), 1e-4), random.random((n, 3))
    return lambda: _core.replay(core, *arrays, explore=True, estimated=False, tenant="")


def test_a_signal_ends_it() -> None:
    class AlarmError(Exception):
        pass

    def ring(*_: object) -> None:
        raise AlarmError

    play = in_the_core()
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    start = time.perf_counter()
    try:
        with pytest.raises(AlarmError):
            play()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    stopped = time.perf_counter() - start
    start = time.perf_counter()
    play()  # the router goes on
    assert stopped < time.perf_counter() - start


def test_other_threads_run_meanwhile() -> None:
    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(in_the_core())
        turns = 0
        while not playing.done():
            time.sleep(0.005)
            turns += 1
    assert turns > 10


def test_the_pool_stays_as_it_is_meanwhile() -> None:
    router = Router(MODELS, dim=16)
    router.remove("a")
    x = np.random.default_rng(1).normal(size=(60_000, 16))
    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(router.replay, x, np.full((len(x), 2), 1e-4), np.full((len(x), 2), 0.5))
        while not router.costs["b"].settled + router.costs["c"].settled:
            time.sleep(0.001)
        router.add("a")
        assert playing.done()
    assert set(playing.result().choice) == {0, 1}
    assert router.costs["a"].settled == 0


def test_what_is_too_large_for_a_score_ends_it_on_the_way() -> None:
    router = Router(MODELS, Budget(usd=1.0), dim=2)
    with pytest.raises(ValueError, match="input_tokens must be fewer"):
        router.replay([[1.0, 0.0]] * 3, np.full((3, 3), 0.01), input_tokens=[1, 1, 1e18])
    assert router.budget.settled == 0.02


def test_a_period_begins_before_and_does_not_end_on_the_way() -> None:
    now = [0.0]
    router = Router(MODELS, budgets=[Budget(usd=1.0, period="1d")], dim=2, clock=lambda: now[0])
    for day in range(3):
        now[0] = 86_400.0 * day + 1.0
        router.replay([[1.0, 0.0]] * 5, np.full((5, 3), 0.01), input_tokens=[1] * 5)
        assert router.budget.settled == 0.05
