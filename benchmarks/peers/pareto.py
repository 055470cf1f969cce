"""ParetoBandit's router as its users call it: it chooses, learns and paces by itself.

Features are its own kind, principal components of the embedding, whitened, and a constant; their encoder is
ours, so that routers are compared and not encoders. The pacer is told what calls really cost, as in its
experiments; the library by itself would charge an estimate.

Reference: Taberner-Miller, ParetoBandit (arXiv 2604.00136); PyPI `paretobandit`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import Split, picked

COMPONENTS = 25
LIST_PRICES = {  # dollars per million tokens, in and out: its own portfolio
    "meta-llama/llama-3.1-8b-instruct": (0.10, 0.10),
    "mistralai/mistral-large-2512": (0.50, 1.50),
    "google/gemini-2.5-pro": (1.25, 10.0),
}


@dataclass(frozen=True)
class Setting:
    """`alpha`, `forgetting` and `cost_penalty` of `BanditRouter`."""

    name: str
    alpha: float
    forgetting: float
    cost_penalty: float

    @property
    def told(self) -> str:
        return f"alpha {self.alpha:g}, forgetting {self.forgetting:g}, cost_penalty {self.cost_penalty:g}"


DEFAULTS = Setting("paretobandit, defaults", 0.01, 0.997, 0.3)
# What its paper found best without a prior; its experiments have no fixed penalty beside the pacer's.
PAPER = Setting("paretobandit, as in its paper", 0.05, 0.997, 0.0)
# Tried per seed and ceiling on the learning half alone, cut into two.
GRID = (
    replace(DEFAULTS, name="paretobandit, tuned"),
    *(
        Setting("paretobandit, tuned", alpha, forgetting, 0.0)
        for alpha in (0.05, 0.001, 0.01, 0.25, 1.0)
        for forgetting in (0.997, 1.0)
    ),
)


def tuned(outcomes: Outcomes, embeddings: Floats, split: Split, ceiling: float, seed: int) -> Setting:
    """The setting that earns most on the second half of the learning part within 5 % of the ceiling."""
    half = len(split.learning) // 2
    inner = Split(split.tuning, split.learning[:half], split.learning[half:])

    def worth(setting: Setting) -> float:
        called = play(outcomes, embeddings, inner, setting, ceiling, seed)
        paid = float(picked(outcomes.cost, inner.deployment, called).mean())
        earned = float(picked(outcomes.reward, inner.deployment, called).mean())
        return earned if paid <= 1.05 * ceiling else -paid / ceiling

    return max(GRID, key=worth)


def play(
    outcomes: Outcomes, embeddings: Floats, split: Split, setting: Setting, ceiling: float, seed: int
) -> Ints:
    """The models called on the deployment part, (n_deployment,); it learns from both parts, in order."""
    from pareto_bandit import BanditRouter, FeatureService
    from pareto_bandit.budget_pacer import BudgetPacer

    logging.disable(logging.WARNING)
    registry = {
        model: {"input_cost_per_m": LIST_PRICES[model][0], "output_cost_per_m": LIST_PRICES[model][1]}
        for model in outcomes.models
    }
    x = _features(embeddings, split)
    router = BanditRouter.create(
        model_registry=registry,
        priors="none",
        feature_service=FeatureService.for_precomputed(x.shape[1]),
        alpha=setting.alpha,
        forgetting_factor=setting.forgetting,
        cost_penalty=setting.cost_penalty,
        budget_pacer=BudgetPacer(ceiling),
        bandit_seed=seed,
    )
    index = {model: k for k, model in enumerate(outcomes.models)}
    called = []
    for row in np.concatenate([split.learning, split.deployment]):
        model, log = router.route(x[row])
        k = index[model]
        log.cost_usd = float(outcomes.cost[row, k])
        router.process_feedback(log.request_id, float(outcomes.reward[row, k]))
        called.append(k)
    return np.array(called[len(split.learning) :], dtype=np.int64)


def _features(embeddings: Floats, split: Split) -> Floats:
    """Whitened principal components of the learning part, and a constant: (N, 26)."""
    centre = embeddings[split.learning].mean(axis=0)
    _, scale, axes = np.linalg.svd(embeddings[split.learning] - centre, full_matrices=False)
    deviation = scale[:COMPONENTS] / np.sqrt(len(split.learning))
    white = (embeddings - centre) @ axes[:COMPONENTS].T / deviation
    return np.hstack([white, np.ones((len(white), 1))])
