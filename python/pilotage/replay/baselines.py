"""Learners of the literature as replay policies, on equal terms with `pilot` and `linucb`.

The same contexts (the embedding and a constant), the same expected costs (list prices, the prompt's length,
each model's mean answer), the same budget policies over the same ledger. Like PILOT as published they learn
without a budget, once, and are deployed greedily.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotage import _core
from pilotage.arrays import Floats, Ints
from pilotage.budget import core_budget
from pilotage.projection import DEFAULT_INTERCEPT, Projection
from pilotage.replay.learners import Learner
from pilotage.replay.policies import Policy
from pilotage.replay.prices import ModelPrices
from pilotage.replay.runs import UNSERVED, Run, Split
from pilotage.replay.table import BOUND_PROMPTS, Limit, Table, bounds


def play_learner(
    table: Table, split: Split, prices: ModelPrices, policy: Policy, limits: Sequence[Limit], *, seed: int
) -> list[Run]:
    """One learner at every budget: it learns once.

    Raises
    ------
    ValueError : a policy without a learner, or one whose learner cannot do with these models
    """
    if policy.learner is None:
        raise ValueError(f"policy must have a learner, got {policy.name!r}")
    learner: Learner = policy.learner()
    random = np.random.default_rng(seed)
    x = Projection(table.embeddings.shape[1], DEFAULT_INTERCEPT).many(table.embeddings)
    cost = expected_costs(table, prices)
    learn, deploy = split.learning, split.deployment
    learned = learner.learn(x[learn], table.reward[learn], cost[learn], random)
    value, actual = learner.estimate(x[deploy]), np.ascontiguousarray(table.cost[deploy])
    known = split.estimation[:BOUND_PROMPTS]
    limited = bounds(learner.estimate(x[known]), cost[known]) if policy.budget.get("policy") == "zcl" else {}
    runs = []
    for limit in limits:
        usd = limit.ceiling_usd
        if policy.spend is not None:
            draws = np.random.default_rng([seed, 1])  # the same at every budget
            choices = policy.spend(value, cost[deploy], actual, usd, draws)
        else:
            budget = core_budget(policy.budget_for(usd, len(deploy), **limited))
            choices = _core.spend(budget, np.ascontiguousarray(value), cost[deploy], actual, prices.listed)
        runs.append(
            Run(
                policy.name,
                seed,
                limit.fraction,
                usd,
                learned,
                choices,
                _expected(cost[deploy], choices),
                _expected(value, choices),
            )
        )
    return runs


def expected_costs(table: Table, prices: ModelPrices) -> Floats:
    """(N, K) US dollars: the prompt's tokens, and each model's mean answer, at list prices."""
    tokens = table.input_tokens.astype(np.float64)
    answers = prices.output_cost_per_token * prices.expected_output_tokens
    costs: Floats = np.outer(tokens, prices.input_cost_per_token) + answers
    return costs


def _expected(table: Floats, choices: Ints) -> Floats:
    found: Floats = table[np.arange(len(choices)), choices]
    return np.where(choices == UNSERVED, 0.0, found)
