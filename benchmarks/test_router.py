"""What a call costs: `pilotage.Router` beside numpy and numba kernels of the same algorithm.

One call per round, on another request each time; what a call needs beforehand is not timed. The sides take
turns, so that a machine's slow minute meets them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, product

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.contest import BUDGETS, SIDES, Contest, RouterSide, Side
from benchmarks.traffic import Request

ROUNDS = 500
TURNS = 3


def in_turns(*sides: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("turn", "side"), list(product(range(TURNS), sides)), indirect=["side"])


@pytest.fixture
def requests(contest: Contest) -> Iterator[Request]:
    return cycle(contest.requests)


@in_turns(*SIDES)
def test_decide(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    benchmark.pedantic(side.decide, setup=lambda: ((next(requests).x,), {}), rounds=ROUNDS)


@in_turns(*BUDGETS)
def test_settle(
    benchmark: BenchmarkFixture, side: RouterSide, requests: Iterator[Request], turn: int
) -> None:
    benchmark.pedantic(side.settle, setup=lambda: (side.unsettled(next(requests)), {}), rounds=ROUNDS)


@in_turns(*SIDES)
def test_feedback(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    def decided() -> tuple[tuple[object, ...], dict[str, object]]:
        side.learned.append(next(requests))
        return side.outstanding(side.learned[-1]), {}

    benchmark.pedantic(side.feedback, setup=decided, rounds=ROUNDS)


@in_turns(*SIDES)
def test_cycle(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    def arrived() -> tuple[tuple[Request], dict[str, object]]:
        side.learned.append(next(requests))
        return (side.learned[-1],), {}

    benchmark.pedantic(side.serve, setup=arrived, rounds=ROUNDS)
