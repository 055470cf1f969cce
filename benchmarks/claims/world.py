"""A pool of models on one data set, cut by the paper's protocol: tuning, learning : deployment = 10 : 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.prior.mismatch import Lookup
from benchmarks.results.studies import _CHAT, _TWELVE, DATA
from pilotage import Prior
from pilotage.encode import StaticEncoder
from pilotage.prior.preferences import differing, from_outcomes
from pilotage.replay.data import read_outcomes
from pilotage.replay.engine import play
from pilotage.replay.outcomes import Floats, Ints, Outcomes
from pilotage.replay.prices import list_prices
from pilotage.replay.references import Skyline, best_model, envelope
from pilotage.replay.runs import Run, Split, picked
from pilotage.replay.split import default_tuning, split_outcomes
from pilotage.replay.table import Embedded, Limit, Table

RATIO = "10:1"
PAIRS = 5  # votes for each tuning prompt, drawn among the pairs of models whose rewards differ


@dataclass(frozen=True)
class Pool:
    """Which models, on which data; `binary`: two models, as HybridLLM needs."""

    title: str
    path: Path
    models: tuple[str, ...] | None = None

    @property
    def binary(self) -> bool:
        return self.title.startswith("RouteLLM")


POOLS = (
    Pool("MMLU-Pro, 14 models", DATA / "mmlu_pro.parquet", _CHAT),
    Pool("ZeroEval, 12 models", DATA / "zeroeval.parquet", _TWELVE),
    Pool("RouteLLM, GPT-4 and Mixtral", DATA / "routellm.parquet"),
)


@dataclass(frozen=True)
class Variant:
    """A policy, and whether it starts from what the tuning prompts' votes taught."""

    policy: str
    prior: bool = False

    @property
    def name(self) -> str:
        return self.policy + (", prior" if self.prior else "")


@dataclass
class World:
    """One pool with its embeddings, shared by all seeds."""

    pool: Pool
    outcomes: Outcomes = field(init=False)
    embeddings: Floats = field(init=False)
    _priors: dict[int, dict[str, Prior]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outcomes = read_outcomes(self.pool.path, self.pool.models)
        self.embeddings = StaticEncoder().encode(list(self.outcomes.prompts)).astype(np.float64)

    def split(self, seed: int, learning: int | None = None) -> Split:
        """The protocol's cut; only the first `learning` prompts teach."""
        n = len(self.outcomes)
        split = split_outcomes(n, seed, RATIO, default_tuning(RATIO, n))
        return replace(split, learning=split.learning[:learning])

    def priors(self, seed: int) -> dict[str, Prior]:
        """Fitted on votes about the tuning prompts: as in the paper, and calibrated."""
        if seed not in self._priors:
            rows = self.split(seed).tuning
            past = _rows(self.outcomes, rows)
            texts = list(dict.fromkeys(past.prompts))
            where = {text: i for i, text in enumerate(self.outcomes.prompts)}
            known = Lookup("embedded", texts, self.embeddings[[where[text] for text in texts]])
            pairs = from_outcomes(past, pairs=PAIRS * len(rows), seed=seed)
            votes = replace(differing(pairs), reward=None)
            self._priors[seed] = {
                setting: Prior.fit(votes, known, setting=setting, seed=seed)
                for setting in ("paper", "calibrated")
            }
        return self._priors[seed]

    def play(
        self,
        variant: Variant,
        split: Split,
        limits: Sequence[Limit],
        seed: int,
        *,
        told: Floats | None = None,
        online: bool = False,
    ) -> list[Run]:
        """One policy at every budget. `told`: the rewards that it hears of, (N, K), the true ones if None."""
        outcomes = self.outcomes
        priors: dict[str, Prior] = self.priors(seed) if variant.prior else {}
        table = Table(
            outcomes.models,
            self.embeddings,
            outcomes.reward if told is None else told,
            outcomes.cost,
            outcomes.input_tokens,
            priors,
            Embedded("embedded", self.embeddings.shape[1]) if priors else None,
        )
        prices = list_prices(outcomes, split.estimation)
        return play(table, split, prices, variant.policy, limits, seed=seed, online=online)

    def limits(self, split: Split, fractions: Sequence[float]) -> list[Limit]:
        """Budgets as shares of the cost of the best model on the deployment part."""
        best = best_model(self.outcomes, split.deployment)
        cost = float(self.outcomes.cost[split.deployment, best].mean())
        return [Limit(fraction, fraction * cost) for fraction in fractions]

    def reward(self, split: Split, choices: Ints) -> float:
        return float(picked(self.outcomes.reward, split.deployment, choices).mean())

    def marks(self, split: Split, limits: Sequence[Limit]) -> dict[str, Any]:
        """Envelope and skyline at every budget, and the best model."""
        deploy, outcomes = split.deployment, self.outcomes
        best, skyline = best_model(outcomes, deploy), Skyline(outcomes, split, self.embeddings)
        return {
            "best": outcomes.models[best],
            "best_reward": float(outcomes.reward[deploy, best].mean()),
            "best_cost": float(outcomes.cost[deploy, best].mean()),
            "envelope": [
                envelope(outcomes.reward[deploy], outcomes.cost[deploy], limit.ceiling_usd)
                for limit in limits
            ],
            "skyline": [skyline.played(limit.ceiling_usd)[0] for limit in limits],
        }


def _rows(table: Outcomes, rows: Ints) -> Outcomes:
    return replace(
        table,
        prompts=tuple(table.prompts[i] for i in rows),
        task=None,
        reward=table.reward[rows],
        cost=table.cost[rows],
        row=table.row[rows],
        input_tokens=table.input_tokens[rows],
        output_tokens=None,
    )
