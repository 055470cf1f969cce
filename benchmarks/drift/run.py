"""Plays every scenario, writes results.json, then the page: `python -m benchmarks.drift.run`."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from benchmarks.drift.page import PAGE, QUARTERS, RESULTS, render
from benchmarks.drift.players import PLAYERS, Player, players
from benchmarks.drift.scenarios import (
    CEILINGS,
    DATASET,
    FLASH,
    MISTRAL,
    SCENARIOS,
    Phase,
    Scenario,
    outcomes_and_vectors,
    phases,
)
from benchmarks.results.run import checksum
from benchmarks.results.studies import ROOT, SEEDS
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.progress import progress
from pilotage.replay.references import envelope


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    outcomes, own, components = outcomes_and_vectors()
    played = []
    with progress(len(SCENARIOS) * options.seeds) as advance:
        for scenario in SCENARIOS:
            streams = []
            for seed in range(options.seeds):
                streams.append(play(outcomes, own, components, scenario, seed))
                advance(f"{scenario.title}, seed {seed}")
            played.append({"title": scenario.title, "ceilings": _by_ceiling(streams)})
    found = {
        "seeds": options.seeds,
        "data": DATASET.relative_to(ROOT).as_posix(),
        "sha256": checksum(DATASET),
        "prompts": len(outcomes),
        "scenarios": played,
    }
    RESULTS.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def play(outcomes: Outcomes, own: Any, components: Any, scenario: Scenario, seed: int) -> dict[str, Any]:
    """By ceiling and player, one row for each phase that counts: see `_phase`."""
    stream = phases(outcomes, scenario, seed)
    found: dict[str, Any] = {}
    for name, made in players(outcomes, own, components, stream[0].rows, stream[0].world, seed):
        for ceiling, usd in CEILINGS.items():
            player = made(usd)
            rows = [_phase(player, phase) for phase in stream]
            found.setdefault(ceiling, {})[name] = rows[1:]
    for ceiling, usd in CEILINGS.items():
        found[ceiling]["envelope"] = [_mixture(phase, usd) for phase in stream[1:]]
    return found


def _phase(player: Player, phase: Phase) -> list[float]:
    """Mean reward, mean cost in US dollars, share of the newcomer, and of it in the last 200 requests.

    Then the share of Mistral in each quarter of the phase.
    """
    player.follow(phase.world)
    chosen = np.empty(len(phase.rows), dtype=np.int64)
    for i, row in enumerate(phase.rows):
        k = player.choose(int(row))
        player.told(float(phase.world.cost[row, k]), float(phase.world.reward[row, k]))
        chosen[i] = k
    reward = phase.world.reward[phase.rows, chosen].mean()
    cost = phase.world.cost[phase.rows, chosen].mean()
    joined = chosen == FLASH
    quarters = (quarter.mean() for quarter in np.array_split(chosen == MISTRAL, QUARTERS))
    return [_digits(x) for x in (reward, cost, joined.mean(), joined[-200:].mean(), *quarters)]


def _mixture(phase: Phase, usd: float) -> list[float]:
    """What the best query-blind mixture of the phase's models earns within the ceiling."""
    cells = np.ix_(phase.rows, phase.world.pool)
    return [_digits(envelope(phase.world.reward[cells], phase.world.cost[cells], usd))]


def _digits(x: float) -> float:
    return float(f"{x:.6g}")


def _by_ceiling(streams: list[dict[str, Any]]) -> dict[str, Any]:
    names = (*PLAYERS, "envelope")
    return {
        ceiling: {name: [stream[ceiling][name] for stream in streams] for name in names}
        for ceiling in CEILINGS
    }


if __name__ == "__main__":
    main()
