"""The whole router beside a bare numba kernel and ParetoBandit's router, in one run, in turns.

Each side decides, settles if it can, and learns the reward, one request after the other as in life: work
that is put off is work that is counted. All have learned the same 20,000 requests; the router is paced by a
budget under which it chooses like the others, so that all can be checked to believe the same afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from time import perf_counter_ns as now
from typing import Any

import numpy as np

from benchmarks.contest import BUDGETS, CHECKED, TAUGHT, RouterSide
from benchmarks.kernels.numba_kernel import NumbaKernel
from benchmarks.libraries import LIBRARIES
from benchmarks.traffic import Request, demo_traffic

TURN, TURNS = 200, 10  # requests, of each side
WARM = 20  # more, before: numba compiles
PARETO = "paretobandit"
Times = tuple[int, int, int]  # nanoseconds of decide, settle, feedback


def beside(d: int, K: int) -> dict[str, dict[str, dict[str, float]]]:
    """Microseconds by side and call: mean, median, p99, p99.9."""
    listed, requests = demo_traffic(d, K)
    router, numba = RouterSide(listed, d), NumbaKernel(K, d)
    chosen = []
    for request in islice(cycle(requests), TAUGHT):
        k = router.serve(request)
        numba.feedback(k, request.x, request.reward[k])
        chosen.append(k)
    router.router.set_budget(BUDGETS["pilotage+zcl"])
    sides: dict[str, Callable[[Request], Times]] = {
        "pilotage": lambda request: _router(router, request),
        "numba": lambda request: _numba(numba, request),
    }
    pareto = LIBRARIES[PARETO](K, d) if PARETO in LIBRARIES else None
    if pareto is not None:
        served = list(islice(cycle(requests), TAUGHT))
        rewards = np.array([request.reward[k] for request, k in zip(served, chosen, strict=True)])
        pareto.teach(np.array(chosen), np.array([request.x for request in served]), rewards)
        sides[PARETO] = lambda request: _library(pareto, request)
    for serve in sides.values():
        for request in requests[-WARM:]:
            serve(request)
    times: dict[str, list[Times]] = {name: [] for name in sides}
    for turn in range(TURNS):
        for name, serve in sides.items():
            for request in islice(cycle(requests), turn * TURN, (turn + 1) * TURN):
                times[name].append(serve(request))
    _check(router, numba, pareto, requests[:CHECKED])
    return {name: dict(_figures(np.array(each) / 1e3)) for name, each in times.items()}


def _router(side: RouterSide, request: Request) -> Times:
    start = now()
    decision = side.router.decide(request.x)
    decided = now()
    k = side.index[decision.model]
    cost, reward = request.cost[k], request.reward[k]
    answered = now()
    side.router.settle(decision.id, cost)
    settled = now()
    side.router.feedback(decision.id, reward)
    return decided - start, settled - answered, now() - settled


def _numba(kernel: NumbaKernel, request: Request) -> Times:
    start = now()
    k = kernel.decide(request.x)
    decided = now()
    kernel.feedback(k, request.x, request.reward[k])
    return decided - start, 0, now() - decided


def _library(library: Any, request: Request) -> Times:
    start = now()
    _, arguments = library.outstanding(request.x, request.reward)
    decided = now()
    library.feedback(*arguments)
    return decided - start, 0, now() - decided


def _figures(times: Any) -> Iterator[tuple[str, dict[str, float]]]:  # (n, 3)
    calls = {
        "decide": times[:, 0],
        "settle": times[:, 1],
        "feedback": times[:, 2],
        "cycle": times.sum(axis=1),
    }
    for call, each in calls.items():
        if each.any():
            p99, last = np.percentile(each, [99, 99.9]).tolist()
            mean, median = float(each.mean()), float(np.median(each))
            yield call, {"mean": mean, "median": median, "p99": p99, "p99.9": last}


def _check(router: RouterSide, numba: NumbaKernel, pareto: Any, requests: list[Request]) -> None:
    """All believe the same, and choose alike."""
    for request in requests:
        mean, width = numba.estimate(request.x)
        for found, expected in zip(router.estimate(request.x), (mean, width), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        assert router.choose(request.x) == numba.decide(request.x)
        if pareto is not None:
            np.testing.assert_allclose(pareto.scores(request.x), mean + width, pareto.PRECISION, 1e-12)
