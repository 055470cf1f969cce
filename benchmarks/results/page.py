"""results.json -> RESULTS.md: nothing on the page was typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "RESULTS.md"
RESULTS = Path(__file__).with_name("results.json")

_GOAL = 0.9  # of a wide gap

_HEAD = """\
# Results

Written by `make results`; nothing here was typed. Package at commit {commit}, {machine}, {seeds} seeds.

Every policy sees the same prompts in the same order (one shuffle per seed), learns on one half of them from
the reward of the one model it called, and serves the other half under the budget, a share of the cost of the
best single model there; under ParetoBandit's ceilings, dollars a request, every policy that learns goes on
learning while it serves. Prices, mean lengths and the threshold's bounds are estimated on the learning half.
`pilotage` spends under the same budget per request while it learns; `pilot` and `linucb`, as published, learn
without one. `+zcl` and `+dual` name the policy that spends the money. An unserved request scores 0.

The envelope is the best mixture of single models that does not look at the prompt, with hindsight; refusing
requests is part of the mixture. The skyline is a ridge regression with full information; it serves everybody.
The oracle knows every outcome. Some prompts of MMLU-Pro and RouteLLM are there twice, so that a policy may
have learned from the text that it serves: [data](data/README.md) counts them. ± is the 95 % interval over
seeds; differences are paired by seed.

*spent*: mean realised cost over the budget; *most*: the same in the dearest seed. *realised*: realised cost
over expected cost, the error of the estimate: without `max_tokens` the last calls can overrun a budget by it.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    parts = [_verdicts(found["studies"]), *map(_study, found["studies"])]
    return "\n".join([_HEAD.format(**found), *("\n".join(part) for part in parts)])


def _verdicts(studies: list[dict[str, Any]]) -> Iterator[str]:
    alike = [budget["over_alike"] for study in studies for budget in study["budgets"]]
    ahead, behind = (sum(sign * mean > half for mean, half in alike) for sign in (1, -1))
    yield f"""\
## The verdict

How much of the way from the envelope to the skyline `pilotage` goes with bandit feedback only. The gap is
*wide* where it is three times its own interval; there the goal is {100 * _GOAL:g} % of it, elsewhere to lie
above the envelope by more than the interval.

The skyline is told K rewards a prompt, `pilotage` one. *As many rewards*: `pilotage` minus the same ridge
that was told all outcomes, too, but on one learning prompt of K only: as many rewards as bandit feedback
gives, drawn evenly and for nothing. What `pilotage` lacks to the skyline and not to this one, it was never
told. Where learning goes on, `pilotage` hears more than that ridge while it serves. It is ahead of it by more
than the interval at {ahead} of {len(alike)} budgets, behind at {behind}.

The defaults of `Router` were chosen on learning halves alone, cut again into learning and judging, but for
two steps: of two candidates that were equal there within the noise, the one that had done worse on deployment
halves was dropped; and that lengths of answers are worth sharing between models was first seen on deployment
halves, before learning halves confirmed it and chose how strongly. Read differences of a few
thousandths with that in mind.
"""
    yield "| data, pool | budget | gap | wide | - envelope | of the gap | verdict | - as many rewards |"
    yield "|---|---|---|---|---|---|---|---|"
    for study in studies:
        for budget in study["budgets"]:
            (row,) = (row for row in budget["policies"] if row["policy"] == "pilotage")
            yield _verdict(study, budget, row["over_envelope"])
    yield ""


def _verdict(study: dict[str, Any], budget: dict[str, Any], over: list[float]) -> str:
    gap, gap_interval = budget["gap"]
    wide = gap >= 3.0 * gap_interval
    if wide and over[0] >= _GOAL * gap:
        verdict = "met"
    elif over[0] < -over[1]:
        verdict = "below the envelope"
    elif wide:
        verdict = "short"
    else:
        verdict = "met" if over[0] > over[1] else "level with the envelope"
    share = f"{100 * over[0] / gap:.0f} %" if wide else "-"
    cells = [
        study["title"],
        _budget(study, budget),
        _interval(budget["gap"]),
        "yes" if wide else "no",
        _interval(over, "+.3f"),
        share,
        verdict,
        _interval(budget["over_alike"], "+.3f"),
    ]
    return f"| {' | '.join(cells)} |"


def _budget(study: dict[str, Any], budget: dict[str, Any]) -> str:
    return f"${budget['budget']:.1e}" if study["ceilings"] else f"{100 * budget['budget']:g} %"


def _study(study: dict[str, Any]) -> Iterator[str]:
    yield f"## {study['title']}\n"
    yield (
        f"`{study['data']}` (sha256 {study['sha256'][:16]}...), {study['prompts']:,} prompts: "
        f"{study['learning']:,} to learn from, {study['deployment']:,} served. "
        f"Best model: {', '.join(study['best_models'])}.\n"
    )
    for budget in study["budgets"]:
        shown = budget["references"] | {"skyline of as many rewards": budget["alike"]}
        marks = ", ".join(f"{name} {_interval(figures)}" for name, figures in shown.items())
        unit = "a request" if study["ceilings"] else "of the best model's cost"
        yield f"**{_budget(study, budget)} {unit}**: {marks}.\n"
        yield "| policy | reward | of best | served | spent | most | realised | - envelope | - skyline |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for row in sorted(budget["policies"], key=lambda row: -row["reward"][0]):
            yield _row(row)
        yield ""


def _row(row: dict[str, Any]) -> str:
    name = f"**{row['policy']}**" if row["policy"] == "pilotage" else row["policy"]
    cells = [
        name,
        _interval(row["reward"]),
        _percent(row["share_of_best"][0]),
        _percent(row["served"]),
        _percent(row["spent"]),
        _percent(row["most_spent"]),
        _percent(row["realised"]),
        _interval(row["over_envelope"], "+.3f"),
        _interval(row["over_skyline"], "+.3f"),
    ]
    return f"| {' | '.join(cells)} |"


def _interval(figures: list[float], spec: str = ".3f") -> str:
    mean, half_width = figures
    return f"{mean:{spec}} ±{half_width:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
