"""A pool of models on one data set, cut by the paper's protocol: tuning, learning : deployment = 10 : 1."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.claims import tuning
from benchmarks.prior.mismatch import Lookup
from benchmarks.results.alike import as_many_rewards
from benchmarks.results.studies import _CHAT, _TWELVE, DATA
from pilotage import Prior
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.prior.preferences import differing, from_outcomes
from pilotage.replay.data import read_outcomes
from pilotage.replay.engine import play
from pilotage.replay.learners import EpochGreedy
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import Policy, policy_of
from pilotage.replay.prices import list_prices
from pilotage.replay.references import Skyline, best_model, envelope, oracle
from pilotage.replay.runs import Run, Split, picked
from pilotage.replay.split import default_tuning, split_outcomes
from pilotage.replay.table import Embedded, Limit, Table
from pilotage.tune import Setting

RATIO = "10:1"
PLAYED = "played"  # what a replay calls the policy
PAIRS = 5  # votes for each tuning prompt, drawn among the pairs of models whose rewards differ


@dataclass(frozen=True)
class Pool:
    """Which models, on which data.

    Attributes
    ----------
    task : its prompts alone, and those of tasks whose names begin so; None for all
    """

    title: str
    path: Path
    models: tuple[str, ...] | None = None
    task: str | None = None

    @property
    def binary(self) -> bool:
        """Two models, as HybridLLM needs."""
        return self.title.endswith("GPT-4 and Mixtral")


POOLS = (
    Pool("MMLU-Pro, 14 models", DATA / "mmlu_pro.parquet", _CHAT),
    Pool("ZeroEval, 12 models", DATA / "zeroeval.parquet", _TWELVE),
    Pool("RouteLLM, GPT-4 and Mixtral", DATA / "routellm.parquet"),
)
# One task each: the largest with many models, and the paper's with two.
SINGLE = (
    Pool("physics of MMLU-Pro, 14 models", DATA / "mmlu_pro.parquet", _CHAT, "physics"),
    Pool("MMLU alone, GPT-4 and Mixtral", DATA / "routellm.parquet", None, "mmlu"),
)


@dataclass(frozen=True)
class Variant:
    """A policy, and whether it starts from what the tuning prompts' votes taught."""

    policy: str
    prior: bool = False
    tuned: bool = False  # `pilotage` alone: its settings are chosen on the tuning prompts, too

    @property
    def name(self) -> str:
        return self.policy + (", prior" if self.prior else "") + (", tuned" if self.tuned else "")


@dataclass
class World:
    """One pool with its embeddings, shared by all seeds."""

    pool: Pool
    outcomes: Outcomes = field(init=False)
    embeddings: Floats = field(init=False)
    settings: dict[int, Setting] = field(default_factory=dict)  # what was chosen, by seed
    windows: dict[int, int] = field(default_factory=dict)
    _priors: dict[tuple[str, int], Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outcomes = read_outcomes(self.pool.path, self.pool.models)
        if self.pool.task is not None:
            of_task = [task.startswith(self.pool.task) for task in self.outcomes.task or ()]
            self.outcomes = self.outcomes.take(np.flatnonzero(of_task))
        self.embeddings = StaticEncoder().encode(list(self.outcomes.prompts)).astype(np.float64)

    def through(self, embeddings: Floats) -> World:
        """The same pool as another encoder sees it: embeddings (N, d)."""
        other = copy.copy(self)
        other.embeddings, other._priors = np.ascontiguousarray(embeddings), {}
        return other

    def split(self, seed: int, learning: int | None = None) -> Split:
        """The protocol's cut; only the first `learning` prompts teach."""
        n = len(self.outcomes)
        split = split_outcomes(n, seed, RATIO, default_tuning(RATIO, n))
        return replace(split, learning=split.learning[:learning])

    def prior(self, setting: str, seed: int) -> Prior:
        """Fitted on votes about the tuning prompts: as in the `paper`, or `calibrated`."""
        if (setting, seed) not in self._priors:
            rows = self.split(seed).tuning
            past = self.outcomes.take(rows)
            texts = list(dict.fromkeys(past.prompts))
            where = {text: i for i, text in enumerate(self.outcomes.prompts)}
            known = Lookup("embedded", texts, self.embeddings[[where[text] for text in texts]])
            pairs = from_outcomes(past, pairs=PAIRS * len(rows), seed=seed)
            votes = replace(differing(pairs), reward=None)
            self._priors[setting, seed] = Prior.fit(votes, known, setting=setting, seed=seed)
        return self._priors[setting, seed]

    def policy(self, variant: Variant, seed: int) -> Policy:
        """The variant's policy, with what was chosen on the seed's tuning prompts."""
        policy = policy_of(variant.policy)
        if variant.tuned:
            if seed not in self.settings:
                self.settings[seed] = tuning.setting(self.outcomes, self.embeddings, self.split(seed).tuning)
            return self.settings[seed].play()
        if policy.learner is EpochGreedy:
            if seed not in self.windows:
                self.windows[seed] = tuning.window(self.outcomes, self.table(), self.split(seed).tuning)
            return tuning.with_window(policy, self.windows[seed], policy.name)
        return policy

    def table(self, told: Floats | None = None, priors: Mapping[str, Prior] | None = None) -> Table:
        """As policies meet it. `told`: the rewards that they hear of, (N, K), the true ones if None."""
        outcomes = self.outcomes
        return Table(
            outcomes.models,
            self.embeddings,
            outcomes.reward if told is None else told,
            outcomes.cost,
            outcomes.input_tokens,
            priors or {},
            Embedded("embedded", self.embeddings.shape[1]) if priors else None,
        )

    def play(
        self,
        variant: Variant,
        split: Split,
        limits: Sequence[Limit],
        seed: int,
        *,
        told: Floats | None = None,
        online: bool = False,
        greedy: bool = False,
    ) -> list[Run]:
        """One policy at every budget.

        `told`: the rewards that it hears of, (N, K), the true ones if None. `online`: it goes on learning in
        deployment, where it explores as before unless `greedy`.
        """
        policy = replace(self.policy(variant, seed), name=PLAYED, greedy=greedy)
        setting = policy.prior if variant.prior else None
        priors = {} if setting is None else {setting: self.prior(setting, seed)}
        table, prices = self.table(told, priors), list_prices(self.outcomes, split.estimation)
        more = {PLAYED: policy}
        return play(table, split, prices, PLAYED, limits, seed=seed, online=online, more=more)

    def limits(self, split: Split, fractions: Sequence[float]) -> list[Limit]:
        """Budgets as shares of the cost of the best model on the deployment part."""
        best = best_model(self.outcomes, split.deployment)
        cost = float(self.outcomes.cost[split.deployment, best].mean())
        return [Limit(fraction, fraction * cost) for fraction in fractions]

    def reward(self, split: Split, choices: Ints) -> float:
        return float(picked(self.outcomes.reward, split.deployment, choices).mean())

    def _single(self, split: Split, ceiling: float) -> int:
        """The best model whose mean cost in learning is within the ceiling, else the cheapest."""
        reward, cost = (of[split.learning].mean(axis=0) for of in (self.outcomes.reward, self.outcomes.cost))
        affordable = cost <= ceiling
        return int(np.where(affordable, reward, -1.0).argmax() if affordable.any() else cost.argmin())

    def marks(self, split: Split, limits: Sequence[Limit]) -> dict[str, Any]:
        """Envelope, all to one, both skylines and oracle at every budget, and the best model.

        All to one: the model that earns most on the learning part of those that cost no more than the budget
        there, or the cheapest; on the deployment part it may cost more.
        """
        deploy, outcomes = split.deployment, self.outcomes
        reward, cost = outcomes.reward[deploy], outcomes.cost[deploy]
        best, skyline = best_model(outcomes, deploy), Skyline(outcomes, split, self.embeddings)
        alike = as_many_rewards(outcomes, split, self.embeddings)
        return {
            "best": outcomes.models[best],
            "best_reward": float(reward[:, best].mean()),
            "best_cost": float(cost[:, best].mean()),
            "envelope": [envelope(reward, cost, limit.ceiling_usd) for limit in limits],
            "single": [float(reward[:, self._single(split, limit.ceiling_usd)].mean()) for limit in limits],
            "oracle": [oracle(reward, cost, limit.ceiling_usd) for limit in limits],
            "skyline": [skyline.played(limit.ceiling_usd)[0] for limit in limits],
            "alike": [alike.played(limit.ceiling_usd)[0] for limit in limits],
        }
