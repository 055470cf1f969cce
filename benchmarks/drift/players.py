"""Who plays: ours in several settings, and ParetoBandit as its package has it."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.drift.scenarios import MODELS, World
from benchmarks.prior.mismatch import Lookup
from pilotage import Budget, Model, Prior, Router
from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes

COLD, WARM = "ParetoBandit, cold", "ParetoBandit, warm"
# Ours, and beside whom: equal knowledge of the models before the first request.
RIVALS = {
    "pilotage": COLD,
    "pilotage, forgetting 0.997": COLD,
    "pilotage, 25 components": COLD,
    "pilotage, warm": WARM,
    "pilotage, warm, forgetting 0.997": WARM,
    "pilotage, warm, 25 components": WARM,
}
PLAYERS = (*RIVALS, COLD, WARM)
FORGETTING = 0.997  # ParetoBandit's
FORCED = 20  # requests that ParetoBandit's experiments give a newcomer


class Player(Protocol):
    def choose(self, row: int) -> int:
        """The model of one prompt."""

    def told(self, cost: float, reward: float) -> None:
        """What came of it."""

    def follow(self, world: World) -> None:
        """New prices, new models."""


class Ours:
    def __init__(
        self, outcomes: Outcomes, vectors: Floats, world: World, ceiling: float, seed: int, **settings: Any
    ) -> None:
        self._vectors, self._tokens = vectors, outcomes.input_tokens.astype(np.float64)
        self._world = world
        encoder = _lookup(outcomes, vectors)
        models = [_model(k, world) for k in world.pool]
        # Recorded answers cannot be cut: what is set aside is a quantile.
        budget = Budget(usd_per_request=ceiling, soft=True)
        self._router = Router(models, budget, encoder=encoder, seed=seed, **settings)
        self._id = -1

    def choose(self, row: int) -> int:
        decision = self._router.decide(self._vectors[row], input_tokens=float(self._tokens[row]))
        self._id = decision.id
        return MODELS.index(decision.model)

    def told(self, cost: float, reward: float) -> None:
        self._router.settle(self._id, cost)
        self._router.feedback(self._id, reward)

    def follow(self, world: World) -> None:
        for k in world.pool:
            if k not in self._world.pool:
                self._router.add(_model(k, world))
            elif (world.prices[k] != self._world.prices[k]).any():
                self._router.set_prices(MODELS[k], *(1e-6 * world.prices[k]))
        self._world = world


class ParetoBandit:
    """Settings and pacing of its experiments: `BEST_K3_HPARAMS`, and the cold ones where it knows nothing."""

    def __init__(self, vectors: Floats, world: World, ceiling: float, seed: int, known: Path | None) -> None:
        from pareto_bandit import BanditRouter
        from pareto_bandit import config as published
        from pareto_bandit.budget_pacer import BudgetPacer, PacingMode
        from pareto_bandit.feature_service import FeatureService

        logging.getLogger("pareto_bandit").setLevel(logging.ERROR)
        best = published.BEST_K3_HPARAMS if known else published.BEST_K3_TABULA_RASA_HPARAMS
        self._x = np.column_stack([vectors, np.ones(len(vectors))])
        self._pacer = BudgetPacer(
            target_avg_spend_usd=ceiling,
            mode=PacingMode.ADAPTIVE,
            lr=published.DEFAULT_PACER_LR,
            lambda_max=published.DEFAULT_PACER_LAMBDA_MAX,
            ema_alpha=published.DEFAULT_PACER_EMA_ALPHA,
        )
        self._router = BanditRouter.create(
            model_registry={MODELS[k]: _registered(world.prices[k]) for k in world.pool},
            feature_service=FeatureService.for_precomputed(self._x.shape[1]),
            priors=str(known) if known else "none",
            prior_n_effective=best["prior_n_effective"],
            alpha=best["alpha"],
            forgetting_factor=best["forgetting_factor"],
            cost_penalty=0.0,
            budget_pacer=self._pacer,
            bandit_seed=seed,
        )
        self._world, self._newcomer, self._forced = world, "", 0

    def choose(self, row: int) -> int:
        self._row, self._log = row, None
        if self._forced > 0:
            self._forced -= 1
            return MODELS.index(self._newcomer)
        model, self._log = self._router.route(self._x[row])
        return MODELS.index(model)

    def told(self, cost: float, reward: float) -> None:
        if self._log is None:
            self._router.update(self._newcomer, self._x[self._row], reward)
            self._pacer.observe(cost)
        else:
            self._log.cost_usd = cost
            self._router.process_feedback(self._log.request_id, reward=reward)

    def follow(self, world: World) -> None:
        for k in world.pool:
            prices = _registered(world.prices[k])
            if k not in self._world.pool:
                self._router.register_model(MODELS[k], speed="fast", **prices)
                self._newcomer, self._forced = MODELS[k], FORCED
            elif (world.prices[k] != self._world.prices[k]).any():
                self._router.update_model_pricing(MODELS[k], **prices)
        self._world = world


def players(
    outcomes: Outcomes, own: Floats, components: Floats, learn: Ints, world: World, seed: int
) -> Iterator[tuple[str, Any]]:
    """Names, and what makes each player for a ceiling. The warm know all outcomes of `learn`."""
    known = _rows(outcomes, learn, world)

    def ours(vectors: Floats, **settings: Any) -> Any:
        return lambda ceiling: Ours(outcomes, vectors, world, ceiling, seed, **settings)

    def prior(vectors: Floats) -> Prior:
        return Prior.fit(known, _lookup(outcomes, vectors), seed=seed)

    warm = prior(own)
    yield "pilotage", ours(own)
    yield "pilotage, forgetting 0.997", ours(own, forgetting=FORGETTING)
    yield "pilotage, 25 components", ours(components)
    yield "pilotage, warm", ours(own, prior=warm)
    yield "pilotage, warm, forgetting 0.997", ours(own, prior=warm, forgetting=FORGETTING)
    yield "pilotage, warm, 25 components", ours(components, prior=prior(components))
    yield COLD, lambda ceiling: ParetoBandit(components, world, ceiling, seed, None)
    with tempfile.TemporaryDirectory() as folder:
        file = _statistics(outcomes, components, learn, world, Path(folder) / "known.joblib")
        yield WARM, lambda ceiling: ParetoBandit(components, world, ceiling, seed, file)


def _statistics(outcomes: Outcomes, components: Floats, learn: Ints, world: World, path: Path) -> Path:
    """ParetoBandit's file of priors: A = I + sum x x', b = sum r x, of every model on `learn`."""
    import joblib

    x = np.column_stack([components, np.ones(len(components))])[learn]
    A = np.eye(x.shape[1]) + x.T @ x
    b = outcomes.reward[learn].T @ x
    names = {k: MODELS[k] for k in world.pool}
    joblib.dump({"A": dict.fromkeys(names.values(), A), "b": {name: b[k] for k, name in names.items()}}, path)
    return path


def _rows(outcomes: Outcomes, rows: Ints, world: World) -> Outcomes:
    """Some prompts, and the models of the pool."""
    pool, taken = list(world.pool), outcomes.take(rows)
    models = tuple(MODELS[k] for k in pool)
    return replace(taken, models=models, reward=taken.reward[:, pool], cost=taken.cost[:, pool])


def _lookup(outcomes: Outcomes, vectors: Floats) -> Lookup:
    return Lookup(f"{vectors.shape[1]} dimensions", outcomes.prompts, vectors)


def _model(k: int, world: World) -> Model:
    return Model(MODELS[k], *(1e-6 * world.prices[k]))


def _registered(prices: Floats) -> dict[str, float]:
    return {"input_cost_per_m": float(prices[0]), "output_cost_per_m": float(prices[1])}
