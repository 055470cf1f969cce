"""How fast, and how exact: `pilotage.knapsack.solve` beside HiGHS and CP-SAT on the same instances.

    pip install "pilotage[text,replay]" scipy ortools
    python benchmarks/knapsack/compare.py                     # all tables, about twenty minutes
    python benchmarks/knapsack/compare.py --only batch

Every solver gets one thread and the same costs, whole nano-dollars. Times are those of solving; building the
model is not counted for HiGHS and CP-SAT, the checking of the input is for pilotage.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from pilotage import knapsack
from pilotage.encode.static import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.references import ridge

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

DATA = Path(__file__).parents[1] / "data" / "mmlu_pro.parquet"
MODELS = [
    "gemini-1.5-pro-002",
    "Meta-Llama-3_1-70B-Instruct",
    "Meta-Llama-3_1-8B-Instruct",
    "DeepSeek-Coder-V2",
    "jamba-1.5-large",
    "Qwen1.5-72B-Chat",
    "Qwen1.5-7B-Chat",
    "Phi-3-mini-4k-instruct",
    "Mixtral-8x7B-Instruct-v0.1",
    "mathstral-7B",
    "c4ai-command-r-v01",
]
NANO = 1e-9
SMALL = 1000
BATCH = 36_497  # RouterBench's size
REPEATS = 7
CPSAT_UNIT = 1e-9  # CP-SAT's values are integers; 0/1 values are exact all the same


class Instance(NamedTuple):
    name: str
    values: Floats  # (N, K)
    nano: Ints  # (N, K) costs, nano-dollars
    budget: int  # nano-dollars


class Answer(NamedTuple):
    seconds: float
    value: float
    bound: float
    proven: bool

    @property
    def found(self) -> bool:
        return math.isfinite(self.value)

    def __str__(self) -> str:
        if not self.found:
            return f"nothing found in {self.seconds:.0f} s"
        took = f"{self.seconds * 1e3:,.1f} ms" if self.seconds < 1 else f"{self.seconds:.1f} s"
        gap = max(0.0, self.bound - self.value) / max(1e-300, abs(self.value))
        return took if self.proven else f"{took}, gap {gap:.1e}"


Solver: TypeAlias = Callable[[Instance, float], Answer]


def pilotage(given: Instance, limit: float) -> Answer:
    costs, budget = given.nano * NANO, given.budget * NANO
    seconds = []
    while not seconds or (len(seconds) < REPEATS and sum(seconds) < 2.0):
        start = time.perf_counter()
        found = knapsack.solve(given.values, costs, budget, time_limit=limit)
        seconds.append(time.perf_counter() - start)
    assert found.choice is not None
    chosen = np.arange(len(found.choice)), found.choice
    assert given.nano[chosen].sum() <= given.budget
    return Answer(min(seconds), math.fsum(given.values[chosen]), found.upper_bound, found.optimal)


def _program(given: Instance) -> tuple[csr_array, csr_array, Floats]:
    """One choice per prompt; total cost, in micro-dollars: HiGHS's tolerances are absolute; upper bounds."""
    n, k = given.nano.shape
    affordable = given.nano.ravel() <= given.budget
    prompts = csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), np.arange(n * k))), shape=(n, n * k))
    money = csr_array(np.where(affordable, given.nano.ravel() / 1e3, 0.0)[None])
    return prompts, money, affordable.astype(float)


def highs_relaxation(given: Instance, limit: float) -> Answer:
    prompts, money, upper = _program(given)
    start = time.perf_counter()
    found = linprog(
        -given.values.ravel(),
        A_ub=money,
        b_ub=[given.budget / 1e3],
        A_eq=prompts,
        b_eq=np.ones(len(given.nano)),
        bounds=np.column_stack([np.zeros_like(upper), upper]),
        method="highs",
        options={"time_limit": limit},
    )
    value = -found.fun if found.status == 0 else -math.inf
    return Answer(time.perf_counter() - start, value, value, found.status == 0)


def highs(given: Instance, limit: float) -> Answer:
    prompts, money, upper = _program(given)
    start = time.perf_counter()
    found = milp(
        -given.values.ravel(),
        integrality=np.ones(given.values.size),
        bounds=Bounds(0, upper),
        constraints=[LinearConstraint(prompts, 1, 1), LinearConstraint(money, -np.inf, given.budget / 1e3)],
        options={"mip_rel_gap": 0, "time_limit": limit},
    )
    seconds = time.perf_counter() - start
    if found.x is None:
        return Answer(seconds, -math.inf, math.inf, False)
    chosen = np.arange(len(given.nano)), found.x.reshape(given.nano.shape).argmax(axis=1)
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else math.inf
    within = given.nano[chosen].sum() <= given.budget
    value = math.fsum(given.values[chosen]) if within else -math.inf
    return Answer(seconds, value, bound, bool(found.status == 0 and within))


def cpsat(given: Instance, limit: float) -> Answer:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n, k = given.nano.shape
    binary = bool(np.all(given.values == np.round(given.values)))
    gains = np.round(given.values / (1.0 if binary else CPSAT_UNIT)).astype(np.int64).ravel()
    x = [model.new_bool_var("") for _ in range(n * k)]
    for i in range(n):
        model.add_exactly_one(x[i * k : (i + 1) * k])
    model.add(cp_model.LinearExpr.weighted_sum(x, given.nano.ravel().tolist()) <= given.budget)
    model.maximize(cp_model.LinearExpr.weighted_sum(x, gains.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(solver.wall_time, -math.inf, math.inf, False)
    chosen = [solver.boolean_value(variable) for variable in x]
    unit = 1.0 if binary else CPSAT_UNIT
    value = math.fsum(given.values.ravel()[chosen])
    return Answer(solver.wall_time, value, solver.best_objective_bound * unit, status == cp_model.OPTIMAL)


def real_instances(data: Path, n: int) -> Iterator[Instance]:
    """Rows of the data drawn with replacement: recorded 0/1 outcomes, and estimates from the prompt."""
    outcomes = read_outcomes(data, MODELS)
    random = np.random.default_rng(0)
    rows = random.integers(len(outcomes), size=n)
    best = int(outcomes.reward.mean(axis=0).argmax())
    recorded = np.round(outcomes.cost / NANO).astype(np.int64)
    reward, cost = _estimates(outcomes)
    expected = np.round(np.maximum(cost, outcomes.cost.min(axis=0)) / NANO).astype(np.int64)
    for name, values, nano in (("outcomes", outcomes.reward, recorded), ("estimates", reward, expected)):
        for share in (0.10, 0.15, 0.25):
            budget = int(share * nano[rows][:, best].sum())
            yield Instance(f"{name}, {share:.0%}", values[rows], nano[rows], budget)


def _estimates(outcomes: Outcomes) -> tuple[Floats, Floats]:
    """Ridge regressions of score and cost on the packaged encoder's vectors."""
    vectors = StaticEncoder().encode(outcomes.prompts).astype(np.float64)
    return ridge(vectors, outcomes.reward, vectors), ridge(vectors, outcomes.cost, vectors)


def hard_instances() -> Iterator[Instance]:
    """Pisinger's kinds of instances, N = 1,000, K = 10, weights up to 10,000 and 10,000,000."""
    random = np.random.default_rng(0)
    for largest in (10**4, 10**7):
        nano = np.sort(random.integers(1, largest, size=(1000, 10)), axis=1)
        budget = int(nano.min(axis=1).sum() + nano.max(axis=1).sum()) // 2
        steps = np.arange(1, 11) * (largest // 10)
        kinds = {
            "uncorrelated": random.integers(1, largest, size=nano.shape),
            "weakly correlated": nano + random.integers(-largest // 10, largest // 10, size=nano.shape),
            "strongly correlated": nano + steps,
            "monotone": np.sort(random.integers(1, largest, size=nano.shape), axis=1),
            "subset sum": nano,
        }
        for kind, values in kinds.items():
            yield Instance(f"{kind}, {largest:,}", values.astype(float), nano, budget)


def small_instance(seed: int) -> Instance:
    """One of many kinds: ties, equal rates, zero and huge costs, one prompt, one model, nothing that fits."""
    random = np.random.default_rng(seed)
    n, k = int(random.choice([1, 2, 3, 5, 8, 20, 60, 150])), int(random.choice([1, 2, 3, 5, 11]))
    nano = random.integers(1, int(random.choice([10, 100, 10_000])), size=(n, k))
    budget_of = nano
    kinds = {
        "smooth": random.random((n, k)),
        "negative": random.normal(size=(n, k)),
        "binary": np.round(random.random((n, k))),
        "tenths": random.integers(0, 11, size=(n, k)) / 10,
        "ties": random.integers(0, 3, size=(n, k)) * 1.0,
        "weak": nano + random.integers(-5, 6, size=(n, k)) * 1.0,
        "strong": nano + 100.0,
        "equal rates": nano * 0.125,
        "subset sum": nano * 1.0,
    }
    kind = str(random.choice([*kinds, "zero", "huge"]))
    if kind == "zero":
        nano = np.where(random.random((n, k)) < 0.4, 0, nano)
    if kind == "huge":
        nano = np.where(random.random((n, k)) < 0.2, 10**9 * nano, nano)
    least, most = budget_of.min(axis=1).sum(), budget_of.max(axis=1).sum()
    share = random.choice([-0.1, 0.0, 0.02, 0.1, 0.3, 0.5, 0.8, 1.0, 1.1])
    return Instance(kind, kinds.get(kind, kinds["smooth"]), nano, max(0, int(least + share * (most - least))))


def agreement(count: int, limit: float) -> None:
    """On how many small instances the optimum is proven and HiGHS's."""
    equal = infeasible = 0
    for seed in range(count):
        given = small_instance(seed)
        theirs = highs(given, limit)
        found = knapsack.solve(given.values, given.nano * NANO, given.budget * NANO)
        if found.choice is None:
            least = given.nano.min(axis=1).sum()
            equal += not math.isfinite(theirs.value) and least > given.budget
            infeasible += 1
        else:
            close = math.isclose(found.value, theirs.value, rel_tol=1e-9, abs_tol=1e-9)
            equal += found.optimal and theirs.proven and close
            if not close:
                print(f"seed {seed}, {given.name}: {found.value!r}, HiGHS {theirs}")
    print(f"{equal} of {count} instances proven and equal to HiGHS, {infeasible} of them infeasible\n")


def table(instances: Iterator[Instance], solvers: dict[str, Solver], limit: float) -> None:
    """One Markdown row per instance; a value that beats or misses pilotage's is shown."""
    print("| instance | value |", " | ".join(solvers), "|")
    print("|---|---:|" + "---:|" * len(solvers))
    for given in instances:
        answers = [solver(given, limit) for solver in solvers.values()]
        ours = answers[0].value
        cells = [
            f"{answer}"
            + (
                f" ({answer.value:.9g})"
                if answer.found and abs(answer.value - ours) > 1e-9 * abs(ours)
                else ""
            )
            for answer in answers
        ]
        print(f"| {given.name} | {ours:.9g} |", " | ".join(cells), "|", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds per instance and solver")
    parser.add_argument("--only", choices=["agreement", "small", "batch", "million", "hard"])
    given = parser.parse_args()
    peers: dict[str, Solver] = {
        "pilotage": pilotage,
        "HiGHS LP": highs_relaxation,
        "HiGHS MIP": highs,
        "CP-SAT": cpsat,
    }
    if given.only in (None, "agreement"):
        agreement(500, given.limit)
    if given.only in (None, "small"):
        table(real_instances(given.data, SMALL), peers, given.limit)
    if given.only in (None, "batch"):
        table(real_instances(given.data, BATCH), peers, given.limit)
    if given.only in (None, "million"):
        table(real_instances(given.data, 1_000_000), {"pilotage": pilotage}, given.limit)
    if given.only in (None, "hard"):
        table(
            hard_instances(), {name: peers[name] for name in ("pilotage", "HiGHS MIP", "CP-SAT")}, given.limit
        )


if __name__ == "__main__":
    main()
