"""The offline knapsack beside HiGHS and CP-SAT: `python -m benchmarks.knapsack.run`, ten minutes of the CPU.

Needs what `pip install --group bench-knapsack ".[text,replay]"` installs. Writes results.json and README.md
beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from benchmarks.knapsack.instances import (
    FAMILIES,
    HARD,
    POOL,
    SOURCES,
    Instance,
    batch,
    estimated,
    hard,
    priced,
    recorded,
    small,
)
from benchmarks.knapsack.page import FRACTION, PAGE, RESULTS, render, same
from benchmarks.knapsack.solvers import CPSAT, MIP, OURS, SOLVERS, Answer, on_the_clock
from benchmarks.policies.run import BUDGETS
from benchmarks.results.run import checksum, machine
from benchmarks.results.studies import POOLS, ROOT

SEEDS = 50  # instances of every family
LIMIT = 20.0  # CPU seconds
HARD_LIMIT = 10.0
REPEATS = 7
ENOUGH = 4.0  # CPU seconds after which nothing is repeated

ROUTERBENCH = 36_497
MILLION = 1_000_000
BESIDE = (200, 1_000, 5_000, ROUTERBENCH)
ALONE = {ROUTERBENCH: BUDGETS, MILLION: (0.15, 0.5)}


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    found = {
        "machine": machine(),
        "load": round(os.getloadavg()[1], 1),
        "versions": {name: version(name) for name in ("scipy", "ortools")},
        "limits": [LIMIT, HARD_LIMIT],
        "repeats": REPEATS,
        "data": {study.path.relative_to(ROOT).as_posix(): checksum(study.path) for study in (*POOLS, POOL)},
        "agreement": [_agreement(family) for family in FAMILIES],
        "alone": list(_alone()),
        "pools": list(_pools()),
        "beside": list(_beside()),
        "hard": list(_hard()),
    }
    RESULTS.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def _agreement(family: str) -> dict[str, Any]:
    """On how many small instances the optimum is proven, and HiGHS's, who proves it, too."""
    proven = equal = infeasible = 0
    difference, seconds = 0.0, [0.0, 0.0]
    limit = on_the_clock(LIMIT)
    for seed in range(SEEDS):
        given = small(family, seed)
        ours, theirs = (SOLVERS[name](given, limit) for name in (OURS, MIP))
        proven += ours.proven
        agree = ours.proven and theirs.proven and same(ours.value, theirs.value)
        equal += agree
        infeasible += ours.value == -math.inf
        if math.isfinite(ours.value) and math.isfinite(theirs.value):
            difference = max(difference, abs(ours.value - theirs.value))
        seconds = [seconds[0] + ours.seconds, seconds[1] + theirs.seconds]
        if not agree:
            print(f"{given.name}: {ours} and {theirs}", flush=True)
    return {
        "family": family,
        "instances": SEEDS,
        "proven": proven,
        "equal": equal,
        "infeasible": infeasible,
        "difference": difference,
        "seconds": seconds,
    }


def _alone() -> Iterator[dict[str, Any]]:
    limit = on_the_clock(LIMIT)
    for n, fractions in ALONE.items():
        for source in SOURCES:
            for fraction in fractions:
                answer = _median(OURS, batch(source, n, fraction), limit)
                yield {"n": n, "source": source, "fraction": fraction, **answer}


def _pools() -> Iterator[dict[str, Any]]:
    """Whole pools as they are, no row twice, at every budget of the policies' page."""
    limit = on_the_clock(LIMIT)
    for study in POOLS:
        for source, read in (("recorded", recorded), ("estimated", estimated)):
            values, costs = read(study)
            answers = [_median(OURS, priced("", values, costs, fraction), limit) for fraction in BUDGETS]
            n, k = values.shape
            yield {"pool": study.title, "source": source, "n": n, "k": k, "answers": answers}


def _beside() -> Iterator[dict[str, Any]]:
    """Every solver, as far as it gets: who does not finish is not asked for more prompts."""
    for source in SOURCES:
        running = list(SOLVERS)
        for n in BESIDE:
            given = batch(source, n, FRACTION)
            limit = on_the_clock(LIMIT)
            answers = {name: _median(name, given, limit) for name in running}
            print(given.name, answers, flush=True)
            running = [name for name in running if answers[name]["proven"]]
            yield {"source": source, "n": n, "answers": answers}


def _hard() -> Iterator[dict[str, Any]]:
    for kind in HARD:
        given = hard(kind)
        limit = on_the_clock(HARD_LIMIT)
        answers = {name: _figures([SOLVERS[name](given, limit)]) for name in (OURS, MIP, CPSAT)}
        print(given.name, answers, flush=True)
        yield {**kind._asdict(), "answers": answers}


def _median(name: str, given: Instance, limit: float) -> dict[str, Any]:
    """Median seconds of several runs, the answer of the last."""
    start, answers = time.process_time(), [SOLVERS[name](given, limit)]
    while len(answers) < REPEATS and time.process_time() - start < ENOUGH:
        answers.append(SOLVERS[name](given, limit))
    return _figures(answers)


def _figures(answers: list[Answer]) -> dict[str, Any]:
    seconds = [answer.seconds for answer in answers]
    return {
        "seconds": round(statistics.median(seconds), 6),
        "least": round(min(seconds), 6),
        "value": _finite(answers[-1].value),
        "bound": _finite(answers[-1].bound),
        "proven": all(answer.proven for answer in answers),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


if __name__ == "__main__":
    main()
