"""All numbers of a replay: a row for every policy and reference at every budget; HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

import numpy as np

from pilotage.replay.report import style
from pilotage.replay.report.table import percent, plus_minus, reference_lines, saved, sign, signed
from pilotage.replay.runs import Replay
from pilotage.replay.summary import Interval, Summary

HEADERS = (
    "policy", "reward", "of best", "vs envelope", "vs skyline", "cost of best", "saved", "served",
    "expected cost", "realised cost", "learning regret",
)  # fmt: skip
_MARKS = {"+": ' <span class="good">▲</span>', "-": ' <span class="bad">▼</span>', "": ""}


def rows(replay: Replay, budgets: dict[float, list[Summary]]) -> Iterable[str]:
    """Rows of the table's body, small budgets first."""
    blank = "<td></td>"
    for budget, summaries in budgets.items():
        words = escape(style.budget_words(replay, budget))
        ceiling = escape(style.usd(float(np.mean([each.ceiling_usd for each in summaries]))))
        amount = "" if replay.runs[0].budget_fraction is None else f", {ceiling} per request"
        budget_cell = f'<td colspan="{len(HEADERS)}"><span>Budget: {words}{amount}</span></td>'
        yield f'<tr class="budget">{budget_cell}</tr>'
        yield from (_row(each, replay) for each in summaries)
        for name, reward, share, cost in reference_lines(replay, budget):
            known = f"<td>{reward:.3f}</td><td>{percent(share)}</td>{2 * blank}<td>{percent(cost)}</td>"
            yield f'<tr class="reference"><td>{escape(name)}</td>{known}{5 * blank}</tr>'


def _row(each: Summary, replay: Replay) -> str:
    name = escape(style.short_policy(each.policy, replay.outcomes.models))
    cells = (
        plus_minus(each.reward),
        _percent(each.share_of_best),
        signed(each.over_envelope) + _MARKS[sign(each.over_envelope)],
        signed(each.over_skyline) + _MARKS[sign(each.over_skyline)],
        _percent(each.cost_ratio),
        _saved(each.saved) + _MARKS[sign(each.saved)],
        percent(each.served.mean),
        style.usd(each.expected_cost.mean),
        style.usd(each.cost.mean),
        plus_minus(each.regret, digits=1),
    )
    return (
        f'<tr><td title="{escape(each.policy)}">{name}</td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _percent(share: Interval) -> str:
    return "-" if math.isnan(share.mean) else plus_minus(share, 100.0, 1) + " %"


def _saved(share: Interval) -> str:
    return "-" if math.isnan(share.mean) else escape(saved(share, 1)) + " %"
