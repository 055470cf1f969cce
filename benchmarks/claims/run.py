"""Plays all of it and writes results.json, then the page: `make claims`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from benchmarks.claims import encoders, pricing, protocol, robustness, theory, timing
from benchmarks.claims.page import PAGE, RESULTS, render
from benchmarks.claims.world import POOLS, SINGLE, World
from benchmarks.results.run import checksum, commit, machine
from benchmarks.results.studies import ROOT
from pilotage.replay.progress import activity

SEEDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    found: dict[str, Any] = {"commit": commit(), "machine": machine(), "seeds": options.seeds, "pools": []}
    found["single"] = []
    with activity() as advance:
        for pool in POOLS:
            advance(pool.title)
            found["pools"].append(_pool(World(pool), options.seeds))
        for pool in SINGLE:
            advance(pool.title)
            world = World(pool)
            found["single"].append({**_what(world), **protocol.study(world, options.seeds)})
        advance("regret bound")
        found["theory"] = theory.simulate(options.seeds)
    RESULTS.write_text(
        json.dumps(found, separators=(",", ":")).replace("],", "],\n") + "\n", encoding="utf-8"
    )
    PAGE.write_text(render(found), encoding="utf-8")


def _pool(world: World, seeds: int) -> dict[str, Any]:
    return {
        **_what(world),
        **protocol.study(world, seeds),
        "encoders": encoders.study(world, seeds),
        "hindsight": pricing.hindsight(world, seeds),
        "noise": robustness.noise(world, seeds),
        "drift": robustness.drift(world, seeds),
        "routing": timing.routing(world),
    }


def _what(world: World) -> dict[str, Any]:
    split = world.split(0)
    return {
        "title": world.pool.title,
        "data": world.pool.path.relative_to(ROOT).as_posix(),
        "sha256": checksum(world.pool.path),
        "parts": [len(split.tuning), len(split.learning), len(split.deployment)],
        "binary": world.pool.binary,
    }


if __name__ == "__main__":
    main()
