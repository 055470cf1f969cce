"""Parts of the report around one policy: the headline, its tasks, and prompts to look at; HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from pilotage.replay.report import style, tasks
from pilotage.replay.report.table import percent, plus_minus, sign, signed
from pilotage.replay.runs import Replay, picked
from pilotage.replay.summary import Interval, Summary

_END = 120  # characters of a prompt that are shown of its beginning, and of its end: templates begin alike


def headline(replay: Replay, shown: Summary) -> str:
    """How much better, how much cheaper, how sure: what chance may have made is grey."""
    budget = style.budget_key(shown)
    saved, over = shown.saved, shown.over_envelope
    envelope = shown.reward.mean - over.mean
    tiles = (
        (
            "Worse" if over.mean < 0 else "Better",
            _share(over.mean / envelope if envelope > 0 else math.nan, 1),
            f"{_more(over.mean)} reward than the best blind mixture of models for the same money",
            signed(over),
            sign(over) != "",
        ),
        (
            "Dearer" if saved.mean < 0 else "Cheaper",
            _share(saved.mean, 0),
            f"{_more(-saved.mean)} money than the cheapest blind mixture that earns as much",
            f"{plus_minus(saved, 100, 0)} %; {_share(1 - shown.cost_ratio.mean, 1)} "
            f"{_more(shown.cost_ratio.mean - 1)} than the best model",
            sign(saved) != "",
        ),
        ("Sure", *_sure(over, saved, *ahead(replay, shown.policy, budget))),
    )
    cells = "".join(
        f'<div class="tile"><h2>{name}</h2><p class="figure{"" if sure else " unsure"}">{escape(figure)}</p>'
        f'<p>{escape(what)}</p><p class="soft">{escape(detail)}</p></div>'
        for name, figure, what, detail, sure in tiles
    )
    return f'<div class="tiles">{cells}</div>'.replace(" %", "&nbsp;%")


def ahead(replay: Replay, policy: str, budget: float) -> tuple[int, int]:
    """In how many seeds a policy earns more than the envelope, and how many there are."""
    envelopes = {each.seed: each.envelope for each in replay.references if style.budget_key(each) == budget}
    wins = [
        float(picked(replay.outcomes.reward, replay.splits[run.seed].deployment, run.deployed).mean())
        > envelopes[run.seed]
        for run in replay.runs
        if run.policy == policy and style.budget_key(run) == budget
    ]
    return sum(wins), len(wins)


def task_table(replay: Replay, shown: Summary) -> str:
    """Task by task; nothing where the data name none."""
    found = tasks.by_task(replay, shown.policy, style.budget_key(shown))
    if not found:
        return ""
    names = dict(zip(replay.outcomes.models, style.short_names(replay.outcomes.models), strict=True))
    rows = "\n".join(
        f"<tr><td>{escape(each.name)}</td><td>{percent(each.share)}</td><td>{each.reward:.3f}</td>"
        f"<td>{each.best_reward:.3f}</td>"
        f"<td>{signed(Interval(each.reward - each.best_reward, math.nan))}</td>"
        f"<td>{percent(each.cost_ratio)}</td>"
        f"<td>{escape('nobody' if each.called is None else names[each.called])}, {percent(each.called_share)}"
        "</td></tr>"
        for each in found
    )
    head = "".join(
        f"<th>{each}</th>"
        for each in (
            "task",
            "of requests",
            "reward",
            "best model's",
            "difference",
            "cost of best",
            "most called",
        )
    )
    return (
        f'<h2>Task by task</h2>\n<p class="what">{escape(shown.policy)} with a budget of '
        f"{escape(style.budget_words(replay, style.budget_key(shown)))}, all seeds; the best model is the "
        "one with the best mean reward over all tasks.</p>\n"
        f'<div class="scroll broad"><table class="results"><thead><tr>{head}</tr></thead><tbody>\n{rows}\n'
        "</tbody></table></div>"
    )


def example_table(replay: Replay, shown: Summary) -> str:
    """Which prompts go where."""
    return (
        f'<h2>Which prompts go where</h2>\n<p class="what">The first requests of each task that '
        f"{escape(shown.policy)} sent to the models it calls most, in the first shuffle.</p>\n"
        '<div class="examples">\n' + "\n".join(_examples(replay, shown)) + "\n</div>"
    )


def _examples(replay: Replay, shown: Summary) -> Iterator[str]:
    names = dict(zip(replay.outcomes.models, style.short_names(replay.outcomes.models), strict=True))
    last: object = ""
    for each in tasks.examples(replay, shown.policy, style.budget_key(shown)):
        if each.model != last:
            yield f"<h3>{escape('nobody' if each.model is None else names[each.model])}</h3>"
            last = each.model
        text = each.prompt.strip()
        if len(text) > 2 * _END:
            text = f"{text[:_END]} … {text[-_END:]}"
        task = "" if each.task is None else f"{escape(each.task)}: "
        best = f"the best model {each.best_reward:.2f} for {style.usd(each.best_cost)}"
        yield (
            f"<blockquote>{escape(text)}</blockquote>"
            f'<p class="soft">{task}reward {each.reward:.2f} for {style.usd(each.cost)}; {best}</p>'
        )


def _share(share: float, digits: int) -> str:
    return "-" if math.isnan(share) else f"{100 * abs(share):.{digits}f} %"


def _more(difference: float) -> str:
    return "less" if difference < 0 else "more"


def _sure(over: Interval, saved: Interval, wins: int, seeds: int) -> tuple[str, str, str, bool]:
    """Figure, what it is, the reason, and whether both differences are more than chance."""
    won, shuffles = f"{wins} of {seeds}", "shuffles in which it is ahead of that mixture"
    if math.isnan(over.half_width):
        return "not sure", f"{won} {shuffles}", "one shuffle: nothing is known of chance", False
    differences = {"reward": over, "money": saved}
    unsure = [each for each, of in differences.items() if not math.isnan(of.mean) and not sign(of)]
    if unsure:
        held = f"the 95 % interval of the difference in {' and in '.join(unsure)} holds 0"
        return "not sure", f"{won} {shuffles}", held, False
    return won, shuffles, "the 95 % interval of neither difference holds 0", True
