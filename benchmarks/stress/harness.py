"""64 threads against one limit: calls of uncertain cost, some that never happen, some settled twice."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from pilotage import Budget, BudgetExhausted, Decision, Model, Router

THREADS = 64
HELD = 4  # calls in flight of each thread, where calls take no time
DIM = 16
MODELS = [
    Model("small", 1e-7, 4e-7, expected_output_tokens=200),
    Model("medium", 1e-6, 4e-6, expected_output_tokens=300),
    Model("large", 5e-6, 2e-5, expected_output_tokens=400),
]
USUAL_COST = 0.005  # US dollars, about what a call costs here while money is plentiful
NANO = 1e9
ASKED = (1_000, 4_096, 32_000, 128_000)  # tokens that half of the calls ask for, as many each


@dataclass
class Tally:
    """What one thread did and saw; nano-dollars."""

    served: int = 0
    refused: int = 0
    refused_with_money: int = 0  # more of it than the cheapest call needs
    released: int = 0
    settled_twice: int = 0
    charged: int = 0
    wrong: int = 0  # statuses that should not be

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass
class Outcome:
    """What came of it, and what another thread saw in so many `looks`.

    Attributes
    ----------
    highest : the most that was settled and reserved at once, US dollars
    in_flight : the most that was reserved at once
    """

    tally: Tally
    limit: float
    highest: float
    in_flight: float
    looks: int
    settled: float
    reserved: float
    overruns: int
    seconds: float

    @property
    def used(self) -> float:
        return self.settled / self.limit


def limit_for(requests: int) -> float:
    """Half of what the requests would cost, US dollars."""
    return 0.5 * USUAL_COST * requests


def stress(
    requests: int,
    *,
    latency: float = 0.0,
    held: int = 0,
    limit: float | None = None,
    seed: int = 0,
    asked: Sequence[int] = ASKED,
) -> Outcome:
    """`requests` over 64 threads against `limit` US dollars.

    Each call takes `latency` seconds, and is answered when its thread has made `held` more. Half of them ask
    for answers of `asked` tokens, drawn evenly, and half for none.
    """
    limit = limit_for(requests) if limit is None else limit
    router = Router(MODELS, Budget(usd=limit), dim=DIM)
    seen = [0.0, 0.0]

    def look() -> None:
        state = router.budget
        seen[0] = max(seen[0], state.settled + state.reserved)
        seen[1] = max(seen[1], state.reserved)

    tallies = [Tally() for _ in range(THREADS)]
    share = [requests // THREADS + (t < requests % THREADS) for t in range(THREADS)]
    workers = [
        threading.Thread(
            target=work,
            args=(router, share[t], latency, held, seed * THREADS + t, tallies[t]),
            kwargs={"asked": asked},
        )
        for t in range(THREADS)
    ]
    looks, seconds = watched(workers, look)
    state = router.budget
    return Outcome(
        tally=sum(tallies, Tally()),
        limit=limit,
        highest=seen[0],
        in_flight=seen[1],
        looks=looks,
        settled=state.settled,
        reserved=state.reserved,
        overruns=state.overruns,
        seconds=seconds,
    )


def watched(workers: Sequence[threading.Thread], look: Callable[[], None]) -> tuple[int, float]:
    """Runs the workers while one more thread looks, over and over: how often it did, and seconds."""
    done = threading.Event()
    looks = 0

    def observe() -> None:
        nonlocal looks
        while not done.is_set():
            look()
            looks += 1
            time.sleep(0.0005)

    observer = threading.Thread(target=observe)
    observer.start()
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    done.set()
    observer.join()
    return looks, seconds


def work(
    router: Router,
    requests: int,
    latency: float,
    held: int,
    seed: int,
    tally: Tally,
    tenant: str | None = None,
    each: Callable[[], None] = lambda: None,
    asked: Sequence[int] = ASKED,
) -> None:
    """One thread's requests, on behalf of a tenant; `each` is called before every one of them."""
    random = np.random.default_rng(seed)
    contexts = random.normal(size=(64, DIM))
    contexts /= np.linalg.norm(contexts, axis=1, keepdims=True)
    calls: deque[tuple[Decision, int]] = deque()
    for i in range(requests):
        tokens = int(random.integers(50, 500))
        wanted = int(random.choice(asked)) if random.random() < 0.5 else None
        each()
        try:
            decision = router.decide(contexts[i % 64], input_tokens=tokens, max_tokens=wanted, tenant=tenant)
        except BudgetExhausted:
            tally.refused += 1
            tally.refused_with_money += _affordable(router, contexts[i % 64], tokens, tenant)
            continue
        tally.served += 1
        calls.append((decision, tokens))
        if latency > 0.0:
            time.sleep(latency)
        if len(calls) > held:
            _answer(router, *calls.popleft(), random, tally)
    while calls:
        _answer(router, *calls.popleft(), random, tally)


def _answer(
    router: Router, decision: Decision, tokens: int, random: np.random.Generator, tally: Tally
) -> None:
    if random.random() < 0.10:
        tally.released += 1
        tally.wrong += router.release(decision.id) != "applied"
        return
    # 0.2 to 5 times what the model's `expected_output_tokens` cost, as far as the answer's limit lets it. Not
    # times the router's estimate, which would learn from that, and grow for ever where the limit is far.
    model = next(each for each in MODELS if each.name == decision.model)
    usual = tokens * model.prices[0] + model.expected_output_tokens * model.prices[1]
    cost = min(usual * 5.0 ** random.uniform(-1.0, 1.0), decision.reserved)
    tally.wrong += router.settle(decision.id, cost) != "applied"
    tally.charged += round(cost * NANO)
    if random.random() < 0.05:
        tally.settled_twice += 1
        other = cost if random.random() < 0.5 else 2.0 * cost
        tally.wrong += router.settle(decision.id, other) != ("duplicate" if other == cost else "conflict")
    if random.random() < 0.2:
        tally.wrong += router.feedback(decision.id, float(random.random())) != "applied"


def _affordable(router: Router, context: NDArray[np.float64], tokens: int, tenant: str | None) -> bool:
    """Whether the money left, a moment after a refusal, pays for what 19 of 20 calls of the cheapest cost."""
    price_in, price_out = MODELS[0].prices
    _, _, expected = router.estimate(context, input_tokens=tokens)[MODELS[0].name]
    length = router.costs[MODELS[0].name].factor * (expected - tokens * price_in) / price_out
    mine = [
        state.remaining or 0.0
        for name, state in router.budgets.items()
        if "/" not in name or name.endswith(f"/{tenant}")
    ]
    return min(mine) >= tokens * price_in + (length + 1.0) * price_out


def switch_often() -> None:
    """Threads take turns every 50 us instead of every 5 ms."""
    sys.setswitchinterval(5e-5)
