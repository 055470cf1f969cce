"""The offline knapsack: by hand, against brute force and HiGHS, and at the boundary."""

from __future__ import annotations

import dataclasses
import doctest
import itertools
import math
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.knapsack.instances import MODELS, NANO, Instance
from benchmarks.knapsack.solvers import highs_mip
from pilotage import _core, knapsack


def total(table, choice) -> float:
    """The sum of the chosen entries; -1 counts nothing."""
    return math.fsum(row[k] for row, k in zip(table, choice, strict=True) if k >= 0)


def brute_force(values, nano, budget, allow_none):
    """The largest value of all choices there are; None when none fits."""
    models = range(-1 if allow_none else 0, len(values[0]))
    choices = itertools.product(models, repeat=len(values))
    return max((total(values, c) for c in choices if total(nano, c) <= budget), default=None)


def highs(values, nano, budget, allow_none):
    """The optimum by HiGHS's branch and cut; None when infeasible."""
    if allow_none:
        values, nano = (np.column_stack([table, np.zeros(len(table))]) for table in (values, nano))
    found = highs_mip(Instance("", values, nano.astype(np.int64), budget), 60.0)
    assert found.proven
    return found.value if math.isfinite(found.value) else None


def instance(kind: str, random: np.random.Generator, n: int, k: int):
    """(values, costs in nano-dollars) with what makes knapsacks hard."""
    nano = random.integers(1, 10_000, size=(n, k))
    if kind == "ties":
        return random.integers(0, 3, size=(n, k)) * 1.0, random.integers(1, 4, size=(n, k))
    if kind == "zero":
        return random.random((n, k)), np.where(random.random((n, k)) < 0.4, 0, nano)
    if kind == "huge":
        return random.random((n, k)), np.where(random.random((n, k)) < 0.2, 10**9 * nano, nano)
    values = {
        "smooth": random.random((n, k)),
        "negative": random.normal(size=(n, k)),
        "binary": (random.random((n, k)) < 0.5) * 1.0,
        "tenths": random.integers(0, 11, size=(n, k)) / 10,
        "weak": nano + random.integers(-500, 500, size=(n, k)) * 1.0,
        "strong": nano + 1000.0,
        "ratios": nano * 0.125,
        "subset": nano * 1.0,
    }[kind]
    return values, nano


KINDS = (
    "smooth", "negative", "binary", "tenths", "ties", "zero", "huge", "weak", "strong", "ratios", "subset",
)  # fmt: skip


def some_budget(nano, random: np.random.Generator) -> int:
    """Between nothing and more than everything, most often where it binds."""
    least, most = int(nano.min(axis=1).sum()), int(np.minimum(nano, 10_000).max(axis=1).sum())
    share = random.choice([-0.1, 0.0, 0.02, 0.1, 0.3, 0.5, 0.8, 1.0, 1.1])
    return max(0, int(least + share * (most - least)))


def strongly_correlated(n: int):
    """(values, costs, budget) on which a proof takes seconds, or is out of reach."""
    random = np.random.default_rng(1)
    nano = np.sort(random.integers(1, 10**7, size=(n, MODELS)), axis=1)
    values = nano + np.arange(MODELS) * 1e6
    return values, nano * NANO, float(nano.mean(axis=1).sum()) * NANO


def test_three_prompts_by_hand() -> None:
    values, costs = [[0.6, 0.9], [0.5, 0.6], [0.3, 0.8]], [[1, 10], [1, 10], [1, 10]]
    solution = knapsack.solve(values, costs, 22)
    # The money left over the cheapest, 19 dollars, pays two of the upgrades, 9 each: those worth 0.3 and 0.5.
    assert solution.choice.tolist() == [1, 0, 1]
    assert solution.choice.dtype == np.int64
    assert (solution.value, solution.cost) == (2.2, 21.0)
    assert solution.optimal
    assert solution.upper_bound == solution.value


def test_the_examples_of_the_module_print_what_they_say() -> None:
    found = doctest.testmod(knapsack)
    assert found.attempted > 0
    assert found.failed == 0


def test_nothing_fits() -> None:
    solution = knapsack.solve([[1.0, 2.0]], [[0.2, 0.3]], 0.1)
    assert solution.choice is None
    assert (solution.value, solution.upper_bound, solution.optimal) == (-math.inf, -math.inf, False)
    assert math.isnan(solution.cost)
    assert knapsack.solve([[1.0, 2.0]], [[0.2, 0.3]], 0.1, allow_none=True).choice.tolist() == [-1]


def test_no_prompts() -> None:
    solution = knapsack.solve(np.empty((0, 3)), np.empty((0, 3)), 0.0)
    assert solution.choice.shape == (0,)
    assert (solution.value, solution.cost, solution.optimal) == (0.0, 0.0, True)


def test_a_solution_is_read_only() -> None:
    solution = knapsack.solve([[1.0]], [[1.0]], 1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        solution.value = 2.0


@pytest.mark.parametrize("kind", KINDS)
def test_equal_to_brute_force(kind: str) -> None:
    for seed in range(60):
        random = np.random.default_rng(seed)
        values, nano = instance(kind, random, int(random.integers(1, 6)), int(random.integers(1, 5)))
        budget, allow_none = some_budget(nano, random), bool(seed % 3 == 0)
        best = brute_force(values, nano, budget, allow_none)
        solution = knapsack.solve(values, nano * NANO, budget * NANO, allow_none=allow_none)
        where = f"{kind}, seed {seed}"
        assert (solution.choice is None) == (best is None), where
        if best is not None:
            assert solution.optimal, where
            assert solution.value == pytest.approx(best, rel=1e-12, abs=1e-12), where
            assert total(nano, solution.choice) <= budget, where


@pytest.mark.parametrize("kind", KINDS)
def test_equal_to_highs(kind: str) -> None:
    for seed, n in enumerate((1, 5, 20, 60, 120)):
        random = np.random.default_rng(100 + seed)
        values, nano = instance(kind, random, n, MODELS)
        budget, allow_none = some_budget(nano, random), bool(seed % 2)
        best = highs(values, nano, budget, allow_none)
        solution = knapsack.solve(values, nano * NANO, budget * NANO, allow_none=allow_none)
        where = f"{kind}, {n} prompts"
        assert (solution.choice is None) == (best is None), where
        if best is not None:
            assert solution.optimal, where
            assert solution.value == pytest.approx(best, rel=1e-9), where
            assert total(nano, solution.choice) <= budget, where


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.sampled_from(KINDS), st.integers(1, 40), st.integers(1, 6))
def test_what_a_solution_must_satisfy(seed: int, kind: str, n: int, k: int) -> None:
    random = np.random.default_rng(seed)
    values, nano = instance(kind, random, n, k)
    costs, budget = nano * NANO, some_budget(nano, random) * NANO
    solution = knapsack.solve(values, costs, budget)
    lenient = knapsack.solve(values, costs, budget, allow_none=True)
    assert lenient.choice is not None
    if solution.choice is None:
        return
    assert solution.cost == pytest.approx(total(costs, solution.choice), rel=1e-12)
    assert solution.cost <= budget
    assert solution.value == pytest.approx(total(values, solution.choice), rel=1e-12, abs=1e-12)
    assert solution.value <= solution.upper_bound
    assert lenient.value >= solution.value - 1e-9
    order = random.permutation(n)
    shuffled = knapsack.solve(values[order], costs[order], budget)
    assert shuffled.value == pytest.approx(solution.value, rel=1e-9, abs=1e-9)
    scaled = knapsack.solve(values * 4, costs, budget)
    assert scaled.value == pytest.approx(solution.value * 4, rel=1e-9, abs=1e-9)
    richer = knapsack.solve(values, costs, budget * 1.1)
    assert richer.value >= solution.value - 1e-9 * abs(solution.value)


def test_money_without_limit_buys_the_best_of_every_prompt() -> None:
    random = np.random.default_rng(0)
    values, costs = random.random((500, MODELS)), random.random((500, MODELS))
    np.testing.assert_array_equal(knapsack.solve(values, costs, 1e6).choice, values.argmax(axis=1))


def test_of_equal_values_the_cheaper() -> None:
    values, costs = np.ones((50, 3)), np.tile([3.0, 1.0, 2.0], (50, 1))
    assert knapsack.solve(values, costs, 1e3).choice.tolist() == [1] * 50


def test_a_float64_of_whole_nano_dollars_is_that_number() -> None:
    # 17 tokens at 0.15 dollars a million, three times: 7,650 nano-dollars, whatever float64 makes of it.
    costs = np.full((3, 2), 17 * 1.5e-7)
    costs[:, 0] = 0.0
    assert knapsack.solve(np.tile([0.0, 1.0], (3, 1)), costs, 7.65e-6).choice.tolist() == [1, 1, 1]
    # What really has a part of a nano-dollar is rounded up: 3 x 2 against 5.
    costs[:, 1] = 1.4e-9
    assert knapsack.solve(np.tile([0.0, 1.0], (3, 1)), costs, 5e-9).value == 2.0


@pytest.mark.parametrize(("values", "share"), [("smooth", 0.2), ("binary", 0.005)])
def test_a_batch_of_the_size_of_routerbench_is_proven(values: str, share: float) -> None:
    random = np.random.default_rng(3)
    tokens = random.lognormal(5.5, 0.8, size=(36_497, 1)) * random.lognormal(0.0, 0.3, size=(36_497, MODELS))
    costs = np.geomspace(5e-8, 3e-5, MODELS) * tokens
    quality = 1 / (1 + np.exp(-np.linspace(-0.6, 1.7, MODELS) - random.normal(size=costs.shape)))
    if values == "binary":
        quality = np.round(quality)
    budget = share * float(costs[:, -1].sum())
    solution = knapsack.solve(quality, costs, budget)
    assert solution.optimal
    assert 0.99 * budget <= solution.cost <= budget


@pytest.mark.parametrize("time_limit", [0, 0.1])
def test_a_time_limit_gives_the_best_so_far_and_a_bound(time_limit: float) -> None:
    values, costs, budget = strongly_correlated(1000)
    start = time.perf_counter()
    solution = knapsack.solve(values, costs, budget, time_limit=time_limit)
    assert time.perf_counter() - start < 2.0
    assert not solution.optimal
    assert solution.cost <= budget
    assert solution.value == pytest.approx(total(values, solution.choice), rel=1e-12)
    assert solution.value < solution.upper_bound < 1.001 * solution.value


def test_few_states_give_a_bound_that_holds() -> None:
    values, costs, budget = strongly_correlated(50)
    best = knapsack.solve(values, costs, budget)
    assert best.optimal
    choice, value, _, upper_bound, _ = _core.solve_knapsack(values, costs, budget, False, None, 100)
    assert value == total(values, choice) <= best.value <= upper_bound


def test_a_signal_ends_it() -> None:
    class AlarmError(Exception):
        pass

    def ring(*_: object) -> None:
        raise AlarmError

    values, costs, budget = strongly_correlated(1000)
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    start = time.perf_counter()
    try:
        with pytest.raises(AlarmError):
            knapsack.solve(values, costs, budget)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert time.perf_counter() - start < 1.5


def test_other_threads_run_meanwhile() -> None:
    values, costs, budget = strongly_correlated(1000)
    with ThreadPoolExecutor(1) as pool:
        solving = pool.submit(knapsack.solve, values, costs, budget, time_limit=0.5)
        turns = 0
        while not solving.done():
            time.sleep(0.01)
            turns += 1
    assert turns > 10


ACCEPTED = {
    "lists": ([[0.0, 1.0], [0.0, 3.0]], [[0.0, 1.0], [0.0, 1.0]]),
    "ints": (np.array([[0, 1], [0, 3]]), np.array([[0, 1], [0, 1]])),
    "bools": (np.array([[False, False], [False, True]]), np.array([[0, 1], [0, 1]])),
    "float32": (np.array([[0, 1], [0, 3]], dtype=np.float32), np.array([[0, 1], [0, 1]], dtype=np.float32)),
    "columns first": (np.asfortranarray([[0.0, 1.0], [0.0, 3.0]]), np.asfortranarray([[0, 1], [0, 1]])),
    "strided": (np.array([[0.0, 9.0, 1.0], [0.0, 9.0, 3.0]])[:, ::2], np.array([[0.0, 1.0], [0.0, 1.0]])),
    "big endian": (np.array([[0, 1], [0, 3]], dtype=">f8"), np.array([[0, 1], [0, 1]], dtype=">i4")),
}


def test_less_than_a_nano_dollar_counts_as_one() -> None:
    values, costs = [[0.0, 1.0]] * 2, [[0.0, 1e-10]] * 2
    assert knapsack.solve(values, costs, 1e-9).choice.tolist().count(1) == 1  # both would cost 2e-10
    solution = knapsack.solve(values, costs, 9e-10)
    assert (solution.choice.tolist(), solution.upper_bound, solution.optimal) == ([0, 0], 0.0, True)
    smaller = knapsack.solve(values, np.multiply(costs, 1e9), 9e-10 * 1e9)  # in nano-dollars, not dollars
    assert smaller.choice.tolist() == [1, 1]


@pytest.mark.parametrize("form", ACCEPTED)
def test_tables_of_any_form(form: str) -> None:
    values, costs = ACCEPTED[form]
    assert knapsack.solve(values, costs, 1.0).choice.tolist() == [0, 1]


def test_read_only_arrays_are_read_in_place() -> None:
    values, costs = np.array([[0.0, 1.0], [0.0, 3.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    values.flags.writeable = costs.flags.writeable = False
    assert knapsack.solve(values, costs, 1.0).choice.tolist() == [0, 1]
    assert knapsack._matrix("values", values) is values


ONE = [[1.0, 2.0]]
REFUSED = {
    "vector": (([1.0, 2.0], ONE, 1.0), ValueError, r"values must have shape \(N, K\), got \(2,\)"),
    "cube": ((ONE, [[[1.0]]], 1.0), ValueError, r"costs must have shape \(N, K\), got \(1, 1, 1\)"),
    "ragged": (([[1.0], [1.0, 2.0]], ONE, 1.0), ValueError, r"values must have shape \(N, K\), got rows of"),
    "other N": ((ONE, ONE * 2, 1.0), ValueError, r"costs must have shape \(1, 2\) like values, got \(2, 2\)"),
    "other K": ((ONE, [[1.0]], 1.0), ValueError, r"costs must have shape \(1, 2\) like values, got \(1, 1\)"),
    "K = 0": (([[]], [[]], 1.0), ValueError, "values must have a column for at least one model, got 0"),
    "text": (([["a"]], [[1.0]], 1.0), TypeError, "values must hold real numbers, got dtype <U1"),
    "complex": ((ONE, [[1j, 2.0]], 1.0), TypeError, "costs must hold real numbers, got dtype complex128"),
    "nan": (([[1.0, math.nan]], ONE, 1.0), ValueError, r"values must be finite .* got nan at \(0, 1\)"),
    "inf": (([[math.inf, 1.0]], ONE, 1.0), ValueError, r"values must be finite .* got inf at \(0, 0\)"),
    "too large": (([[1e250, 1.0]], ONE, 1.0), ValueError, r"values must be .* within \+-1e200, got 1e\+250"),
    "negative": ((ONE, [[1.0, -2.0]], 1.0), ValueError, r"costs must be finite and >= 0, got -2 at \(0, 1\)"),
    "inf cost": ((ONE, [[math.inf, 1.0]], 1.0), ValueError, r"costs must be finite and >= 0, got inf at"),
    "no money": ((ONE, ONE, -0.5), ValueError, r"budget must be in \[0, 4e\+09\] US dollars, got -0.5"),
    "inf money": ((ONE, ONE, math.inf), ValueError, r"budget must be in \[0, 4e\+09\] US dollars, got inf"),
    "nan money": ((ONE, ONE, math.nan), ValueError, r"budget must be in \[0, 4e\+09\] US dollars, got nan"),
    "masked": (
        (np.ma.masked_greater(ONE, 1.5), ONE, 1.0),
        TypeError,
        "values must not be masked, got a masked",
    ),
    "masked rows": (
        ([np.ma.masked_greater([1.0, 2.0], 1.5)], ONE, 1.0),
        TypeError,
        "values must not be masked",
    ),
    "masked costs": (
        (ONE, np.ma.masked_greater(ONE, 1.5), 1.0),
        TypeError,
        "costs must not be masked, got a",
    ),
    "bool money": ((ONE, ONE, True), TypeError, "budget must be a number, got True"),
    "text money": ((ONE, ONE, "1"), TypeError, "budget must be a number, got '1'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    arguments, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        knapsack.solve(*arguments)


def test_refused_keywords() -> None:
    with pytest.raises(ValueError, match=r"time_limit must be finite and >= 0, got -1"):
        knapsack.solve(ONE, ONE, 1.0, time_limit=-1)
    with pytest.raises(TypeError, match="time_limit must be a number, got True"):
        knapsack.solve(ONE, ONE, 1.0, time_limit=True)
    with pytest.raises(TypeError, match="time_limit must be a number, got '1'"):
        knapsack.solve(ONE, ONE, 1.0, time_limit="1")
    with pytest.raises(TypeError, match="allow_none must be True or False, got 1"):
        knapsack.solve(ONE, ONE, 1.0, allow_none=1)
