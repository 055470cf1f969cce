"""What does folding W into the token table save? Text to context, folded and in two steps, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pilotage.arrays import Floats
from pilotage.encode import StaticEncoder
from pilotage.projection import Projection
from pilotage.replay.data import demo_outcomes

DIMS = (16, 32, 48)
ROUNDS = 7


def play() -> list[dict[str, Any]]:
    """For each dimension: median microseconds a text of both roads, and how far apart they come out."""
    encoder = StaticEncoder()
    texts = demo_outcomes().prompts
    random = np.random.Generator(np.random.PCG64(0))
    found = []
    for m in DIMS:
        matrix = np.linalg.qr(random.normal(size=(encoder.dim, m)))[0].T
        projection = Projection(encoder.dim, 0.9, matrix)
        table = encoder.projected(matrix)
        roads: dict[str, Callable[[str], Floats]] = {
            "folded": lambda text, table=table: table.context(text, 0.9),
            "two steps": lambda text, projection=projection: projection.one(encoder.encode([text])[0]),
        }
        error = max(float(np.abs(roads["folded"](text) - roads["two steps"](text)).max()) for text in texts)
        # by turns, so that both meet the same machine
        times: dict[str, list[float]] = {name: [] for name in roads}
        for _ in range(ROUNDS):
            for name, road in roads.items():
                started = time.perf_counter()
                for text in texts:
                    road(text)
                times[name].append(1e6 * (time.perf_counter() - started) / len(texts))
        medians = {name: float(np.median(each)) for name, each in times.items()}
        found.append({"dim": m, "embedding": encoder.dim, "microseconds": medians, "largest_error": error})
    return found
