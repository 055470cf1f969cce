"""The solvers on one footing: one thread, the same whole nano-dollars, CPU seconds, building not counted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from benchmarks.knapsack.instances import NANO, Instance
from pilotage import knapsack
from pilotage.arrays import Floats

CPSAT_UNIT = 1e-9  # CP-SAT's values are whole numbers; 0/1 and whole values are exact all the same
_INFEASIBLE = 2  # scipy's status


class Answer(NamedTuple):
    seconds: float  # CPU
    value: float  # of the best choice found; -inf for none; the optimum of the relaxation for HiGHS LP
    bound: float  # no choice is worth more
    proven: bool  # that the value is the optimum, or that nothing fits


Solver: TypeAlias = Callable[[Instance, float], Answer]  # of a limit in seconds on the clock


def pilotage(given: Instance, limit: float) -> Answer:
    costs, budget = given.nano * NANO, given.budget * NANO
    start = time.process_time()
    found = knapsack.solve(given.values, costs, budget, time_limit=limit)
    seconds = time.process_time() - start
    if found.choice is None:
        return Answer(seconds, -math.inf, -math.inf, True)
    chosen = np.arange(len(found.choice)), found.choice
    if given.nano[chosen].sum() > given.budget:
        raise AssertionError(f"{given.name}: over the budget")
    return Answer(seconds, math.fsum(given.values[chosen]), found.upper_bound, found.optimal)


def highs_lp(given: Instance, limit: float) -> Answer:
    """The linear relaxation: a prompt may be split between models."""
    prompts, money, upper = _program(given)
    start = time.process_time()
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
    seconds = time.process_time() - start
    if found.status != 0:
        bound = -math.inf if found.status == _INFEASIBLE else math.inf
        return Answer(seconds, -math.inf, bound, found.status == _INFEASIBLE)
    return Answer(seconds, -found.fun, -found.fun, True)


def highs_mip(given: Instance, limit: float) -> Answer:
    """Branch and cut, down to no relative gap; HiGHS's absolute gap of 1e-6 stays."""
    prompts, money, upper = _program(given)
    start = time.process_time()
    found = milp(
        -given.values.ravel(),
        integrality=np.ones(given.values.size),
        bounds=Bounds(0, upper),
        constraints=[LinearConstraint(prompts, 1, 1), LinearConstraint(money, -np.inf, given.budget / 1e3)],
        options={"mip_rel_gap": 0, "time_limit": limit},
    )
    seconds = time.process_time() - start
    if found.status == _INFEASIBLE:
        return Answer(seconds, -math.inf, -math.inf, True)
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else math.inf
    if found.x is None:
        return Answer(seconds, -math.inf, bound, False)
    chosen = np.arange(len(given.nano)), found.x.reshape(given.nano.shape).argmax(axis=1)
    if given.nano[chosen].sum() > given.budget:  # within HiGHS's tolerance, not within the budget
        return Answer(seconds, -math.inf, bound, False)
    return Answer(seconds, math.fsum(given.values[chosen]), bound, found.status == 0)


def cpsat(given: Instance, limit: float) -> Answer:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n, k = given.nano.shape
    unit = 1.0 if np.all(given.values == np.round(given.values)) else CPSAT_UNIT
    gains = np.round(given.values / unit).astype(np.int64).ravel()
    x = [model.new_bool_var("") for _ in range(n * k)]
    for i in range(n):
        model.add_exactly_one(x[i * k : (i + 1) * k])
    model.add(cp_model.LinearExpr.weighted_sum(x, given.nano.ravel().tolist()) <= given.budget)
    model.maximize(cp_model.LinearExpr.weighted_sum(x, gains.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit
    start = time.process_time()
    status = solver.solve(model)
    seconds = time.process_time() - start
    if status == cp_model.INFEASIBLE:
        return Answer(seconds, -math.inf, -math.inf, True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(seconds, -math.inf, math.inf, False)
    chosen = [solver.boolean_value(variable) for variable in x]
    value = math.fsum(given.values.ravel()[chosen])
    return Answer(seconds, value, solver.best_objective_bound * unit, status == cp_model.OPTIMAL)


OURS = "pilotage"
LP = "HiGHS LP"
MIP = "HiGHS MIP"
CPSAT = "CP-SAT"
SOLVERS: dict[str, Solver] = {OURS: pilotage, LP: highs_lp, MIP: highs_mip, CPSAT: cpsat}


def _program(given: Instance) -> tuple[csr_array, csr_array, Floats]:
    """One choice per prompt; total cost, in micro-dollars: HiGHS's tolerances are absolute; upper bounds."""
    n, k = given.nano.shape
    affordable = given.nano.ravel() <= given.budget
    prompts = csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), np.arange(n * k))), shape=(n, n * k))
    money = csr_array(np.where(affordable, given.nano.ravel() / 1e3, 0.0)[None])
    return prompts, money, affordable.astype(float)


def on_the_clock(seconds: float) -> float:
    """The time in which a process gets about `seconds` of the CPU: the clock is what solvers can limit."""
    clock, cpu = time.perf_counter(), time.process_time()
    while (spent := time.process_time() - cpu) < 0.5:
        pass
    return seconds * max(1.0, (time.perf_counter() - clock) / spent)
