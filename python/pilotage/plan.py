"""A whole batch at once: what a router believes of its prompts, through the offline knapsack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pilotage import _core, knapsack
from pilotage.arrays import Floats
from pilotage.budget import BudgetExhausted


@dataclass(frozen=True)
class Plan:
    """What `Router.plan` found.

    Attributes
    ----------
    models : the model of every prompt, in order; None for a prompt that goes to none
    value : sum of the expected rewards
    cost : sum of the expected costs, US dollars, never above the budget; the bill may be
    upper_bound : no plan within the budget is worth more by these estimates; equals `value` when `optimal`
    optimal : whether the plan is proven to be the best by these estimates
    """

    models: tuple[str | None, ...]
    value: float
    cost: float
    upper_bound: float
    optimal: bool


def plan_batch(
    core: _core.Router,
    contexts: Iterable[Floats],
    input_tokens: Floats,
    estimated: bool,
    names: Sequence[str],
    pool: Sequence[int],
    budget: float,
    allow_none: bool,
    time_limit: float | None,
) -> Plan:
    """Estimates of every prompt on the models of the pool, through the knapsack: see `Router.plan`.

    Parameters
    ----------
    contexts : N, each (d,)
    input_tokens : (N,)
    estimated : whether they are of the prompts alone, and not counted
    names : of all models by index
    pool : indices of those to choose from
    """
    reward, cost = np.empty((2, len(input_tokens), len(pool)))
    for i, x in enumerate(contexts):
        expected, _, usd = core.estimate(x, input_tokens[i], estimated)
        reward[i], cost[i] = expected[pool], usd[pool]
    found = knapsack.solve(reward, cost, budget, allow_none=allow_none, time_limit=time_limit)
    if found.choice is None:
        # In whole nano-dollars, each rounded up as the knapsack does: a budget of so much is enough.
        least = int(np.ceil(cost.min(axis=1) * 1e9).sum()) / 1e9
        raise BudgetExhausted(
            f"budget must be at least {least}, what the cheapest models cost, got {budget}",
            "insufficient_budget",
            least,
        )
    models = tuple(None if k < 0 else names[pool[k]] for k in found.choice.tolist())
    return Plan(models, found.value, found.cost, found.upper_bound, found.optimal)
