"""Plays every study and writes results.json, then the page: `python -m benchmarks.results.run`."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.results.alike import as_many_rewards
from benchmarks.results.page import PAGE, RESULTS, render
from benchmarks.results.studies import BUDGETS, ROOT, SEEDS, STUDIES, Study
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.progress import progress
from pilotage.replay.run import Plan, run_replay, steps
from pilotage.replay.summary import (
    Interval,
    PolicyRow,
    ReferenceRow,
    Summary,
    interval,
    policy_rows,
    reference_rows,
    summarise,
)

PACKAGE = ("cpp", "python/pilotage")  # where all decides what a policy does
AGAIN = 2  # seeds of `pilotage` whose figures are kept as they are, for a test to play again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found = {
        "commit": commit(),
        "machine": machine(),
        "seeds": options.seeds,
        "studies": [_play(study, options.seeds, options.jobs) for study in STUDIES],
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def _play(study: Study, seeds: int, jobs: int) -> dict[str, Any]:
    outcomes = read_outcomes(study.path, study.models)
    fractions = None if study.ceilings else BUDGETS
    plan = Plan(study.policies, fractions, study.ceilings, seeds=seeds, online=study.online)
    with progress(steps(plan, outcomes)) as advance:
        replay = run_replay(outcomes, plan, jobs=jobs, advance=advance)
    rows, references = policy_rows(replay), reference_rows(replay)
    summaries = summarise([*rows, *references])
    embeddings = StaticEncoder().encode(outcomes.prompts).astype(np.float64)
    skylines = {seed: as_many_rewards(outcomes, split, embeddings) for seed, split in replay.splits.items()}
    key: Literal["ceiling_usd", "budget_fraction"] = "ceiling_usd" if study.ceilings else "budget_fraction"
    budgets = []
    for budget in study.ceilings or BUDGETS:
        here = sorted((row for row in references if row[key] == budget), key=itemgetter("seed"))
        alike = [skylines[row["seed"]].played(row["ceiling_usd"])[0] for row in here]
        ours = sorted(
            (row for row in rows if row["policy"] == "pilotage" and row[key] == budget),
            key=itemgetter("seed"),
        )
        most = {
            summary.policy: max(
                row["cost"] / row["ceiling_usd"]
                for row in rows
                if row["policy"] == summary.policy and row[key] == budget
            )
            for summary in summaries
        }
        budgets.append(
            {
                "budget": budget,
                "references": _references(here),
                "alike": _figures(interval(alike)),
                "over_alike": _figures(
                    interval([row["reward"] - other for row, other in zip(ours, alike, strict=True)])
                ),
                "gap": _figures(interval([row["skyline"] - row["envelope"] for row in here])),
                "policies": [
                    _policy(summary, most[summary.policy])
                    for summary in summaries
                    if getattr(summary, key) == budget
                ],
            }
        )
    split = replay.splits[0]
    return {
        "title": study.title,
        "data": study.path.relative_to(ROOT).as_posix(),
        "sha256": checksum(study.path),
        "prompts": len(outcomes),
        "learning": len(split.learning),
        "deployment": len(split.deployment),
        "best_models": sorted({row["best_model"] for row in references}),
        "ceilings": study.ceilings is not None,
        "budgets": budgets,
        "again": [_again(row, key) for row in rows if row["policy"] == "pilotage" and row["seed"] < AGAIN],
    }


def play_again(study: Study) -> list[dict[str, float]]:
    """What `pilotage` earns and pays in the first seeds, by budget and seed: as results.json has it."""
    fractions = None if study.ceilings else BUDGETS
    plan = Plan(("pilotage",), fractions, study.ceilings, seeds=AGAIN, online=study.online)
    rows = policy_rows(run_replay(read_outcomes(study.path, study.models), plan))
    return [_again(row, "ceiling_usd" if study.ceilings else "budget_fraction") for row in rows]


def _again(row: PolicyRow, key: Literal["ceiling_usd", "budget_fraction"]) -> dict[str, float]:
    budget = row[key]
    assert budget is not None
    return {"budget": budget, "seed": row["seed"], "reward": row["reward"], "cost": row["cost"]}


def _references(rows: list[ReferenceRow]) -> dict[str, list[float]]:
    marks = {
        "envelope": [row["envelope"] for row in rows],
        "skyline": [row["skyline"] for row in rows],
        "oracle": [row["oracle"] for row in rows],
        "best model": [row["best_model_reward"] for row in rows],
    }
    return {name: _figures(interval(values)) for name, values in marks.items()}


def _policy(summary: Summary, most: float) -> dict[str, Any]:
    return {
        "policy": summary.policy,
        "reward": _figures(summary.reward),
        "share_of_best": _figures(summary.share_of_best),
        "spent": summary.cost.mean / summary.ceiling_usd,
        "most_spent": most,
        "realised": summary.cost.mean / summary.expected_cost.mean if summary.expected_cost.mean else 1.0,
        "served": summary.served.mean,
        "over_envelope": _figures(summary.over_envelope),
        "over_skyline": _figures(summary.over_skyline),
    }


def _figures(value: Interval) -> list[float]:
    return [round(value.mean, 6), round(value.half_width, 6)]


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def commit() -> str:
    """The last commit that changed the package: what was played, whatever else came later.

    `-dirty` where it was changed since.
    """
    last = _git("log", "-1", "--format=%h", "--abbrev=12", "--", *PACKAGE)
    return last + ("-dirty" if _git("status", "--porcelain", "--", *PACKAGE) else "")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
