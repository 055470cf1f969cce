"""The contests, each checked before and after it is timed, and the table of medians at the end."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

# Read when numpy is imported. Every side has one core: numpy's BLAS would take them all.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.contest import Contest, Side
from benchmarks.summary import Medians, OtherMedians, libraries_summary, other_summary, summary

SIZES = [(64, 3), (64, 11), (384, 3), (384, 11)]  # d, K

MEDIANS = pytest.StashKey[Medians]()
TEXT_MEDIANS = pytest.StashKey[OtherMedians]()
KNAPSACK_MEDIANS = pytest.StashKey[OtherMedians]()


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: "d{}-K{}".format(*size))
def contest(request: pytest.FixtureRequest) -> Iterator[Contest]:
    contest = Contest(*request.param)
    contest.check()
    yield contest
    contest.check()


@pytest.fixture
def side(request: pytest.FixtureRequest, contest: Contest) -> Side:
    return {**contest.sides, **contest.libraries}[request.param]


@pytest.fixture(autouse=True)
def recorded(request: pytest.FixtureRequest, benchmark: BenchmarkFixture) -> Iterator[None]:
    yield
    if benchmark.stats is None:
        return
    operation, params = request.node.originalname.removeprefix("test_"), request.node.callspec.params
    if "texts" in params:
        medians = request.config.stash[TEXT_MEDIANS][params["texts"]]
    elif "given" in params:
        medians = request.config.stash[KNAPSACK_MEDIANS]["{}, {:,} prompts".format(*params["given"])]
    else:
        dim, models = params["contest"]
        medians = request.config.stash[MEDIANS][operation, dim, models]
    medians[params["side"]].append(benchmark.stats.stats.median / benchmark.extra_info.get("calls", 1))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MEDIANS] = defaultdict(lambda: defaultdict(list))
    config.stash[TEXT_MEDIANS] = defaultdict(lambda: defaultdict(list))
    config.stash[KNAPSACK_MEDIANS] = defaultdict(lambda: defaultdict(list))
    config.option.benchmark_quiet = True  # its table has a row for every turn; --benchmark-verbose shows it


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tables = (
        (MEDIANS, summary),
        (MEDIANS, libraries_summary),
        (TEXT_MEDIANS, other_summary),
        (KNAPSACK_MEDIANS, other_summary),
    )
    for key, table in tables:
        if config.stash[key]:
            terminalreporter.section("medians, microseconds")
            terminalreporter.write_line(table(config.stash[key]))
