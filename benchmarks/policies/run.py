"""Every budget policy on the same estimates, beside the LP optimum: `python -m benchmarks.policies.run`.

Rewards and costs are a ridge regression's with full information, so nothing is learned here: what differs is
how the money is spent. Writes README.md beside this file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.results.studies import SEEDS, STUDIES, Study
from pilotage import Budget, _core
from pilotage.budget import core_budget
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.frontier import Frontier
from pilotage.replay.references import best_model, ridge
from pilotage.replay.split import split_outcomes
from pilotage.replay.summary import Interval, interval

Floats: TypeAlias = NDArray[np.float64]

PAGE = Path(__file__).with_name("README.md")
BUDGETS = (0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75)
POLICIES = ("dual", "pacer", "even", "even without spill-over", "zcl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    PAGE.write_text("\n".join([_HEAD.format(seeds=options.seeds), *_tables(options.seeds)]), encoding="utf-8")


def _tables(seeds: int) -> Iterator[str]:
    for study in STUDIES:
        found = _play(study, seeds)
        yield f"## {study.title}\n"
        yield f"| budget | LP spends | {' | '.join(POLICIES)} |"
        yield "|---" * (2 + len(POLICIES)) + "|"
        for budget in BUDGETS:
            cells = [_cell(found[budget, policy]) for policy in POLICIES]
            spends = np.mean([row[3] for row in found[budget, "dual"]])
            yield f"| {100 * budget:g} % | {100 * spends:.1f} % | {' | '.join(cells)} |"
        yield ""


def _cell(rows: list[tuple[float, float, float, float]]) -> str:
    """Share of the LP's value with its interval, share of its spend, and what was overspent, if anything."""
    value, spend, over, _ = (interval(column) for column in zip(*rows, strict=True))
    cell = f"{_percent(value)} at {100 * spend.mean:.1f} %"
    return cell + (f", over by {100 * over.mean:.1f} %" if over.mean > 1e-6 else "")


def _percent(share: Interval) -> str:
    return f"{100 * share.mean:.2f} ±{100 * share.half_width:.2f}"


def _play(study: Study, seeds: int) -> dict[tuple[float, str], list[tuple[float, float, float, float]]]:
    outcomes = read_outcomes(study.path, study.models)
    embeddings = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    embeddings /= np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    found: dict[tuple[float, str], list[tuple[float, float, float, float]]] = {}
    for seed in range(seeds):
        split = split_outcomes(len(outcomes), seed)
        learn, deploy = split.learning, split.deployment
        reward = ridge(embeddings[learn], outcomes.reward[learn], embeddings)
        cost = ridge(embeddings[learn], outcomes.cost[learn], embeddings)
        cost = np.maximum(cost, outcomes.cost[learn].min(axis=0))
        ratios = (reward[learn] / cost[learn]).ravel()
        bounds = tuple(np.quantile(ratios[ratios > 0], (0.05, 0.95)))
        best = outcomes.cost[deploy, best_model(outcomes, deploy)].mean()
        for fraction in BUDGETS:
            for policy in POLICIES:
                row = _spent(policy, reward[deploy], cost[deploy], fraction * best, bounds)
                found.setdefault((fraction, policy), []).append(row)
    return found


def _spent(
    policy: str, reward: Floats, cost: Floats, ceiling: float, bounds: tuple[float, float]
) -> tuple[float, float, float, float]:
    """(value / LP value, spend / LP spend, overspend / budget, LP spend / budget)."""
    n = len(reward)
    choice = _core.spend(core_budget(_budget(policy, ceiling, n, bounds)), reward, cost, cost)
    served = choice >= 0
    rows = np.flatnonzero(served)
    value, spend = reward[rows, choice[rows]].sum(), cost[rows, choice[rows]].sum()
    best_value, best_spend = lp_optimum(reward, cost, ceiling)
    over = max(0.0, spend - ceiling * n) / (ceiling * n)
    return value / best_value / n, spend / best_spend / n, over, best_spend / ceiling


def _budget(policy: str, ceiling: float, n: int, bounds: tuple[float, float]) -> Budget:
    if policy == "pacer":
        return Budget(usd_per_request=ceiling)
    if policy == "zcl":
        return Budget(ceiling * n, n, policy="zcl", lower=float(bounds[0]), upper=float(bounds[1]))
    if policy.startswith("even"):
        return Budget(ceiling * n, n, policy="even", spill_over=policy == "even")
    return Budget(ceiling * n, n, policy="dual")


def lp_optimum(reward: Floats, cost: Floats, ceiling: float) -> tuple[float, float]:
    """Mean value and mean spend of the best fractional choice, serving everybody where the money allows."""
    cheapest = cost.argmin(axis=1)[:, None]
    base_reward, base_cost = (np.take_along_axis(table, cheapest, axis=1) for table in (reward, cost))
    if ceiling < base_cost.mean():
        return Frontier(reward, cost).bound(ceiling), ceiling
    left = ceiling - float(base_cost.mean())
    upgrades = Frontier(reward - base_reward, cost - base_cost)
    value = float(base_reward.mean()) + upgrades.bound(left)
    best = reward.max(axis=1, keepdims=True)
    full = np.where(reward == best, cost, np.inf).min(axis=1).mean()  # what the best models cost
    return value, min(ceiling, float(full))


_HEAD = """\
# Budget policies on equal estimates

Written by `python -m benchmarks.policies.run`. Rewards and costs are those of a ridge regression fitted with
every model's outcome on one half of the prompts; the policies spend a budget over the other half, {seeds}
shuffles, and the estimates count as the truth. Budgets are shares of the cost of the best single model.

A cell: the share of the LP optimum's value in % with its 95 % interval, *at* the share of the LP optimum's
spend. The LP may split a request between models and knows all requests beforehand; it serves everybody where
the money allows, as `dual` and `pacer` do. `even` and `zcl` refuse what they do not afford. Where the LP
spends less than the budget, more money buys nothing.

At 5 % on MMLU-Pro the money does not buy everybody the cheapest model. There the LP refuses the requests that
earn least, `dual` serves those that come first, and `pacer`, which refuses nobody for its pace, overspends.
"""


if __name__ == "__main__":
    main()
