"""Times the whole `Router` in turn, from Python, as a gateway calls it: `python -m benchmarks.latency.whole`.

Real contexts, a paced budget, 20,000 requests before any is timed; medians and 99th percentiles in
microseconds, the timer included.
"""

from __future__ import annotations

from time import perf_counter_ns as now

import numpy as np

from benchmarks.latency.run import SIZES
from benchmarks.traffic import demo_traffic
from pilotage import Budget, Model, Router
from pilotage.arrays import Floats

TAUGHT, TIMED, BATCH = 20_000, 20_000, 1_000


def main() -> None:
    print("| d | K | decide | settle | feedback | p99 | p99 | p99 | decide_many | feedback_many |")
    print("|---" * 10, "|", sep="")
    for d, K in SIZES:
        times, router, contexts = in_turn(d, K)
        row = [*figures(times), batch(router, contexts), rewards(router, contexts)]
        print(f"| {d} | {K} |", " | ".join(f"{figure:.2f}" for figure in row), "|")


def figures(times: Floats) -> list[float]:  # (n, 3)
    """Medians and 99th percentiles of decide, settle and feedback."""
    return [*np.median(times, axis=0).tolist(), *np.percentile(times, 99, axis=0).tolist()]


def in_turn(d: int, K: int) -> tuple[Floats, Router, list[Floats]]:
    """Microseconds of decide, settle and feedback, (n, 3); the router that was played, and its contexts."""
    _, requests = demo_traffic(d, K)
    contexts = [request.x for request in requests]
    models = [Model(f"model-{k}", 1e-6 * 1.5**k, 4e-6 * 1.5**k, 100.0) for k in range(K)]
    a_request = 5e-4 * 1.5 ** (K // 2)  # what the middle model costs
    router = Router(models, Budget(usd=1e7 * a_request, requests=10_000_000), dim=d)
    random = np.random.Generator(np.random.PCG64(0))
    times = np.empty((TAUGHT + TIMED, 3))
    for i in range(len(times)):
        x = contexts[i % len(contexts)]
        start = now()
        decision = router.decide(x, input_tokens=100.0, max_tokens=500.0)
        decided = now()
        k = router.models.index(decision.model)
        reward = float(random.random() < 0.3 + 0.03 * k + 0.3 * x[7 * k % d])
        tokens = (100.0, 50.0 + 100.0 * random.random())
        answered = now()
        router.settle(decision.id, tokens=tokens)
        settled = now()
        router.feedback(decision.id, reward)
        times[i] = decided - start, settled - answered, now() - settled
    return times[TAUGHT:] / 1e3, router, contexts


def batch(router: Router, contexts: list[Floats]) -> float:
    """What `decide_many` takes a prompt, the median of seven batches."""
    prompts = np.array(contexts[:BATCH])
    times = []
    for _ in range(7):
        start = now()
        router.decide_many(prompts, input_tokens=[100.0] * len(prompts), max_tokens=500.0)
        times.append((now() - start) / len(prompts) / 1e3)
    return float(np.median(times))


def rewards(router: Router, contexts: list[Floats]) -> float:
    """What `feedback_many` takes a reward of as many decisions, the median of seven batches."""
    random = np.random.Generator(np.random.PCG64(1))
    times = []
    for _ in range(7):
        prompts = contexts[:BATCH]
        ids = [router.decide(x, input_tokens=100.0, max_tokens=500.0).id for x in prompts]
        told = random.random(len(ids)).tolist()
        start = now()
        router.feedback_many(ids, told)
        times.append((now() - start) / len(ids) / 1e3)
    return float(np.median(times))


if __name__ == "__main__":
    main()
