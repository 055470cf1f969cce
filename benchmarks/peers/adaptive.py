"""LiteLLM's adaptive router: a Beta posterior for each of seven kinds of request and each model.

    model = argmax_k 0.7 draw_k + 0.3 cheapness_k,    draw_k ~ Beta(successes, failures) of the prompt's kind

by its own functions: kinds by regular expressions, updates until a cell holds 200, first beliefs by a quality
tier, here a model's third by list price. It has no budget: it spends what its weights make it spend.

Reference: PyPI `litellm`, `litellm.router_strategy.adaptive_router`.
"""

from __future__ import annotations

import random as standard

import numpy as np

from pilotage.replay.outcomes import Ints, Outcomes
from pilotage.replay.runs import Split


def play(outcomes: Outcomes, split: Split, seed: int) -> Ints:
    """The models called on the deployment part, (n_deployment,); it learns from both parts, in order."""
    from litellm.router_strategy.adaptive_router import bandit
    from litellm.router_strategy.adaptive_router.classifier import classify_prompt
    from litellm.types.router import AdaptiveRouterPreferences

    mean = outcomes.cost[split.estimation].mean(axis=0)
    tier = 1 + 3 * np.argsort(np.argsort(mean)) // len(mean)
    costs = {model: float(cost) for model, cost in zip(outcomes.models, mean, strict=True)}
    index = {model: k for k, model in enumerate(outcomes.models)}
    cells: dict = {}
    draws, called = standard.Random(seed), []
    for row in np.concatenate([split.learning, split.deployment]):
        kind = classify_prompt(outcomes.prompts[row])
        if kind not in cells:
            cells[kind] = {
                model: bandit.initial_cell(
                    AdaptiveRouterPreferences(quality_tier=int(tier[k]), strengths=[]), kind
                )
                for model, k in index.items()
            }
        model = bandit.pick_best(cells[kind], costs, rng=draws)
        reward = float(outcomes.reward[row, index[model]])
        cells[kind][model] = bandit.apply_delta(cells[kind][model], reward, 1.0 - reward)
        called.append(index[model])
    return np.array(called[len(split.learning) :], dtype=np.int64)
