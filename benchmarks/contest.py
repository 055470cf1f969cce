"""The sides of one comparison: taught alike, and shown to believe and choose alike."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernels.numba_kernel import NumbaKernel
from benchmarks.kernels.numpy_kernel import NumpyKernel
from benchmarks.libraries import LIBRARIES
from benchmarks.libraries.library import Library
from benchmarks.traffic import Request, demo_traffic
from pilotage import Budget, Model, Router
from pilotage.arrays import Floats

TAUGHT = 20_000  # requests, before anything is timed
CHECKED = 300  # requests on which the sides are compared
ROUNDS = 500  # calls in a turn
# Paced, yet so large that every model clears the threshold: all sides then choose alike and stay alike. UB is
# read from the traffic, as by default.
BUDGETS = {
    "pilotage": None,
    "pilotage+zcl": Budget(usd=1e6, requests=1_000_000, policy="zcl", lower=1e-9),
}
KERNELS = {"numpy": NumpyKernel, "numba": NumbaKernel}
SIDES = (*BUDGETS, *KERNELS)


class Side(Protocol):
    """`decide`, `decide_many`, `feedback` and `serve` are timed; the rest leads up to them or checks them."""

    rounds: int  # in a turn
    decide: Callable[..., object]  # (x)
    decide_many: Callable[..., object]  # (contexts)
    feedback: Callable[..., object]  # (*outstanding(request))
    learned: list[Request]  # while timed

    def outstanding(self, request: Request) -> tuple[object, ...]:
        """Decides, and returns the arguments of the `feedback` that is now due."""

    def serve(self, request: Request) -> int:
        """The whole cycle; returns the model chosen."""

    def choose(self, x: Floats) -> int:
        """The model chosen; nothing is learned."""

    def choose_many(self, contexts: Floats) -> list[int]:  # (n, d) -> (n,)
        """The same of a batch."""

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:
        """(K,) means and (K,) widths."""


class RouterSide:
    """The object a user holds: ids, ledger, pending decisions, lock, and checks of its arguments."""

    rounds = ROUNDS

    def __init__(self, models: list[Model], dim: int) -> None:
        self.router = Router(models, dim=dim, alpha=1.0, strength=1.0, prior_reward=0.0)
        self.index = {model.name: k for k, model in enumerate(models)}
        self.learned: list[Request] = []
        self.decide, self.settle, self.feedback = self.router.decide, self.router.settle, self.router.feedback
        self.decide_many = self.router.decide_many

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

    def choose_many(self, contexts: Floats) -> list[int]:
        decisions = self.router.decide_many(contexts)
        for decision in decisions:
            self.router.release(decision.id)
        return [self.index[decision.model] for decision in decisions]

    def estimate(self, x: Floats) -> tuple[Floats, Floats]:
        mean, width, _ = zip(*self.router.estimate(x).values(), strict=True)
        return np.array(mean), np.array(width)


class KernelSide:
    """Arithmetic alone: nothing is remembered, reserved, locked or checked."""

    rounds = ROUNDS

    def __init__(self, kernel: NumpyKernel | NumbaKernel) -> None:
        self.kernel = kernel
        self.learned: list[Request] = []
        self.decide, self.feedback, self.estimate = kernel.decide, kernel.feedback, kernel.estimate
        self.choose, self.decide_many = kernel.decide, kernel.decide_many

    def choose_many(self, contexts: Floats) -> list[int]:
        return self.decide_many(contexts).tolist()

    def outstanding(self, request: Request) -> tuple[int, Floats, float]:
        k = self.decide(request.x)
        return k, request.x, request.reward[k]

    def serve(self, request: Request) -> int:
        k = self.decide(request.x)
        self.feedback(k, request.x, request.reward[k])
        return k


class LibrarySide:
    """Another library's object, beside a kernel that knows the same if the library's algorithm is ours."""

    def __init__(self, library: Library, taught: NumpyKernel) -> None:
        self._library, self._twin = library, taught.copy()
        self._given: list[tuple[int, Floats, float]] = []  # to the library, not yet to its twin
        self.rounds, self.learned = library.ROUNDS, []
        self.decide, self.feedback = library.decide, library.feedback

    def outstanding(self, request: Request) -> tuple[object, ...]:
        k, arguments = self._library.outstanding(request.x, request.reward)
        self._given.append((k, request.x, request.reward[k]))
        return arguments

    def check(self, requests: list[Request]) -> None:
        """Its scores are those of its twin, and so are its choices, but for ties."""
        precision = self._library.PRECISION
        if precision is None:
            return
        while self._given:
            self._twin.feedback(*self._given.pop(0))
        for request in requests:
            mean, width = self._twin.estimate(request.x)
            scores = mean + width
            np.testing.assert_allclose(self._library.scores(request.x), scores, precision, 1e-3 * precision)
            lost = scores.max() - scores[self._library.choose(request.x)]
            assert lost <= precision * abs(scores.max())


class Contest:
    """All sides at one size: d = `dim`, K = `models`."""

    def __init__(self, dim: int, models: int) -> None:
        self.dim, self.models = dim, models
        listed, self.requests = demo_traffic(dim, models)
        routers = {name: RouterSide(listed, dim) for name in BUDGETS}
        kernels = {name: KernelSide(kernel(models, dim)) for name, kernel in KERNELS.items()}
        chosen = []
        for request in islice(cycle(self.requests), TAUGHT):
            (k,) = {side.serve(request) for side in routers.values()}
            for side in kernels.values():
                side.feedback(k, request.x, request.reward[k])
            chosen.append(k)
        for name, budget in BUDGETS.items():
            routers[name].router.set_budget(budget)
        self.sides: dict[str, Side] = {**routers, **kernels}
        self.libraries = self._libraries(np.array(chosen), kernels["numpy"].kernel)

    def _libraries(self, chosen: NDArray[np.int64], kernel: NumpyKernel) -> dict[str, LibrarySide]:
        served = list(islice(cycle(self.requests), TAUGHT))
        x = np.array([request.x for request in served])
        reward = np.array([request.reward[k] for request, k in zip(served, chosen, strict=True)])
        found = {}
        for name, make in LIBRARIES.items():
            library = make(self.models, self.dim)
            library.teach(chosen, x, reward)
            found[name] = LibrarySide(library, kernel)
        return found

    def check(self) -> None:
        """Every side believes and chooses the same, once those that were timed less have caught up."""
        everything = max((side.learned for side in self.sides.values()), key=len)
        for side in self.sides.values():
            for request in everything[len(side.learned) :]:
                side.serve(request)
                side.learned.append(request)
        for library in self.libraries.values():
            library.check(self.requests[:CHECKED])
        first, *others = self.sides.values()
        for request in self.requests[:CHECKED]:
            beliefs, choice = first.estimate(request.x), first.choose(request.x)
            for side in others:
                # Rewards are of order 1; a mean near 0 is what larger terms leave over.
                np.testing.assert_allclose(side.estimate(request.x), beliefs, rtol=1e-9, atol=1e-12)
                assert side.choose(request.x) == choice
        contexts = np.array([request.x for request in self.requests[:CHECKED]])
        one_by_one = [first.choose(x) for x in contexts]
        assert all(side.choose_many(contexts) == one_by_one for side in self.sides.values())
