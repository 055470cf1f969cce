"""Plays the study of priors, writes results.json, then the page: `python -m benchmarks.prior.run`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.prior import accuracy, fold, mismatch, pair_tuning, tuning
from benchmarks.prior.page import PAGE, RESULTS, render
from benchmarks.results.studies import SEEDS
from pilotage.replay.progress import progress

_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_COSTS = ("paper", "fit-paper", "fit-calibrated")
PARTS = ("accuracy", "mismatch", "fold", "cost", "torch", "tuning", "pairs", "alpha")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=PARTS[:4], help="the others stay as they are"
    )
    options = parser.parse_args()
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    for part in options.parts:
        for played in _play(part, options.seeds):
            found[part] = played
            RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def _play(part: str, seeds: int) -> Iterator[Any]:
    """What there is to write, as far as it was played."""
    if part == "accuracy":
        yield accuracy.play(seeds)
    elif part == "fold":
        yield fold.play()
    elif part == "mismatch":
        yield from _mismatch(seeds)
    elif part == "tuning":
        yield {"choices": tuning.choices(), "false_alarms": tuning.false_alarms()}
    elif part == "alpha":
        yield tuning.alphas()
    elif part == "pairs":
        yield {"easiness": pair_tuning.easiness(), "deployed": pair_tuning.deployed()}
    elif part == "cost":
        yield {what: _cost(what) for what in _COSTS}
    else:
        yield _cost(part)


def _cost(what: str) -> dict[str, float]:
    """Measured in a process of its own, on one core."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.prior.cost", what],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **_ONE_CORE},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _mismatch(seeds: int) -> Iterator[Any]:
    studies = list(mismatch.scenarios())
    phi = mismatch.embeddings([study.present.prompts for study in studies] + [mismatch.zeroeval_prompts()])
    played: dict[str, list[Any]] = {study.name: [] for study in studies}
    with progress(len(studies) * seeds) as advance:
        for seed in range(seeds):
            for study in studies:
                played[study.name].append(mismatch.play(study, seed, phi))
                advance(f"{study.name}, seed {seed}")
            rows = [{"scenario": name, "seeds": each} for name, each in played.items()]
            yield {"checkpoints": mismatch.CHECKPOINTS, "scenarios": rows}


if __name__ == "__main__":
    main()
