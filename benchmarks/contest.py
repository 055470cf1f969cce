"""The sides of one comparison: taught alike, and shown to believe and choose alike."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernels.numba_kernel import NumbaKernel
from benchmarks.kernels.numpy_kernel import NumpyKernel
from benchmarks.traffic import Request, demo_traffic
from pilotage import Budget, Model, Router

Floats = NDArray[np.float64]

TAUGHT = 20_000  # requests, before anything is timed
CHECKED = 300  # requests on which the sides are compared
# Paced, yet so large that every model clears the threshold: all sides then choose alike and stay alike. UB is
# read from the traffic, as by default.
BUDGETS = {
    "pilotage": None,
    "pilotage+zcl": Budget(usd=1e6, requests=1_000_000, policy="zcl", lower=1e-9),
}
KERNELS = {"numpy": NumpyKernel, "numba": NumbaKernel}
SIDES = (*BUDGETS, *KERNELS)


class Side(Protocol):
    """What is timed is `decide`, `feedback` and `serve`; the rest leads up to it or checks it."""

    decide: Callable[..., object]  # (x)
    feedback: Callable[..., object]  # (*outstanding(request))
    learned: list[Request]  # while timed

    def outstanding(self, request: Request) -> tuple[object, ...]:
        """Decides, and returns the arguments of the `feedback` that is now due."""

    def serve(self, request: Request) -> int:
        """The whole cycle; returns the model chosen."""

    def choose(self, x: Floats) -> int:
        """The model chosen; nothing is learned."""

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:
        """(K,) means and (K,) widths."""


class RouterSide:
    """The object a user holds: ids, ledger, pending decisions, lock, and checks of its arguments."""

    def __init__(self, models: list[Model], dim: int) -> None:
        self.router = Router(models, dim=dim, alpha=1.0, strength=1.0)
        self.index = {model.name: k for k, model in enumerate(models)}
        self.learned: list[Request] = []
        self.decide, self.settle, self.feedback = self.router.decide, self.router.settle, self.router.feedback

    def unsettled(self, request: Request) -> tuple[int, float]:
        """Decides, and returns the arguments of the `settle` that is now due."""
        decision = self.router.decide(request.x)
        return decision.id, request.cost[self.index[decision.model]]

    def outstanding(self, request: Request) -> tuple[int, float]:
        decision = self.router.decide(request.x)
        k = self.index[decision.model]
        self.router.settle(decision.id, request.cost[k])
        return decision.id, request.reward[k]

    def serve(self, request: Request) -> int:
        decision = self.router.decide(request.x)
        k = self.index[decision.model]
        self.router.settle(decision.id, request.cost[k])
        self.router.feedback(decision.id, request.reward[k])
        return k

    def choose(self, x: Floats) -> int:
        decision = self.router.decide(x)
        self.router.release(decision.id)
        paced = self.router.budget.limit is not None
        assert decision.reason == ("threshold" if paced else "best")
        return self.index[decision.model]

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:
        mean, width, _ = zip(*self.router.estimate(x).values(), strict=True)
        return np.array(mean), np.array(width)


class KernelSide:
    """Arithmetic alone: nothing is remembered, reserved, locked or checked."""

    def __init__(self, kernel: NumpyKernel | NumbaKernel) -> None:
        self.learned: list[Request] = []
        self.decide, self.feedback, self.estimate = kernel.decide, kernel.feedback, kernel.estimate
        self.choose = kernel.decide

    def outstanding(self, request: Request) -> tuple[int, Floats, float]:
        k = self.decide(request.x)
        return k, request.x, request.reward[k]

    def serve(self, request: Request) -> int:
        k = self.decide(request.x)
        self.feedback(k, request.x, request.reward[k])
        return k


class Contest:
    """All sides at one size: d = `dim`, K = `models`."""

    def __init__(self, dim: int, models: int) -> None:
        self.dim, self.models = dim, models
        listed, self.requests = demo_traffic(dim, models)
        routers = {name: RouterSide(listed, dim) for name in BUDGETS}
        kernels = {name: KernelSide(kernel(models, dim)) for name, kernel in KERNELS.items()}
        for request in islice(cycle(self.requests), TAUGHT):
            (k,) = {side.serve(request) for side in routers.values()}
            for side in kernels.values():
                side.feedback(k, request.x, request.reward[k])
        for name, budget in BUDGETS.items():
            routers[name].router.set_budget(budget)
        self.sides: dict[str, Side] = {**routers, **kernels}

    def check(self) -> None:
        """Every side believes and chooses the same, once those that were timed less have caught up."""
        everything = max((side.learned for side in self.sides.values()), key=len)
        for side in self.sides.values():
            for request in everything[len(side.learned) :]:
                side.serve(request)
                side.learned.append(request)
        first, *others = self.sides.values()
        for request in self.requests[:CHECKED]:
            beliefs, choice = first.estimate(request.x), first.choose(request.x)
            for side in others:
                # Rewards are of order 1; a mean near 0 is what larger terms leave over.
                np.testing.assert_allclose(side.estimate(request.x), beliefs, rtol=1e-9, atol=1e-12)
                assert side.choose(request.x) == choice
