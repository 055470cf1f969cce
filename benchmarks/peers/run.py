"""Plays the peers beside ours and writes results.json, then the page: `make peers`."""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.claims.world import POOLS, Variant, World
from benchmarks.peers import adaptive, learners, pareto
from benchmarks.peers.page import PAGE, RESULTS, render
from benchmarks.results.run import checksum, commit, machine
from benchmarks.results.studies import _THREE, CEILINGS, PACKAGED, ROOT
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.engine import play
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import Policy
from pilotage.replay.prices import list_prices
from pilotage.replay.progress import Advance, progress
from pilotage.replay.references import envelope
from pilotage.replay.runs import UNSERVED, Run, Split, picked
from pilotage.replay.split import split_outcomes
from pilotage.replay.table import Limit, Table

SEEDS = 20
BUDGETS = (0.1, 0.25, 0.5)
LEARNING = 2000  # prompts, at most: some peers take a millisecond for each
OURS = ("pilotage", "linucb+dual", "explore-only+dual")
PEERS = ("paretobandit", "vowpalwabbit", "contextualbandits", "litellm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    seeds = range(options.seeds)
    data = PACKAGED / "paretobandit.parquet"
    found: dict[str, Any] = {
        "commit": commit(),
        "machine": machine(),
        "seeds": options.seeds,
        "versions": {name: metadata.version(name) for name in PEERS},
        "learning": LEARNING,
        "ceilings": {
            "data": data.relative_to(ROOT).as_posix(),
            "sha256": checksum(data),
            "models": list(_THREE),
            "cheapest": float(f"{read_outcomes(data, _THREE).cost.mean(axis=0).min():.6g}"),
        },
        "pools": [],
    }
    steps = len(seeds) * (1 + len(POOLS))
    with (
        progress(steps) as advance,
        ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as jobs,
    ):
        played = _merged(jobs.map(_ceilings, seeds), advance, "ParetoBandit")
        found["ceilings"]["played"] = [{"ceiling": ceiling, **played[str(ceiling)]} for ceiling in CEILINGS]
        for i, pool in enumerate(POOLS):
            one = {
                "title": pool.title,
                "data": pool.path.relative_to(ROOT).as_posix(),
                "sha256": checksum(pool.path),
                "budgets": list(BUDGETS),
            }
            found["pools"].append({**one, **_merged(jobs.map(partial(_pool, i), seeds), advance, pool.title)})
    RESULTS.write_text(
        json.dumps(found, separators=(",", ":")).replace("],", "],\n") + "\n", encoding="utf-8"
    )
    PAGE.write_text(render(found), encoding="utf-8")


def _merged(seeds: Iterable[dict[str, Any]], advance: Advance, name: str) -> dict[str, Any]:
    """What each seed found, key by key: a list with one entry a seed in place of every leaf."""
    found: dict[str, Any] = {}
    for one in seeds:
        _append(found, one)
        advance(name)
    return found


def _append(found: dict[str, Any], one: dict[str, Any]) -> None:
    for key, value in one.items():
        if isinstance(value, dict):
            _append(found.setdefault(key, {}), value)
        else:
            found.setdefault(key, []).append(value)


def _ceilings(seed: int) -> dict[str, Any]:
    """ParetoBandit's validation data, learning on: by ceiling [reward, cost] of every router."""
    outcomes, embeddings = _validation()
    table = Table(outcomes.models, embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    split = split_outcomes(len(outcomes), seed)
    deploy, prices = split.deployment, list_prices(outcomes, split.estimation)
    found: dict[str, Any] = {}
    for ceiling in CEILINGS:
        routers: dict[str, Any] = {}
        refused: dict[str, float] = {}
        for name in ("pilotage", "pilotage+pacer"):
            (run,) = play(table, split, prices, name, [Limit(None, ceiling)], seed=seed, online=True)
            routers[name] = _figures(outcomes, split, run.deployed)
            refused[name] = _refused(run)
        best = pareto.tuned(outcomes, embeddings, split, ceiling, seed)
        for setting in (pareto.DEFAULTS, pareto.PAPER, best):
            called = pareto.play(outcomes, embeddings, split, setting, ceiling, seed)
            routers[setting.name] = _figures(outcomes, split, called)
        mark = envelope(outcomes.reward[deploy], outcomes.cost[deploy], ceiling)
        routers["envelope"] = [round(mark, 6), ceiling]
        found[str(ceiling)] = {"routers": routers, "refused": refused, "chosen": best.told}
    return found


@cache
def _validation() -> tuple[Outcomes, Floats]:
    outcomes = read_outcomes(PACKAGED / "paretobandit.parquet", _THREE)
    return outcomes, StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)


@cache
def _world(index: int) -> World:
    return World(POOLS[index])


def _pool(index: int, seed: int) -> dict[str, Any]:
    """[reward, cost] by router, one for each budget; what was chosen; LiteLLM's router without a budget."""
    world = _world(index)
    outcomes, split = world.outcomes, world.split(seed, LEARNING)
    table = Table(outcomes.models, world.embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    limits = world.limits(split, BUDGETS)
    ceilings, marks = [limit.ceiling_usd for limit in limits], world.marks(split, limits)
    routers: dict[str, Any] = {
        mark: [list(pair) for pair in zip(marks[mark], ceilings, strict=True)]
        for mark in ("envelope", "skyline")
    }
    chosen: dict[str, Any] = {}

    def played(name: str, runs: Sequence[Run]) -> None:
        routers[name] = [_figures(outcomes, split, run.deployed) for run in runs]

    refused: list[float] = []
    for name in OURS:
        runs = world.play(Variant(name), split, limits, seed)
        played(name, runs)
        if name == OURS[0]:
            refused = [_refused(run) for run in runs]
    prices = list_prices(outcomes, split.estimation)
    for peer, grid in learners.GRIDS.items():
        chosen[peer] = _tuned(world, table, split, grid, seed)
        for name, told in ((f"{peer}, defaults", next(iter(grid))), (f"{peer}, tuned", chosen[peer])):
            more = {name: learners.policy(name, grid[told])}
            played(name, play(table, split, prices, name, limits, seed=seed, more=more))
    weights = adaptive.tuned(outcomes, split, ceilings, seed)
    routers["litellm, tuned"] = [
        _figures(outcomes, split, adaptive.play(outcomes, split, seed, weight)) for weight in weights
    ]
    chosen["litellm"] = ", ".join(f"{weight:g}" for weight in weights)
    best = [marks["best_reward"], marks["best_cost"]]
    return {
        "best": best,
        "routers": routers,
        "refused": refused,
        "chosen": chosen,
        "free": _free(world, split, seed),
    }


def _tuned(world: World, table: Table, split: Split, grid: learners.Grid, seed: int) -> str:
    """What earns most, over all budgets and cuts, on a third of the prompts that nobody is judged on."""
    rows = np.concatenate([split.tuning, split.learning])
    worth = dict.fromkeys(grid, 0.0)
    for cut in range(learners.CUTS):
        order = np.random.default_rng([seed, cut]).permutation(rows)
        learning, judged = order[: 2 * len(rows) // 3], order[2 * len(rows) // 3 :]
        inner = Split(rows[:0], learning, judged)
        limits, prices = world.limits(inner, BUDGETS), list_prices(world.outcomes, inner.estimation)
        for told, make in grid.items():
            more: dict[str, Policy] = {"tried": learners.policy("tried", make)}
            runs = play(table, inner, prices, "tried", limits, seed=cut, more=more)
            worth[told] += sum(world.reward(inner, run.deployed) for run in runs)
    return max(worth, key=lambda told: worth[told])


def _free(world: World, split: Split, seed: int) -> dict[str, Any]:
    """LiteLLM's router as it comes, and what `pilotage` and a blind mixture do with as much money."""
    outcomes = world.outcomes
    spent = _figures(outcomes, split, adaptive.play(outcomes, split, seed))
    (ours,) = world.play(Variant("pilotage"), split, [Limit(None, spent[1])], seed, online=True)
    deploy = split.deployment
    mark = envelope(outcomes.reward[deploy], outcomes.cost[deploy], spent[1])
    return {
        "litellm": spent,
        "pilotage": _figures(outcomes, split, ours.deployed),
        "envelope": [round(mark, 6), spent[1]],
        "refused": _refused(ours),
        "cheapest": float(f"{outcomes.cost[deploy].mean(axis=0).min():.6g}"),
    }


def _refused(run: Run) -> float:
    """Share of the deployment part that got no answer."""
    return round(float((run.deployed == UNSERVED).mean()), 6)


def _figures(outcomes: Outcomes, split: Split, called: Ints) -> list[float]:
    """Mean reward and mean cost of the deployment part."""
    reward = float(picked(outcomes.reward, split.deployment, called).mean())
    cost = float(picked(outcomes.cost, split.deployment, called).mean())
    return [round(reward, 6), float(f"{cost:.6g}")]


if __name__ == "__main__":
    main()
