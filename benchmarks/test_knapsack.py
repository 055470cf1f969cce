"""What a plan costs: `pilotage.knapsack.solve` beside HiGHS, whose model is built inside the call, on batches
as language models cost them.

The page of [knapsack](knapsack/README.md) has the large and the hard ones, and CP-SAT.
"""

from __future__ import annotations

from itertools import product

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.knapsack.instances import Instance, batch
from benchmarks.knapsack.page import FRACTION, same
from benchmarks.knapsack.solvers import LP, MIP, OURS, SOLVERS

PROMPTS = (200, 1_000)
SOURCES = ("recorded", "synthetic")
LIMIT = 20.0  # seconds, reached by nobody here
ROUNDS, TURNS = 3, 3


@pytest.fixture(
    scope="module", params=list(product(SOURCES, PROMPTS)), ids=lambda size: "{}-{}".format(*size)
)
def given(request: pytest.FixtureRequest) -> Instance:
    given = batch(*request.param, FRACTION)
    ours, exact, relaxed = (SOLVERS[name](given, LIMIT) for name in (OURS, MIP, LP))
    assert ours.proven
    assert exact.proven
    assert same(ours.value, exact.value)
    assert ours.value <= relaxed.value or same(ours.value, relaxed.value)
    return given


@pytest.mark.parametrize(("turn", "side"), list(product(range(TURNS), (OURS, LP, MIP))))
def test_knapsack(benchmark: BenchmarkFixture, given: Instance, side: str, turn: int) -> None:
    benchmark.pedantic(SOLVERS[side], args=(given, LIMIT), rounds=ROUNDS)
