"""The online cost policy against the best price in hindsight, on equal estimates: the paper's table 1."""

from __future__ import annotations

import numpy as np

from benchmarks.claims.world import World
from pilotage import Budget, _core
from pilotage.budget import core_budget
from pilotage.projection import DEFAULT_INTERCEPT, Projection
from pilotage.replay.baselines import expected_costs
from pilotage.replay.learners import ExploreOnly
from pilotage.replay.prices import list_prices
from pilotage.replay.runs import picked
from pilotage.replay.table import BOUND_PROMPTS, Embedded, Table, bounds

FRACTIONS = (0.1, 0.25, 0.5, 0.75)
_GRID = 400  # prices in hindsight, from 0 up; the paper does not say how many it tried


def hindsight(world: World, seeds: int) -> dict[str, list[list[float]]]:
    """Realised reward by policy: one row for each budget, one value for each seed."""
    found: dict[str, list[list[float]]] = {
        name: [[] for _ in FRACTIONS] for name in ("zcl", "dual", "hindsight")
    }
    outcomes = world.outcomes
    table = Table(
        outcomes.models, world.embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens, {},
        Embedded("embedded", world.embeddings.shape[1]),
    )  # fmt: skip
    x = Projection(world.embeddings.shape[1], DEFAULT_INTERCEPT).many(world.embeddings)
    for seed in range(seeds):
        split = world.split(seed)
        prices = list_prices(outcomes, split.estimation)
        cost = expected_costs(table, prices)
        learner, learn, deploy = ExploreOnly(), split.learning, split.deployment
        learner.learn(x[learn], outcomes.reward[learn], cost[learn], np.random.default_rng(seed))
        value, charged = np.ascontiguousarray(learner.estimate(x[deploy])), outcomes.cost[deploy]
        known = split.estimation[:BOUND_PROMPTS]
        limited = bounds(learner.estimate(x[known]), cost[known])
        n = len(deploy)
        for row, limit in enumerate(world.limits(split, FRACTIONS)):
            usd = limit.ceiling_usd * n
            budgets = {
                "zcl": Budget(usd, n, "zcl", soft=True, **limited),
                "dual": Budget(usd, n, "dual", unserved=0.0, soft=True),
            }
            for name, budget in budgets.items():
                actual = np.ascontiguousarray(charged)
                chosen = _core.spend(core_budget(budget), value, cost[deploy], actual, prices.listed)
                found[name][row].append(round(world.reward(split, chosen), 6))
            found["hindsight"][row].append(_best_price(world, split, value, cost[deploy], usd))
    return found


def _best_price(world: World, split, value, cost, usd: float) -> float:
    """The reward of argmax value - price * cost at the price that earns most of those within the budget."""
    best = 0.0
    for price in np.append(0.0, np.geomspace(1e-2, 1e2, _GRID) / cost.mean()):
        chosen = (value - price * cost).argmax(axis=1)
        if picked(world.outcomes.cost, split.deployment, chosen).sum() <= usd:
            best = max(best, world.reward(split, chosen))
    return round(best, 6)
