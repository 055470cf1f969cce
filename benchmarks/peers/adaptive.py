"""LiteLLM's adaptive router: a Beta posterior for each of seven kinds of request and each model.

    model = argmax_k 0.7 draw_k + 0.3 cheapness_k,    draw_k ~ Beta(successes, failures) of the prompt's kind

by its own functions: kinds by regular expressions, updates until a cell holds 200, first beliefs by a quality
tier, here a model's third by list price. It has no budget: it spends what its weights, 0.7 and 0.3 if nobody
says otherwise, make it spend. Who has a budget can only choose the weights (`tuned`).

Reference: PyPI `litellm`, `litellm.router_strategy.adaptive_router`.
"""

from __future__ import annotations

import random as standard
from collections.abc import Sequence

import numpy as np

from pilotage.arrays import Ints
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import Split, picked

# Weights of cheapness that are tried, the default first.
WEIGHTS = (
    0.3, 0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6,
    0.65, 0.7, 0.75, 0.8, 0.9, 1.0,
)  # fmt: skip
NEARLY = 1.05  # of a budget: so much more may be spent where it is chosen


def tuned(outcomes: Outcomes, split: Split, ceilings: Sequence[float], seed: int) -> list[float]:
    """For each budget, US dollars a request, the weight that earns most nearly within it.

    Chosen on the second half of the learning part, where nobody is judged; the one that spends least where
    all spend more.
    """
    half = len(split.learning) // 2
    inner = Split(split.tuning, split.learning[:half], split.learning[half:])
    tried = []
    for weight in WEIGHTS:
        called = play(outcomes, inner, seed, weight)
        paid = float(picked(outcomes.cost, inner.deployment, called).mean())
        tried.append((float(picked(outcomes.reward, inner.deployment, called).mean()), paid, weight))
    chosen = []
    for ceiling in ceilings:
        within = [each for each in tried if each[1] <= NEARLY * ceiling]
        chosen.append(max(within)[2] if within else min(tried, key=lambda each: each[1])[2])
    return chosen


def play(outcomes: Outcomes, split: Split, seed: int, weight: float = WEIGHTS[0]) -> Ints:
    """The models called on the deployment part, (n_deployment,); it learns from both parts, in order.

    `weight`: of cheapness, the rest is the draw's.
    """
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
        model = bandit.pick_best(cells[kind], costs, 1.0 - weight, weight, rng=draws)
        reward = float(outcomes.reward[row, index[model]])
        cells[kind][model] = bandit.apply_delta(cells[kind][model], reward, 1.0 - reward)
        called.append(index[model])
    return np.array(called[len(split.learning) :], dtype=np.int64)
