"""What a call costs: `pilotage.Router` beside numpy and numba kernels of the same algorithm, and beside the
objects of other libraries, those that are installed.

One call per round, on another request each time; what a call needs beforehand is not timed. The sides take
turns, so that a machine's slow minute meets them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, product

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.contest import BUDGETS, SIDES, Contest, RouterSide, Side
from benchmarks.libraries import LIBRARIES
from benchmarks.traffic import Request

TURNS = 3
BATCH, BATCHES = 1_000, 7  # prompts in one, and how many in a turn


def in_turns(*sides: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("turn", "side"), list(product(range(TURNS), sides)), indirect=["side"])


@pytest.fixture
def requests(contest: Contest) -> Iterator[Request]:
    return cycle(contest.requests)


@in_turns(*SIDES, *LIBRARIES)
def test_decide(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    benchmark.pedantic(side.decide, setup=lambda: ((next(requests).x,), {}), rounds=side.rounds)


@in_turns(*SIDES)
def test_decide_many(benchmark: BenchmarkFixture, side: Side, contest: Contest, turn: int) -> None:
    contexts = np.array([request.x for request in contest.requests[:BATCH]])
    benchmark.extra_info["calls"] = BATCH  # the median is shown of a prompt
    benchmark.pedantic(side.decide_many, args=(contexts,), rounds=BATCHES)


@in_turns(*BUDGETS)
def test_settle(
    benchmark: BenchmarkFixture, side: RouterSide, requests: Iterator[Request], turn: int
) -> None:
    benchmark.pedantic(side.settle, setup=lambda: (side.unsettled(next(requests)), {}), rounds=side.rounds)


@in_turns(*SIDES, *LIBRARIES)
def test_feedback(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    def decided() -> tuple[tuple[object, ...], dict[str, object]]:
        side.learned.append(next(requests))
        return side.outstanding(side.learned[-1]), {}

    benchmark.pedantic(side.feedback, setup=decided, rounds=side.rounds)


@in_turns(*SIDES)
def test_cycle(benchmark: BenchmarkFixture, side: Side, requests: Iterator[Request], turn: int) -> None:
    def arrived() -> tuple[tuple[Request], dict[str, object]]:
        side.learned.append(next(requests))
        return (side.learned[-1],), {}

    benchmark.pedantic(side.serve, setup=arrived, rounds=side.rounds)
