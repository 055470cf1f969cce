"""Noise in the rewards, and a stream whose task changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.claims.world import Variant, World
from pilotage.replay.references import Skyline
from pilotage.replay.runs import Split, picked

NOISE = (0.0, 0.01, 0.03, 0.05)  # chance that a reward is a fair coin
NOISY = (Variant("pilot+zcl"), Variant("pilot+dual"), Variant("pilotage"))
BUDGET = 0.25
WINDOWS = 4  # of the stream after the change
DRIFTING = (Variant("pilot+zcl"), Variant("pilot+dual"), Variant("pilotage"))
TEACHING = 2000  # prompts of the first task, at most; as many of the second

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
    """After the change: reward by window, of routers that go on learning and of the same left as they were.

    *native* learned on the second task instead, as many prompts; *skyline* is full information about these.
    """
    found: dict[str, list[list[float]]] = {}
    for seed in range(seeds):
        first, second, native = _streams(world, seed)
        moved, home = Split(first[:0], first, second), Split(first[:0], native, second)
        limits = world.limits(moved, (BUDGET,))
        for variant in DRIFTING:
            for name, split, online in (
                ("goes on learning", moved, True),
                ("static", moved, False),
                ("native", home, False),
            ):
                (run,) = world.play(variant, split, limits, seed, online=online)
                _add(found, f"{variant.name}, {name}", _windows(world, split, run.deployed))
        skyline = Skyline(world.outcomes, home, world.embeddings).choices(limits[0].ceiling_usd)
        _add(found, "skyline", _windows(world, home, skyline))
    return {"windows": WINDOWS, "stream": len(second), "taught": len(first), "reward": found}


def _streams(world: World, seed: int) -> tuple[Any, Any, Any]:
    """Prompts of the first task, the stream of the second, and prompts of the second to learn from."""
    is_second = np.isin(world.outcomes.task, SECOND)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(is_second)).astype(np.int64)
    first, second = order[~is_second[order]], order[is_second[order]]
    half = min(TEACHING, len(second) // 2)
    return first[:TEACHING], second[:half], second[half : 2 * half]


def _windows(world: World, split: Split, choices: Any) -> list[float]:
    reward = picked(world.outcomes.reward, split.deployment, choices)
    return [round(float(part.mean()), 6) for part in np.array_split(reward, WINDOWS)]


def _add(found: dict[str, list[list[float]]], name: str, values: list[float]) -> None:
    found.setdefault(name, []).append(values)
