"""Noise in the rewards, and a stream whose task changes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.claims.world import Variant, World
from pilotage.arrays import Ints
from pilotage.replay.references import Skyline
from pilotage.replay.runs import Split, picked

NOISE = (0.0, 0.01, 0.03, 0.05)  # chance that a reward is a fair coin
NOISY = (Variant("pilot+zcl"), Variant("pilot+dual"), Variant("pilotage"))
BUDGET = 0.25
WINDOWS = 4  # of the stream after the change
DRIFTING = (Variant("pilot+zcl"), Variant("pilot+dual"), Variant("pilotage"))
TEACHING = 2000  # prompts of the first task, at most; as many of the second


class Way(NamedTuple):
    """`native`: it learned on the second task, as many prompts; `online`: it goes on learning, and explores
    as before unless `greedy`."""

    native: bool = False
    online: bool = False
    greedy: bool = False


WAYS = {
    "goes on learning": Way(online=True),
    "goes on learning, greedily": Way(online=True, greedy=True),
    "static": Way(),
    "native": Way(native=True),
}

# What the stream changes to. RouteLLM's pool goes from MMLU to GSM8K, as the paper's stream does.
SECOND = ("gsm8k", "crux", "math", "physics", "chemistry", "engineering", "computer science")


def noise(world: World, seeds: int) -> dict[str, list[list[float]]]:
    """Deployment reward by variant: one row for each chance of noise, one value for each seed."""
    found: dict[str, list[list[float]]] = {variant.name: [] for variant in NOISY}
    for chance in NOISE:
        rows: dict[str, list[float]] = {name: [] for name in found}
        for seed in range(seeds):
            random = np.random.default_rng([seed, 7])
            truth = world.outcomes.reward
            coin = random.integers(0, 2, truth.shape).astype(np.float64)
            told = np.where(random.random(truth.shape) < chance, coin, truth)
            split = world.split(seed)
            limits = world.limits(split, (BUDGET,))
            for variant in NOISY:
                (run,) = world.play(variant, split, limits, seed, told=told)
                rows[variant.name].append(round(world.reward(split, run.deployed), 6))
        for name, values in rows.items():
            found[name].append(values)
    return found


def drift(world: World, seeds: int) -> dict[str, Any]:
    """After the change: reward by window, and what was spent of the pace, in the routers that `WAYS` tells.

    *skyline* is full information about the second task.
    """
    found: dict[str, Any] = {"reward": {}, "spent": {}}
    for seed in range(seeds):
        first, second, native = _streams(world, seed)
        moved, home = Split(first[:0], first, second), Split(first[:0], native, second)
        limits = world.limits(moved, (BUDGET,))
        pace = limits[0].ceiling_usd

        def add(name: str, choices: Ints, pace: float = pace, second: Ints = second) -> None:
            for kind, table, unit in (
                ("reward", world.outcomes.reward, 1.0),
                ("spent", world.outcomes.cost, pace),
            ):
                windows = np.array_split(picked(table, second, choices) / unit, WINDOWS)
                found[kind].setdefault(name, []).append([round(float(each.mean()), 6) for each in windows])

        for variant in DRIFTING:
            for name, way in WAYS.items():
                if way.greedy and variant != Variant("pilotage"):
                    continue
                split = home if way.native else moved
                (run,) = world.play(variant, split, limits, seed, online=way.online, greedy=way.greedy)
                add(f"{variant.name}, {name}", run.deployed)
        add("skyline", Skyline(world.outcomes, home, world.embeddings).choices(pace))
    return {"windows": WINDOWS, "stream": len(second), "taught": len(first), **found}


def _streams(world: World, seed: int) -> tuple[Any, Any, Any]:
    """Prompts of the first task, the stream of the second, and prompts of the second to learn from."""
    is_second = np.isin(world.outcomes.task, SECOND)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(is_second)).astype(np.int64)
    first, second = order[~is_second[order]], order[is_second[order]]
    half = min(TEACHING, len(second) // 2)
    return first[:TEACHING], second[:half], second[half : 2 * half]
