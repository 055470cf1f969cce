"""Plays policies over recorded outcomes: learn on bandit feedback, deploy under a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pilotage.budget import BudgetExhausted
from pilotage.models import Model
from pilotage.prior.prior import Prior
from pilotage.replay.outcomes import Floats, Ints
from pilotage.replay.policies import ALWAYS, Policy, policy_of
from pilotage.replay.prices import ModelPrices
from pilotage.replay.runs import UNSERVED, Run, Split
from pilotage.router import Router

_BOUND_PROMPTS = 500  # from so many prompts the bounds LB and UB are estimated


@dataclass(frozen=True)
class Embedded:
    """Stands for the encoder that made the embeddings: a replay never meets a new text."""

    name: str
    dim: int
    checksum: str | None = None

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Refuse."""
        raise NotImplementedError("a replay gives embeddings, never texts")


@dataclass(frozen=True)
class Table:
    """The numbers of a replay: N embedded prompts, K models' outcomes.

    Attributes
    ----------
    models : (K,) names
    embeddings : (N, d_e)
    reward, cost : (N, K), in [0, 1] and US dollars
    input_tokens : (N,)
    priors : what a policy may start from, by its setting
    encoder : what made the embeddings, where there are priors
    """

    models: tuple[str, ...]
    embeddings: Floats
    reward: Floats
    cost: Floats
    input_tokens: Ints
    priors: Mapping[str, Prior] = field(default_factory=dict)
    encoder: Embedded | None = None


@dataclass(frozen=True)
class Limit:
    """One budget: US dollars per request, and the share of the best model's cost that it was named by."""

    fraction: float | None
    ceiling_usd: float


def play(
    table: Table,
    split: Split,
    prices: ModelPrices,
    name: str,
    limits: Sequence[Limit],
    *,
    seed: int,
    online: bool = False,
) -> list[Run]:
    """One policy at every budget. `online`: rewards are learned from during deployment too."""
    if name.startswith(ALWAYS):
        return [_play_always(table, split, name, limit, seed) for limit in limits]
    policy = policy_of(name)
    apart = policy.pays_to_learn or policy.explores or online
    batches = [[limit] for limit in limits] if apart else [limits]
    return [
        run for batch in batches for run in _Player(table, split, prices, policy, seed, online).play(batch)
    ]


class _Player:
    """One router on one split: it learns once and is deployed under each budget.

    Several budgets are for policies that deploy greedily and learn nothing there: each then starts alike.
    """

    def __init__(
        self, table: Table, split: Split, prices: ModelPrices, policy: Policy, seed: int, online: bool
    ) -> None:
        self._table, self._split, self._policy, self._online, self._seed = table, split, policy, online, seed
        models = [
            Model(model, float(price_in), float(price_out), float(length))
            for model, price_in, price_out, length in zip(
                table.models,
                prices.input_cost_per_token,
                prices.output_cost_per_token,
                prices.expected_output_tokens,
                strict=True,
            )
        ]
        encoder = table.encoder or Embedded("embedded", table.embeddings.shape[1])
        prior = None if policy.prior is None else table.priors.get(policy.prior)
        self._router = Router(models, encoder=encoder, prior=prior, seed=seed, **policy.router)
        self._index = {model: k for k, model in enumerate(table.models)}

    def play(self, limits: Sequence[Limit]) -> list[Run]:
        split, policy = self._split, self._policy
        if policy.pays_to_learn:
            (limit,) = limits
            self._router.set_budget(policy.budget_for(limit.ceiling_usd, len(split.learning)))
        learned, _ = self._stream(split.learning, explore=True, learn=policy.learns)
        bounds = self._bounds() if policy.budget.get("policy") == "zcl" else {}
        runs = []
        for limit in limits:
            self._router.set_budget(policy.budget_for(limit.ceiling_usd, len(split.deployment), **bounds))
            deployed, expected = self._stream(
                split.deployment,
                explore=policy.explores or self._online,
                learn=policy.learns and self._online,
            )
            runs.append(
                Run(policy.name, self._seed, limit.fraction, limit.ceiling_usd, learned, deployed, expected)
            )
        return runs

    def _stream(self, rows: Ints, *, explore: bool, learn: bool) -> tuple[Ints, Floats]:
        """Choices and expected costs, (n,) each."""
        table, router = self._table, self._router
        choices = np.full(len(rows), UNSERVED, dtype=np.int64)
        expected = np.zeros(len(rows))
        for i, row in enumerate(rows):
            try:
                decision = router.decide(
                    table.embeddings[row], input_tokens=float(table.input_tokens[row]), explore=explore
                )
            except BudgetExhausted:
                continue
            k = self._index[decision.model]
            choices[i], expected[i] = k, decision.expected_cost
            router.settle(decision.id, float(table.cost[row, k]))
            if learn:
                router.feedback(decision.id, float(table.reward[row, k]))
        return choices, expected

    def _bounds(self) -> dict[str, Any]:
        """LB and UB: the 5 % and 95 % quantiles of expected reward per expected dollar."""
        table = self._table
        ratios: list[float] = []
        for row in self._split.estimation[:_BOUND_PROMPTS]:
            estimates = self._router.estimate(
                table.embeddings[row], input_tokens=float(table.input_tokens[row])
            )
            ratios.extend(reward / cost for reward, _, cost in estimates.values() if min(reward, cost) > 0.0)
        if not ratios:
            return {}  # nothing was learned: the router's own running quantiles serve
        lower, upper = np.quantile(ratios, (0.05, 0.95))
        return {"lower": float(lower), "upper": float(upper)}


def _play_always(table: Table, split: Split, name: str, limit: Limit, seed: int) -> Run:
    """One model for every prompt until the money is gone."""
    k = table.models.index(name[len(ALWAYS) :])
    expected = float(table.cost[split.estimation, k].mean())
    cost = table.cost[split.deployment, k]
    # served while what was spent before plus the expected cost fits
    spent_before = np.cumsum(cost) - cost
    served = spent_before + expected <= limit.ceiling_usd * len(cost)
    return Run(
        policy=name,
        seed=seed,
        budget_fraction=limit.fraction,
        ceiling_usd=limit.ceiling_usd,
        learned=np.full(len(split.learning), k, dtype=np.int64),
        deployed=np.where(served, k, UNSERVED),
        expected_cost=np.where(served, expected, 0.0),
    )
