"""Small synthetic replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pytest

from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import UNSERVED, Reference, Replay, Run, Split

MakeReplay: TypeAlias = Callable[..., Replay]


@pytest.fixture
def make_replay() -> MakeReplay:
    """Make a replay of 40 prompts: model k earns about (k + 1) / K and costs 10^k micro-dollars."""
    return _make


def _make(
    models: Sequence[str] = ("lab/small", "lab/large"),
    seeds: int = 3,
    fractions: Sequence[float] = (0.1, 0.25, 0.5),
    ceilings: Sequence[float] | None = None,
    policies: Sequence[str] = ("pilotage", "pilot", "linucb", "random"),
    name: str = "made up",
    learning: int = 20,
) -> Replay:
    rng = np.random.default_rng(0)
    size, count = learning + 20, len(models)
    quality = np.arange(1, count + 1) / count
    reward = np.clip(quality + rng.normal(0, 0.05, (size, count)), 0, 1)
    cost = 1e-6 * 10.0 ** (3 * np.arange(count) / count) * rng.uniform(0.9, 1.1, (size, count))
    outcomes = Outcomes(
        name=name,
        prompts=tuple(f"prompt {i}" for i in range(size)),
        models=tuple(models),
        reward=reward,
        cost=cost,
        row=np.arange(size),
        input_tokens=np.ones(size, dtype=np.int64),
        tokens_recorded=False,
        dropped=7,
    )
    everyone = [*policies, *(f"always:{model}" for model in models)]
    splits, runs, references = {}, [], []
    for seed in range(seeds):
        order = rng.permutation(size)
        split = Split(order[:0], order[:learning], order[learning:])
        splits[seed] = split
        best = int(reward[split.deployment].mean(axis=0).argmax())
        best_cost = float(cost[split.deployment, best].mean())
        budgets = [(None, each) for each in ceilings] if ceilings else [(f, f * best_cost) for f in fractions]
        for fraction, ceiling in budgets:
            references.append(
                Reference(
                    seed=seed,
                    budget_fraction=fraction,
                    ceiling_usd=ceiling,
                    envelope=0.6,
                    skyline=0.7,
                    oracle=0.95,
                    best_model=models[best],
                    best_model_reward=float(reward[split.deployment, best].mean()),
                    best_model_cost=best_cost,
                )
            )
            for policy in everyone:
                if policy.startswith("always:"):
                    learned = np.full(learning, list(models).index(policy.removeprefix("always:")))
                    deployed = np.full(20, learned[0] if learning else 0)
                else:
                    # Some requests stay unserved; `random` serves none.
                    learned = rng.integers(UNSERVED, count, size=learning)
                    deployed = rng.integers(UNSERVED, 0 if policy == "random" else count, size=20)
                    deployed = np.full(20, UNSERVED) if policy == "random" else deployed
                expected = np.where(deployed == UNSERVED, 0.0, ceiling)
                runs.append(Run(policy, seed, fraction, ceiling, learned, deployed, expected))
    return Replay(outcomes, splits, tuple(runs), tuple(references), settings={"split": "1:1"}, seconds=1.5)
