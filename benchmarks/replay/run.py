"""How long a replay takes: 10,000 prompts, 14 models, 10 seeds, 4 budgets, 6 policies: `make replay`.

The whole of `pilotage replay` is timed, from the file to the means with their intervals, texts encoded once.
Exits with 1 where that takes more than a minute.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from benchmarks.results.run import machine
from benchmarks.results.studies import _CHAT, DATA
from pilotage.replay.data import read_outcomes
from pilotage.replay.progress import progress
from pilotage.replay.run import Plan, run_replay, steps
from pilotage.replay.summary import policy_rows, reference_rows, summarise

PROMPTS = 10_000
PLAN = Plan(
    policies=("pilotage", "pilot", "linucb", "random", "thompson", "epoch-greedy"),
    fractions=(0.1, 0.25, 0.5, 1.0),
    seeds=10,
)
MOST = 60.0  # seconds


def main() -> int:
    started = time.perf_counter()
    outcomes = read_outcomes(DATA / "mmlu_pro.parquet", _CHAT).take(np.arange(PROMPTS))
    with progress(steps(PLAN, outcomes)) as advance:
        replay = run_replay(outcomes, PLAN, jobs=os.cpu_count() or 1, advance=advance)
    summarise([*policy_rows(replay), *reference_rows(replay)])
    seconds = time.perf_counter() - started
    print(
        f"{len(outcomes):,} prompts x {len(outcomes.models)} models x {PLAN.seeds} seeds x "
        f"{len(PLAN.fractions or ())} budgets x {len(PLAN.policies)} policies: {seconds:.1f} s; {machine()}"
    )
    return int(seconds > MOST)


if __name__ == "__main__":
    sys.exit(main())
