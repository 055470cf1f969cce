"""Every budget policy on the same estimates, beside the LP optimum: `python -m benchmarks.policies.run`.

Rewards and costs are a ridge regression's with full information, so nothing is learned here: what differs is
how the money is spent. Writes results.json and README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.policies.page import BEST_ALL, PAGE, RESULTS, render
from benchmarks.results.run import checksum
from benchmarks.results.studies import POOLS, ROOT, SEEDS, Study
from pilotage import Budget, _core
from pilotage.arrays import Floats, Ints
from pilotage.budget import core_budget
from pilotage.encode import StaticEncoder
from pilotage.knapsack import solve
from pilotage.replay.data import read_outcomes
from pilotage.replay.frontier import Frontier
from pilotage.replay.prices import list_prices
from pilotage.replay.references import best_model, ridge
from pilotage.replay.split import split_outcomes

BUDGETS = (0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75)


class Stream(NamedTuple):
    """What the policies see of one half of a data set: N prompts, K models."""

    reward: Floats  # (N, K) expected
    cost: Floats  # (N, K) expected, US dollars
    prices: Floats  # (K,) half of what a thousand tokens cost in and out, US dollars
    bounds: tuple[float, float]  # LB and UB, reward per US dollar
    best_cost: float  # of the best single model, US dollars a request


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    found = {"seeds": options.seeds, "studies": [_study(study, options.seeds) for study in POOLS]}
    RESULTS.write_text(json.dumps(found, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def _study(study: Study, seeds: int) -> dict[str, Any]:
    """By budget and policy, one row for each seed: value, spend and overspend, see `_row`."""
    budgets: dict[float, dict[str, list[list[float]]]] = {fraction: {} for fraction in BUDGETS}
    for stream in streams(study, seeds):
        for fraction, policies in budgets.items():
            ceiling = fraction * stream.best_cost
            best_value, best_spend = lp_optimum(stream.reward, stream.cost, ceiling)
            policies.setdefault("LP", []).append([best_value, best_spend / ceiling, 0.0])
            everybody = optimum_serving_all(stream.reward, stream.cost, ceiling) / best_value
            policies.setdefault(BEST_ALL, []).append([round(everybody, 7), 1.0, 0.0])
            for policy, choice in _played(stream, ceiling):
                row = _row(stream, choice, ceiling, best_value, best_spend)
                policies.setdefault(policy, []).append(row)
    return {
        "title": study.title,
        "data": study.path.relative_to(ROOT).as_posix(),
        "sha256": checksum(study.path),
        "budgets": [{"fraction": fraction, "policies": rows} for fraction, rows in budgets.items()],
    }


def streams(study: Study, seeds: int) -> Iterator[Stream]:
    outcomes = read_outcomes(study.path, study.models)
    embeddings = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    embeddings /= np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    for seed in range(seeds):
        split = split_outcomes(len(outcomes), seed)
        learn, deploy = split.learning, split.deployment
        reward = ridge(embeddings[learn], outcomes.reward[learn], embeddings)
        cost = ridge(embeddings[learn], outcomes.cost[learn], embeddings)
        cost = np.maximum(cost, outcomes.cost[learn].min(axis=0))
        ratios = (reward[learn] / cost[learn]).ravel()
        lower, upper = np.quantile(ratios[ratios > 0], (0.05, 0.95))
        prices = list_prices(outcomes, split.estimation).listed
        best = outcomes.cost[deploy, best_model(outcomes, deploy)].mean()
        yield Stream(reward[deploy], cost[deploy], prices, (float(lower), float(upper)), float(best))


def _played(stream: Stream, ceiling: float) -> Iterator[tuple[str, Ints]]:
    """Every policy's name and choices, (N,), -1 for none."""
    reward, cost = stream.reward, stream.cost
    n = len(reward)
    lower, upper = stream.bounds
    budgets = {
        "dual": Budget(ceiling * n, n, unserved=0.0),
        "dual, serving all": Budget(ceiling * n, n),
        "pacer": Budget(usd_per_request=ceiling, unserved=0.0),
        "pacer, serving all": Budget(usd_per_request=ceiling),
        "even": Budget(ceiling * n, n, policy="even"),
        "even without spill-over": Budget(ceiling * n, n, policy="even", spill_over=False),
        "zcl": Budget(ceiling * n, n, policy="zcl", lower=lower, upper=upper),
        "primal-dual": Budget(usd_per_request=ceiling, policy="primal_dual"),
    }
    for name, budget in budgets.items():
        yield name, _core.spend(core_budget(budget), reward, cost, cost, stream.prices)
    yield "hindsight price", Frontier(reward, cost).choices(ceiling)


def _row(stream: Stream, choice: Ints, ceiling: float, best_value: float, best_spend: float) -> list[float]:
    """Value over the LP's, spend over the LP's, overspend over the budget."""
    n = len(choice)
    rows = np.flatnonzero(choice >= 0)
    value = stream.reward[rows, choice[rows]].sum() / n
    spend = stream.cost[rows, choice[rows]].sum() / n
    over = max(0.0, spend / ceiling - 1.0)
    return [round(float(x), 7) for x in (value / best_value, spend / best_spend, over)]


def lp_optimum(reward: Floats, cost: Floats, ceiling: float) -> tuple[float, float]:
    """Mean value and mean spend of the best fractional choice; nobody need be served."""
    value = Frontier(reward, cost).bound(ceiling)
    best = np.maximum(reward.max(axis=1, keepdims=True), 0.0)
    full = np.where(reward >= best, cost, np.inf).min(axis=1, initial=np.inf)
    return value, min(ceiling, float(np.where(np.isfinite(full), full, 0.0).mean()))


def optimum_serving_all(reward: Floats, cost: Floats, ceiling: float) -> float:
    """Mean value of the best choice that serves everybody, or its bound; 0 where money does not suffice."""
    n = len(reward)
    solution = solve(reward, cost, ceiling * n, time_limit=0.0)
    return 0.0 if solution.choice is None else float(solution.upper_bound) / n


if __name__ == "__main__":
    main()
