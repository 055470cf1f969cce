"""`paretobandit`'s `BanditRouter`, an adaptive LLM router: log, index, lock; contexts as they are.

Reference: Taberner-Miller, ParetoBandit (arXiv 2604.00136); PyPI `paretobandit`.
"""

from __future__ import annotations

import logging

import numpy as np

from pilotage.arrays import Floats, Ints


class ParetoBandit:
    ROUNDS = 100
    PRECISION = 1e-9

    def __init__(self, models: int, dim: int) -> None:
        from pareto_bandit import BanditRouter, FeatureService

        logging.getLogger("pareto_bandit").setLevel(logging.ERROR)
        self._names = [f"model-{k}" for k in range(models)]
        price = {"input_cost_per_m": 1.0, "output_cost_per_m": 2.0}
        self._router = BanditRouter.create(
            model_registry=dict.fromkeys(self._names, price),
            priors="none",
            feature_service=FeatureService.for_precomputed(dim),
            alpha=1.0,
            forgetting_factor=1.0,
            cost_penalty=0.0,
        )
        self._index = {name: k for k, name in enumerate(self._names)}
        self.decide, self.feedback = self._router.route, self._router.process_feedback

    def teach(self, chosen: Ints, x: Floats, reward: Floats) -> None:
        # As its warm-up priors are loaded: sums first, inverses after.
        bandit = self._router.bandit
        for k, name in enumerate(self._names):
            mine = x[chosen == k]
            bandit.A[name] = bandit.A[name] + mine.T @ mine
            bandit.b[name] = bandit.b[name] + mine.T @ reward[chosen == k]
        bandit.refresh_inverse_cache()

    def choose(self, x: Floats) -> int:
        return self._index[self._router.route(x)[0]]

    def outstanding(self, x: Floats, reward: list[float]) -> tuple[int, tuple[str, float]]:
        name, log = self._router.route(x)
        k = self._index[name]
        return k, (log.request_id, reward[k])

    def scores(self, x: Floats) -> Floats:
        bandit = self._router.bandit
        means = [bandit.get_expected_reward(name, x) for name in self._names]
        variances = [bandit.get_ucb_variance(name, x) for name in self._names]
        return np.array(means) + np.sqrt(variances)
