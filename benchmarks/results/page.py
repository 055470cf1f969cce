"""results.json -> RESULTS.md: nothing on the page was typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "RESULTS.md"
RESULTS = Path(__file__).with_name("results.json")

_HEAD = """\
# Results

Written by `make results`; nothing here was typed. Commit {commit}, {machine}, {seeds} seeds.

Every policy sees the same prompts in the same order (one shuffle per seed), learns on one half of them from
the reward of the one model it called, and serves the other half under the budget, a share of the cost of the
best single model there. Prices, mean lengths and the threshold's bounds are estimated on the learning half.
`pilotage` spends under the same budget per request while it learns; `pilot` and `linucb`, as published, learn
without one. `+zcl` and `+dual` name the policy that spends the money. An unserved request scores 0.

The envelope is the best mixture of single models that does not look at the prompt, with hindsight; refusing
requests is part of the mixture. The skyline is a ridge regression with full information; it serves everybody.
The oracle knows every outcome. ± is the 95 % interval over seeds; differences are paired by seed.

*spent*: mean realised cost over the budget; *most*: the same in the dearest seed. *realised*: realised cost
over expected cost, the error of the estimate: without `max_tokens` the last calls can overrun a budget by it.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    return "\n".join([_HEAD.format(**found), *("\n".join(_study(study)) for study in found["studies"])])


def _study(study: dict[str, Any]) -> Iterator[str]:
    yield f"## {study['title']}\n"
    yield (
        f"`{study['data']}` (sha256 {study['sha256'][:16]}...), {study['prompts']:,} prompts: "
        f"{study['learning']:,} to learn from, {study['deployment']:,} served. "
        f"Best model: {', '.join(study['best_models'])}.\n"
    )
    for budget in study["budgets"]:
        marks = ", ".join(f"{name} {_interval(figures)}" for name, figures in budget["references"].items())
        yield f"**{100 * budget['fraction']:g} % of the best model's cost**: {marks}.\n"
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
