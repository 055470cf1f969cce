"""Plays policies over recorded outcomes: learn on bandit feedback, deploy under a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.models import Model
from pilotage.replay.baselines import play_learner
from pilotage.replay.policies import ALWAYS, Policy, policy_of
from pilotage.replay.prices import ModelPrices
from pilotage.replay.runs import UNSERVED, Run, Split
from pilotage.replay.spenders import Spender
from pilotage.replay.table import BOUND_PROMPTS, Embedded, Limit, Table, bounds, leading
from pilotage.router import Router

_NO_MORE: Mapping[str, Policy] = {}


def play(
    table: Table,
    split: Split,
    prices: ModelPrices,
    name: str,
    limits: Sequence[Limit],
    *,
    seed: int,
    online: bool = False,
    more: Mapping[str, Policy] = _NO_MORE,
) -> list[Run]:
    """One policy at every budget. `online`: a `Router` learns during deployment too, no other learner.

    `more`: policies by name, beside `pilotage.replay.policies.POLICIES`.
    """
    if name.startswith(ALWAYS):
        return [_play_always(table, split, name, limit, seed) for limit in limits]
    policy = policy_of(name, more)
    if policy.dimension is not None:
        table = leading(table, policy.dimension)
    if policy.learner is not None:
        return play_learner(table, split, prices, policy, limits, seed=seed)
    batches = apart(name, limits, online=online, more=more)
    return [
        run for batch in batches for run in _Player(table, split, prices, policy, seed, online).play(batch)
    ]


def apart(
    name: str, limits: Sequence[Limit], *, online: bool = False, more: Mapping[str, Policy] = _NO_MORE
) -> list[Sequence[Limit]]:
    """The budgets, as they are played: each by itself where a policy learns anew under it, else together."""
    if name.startswith(ALWAYS):
        return [limits]
    policy = policy_of(name, more)
    anew = policy.learner is None and (policy.pays_to_learn or policy.explores or online)
    return [[limit] for limit in limits] if anew else [limits]


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

    def play(self, limits: Sequence[Limit]) -> list[Run]:
        split, policy = self._split, self._policy
        if policy.pays_to_learn:
            (limit,) = limits
            self._router.set_budget(policy.budget_for(limit.ceiling_usd, len(split.learning)))
        learned, *_ = self._stream(split.learning, explore=True, learn=policy.learns)
        limited = self._bounds() if policy.budget.get("policy") == "zcl" else {}
        runs = []
        for limit in limits:
            if policy.spend is not None:
                deployed = self._at_once(policy.spend, limit)
            else:
                paced = policy.budget_for(limit.ceiling_usd, len(split.deployment), **limited)
                self._router.set_budget(paced)
                deployed = self._stream(
                    split.deployment,
                    explore=policy.explores or (self._online and not policy.greedy),
                    learn=policy.learns and self._online,
                )
            runs.append(Run(policy.name, self._seed, limit.fraction, limit.ceiling_usd, learned, *deployed))
        return runs

    def _stream(self, rows: Ints, *, explore: bool, learn: bool) -> tuple[Ints, Floats, Floats | None]:
        """Choices, expected costs and expected rewards, (n,) each; no rewards where the score is none."""
        table = self._table
        played = self._router.replay(
            table.embeddings[rows],
            table.cost[rows],
            table.reward[rows] if learn else None,
            input_tokens=table.input_tokens[rows],
            explore=explore,
        )
        return played.choice, played.expected_cost, self._as_rewards(played.expected_reward)

    def _at_once(self, spend: Spender, limit: Limit) -> tuple[Ints, Floats, Floats | None]:
        """The same, from all estimates together."""
        rows = self._split.deployment
        value, cost = self._estimates(rows)
        draws = np.random.default_rng([self._seed, 1])
        choices = spend(value, cost, self._table.cost[rows], limit.ceiling_usd, draws)
        called = choices != UNSERVED
        expected, rewards = (np.where(called, of[np.arange(len(rows)), choices], 0.0) for of in (cost, value))
        return choices, expected, self._as_rewards(rewards)

    def _as_rewards(self, scores: Floats) -> Floats | None:
        expects = self._policy.learns and self._policy.router.get("score") != "pilot"
        return scores if expects else None

    def _bounds(self) -> dict[str, float]:
        return bounds(*self._estimates(self._split.estimation[:BOUND_PROMPTS]))

    def _estimates(self, rows: Ints) -> tuple[Floats, Floats]:
        """Expected rewards and costs, (n, K) each."""
        table = self._table
        believed = [
            list(
                self._router.estimate(
                    table.embeddings[row], input_tokens=float(table.input_tokens[row])
                ).values()
            )
            for row in rows
        ]
        reward, _, cost = np.moveaxis(np.array(believed), 2, 0)
        return reward, cost


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
