"""How long routing takes: from a text to a decision, and the same with the embedding at hand."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.claims.world import World
from pilotage import Budget, Model, Router

CALLS = 3000


def routing(world: World) -> dict[str, float]:
    """Median seconds of a decision under a paced budget of all models of the pool."""
    models = [Model(name, 1e-6 * (k + 1), 2e-6 * (k + 1)) for k, name in enumerate(world.outcomes.models)]
    prompts = world.outcomes.prompts[:CALLS]
    return {
        "text": _median(Router(models, Budget(1e6, 10_000_000)), list(prompts)),
        "embedding": _median(Router(models, Budget(1e6, 10_000_000)), list(world.embeddings[:CALLS])),
        "characters": float(np.median([len(prompt) for prompt in prompts])),
        "models": float(len(models)),
    }


def _median(router: Router, prompts: list) -> float:
    times = []
    for prompt in prompts:
        start = time.perf_counter()
        decision = router.decide(prompt)
        times.append(time.perf_counter() - start)
        router.settle(decision.id, 1e-6)
        router.feedback(decision.id, 0.5)
    return float(np.median(times))
