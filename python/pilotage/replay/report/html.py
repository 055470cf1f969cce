"""The report of a replay: one HTML file that needs no network, no script and no other file."""

from __future__ import annotations

import base64
import math
import platform
from collections.abc import Callable, Iterable
from html import escape
from importlib import metadata, resources
from os import PathLike
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from pilotage.replay.notes import notes
from pilotage.replay.policies import TUNED
from pilotage.replay.report import canvas, numbers, plots, sections, style
from pilotage.replay.report.table import (
    best_models,
    by_budget,
    percent,
    plus_minus,
    reference_lines,
    sign,
    signed,
)
from pilotage.replay.runs import Replay
from pilotage.replay.summary import Interval, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LARGEST_SVG = 500_000  # bytes; beyond, a picture of pixels is smaller and quicker to show
_PHONE = 600  # CSS pixels; below, the narrow drawing is shown
_PICTURES: tuple[tuple[Callable[[Replay, float], Figure], str, str], ...] = (
    (
        plots.reward_against_cost,
        "Reward against cost",
        "Up and to the left is better; below the dashed envelope a policy is worth nothing. Bars are 95 % "
        "intervals over seeds, circles single models without a budget. The skyline stands at the budget it "
        "was given. A number in brackets is a reward too low for the frame.",
    ),
    (
        plots.learning_regret,
        "What learning costs",
        "Reward lost so far against each prompt's best model. A curve that flattens has learned; bands are "
        "95 % over seeds.",
    ),
    (
        plots.deployment_spend,
        "Spend against the budget",
        "A policy on the dashed line spends evenly; above it, it spends too early; flat, it serves no more.",
    ),
    (
        plots.model_shares,
        "Who answers",
        "Share of requests by model, cheap ones light and at the bottom, dear ones dark; mean over seeds.",
    ),
    (
        plots.estimate_error,
        "Does the budget hold?",
        "A budget is planned on expected costs. Right of 100 % calls cost more than expected, or than the "
        "budget allows.",
    ),
    (
        plots.calibration,
        "Are expectations to be believed?",
        "Calls in tenths by what was expected of them; on the dashed line they earned, or cost, that. A "
        "policy that learns no rewards, or scores by a cosine, expects none.",
    ),
)


def write_report(replay: Replay, path: str | PathLike[str]) -> None:
    """Write the report.

    Parameters
    ----------
    replay : with at least one run, and a reference for every seed and budget
    path : of the HTML file; an existing one is replaced

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the replay has no run.
    """
    if not replay.runs:
        raise ValueError("replay must have at least 1 run, got 0")
    budgets = by_budget(replay)
    middle = budgets[style.middle_budget(replay)]
    shown = _shown(middle)
    template = resources.files("pilotage.replay.report").joinpath("report.html").read_text(encoding="utf-8")
    page = Template(template).substitute(
        title=escape(f"Replay of {replay.outcomes.name}"),
        what=_what(replay),
        notes="\n".join(f'<p class="what"><strong>{escape(note)}.</strong></p>' for note in notes(replay)),
        headline=sections.headline(replay, shown),
        answer=_answer(replay, shown, middle),
        tasks=sections.task_table(replay, shown),
        examples=sections.example_table(replay, shown),
        figures="\n".join(_figures(replay)),
        headers="".join(f"<th>{header}</th>" for header in numbers.HEADERS),
        rows="\n".join(numbers.rows(replay, budgets)),
        budget=_budget_definition(replay),
        settings="\n".join(
            f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in _settings(replay)
        ),
    )
    Path(path).write_text(page, encoding="utf-8")


def _what(replay: Replay) -> str:
    outcomes, split = replay.outcomes, next(iter(replay.splits.values()))
    return (
        f"{len(outcomes):,} prompts with every model's reward and cost, {len(outcomes.models)} models, "
        f"{style.count(len(replay.splits), 'seed')}; {len(split.learning):,} prompts to learn from, then "
        f"{len(split.deployment):,} to serve."
    )


def _shown(summaries: list[Summary]) -> Summary:
    """Return the policy that the report is about: ours, else the best that is more than one model."""
    ours = {each.policy: each for each in summaries if each.policy in (TUNED, "pilotage")}
    others = (each for each in summaries if not style.is_single(each.policy))
    return ours.get(TUNED) or ours.get("pilotage") or next(others, summaries[0])


def _answer(replay: Replay, shown: Summary, summaries: list[Summary]) -> str:
    """Say how good, how cheap and how sure, and who is worth nothing; HTML."""
    budget = style.budget_key(shown)
    known = [each for each in replay.references if style.budget_key(each) == budget]
    share = {name: percent(mean) for name, _, mean, _ in reference_lines(replay, budget)}
    sure = (
        f"Intervals are 95 % over {shown.seeds} seeds." if shown.seeds > 1 else "One seed ran: no intervals."
    )
    text = (
        f'<p class="answer">With a budget of {escape(style.budget_words(replay, budget))}, '
        f"<strong>{escape(shown.policy)}</strong> earned <strong>{_range(shown.share_of_best)}</strong> of "
        f"the reward of the best model ({escape(best_models(known, replay))}) at "
        f"<strong>{_range(shown.cost_ratio)}</strong> of its cost. {sure}</p>\n"
        f"<p>At that budget the best blind mixture of models (envelope) earns {share['envelope']}, a router "
        f"trained with full information (skyline) {share['skyline']}, and no router can earn more than "
        f"{share['oracle']} (oracle). "
        f"{escape(shown.policy)} is {_against(shown.over_envelope, 'envelope')} and "
        f"{_against(shown.over_skyline, 'skyline')}.</p>\n"
        f"<p>{_below(summaries)}</p>"
    )
    return text.replace(" %", "&nbsp;%")


def _against(difference: Interval, reference: str) -> str:
    """Say where a policy stands: `0.008 ±0.001 above the envelope`; HTML."""
    size = plus_minus(Interval(abs(difference.mean), difference.half_width))
    side = f"{size} {'above' if difference.mean >= 0 else 'below'} the {reference}"
    look = {"+": "good", "-": "bad"}.get(sign(difference))
    if look:
        return f'<span class="{look}">{side}</span>'
    return (
        side
        if math.isnan(difference.half_width)
        else f"not distinguishable from the {reference} ({signed(difference)})"
    )


def _below(summaries: Iterable[Summary]) -> str:
    """Name the policies below the envelope at this budget, single models aside."""
    below = [each for each in summaries if not style.is_single(each.policy) and each.over_envelope.mean < 0]
    # One seed knows no interval: then every difference is named as it stands.
    sure = [escape(each.policy) for each in below if sign(each.over_envelope) or each.seeds == 1]
    unsure = [escape(each.policy) for each in below if escape(each.policy) not in sure]
    if not below:
        return "No policy lies below the envelope at this budget."
    parts = [f'<span class="bad">{", ".join(sure)}</span>'] if sure else []
    parts += [f"within the noise, {', '.join(unsure)}"] if unsure else []
    return f"Below the envelope at this budget: {'; '.join(parts)}."


def _figures(replay: Replay) -> Iterable[str]:
    learns = all(len(split.learning) for split in replay.splits.values())
    for draw, title, caption in _PICTURES:
        if draw is plots.learning_regret and not learns:
            continue
        wide, narrow = (_data_uri(draw(replay, width)) for width in (canvas.WIDE, canvas.NARROW))
        # Images, not inline elements: the ids inside one drawing cannot meet those of another.
        yield (
            f'<figure><h3>{title}</h3><picture><source media="(max-width: {_PHONE}px)" srcset="{narrow}">'
            f'<img src="{wide}" alt="{escape(title)}. {escape(caption)}"></picture>'
            f"<figcaption>{escape(caption).replace(' %', '&nbsp;%')}</figcaption></figure>"
        )


def _data_uri(figure: Figure) -> str:
    kind, image = "svg+xml", canvas.to_svg(figure)
    if len(image) > _LARGEST_SVG:
        kind, image = "png", canvas.to_png(figure)
    return f"data:image/{kind};base64,{base64.b64encode(image).decode('ascii')}"


def _budget_definition(replay: Replay) -> str:
    if replay.runs[0].budget_fraction is None:
        return "The most that may be spent, in US dollars per request, on average over the deployment part."
    return (
        "The most that may be spent on average over the deployment part, as a share of what it costs "
        "always to call the model with the best mean reward there."
    )


def _settings(replay: Replay) -> Iterable[tuple[str, str]]:
    outcomes = replay.outcomes
    yield from replay.settings.items()
    yield "data set", outcomes.name
    yield "rows used", f"{len(outcomes):,}"
    yield "rows dropped", f"{outcomes.dropped:,} (an outcome was missing)"
    yield "models", ", ".join(outcomes.models)
    yield "input tokens", "recorded" if outcomes.tokens_recorded else "estimated from the text"
    yield "seeds", ", ".join(map(str, replay.splits))
    yield "time taken", f"{replay.seconds:.1f} s"
    yield (
        "versions",
        ", ".join(f"{name} {_version(name)}" for name in ("pilotage", "numpy", "matplotlib", "polars")),
    )
    yield "Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _range(share: Interval) -> str:
    """Write `93.6 % [93.1, 94.1]`; the mean alone where one seed ran."""
    if math.isnan(share.mean) or math.isnan(share.half_width):
        return percent(share.mean)
    low, high = 100 * (share.mean - share.half_width), 100 * (share.mean + share.half_width)
    return f"{percent(share.mean)} [{low:.1f}, {high:.1f}]"
