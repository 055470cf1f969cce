"""The page of the study of priors, from its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.prior.page_tuning import tuning
from pilotage.replay.summary import Interval, interval

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("README.md")

BLIND = "Bradley-Terry, blind to the prompt"
_BASELINE = "linucb"
_COLD = "pilotage, no prior, alpha = 1"  # what the prior has, too
_OURS = "pilotage, calibrated prior"


def render(found: dict[str, Any]) -> str:
    """The whole page, Markdown."""
    return (
        "\n".join(
            [
                _HEAD,
                *_accuracy(found["accuracy"]),
                *_mismatch(found["mismatch"]),
                *tuning(found),
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
        f"| router | regret at {checkpoints[early]:,} | saves of linucb's | of no prior's | "
        f"regret at {checkpoints[end]:,} | minus linucb's | reward at the end minus linucb's | "
        f"greedy reward after {', '.join(f'{n:,}' for n in checkpoints)} | refuted |"
    )
    yield "|---" * 9 + "|"
    cold = np.mean([seed[_COLD]["regret"][early] for seed in seeds])
    base = [np.array([seed[_BASELINE]["regret"][at] for seed in seeds]) for at in (early, end)]
    for name in seeds[0]:
        rewards = np.mean([seed[name]["reward"] for seed in seeds], axis=0)
        shown = ", ".join(f"{reward:.3f}" for reward in rewards)
        if name == "skyline":
            yield f"| {name} | 0 | | | 0 | | | {shown} | |"
            continue
        first, last = (np.array([seed[name]["regret"][at] for seed in seeds]) for at in (early, end))
        saved = f"{100 * (1 - first.mean() / base[0].mean()):.0f} %"
        of_cold = f"{100 * (1 - first.mean() / cold):.0f} %" if _OURS in name else ""
        better = [seed[name]["reward"][end] - seed[_BASELINE]["reward"][end] for seed in seeds]
        deployed = _shown(interval(better), 3, sign=True)
        over = _shown(interval((last - base[1]).tolist()), 0, sign=True)
        refuted = sum(seed[name]["refuted"] for seed in seeds)
        yield (
            f"| {name} | {_shown(interval(first.tolist()), 0)} | {'' if name == _BASELINE else saved} | "
            f"{of_cold} | "
            f"{_shown(interval(last.tolist()), 0)} | {'' if name == _BASELINE else over} | "
            f"{'' if name == _BASELINE else deployed} | {shown} | "
            f"{f'{refuted} of {len(seeds)}' if _OURS in name else ''} |"
        )


def _cost(found: dict[str, Any]) -> Iterator[str]:
    own, twin = found["cost"], found.get("torch")
    yield _COST
    yield "| | seconds | memory beyond the data, MB | held-out accuracy | log loss |"
    yield "|---|---|---|---|---|"
    rows = {
        "the paper's two phases": own["paper"],
        "the same in torch": twin,
        '`Prior.fit(setting="paper", dim=64)`': own["fit-paper"],
        "`Prior.fit(dim=64)`": own["fit-calibrated"],
    }
    for name, row in rows.items():
        if row is not None:
            yield (
                f"| {name} | {row['seconds']:.1f} | {row['megabytes']:.0f} | "
                f"{row['accuracy']:.6f} | {row['log_loss']:.6f} |"
            )


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
online requests. `linucb` and `pilot` play at alpha = 2 as published, `pilotage` at the defaults of `Router`:
1.5, and 1 with a calibrated prior; *of no prior's* is what the prior saves of the regret of the same router
without it, at alpha = 1, so that nothing of it is alpha's. *On psi*: both on the projection that the paper's
phase 1 learned. *Refuted*: in how many seeds rewards refuted the prior within {end:,} requests. The pilot
score has no row with the calibrated prior: a cosine is blind to a model's level, most of what that prior
holds.

What the calibrated prior takes from no data it is fitted on was chosen on other models: how strongly a
profile over prompts and a level are shrunk (3 and 2.5 rewards, of 1 to 30 and 1 to 5), and after how many
rewards it counts half (1,000, of 250 to 1,000 and never). The pools were MMLU-Pro's fourteen base models, and
twelve drawn of ZeroEval's 34, one task deployed after the other; the cases right, swapped and half unknown;
seeds of their own. Nothing was looked at of a model that is deployed below, but ZeroEval's outcomes of four.
Pairs need one constant more, how unequally easy prompts are: 2 logits, by the likelihood of rewards in the
same pools. The regret of the five deployed models was looked at to see why pairs saved but 72 % without it;
it chose no constant.
"""

_HONEST = """\
What to make of it:

* A right prior saves 86 to 93 % of linucb's regret in the first 1,000 requests, and as much where it knows
  pairs alone. Most of it is not alpha's: three quarters and more of the regret of the same router without a
  prior at the same alpha. With pairs the interval is wide, 20 seeds of five models among which there is
  little to regret: 100 further seeds, whose figures are not stored, saved 85 ±3 %, and 75 ±4 % at alpha =
  1.5.
* What pairs lose is lost neither to exploration nor to age: the models they call bad are hardly tried. It is
  the level, which no pair tells. Where rewards are thought to lie further apart than they do, the best model
  disappoints, and the second best is tried in its place: hence the easiness of prompts. A `level` far off
  costs much: on MMLU-Pro's base models, which earn a third, not a half, pairs save 8 % of linucb's regret
  at alpha = 1.5 with the level made up, and 71 % with it known, as much as outcomes do.
* No wrong prior of these ends below linucb by more than the interval. Swapped models are refuted in 12 of 20
  seeds only, because some favourites are right by chance: what is said of models never tried no reward
  can refute. That is why priors age. It costs a right one some regret between 1,000 and 2,500 requests,
  where models are tried again.
* Beside no prior at the same alpha, a wrong one costs 4 rewards of the first 1,000 with labels inverted, and
  17 with models swapped, where it is 29 after 2,500. Inverted pairs cost most, 67 rewards: they count as 100
  rewards of each model, and five models are soon learned without them.
* An inverted prior may stick where rewards are far above what it expects: its favourites then earn what it
  says, and nobody else is tried. On ZeroEval's pools, fitted on one data set and deployed on the other, it
  ends 0.16 below linucb, pairs 0.06, and swapped models' pairs 0.04, at alpha = 1; at 1.5 all three end 0.02
  higher, see further down. `Router(exploration=0.02)` brings the first two to 0.02 below at 1.5, for 3 to 16
  points of what right priors save here. A prior that nobody vouches for is worth that share of requests; it
  is not the default.
* Not taken: a level common to all models, learned on the way. In trials, right pairs of the base models then
  saved a half and more though their level was off, but it explains away what a wrong prior's favourites
  disappoint by: inverted pairs cost up to three times as much.
* Models the prior does not know start from the pool's mean, their profiles shrunk as strongly as those of
  the others, and have to be tried all the same: with half of the pool unknown 61 % are saved, a third of the
  regret of no prior.
* A table's ties would go to the cheaper model: from ZeroEval only pairs are taken whose answers differ, since
  cost does not count here. The paper's prior has the same pairs.
"""

_FOLD = """\
## What folding saves

W times a sum of token vectors is a sum of projected token vectors: a prior's W goes into the packaged
encoder's token table when it is loaded. Text to context on the 1,766 packaged prompts, medians a prompt
of seven rounds by turns, on a machine with other work, so that it is the ratio that counts; both roads give
the same context to within 1e-7. An offset b is added to a *normalised* embedding, so that the paper's
projection takes the two steps.
"""

_COST = """\
## What fitting costs

50,000 pairs of 11 models on 20,000 prompts, 384 -> 64 dimensions; CPU seconds on one core, every row in a
process of its own, imports and compilation left out. The twin in torch has autograd's gradients, torch's
Adam, and the same draws. `Prior.fit` is all of it: the paper's two phases twice, as the held-out figures
come from a fit of their own; phase 1 and the calibrated fit on five folds.
"""
