"""The page of the study of priors, from its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pilotage.replay.summary import Interval, interval

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("README.md")

BLIND = "Bradley-Terry, blind to the prompt"
_BASELINE = "linucb"
_OURS = "pilotage, calibrated prior"


def render(found: dict[str, Any]) -> str:
    """The whole page, Markdown."""
    return (
        "\n".join(
            [
                _HEAD,
                *_accuracy(found["accuracy"]),
                *_mismatch(found["mismatch"]),
                *_fold(found["fold"]),
                *_cost(found),
            ]
        )
        + "\n"
    )


def _accuracy(methods: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    seeds = len(methods[BLIND])
    yield _ACCURACY.format(seeds=seeds)
    yield "| method | accuracy | minus Bradley-Terry | log loss |"
    yield "|---|---|---|---|"
    blind = np.array([row["accuracy"] for row in methods[BLIND]])
    for name, rows in methods.items():
        right = np.array([row["accuracy"] for row in rows])
        loss = interval([row["log_loss"] for row in rows])
        gain = "" if name == BLIND else _shown(interval((right - blind).tolist()), 4, sign=True)
        yield f"| {name} | {_shown(interval(right.tolist()), 3)} | {gain} | {_shown(loss, 3)} |"
    yield ""


def _mismatch(part: dict[str, Any]) -> Iterator[str]:
    checkpoints = part["checkpoints"]
    yield _MISMATCH.format(seeds=len(part["scenarios"][0]["seeds"]), end=checkpoints[-1])
    for scenario in part["scenarios"]:
        yield f"### {scenario['scenario']}\n"
        yield from _scenario(scenario["seeds"], checkpoints)
        yield ""
    yield _HONEST


def _scenario(seeds: list[dict[str, Any]], checkpoints: list[int]) -> Iterator[str]:
    early, end = checkpoints.index(1000), len(checkpoints) - 1
    yield (
        f"| router | regret at {checkpoints[early]:,} | saves of linucb's | regret at {checkpoints[end]:,} | "
        f"minus linucb's | reward at the end minus linucb's | "
        f"greedy reward after {', '.join(f'{n:,}' for n in checkpoints)} | refuted |"
    )
    yield "|---" * 8 + "|"
    base = [np.array([seed[_BASELINE]["regret"][at] for seed in seeds]) for at in (early, end)]
    for name in seeds[0]:
        rewards = np.mean([seed[name]["reward"] for seed in seeds], axis=0)
        shown = ", ".join(f"{reward:.3f}" for reward in rewards)
        if name == "skyline":
            yield f"| {name} | 0 | | 0 | | | {shown} | |"
            continue
        first, last = (np.array([seed[name]["regret"][at] for seed in seeds]) for at in (early, end))
        saved = f"{100 * (1 - first.mean() / base[0].mean()):.0f} %"
        better = [seed[name]["reward"][end] - seed[_BASELINE]["reward"][end] for seed in seeds]
        deployed = _shown(interval(better), 3, sign=True)
        over = _shown(interval((last - base[1]).tolist()), 0, sign=True)
        refuted = sum(seed[name]["refuted"] for seed in seeds)
        yield (
            f"| {name} | {_shown(interval(first.tolist()), 0)} | {'' if name == _BASELINE else saved} | "
            f"{_shown(interval(last.tolist()), 0)} | {'' if name == _BASELINE else over} | "
            f"{'' if name == _BASELINE else deployed} | {shown} | "
            f"{f'{refuted} of {len(seeds)}' if _OURS in name else ''} |"
        )


def _cost(found: dict[str, Any]) -> Iterator[str]:
    own, twin = found["cost"], found.get("torch")
    yield _COST
    yield "| | seconds | memory beyond the data, MB | held-out accuracy | log loss |"
    yield "|---|---|---|---|---|"
    yield (
        f"| paper, both phases | {own['paper_seconds']:.1f} | {own['megabytes']:.0f} | "
        f"{own['paper_accuracy']:.6f} | {own['paper_log_loss']:.6f} |"
    )
    if twin is not None:
        yield (
            f"| the same in torch | {twin['paper_seconds']:.1f} | {twin['megabytes']:.0f} | "
            f"{twin['paper_accuracy']:.6f} | {twin['paper_log_loss']:.6f} |"
        )
    right, seconds = own["calibrated_accuracy"], own["calibrated_seconds"]
    yield f"| calibrated, five folds | {seconds:.1f} | | {right:.6f} | |"


def _fold(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield _FOLD
    yield "| W | numbers a token | folded, us | two steps, us | ratio |"
    yield "|---|---|---|---|---|"
    for row in rows:
        folded, apart = (row["microseconds"][name] for name in ("folded", "two steps"))
        yield (
            f"| {row['dim']} x {row['embedding']} | {row['dim']} instead of {row['embedding']} | "
            f"{folded:.1f} | {apart:.1f} | {apart / folded:.2f} |"
        )
    yield ""


def _shown(value: Interval, digits: int, *, sign: bool = False) -> str:
    mean = f"{value.mean:+.{digits}f}" if sign else f"{value.mean:.{digits}f}"
    return f"{mean} ±{value.half_width:.{digits}f}"


_HEAD = """\
# Priors: what preferences are worth before the first request

Written by `python -m benchmarks.prior.run` from `results.json`. Intervals are 95 % over seeds.
"""

_ACCURACY = """\
## Who wins a vote?

MT-bench, 2,575 human votes that are no ties, on 80 questions of two turns and six models. Each of {seeds}
seeds leaves a fifth of the questions out; penalties and stopping are chosen within the others.
Differences are within a seed.
"""

_MISMATCH = """\
## Right and wrong priors, deployed

MMLU-Pro, no budget, {seeds} seeds. A prior is fitted on the past that the heading names and deployed on
prompts of other tasks, or of another data set. *Regret* is cumulative, in rewards, against a ridge
regression with every model's outcome. *Greedy reward* is that on 1,000 prompts kept apart, after so many
online requests. `linucb` and `pilot` play at alpha = 2 as published, `pilotage` at alpha = 1 and
strength = 1. *On psi*: both on the projection that the paper's phase 1 learned. *Refuted*: in how many seeds
rewards refuted the prior within {end:,} requests.
"""

_HONEST = """\
What to make of it:

* The one constant of the calibrated prior, how strongly a model's profile over prompts is shrunk to its
  level, was chosen on the first six splits of the first scenario. Weaker shrinkage predicts held-out
  tasks better and decides worse.
* Models the prior does not know start from the pool's mean and have to be tried: with half of the pool
  unknown the prior saves no more than `pilotage` does without it.
* A prior with all labels inverted is refuted in every seed, within a few dozen requests. With models
  swapped it is refuted in half of the seeds only, because some favourites are right by chance; its regret
  stays below linucb's, but the greedy reward at the end is lower: rewards correct the models it favours, and
  those it thinks little of are tried late.
* `pilotage` explores less than alpha = 2, which is part of what is saved: compare with `pilotage, no
  prior`.
* A table's ties would go to the cheaper model: from ZeroEval only pairs are taken whose answers differ, since
  cost does not count here. The paper's prior has the same pairs.
"""

_FOLD = """\
## What folding saves

W times a sum of token vectors is a sum of projected token vectors: a prior's W goes into the packaged
encoder's token table when it is loaded. Text to context on the 1,766 packaged prompts, medians a prompt
of seven rounds by turns; both roads give the same context to within 1e-7. An offset b is added to a
*normalised* embedding, so that the paper's projection takes the two steps.
"""

_COST = """\
## What fitting costs

50,000 pairs of 11 models on 20,000 prompts, 384 -> 64 dimensions, CPU seconds on one core. The twin in
torch has autograd's gradients, torch's Adam, and the same draws.
"""
