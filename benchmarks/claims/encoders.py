"""The same protocol under other encoders: the paper's figure 5.

Two kinds. Leading components of the packaged encoder: it keeps fewer of its own. And one that knows no
language model at all, fitted on a seed's tuning prompts alone: words and character trigrams, hashed, weighted
by inverse document frequency, projected on their principal components (latent semantic analysis).

    idf_g = log((1 + n) / (1 + n_g)),    h(q)_g = log(1 + count of g in q) idf_g
    phi(q) = V' (h(q) - mean h)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from benchmarks.claims.protocol import BUDGETS, MIDDLE, SIZED
from benchmarks.claims.world import World
from pilotage.arrays import Floats, Ints
from pilotage.replay.references import Skyline

LEADING = (16, 32)  # of the packaged encoder's 64 components, with which everything else is played
GRAMS = "n-grams"
BUCKETS, COMPONENTS = 2048, 64
BUDGET = BUDGETS[MIDDLE]
PLAYED = tuple(each for each in SIZED if each.policy != "pilot+dual" and each.name != "pilotage, prior")


def study(world: World, seeds: int) -> dict[str, dict[str, list[float]]]:
    """Deployment reward at 25 % by encoder and router, one value for each seed."""
    hashed = hashed_grams(world.outcomes.prompts)
    encoders: dict[str, Callable[[Ints], Floats]] = {
        **{f"minilm-static, {d}": lambda _, d=d: world.embeddings[:, :d] for d in LEADING},
        f"{GRAMS}, {COMPONENTS}": lambda tuning: projected(hashed, tuning),
    }
    return {name: _played(world, encode, seeds) for name, encode in encoders.items()}


def _played(world: World, encode: Callable[[Ints], Floats], seeds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for seed in range(seeds):
        split = world.split(seed)
        here = world.through(encode(split.tuning))
        limits = here.limits(split, (BUDGET,))
        skyline = Skyline(here.outcomes, split, here.embeddings).played(limits[0].ceiling_usd)[0]
        found.setdefault("skyline", []).append(round(skyline, 6))
        for variant in PLAYED:
            (run,) = here.play(variant, split, limits, seed)
            found.setdefault(variant.name, []).append(round(here.reward(split, run.deployed), 6))
    return found


def hashed_grams(prompts: Sequence[str], buckets: int = BUCKETS) -> Floats:
    """log(1 + count) of words and character trigrams in `buckets` hashed columns: (N, buckets)."""
    counts = np.zeros((len(prompts), buckets), dtype=np.float32)
    for row, prompt in zip(counts, prompts, strict=True):
        text = " ".join(re.findall(r"\w+", prompt.lower()))
        grams = [*text.split(), *(text[i : i + 3] for i in range(len(text) - 2))]
        row += np.bincount([crc32(gram.encode()) % buckets for gram in grams], minlength=buckets)
    logs: Any = np.log1p(counts)
    return logs


def projected(hashed: Floats, tuning: Ints, components: int = COMPONENTS) -> Floats:
    """Unit vectors (N, components) of `hashed` (N, buckets); weights and axes from the tuning rows alone."""
    known = hashed[tuning]
    weight = np.log((1.0 + len(known)) / (1.0 + (known > 0.0).sum(axis=0)))
    centre = (known * weight).mean(axis=0)
    _, _, axes = np.linalg.svd(known * weight - centre, full_matrices=False)
    vectors = ((hashed * weight - centre) @ axes[:components].T).astype(np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.ascontiguousarray(vectors / np.where(length > 0.0, length, 1.0))
    return unit
