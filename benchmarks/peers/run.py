"""Plays the peers beside ours and writes results.json, then the page: `make peers`."""

from __future__ import annotations

import argparse
import json
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.claims.world import POOLS, Variant, World
from benchmarks.peers import adaptive, learners, pareto
from benchmarks.peers.page import PAGE, RESULTS, render
from benchmarks.results.run import checksum, commit, machine
from benchmarks.results.studies import _THREE, CEILINGS, PACKAGED, ROOT
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.engine import play
from pilotage.replay.outcomes import Ints, Outcomes
from pilotage.replay.policies import Policy
from pilotage.replay.prices import list_prices
from pilotage.replay.progress import activity
from pilotage.replay.references import envelope
from pilotage.replay.runs import Split, picked
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
    found: dict[str, Any] = {
        "commit": commit(),
        "machine": machine(),
        "seeds": options.seeds,
        "versions": {name: metadata.version(name) for name in PEERS},
        "learning": LEARNING,
    }
    with activity() as advance:
        advance("ParetoBandit")
        found["ceilings"] = _ceilings(options.seeds)
        found["pools"] = []
        for pool in POOLS:
            advance(pool.title)
            found["pools"].append(_pool(World(pool), options.seeds))
    RESULTS.write_text(
        json.dumps(found, separators=(",", ":")).replace("],", "],\n") + "\n", encoding="utf-8"
    )
    PAGE.write_text(render(found), encoding="utf-8")


def _ceilings(seeds: int) -> dict[str, Any]:
    """ParetoBandit's validation data under its ceilings, learning on: [reward, cost] by router and seed."""
    path = PACKAGED / "paretobandit.parquet"
    outcomes = read_outcomes(path, _THREE)
    embeddings = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    table = Table(outcomes.models, embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    played: list[dict[str, Any]] = [{"ceiling": ceiling, "routers": {}} for ceiling in CEILINGS]
    for seed in range(seeds):
        split = split_outcomes(len(outcomes), seed)
        prices = list_prices(outcomes, split.estimation)
        for each in played:
            ceiling = each["ceiling"]
            for name in ("pilotage", "pilotage+pacer"):
                (run,) = play(table, split, prices, name, [Limit(None, ceiling)], seed=seed, online=True)
                _add(each["routers"], name, _figures(outcomes, split, run.deployed))
            best = pareto.tuned(outcomes, embeddings, split, ceiling, seed)
            for setting in (pareto.DEFAULTS, pareto.PAPER, best):
                called = pareto.play(outcomes, embeddings, split, setting, ceiling, seed)
                _add(each["routers"], setting.name, _figures(outcomes, split, called))
            deploy = split.deployment
            mark = envelope(outcomes.reward[deploy], outcomes.cost[deploy], ceiling)
            _add(each["routers"], "envelope", [round(mark, 6), ceiling])
    return {
        "data": path.relative_to(ROOT).as_posix(),
        "sha256": checksum(path),
        "models": list(outcomes.models),
        "played": played,
    }


def _pool(world: World, seeds: int) -> dict[str, Any]:
    """[reward, cost] by router, one for each budget, and seed; LiteLLM's has no budget."""
    outcomes = world.outcomes
    table = Table(outcomes.models, world.embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    found: dict[str, Any] = {
        "title": world.pool.title,
        "data": world.pool.path.relative_to(ROOT).as_posix(),
        "sha256": checksum(world.pool.path),
        "budgets": list(BUDGETS),
        "best": [],
        "routers": {},
        "free": {},
    }
    for seed in range(seeds):
        split = world.split(seed, LEARNING)
        limits, marks = world.limits(split, BUDGETS), world.marks(split, world.limits(split, BUDGETS))
        found["best"].append([marks["best_reward"], marks["best_cost"]])
        for mark in ("envelope", "skyline"):
            _add(found["routers"], mark, [[value, limit.ceiling_usd] for value, limit in
                                          zip(marks[mark], limits, strict=True)])  # fmt: skip
        for name in OURS:
            runs = world.play(Variant(name), split, limits, seed)
            _add(found["routers"], name, [_figures(outcomes, split, run.deployed) for run in runs])
        prices = list_prices(outcomes, split.estimation)
        for peer, grid in learners.GRIDS.items():
            best = _tuned(world, table, split, grid, seed)
            for name, make in ((f"{peer}, defaults", grid[0]), (f"{peer}, tuned", best)):
                more = {name: learners.policy(name, make)}
                runs = play(table, split, prices, name, limits, seed=seed, more=more)
                _add(found["routers"], name, [_figures(outcomes, split, run.deployed) for run in runs])
        _free(world, split, seed, found["free"])
    return found


def _tuned(world: World, table: Table, split: Split, grid: Any, seed: int) -> Any:
    """What earns most at 25 % on the second half of the tuning prompts."""
    half = len(split.tuning) // 2
    inner = Split(split.tuning[:0], split.tuning[:half], split.tuning[half:])
    limits, prices = world.limits(inner, (0.25,)), list_prices(world.outcomes, inner.estimation)

    def worth(make: Any) -> float:
        more: dict[str, Policy] = {"tried": learners.policy("tried", make)}
        (run,) = play(table, inner, prices, "tried", limits, seed=seed, more=more)
        return world.reward(inner, run.deployed)

    return max(grid, key=worth)


def _free(world: World, split: Split, seed: int, found: dict[str, Any]) -> None:
    """LiteLLM's adaptive router, and beside it what `pilotage` and a blind mixture do with as much money."""
    outcomes = world.outcomes
    spent = _figures(outcomes, split, adaptive.play(outcomes, split, seed))
    limit = Limit(None, spent[1])
    (ours,) = world.play(Variant("pilotage"), split, [limit], seed, online=True)
    deploy = split.deployment
    mark = envelope(outcomes.reward[deploy], outcomes.cost[deploy], spent[1])
    _add(found, "litellm", spent)
    _add(found, "pilotage", _figures(outcomes, split, ours.deployed))
    _add(found, "envelope", [round(mark, 6), spent[1]])


def _figures(outcomes: Outcomes, split: Split, called: Ints) -> list[float]:
    """Mean reward and mean cost of the deployment part."""
    reward = float(picked(outcomes.reward, split.deployment, called).mean())
    cost = float(picked(outcomes.cost, split.deployment, called).mean())
    return [round(reward, 6), float(f"{cost:.6g}")]


def _add(found: dict[str, Any], name: str, figures: Any) -> None:
    found.setdefault(name, []).append(figures)


if __name__ == "__main__":
    main()
