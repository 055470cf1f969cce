"""One router, eight threads."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router

THREADS, CALLS = 8, 500
MODELS = [Model("cheap", 1e-6, 2e-6), Model("dear", 1e-5, 2e-5)]


@pytest.fixture(autouse=True)
def _switch_often():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def run(work) -> list:
    """`work(thread)` on every thread at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


def test_no_dollar_and_no_reward_is_lost() -> None:
    router = Router(MODELS, Budget(usd=1000.0), dim=4, exploration=0.5)

    def work(thread: int) -> tuple[list[int], float]:
        random, ids, spent = np.random.default_rng(thread), [], 0
        for _ in range(CALLS):
            decision = router.decide(random.normal(size=4))
            nano = int(random.integers(0, 5_000_000))
            if random.random() < 0.1:
                assert router.release(decision.id) == "applied"
            else:
                assert router.settle(decision.id, nano / 1e9) == "applied"
                assert router.feedback(decision.id, random.random()) == "applied"
                spent += nano
            ids.append(decision.id)
        return ids, spent

    done = run(work)
    ids = [id for given, _ in done for id in given]
    assert len(set(ids)) == len(ids) == THREADS * CALLS
    account = router.budget
    assert account.settled == sum(spent for _, spent in done) / 1e9
    assert account.reserved == 0.0
    assert account.remaining == pytest.approx(1000.0 - account.settled, abs=1e-9)


def test_every_reward_is_learned_once() -> None:
    router = Router(MODELS, dim=2, exploration=1.0, prior_reward=0.0)
    ids = [router.decide([1.0, 0.5]).id for _ in range(2000)]

    def work(_: int) -> int:
        return sum(router.feedback(id, 0.5) == "applied" for id in ids)

    assert sum(run(work)) == len(ids)
    posteriors = [router._core.posterior(k) for k in range(2)]
    assert sum(posterior.updates for posterior in posteriors) == len(ids)
    # b = sum r x
    np.testing.assert_array_equal(sum(posterior.b for posterior in posteriors), [1000.0, 500.0])


def test_a_hard_limit_holds_at_every_moment() -> None:
    limit = 0.05
    router = Router(MODELS, Budget(usd=limit), dim=2)

    def work(thread: int) -> int:
        random, refused = np.random.default_rng(thread), 0
        for _ in range(CALLS):
            try:
                decision = router.decide(random.normal(size=2), input_tokens=100, max_tokens=200)
            except BudgetExhausted:
                refused += 1
                continue
            account = router.budget
            assert account.settled + account.reserved <= limit + 1e-12
            used = (100, int(random.integers(0, decision.max_tokens + 1)))
            assert router.settle(decision.id, tokens=used) == "applied"
        return refused

    assert sum(run(work)) > 0
    account = router.budget
    assert (account.reserved, account.overruns) == (0.0, 0)
    assert account.settled <= limit
    assert account.remaining < 0.0005  # not even the cheap model's worst case is left
