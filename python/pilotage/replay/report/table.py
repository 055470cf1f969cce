"""The table in the terminal: one block per budget, the best policy first, what is possible at its foot."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pilotage.replay.notes import notes
from pilotage.replay.report import style
from pilotage.replay.runs import Reference, Replay
from pilotage.replay.summary import Interval, Summary, policy_rows, reference_rows, summarise

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

HEADERS = ("policy", "reward", "best%", "cost%", "saved%", "served", "vs envelope", "vs skyline")
_NOTE = """
±: 95 % interval over seeds.  best%, cost%: of the best model's reward, cost.
saved%: of what the cheapest blind mixture of models costs that earns as much.
vs: difference in reward, paired by seed.  *: its interval excludes 0."""
_COLOURS = {"+": "green", "-": "red", "": ""}


def by_budget(replay: Replay) -> dict[float, list[Summary]]:
    """Return the summaries of every budget, small budgets first, the highest reward first."""
    summaries = summarise([*policy_rows(replay), *reference_rows(replay)])
    return {
        budget: sorted(
            (each for each in summaries if style.budget_key(each) == budget), key=lambda s: -s.reward.mean
        )
        for budget in style.budgets_of(replay)
    }


def print_table(replay: Replay, console: Console | None = None) -> None:
    """Print one table per budget.

    Parameters
    ----------
    console : where to; by default stdout, with colours if that is a terminal, else plain and 100 wide

    Raises
    ------
    ImportError
        If rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError as error:
        raise ImportError('tables need rich: pip install "pilotage[replay]"') from error
    if console is None:
        console = Console(width=None if sys.stdout.isatty() else 100)
    outcomes = replay.outcomes
    sizes = {"prompt": len(outcomes), "model": len(outcomes.models), "seed": len(replay.splits)}
    size = ", ".join(style.count(number, thing) for thing, number in sizes.items())
    console.print(Text(f"{outcomes.name}: {size}"))
    for note in notes(replay):
        console.print(Text(note, style="yellow"))
    for budget, summaries in by_budget(replay).items():
        console.print()
        console.print(Text(f"Budget: {style.budget_words(replay, budget)}", style="bold"))
        console.print(_table(replay, budget, summaries, console.width))
    console.print(Text(_NOTE, style="dim"))


def _table(replay: Replay, budget: float, summaries: Sequence[Summary], width: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    policies = [_policy_cells(each, replay) for each in summaries]
    references = [
        (name, f"{reward:.3f}", *(_hundred(each) for each in (share, cost)), "", "", "", "")
        for name, reward, share, cost in reference_lines(replay, budget)
    ]
    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False, header_style="bold")
    widths = [max(map(len, column)) for column in zip(HEADERS, *policies, *references, strict=True)]
    # Figures are never cut: where the width is short, names give way.
    widths[0] = max(8, min(widths[0], width - sum(widths[1:]) - (len(widths) - 1)))
    for header, column in zip(HEADERS, widths, strict=True):
        left = header == "policy" or header.startswith("vs")
        table.add_column(header, justify="left" if left else "right", no_wrap=True, width=column)
    for cells, each in zip(policies, summaries, strict=True):
        cheaper, *better = (_COLOURS[sign(of)] for of in (each.saved, each.over_envelope, each.over_skyline))
        styles = ("bold" if each.policy == "pilotage" else "", "", "", "", cheaper, "", *better)
        fitted = (style.shorten(cells[0], widths[0]), *cells[1:])
        table.add_row(*(Text(cell, style=look) for cell, look in zip(fitted, styles, strict=True)))
    table.add_section()
    for cells in references:
        table.add_row(*(Text(cell, style="dim") for cell in (style.shorten(cells[0], widths[0]), *cells[1:])))
    return table


def _policy_cells(each: Summary, replay: Replay) -> tuple[str, ...]:
    return (
        style.short_policy(each.policy, replay.outcomes.models),
        plus_minus(each.reward),
        *(_hundred(share.mean) for share in (each.share_of_best, each.cost_ratio)),
        saved(Interval(each.saved.mean, math.nan), 0) + ("*" if sign(each.saved) else " "),
        _hundred(each.served.mean),
        *(
            signed(difference) + ("*" if sign(difference) else "")
            for difference in (each.over_envelope, each.over_skyline)
        ),
    )


def reference_lines(replay: Replay, budget: float) -> list[tuple[str, float, float, float]]:
    """Return of each reference: name, mean reward, share of the best model's reward, of its cost.

    Envelope, skyline and oracle are set at the whole budget, and so is their cost.
    """
    known = [each for each in replay.references if style.budget_key(each) == budget]

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values)) if values else math.nan

    def line(name: str, rewards: Sequence[float], costs: Sequence[float]) -> tuple[str, float, float, float]:
        shares = [_ratio(reward, each.best_model_reward) for reward, each in zip(rewards, known, strict=True)]
        ratios = [_ratio(cost, each.best_model_cost) for cost, each in zip(costs, known, strict=True)]
        return name, mean(rewards), mean(shares), mean(ratios)

    ceilings = [each.ceiling_usd for each in known]
    return [
        line("oracle", [each.oracle for each in known], ceilings),
        line("skyline", [each.skyline for each in known], ceilings),
        line("envelope", [each.envelope for each in known], ceilings),
        line(
            f"best: {best_models(known, replay)}",
            [each.best_model_reward for each in known],
            [each.best_model_cost for each in known],
        ),
    ]


def best_models(known: Sequence[Reference], replay: Replay) -> str:
    """Return the best model's short name; where seeds disagree all of them, the most frequent first."""
    names = dict(zip(replay.outcomes.models, style.short_names(replay.outcomes.models), strict=True))
    found = [names.get(each.best_model, each.best_model) for each in known]
    return ", ".join(sorted(dict.fromkeys(found), key=lambda name: -found.count(name)))


def sign(difference: Interval) -> str:
    """Return `+` or `-` where the 95 % interval excludes 0, else nothing; nothing too where one seed ran."""
    if abs(difference.mean) > difference.half_width:
        return "+" if difference.mean > 0 else "-"
    return ""


def plus_minus(each: Interval, scale: float = 1.0, digits: int = 3) -> str:
    """Write `0.812 ±0.004`; the mean alone where one seed ran; a dash for what is unknown."""
    if math.isnan(each.mean):
        return "-"
    mean = _rounded(scale * each.mean, digits)
    return mean if math.isnan(each.half_width) else f"{mean} ±{scale * each.half_width:.{digits}f}"


def signed(difference: Interval) -> str:
    """Write a difference with its sign: `+0.012 ±0.004`."""
    text = plus_minus(difference)
    return text if text.startswith("-") else f"+{text}"


def percent(share: float) -> str:
    """Write `93.6 %`, or a dash for what is unknown."""
    return "-" if math.isnan(share) else f"{_rounded(100 * share, 1)} %"


def _rounded(value: float, digits: int) -> str:
    """The number, without the sign of a zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _hundred(share: float) -> str:
    return percent(share).removesuffix(" %")


def saved(share: Interval, digits: int) -> str:
    """Write `31.2 ±4.0` of a hundred, or `<-999`: beyond, how much more is paid says no more."""
    return "<-999" if share.mean < -9.99 else plus_minus(share, 100, digits)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
