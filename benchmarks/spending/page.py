"""results.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pilotage.replay.summary import Interval, interval

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")

OURS, ROUTER = "expected cost", "`Router`"

_HEAD = """\
# Learning while spending

Written by `python -m benchmarks.spending.run` from its figures, results.json. Rewards and costs are learned
from the calls that are made, under a budget that pays for all of them from the first request on; which rule
should choose? {seeds} shuffles of the learning half of each pool, {requests} requests or what there is,
budgets as shares of the cost of the best single model. An unanswered request scores 0.

- *expected cost*: the upper bound of the reward (alpha = 1.5) minus price times the expected cost, as
  `Router` has it.
- *optimistic cost*: minus price times the lower bound of the cost, beta deviations below (LinCBwK).
- *SquareCB*: models are drawn by how far they are behind the best in reward minus price times cost, without
  bounds; the rate gamma rises with the square root of the requests.

All share one learner, one price and one ledger, `learner.py`. `Router` is the product itself on the same
requests, beside which the learner can be checked. The prior has every model's rewards on up to {prompts}
other prompts, each of which counts {weight:g}.

A cell: mean reward with the share of the budget that was spent, or the difference from *expected cost*,
paired by shuffle, with its 95 % interval.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    tables = (line for prior in found["studies"][0]["cells"] for line in _table(found, prior))
    return "\n".join([_HEAD.format(**found), *_verdicts(found), "", *tables])


def difference(rules: dict[str, list[list[float]]], name: str) -> Interval:
    """A rule's reward minus that of expected cost, shuffle by shuffle."""
    return interval([row[0] - ours[0] for row, ours in zip(rules[name], rules[OURS], strict=True)])


def verdict(found: Interval) -> str:
    """An interval apart, or level."""
    if abs(found.mean) <= found.half_width:
        return "level"
    return "better" if found.mean > 0 else "worse"


def tally(found: dict[str, Any], name: str, priors: Sequence[str]) -> tuple[int, int, int, float]:
    """How often a rule is better than, level with and worse than expected cost; the mean difference."""
    studies = found["studies"]
    played = [rules for study in studies for prior in priors for rules in study["cells"][prior].values()]
    apart = [difference(rules, name) for rules in played]
    said = [verdict(each) for each in apart]
    mean = sum(each.mean for each in apart) / len(apart)
    return said.count("better"), said.count("level"), said.count("worse"), mean


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    priors = tuple(found["studies"][0]["cells"])
    counted: dict[str, tuple[str, ...]] = {prior: (prior,) for prior in priors}
    counted["both"] = priors
    ahead: dict[str, list[str]] = {title: [] for title in counted}
    yield "## Verdict\n"
    yield "| | | better | level | worse | mean difference |"
    yield "|---|---|---|---|---|---|"
    for name in _names(found, priors[0]):
        for title, some in counted.items():
            if name == ROUTER and title != priors[0]:
                continue  # played there alone
            better, level, worse, mean = tally(found, name, some)
            yield f"| {name} | {title} | {better} | {level} | {worse} | {mean:+.4f} |"
            if better > worse and name != ROUTER:
                ahead[title].append(name)
    yield ""
    for title, names in ahead.items():
        yield f"- More often better than worse, {title}: {', '.join(names) or 'no other rule'}."
    yield "- Where there is no difference, one interval in twenty says that there is one."
    though = f", though over both {' and '.join(ahead['both'])} did better" if ahead["both"] else ""
    yield f"- `Router` goes by expected cost{though}."


def _table(found: dict[str, Any], prior: str) -> Iterator[str]:
    names = _names(found, prior)
    yield f"## {prior.capitalize()}\n"
    yield f"| pool | budget | {OURS} | {' | '.join(names)} |"
    yield "|---" * (3 + len(names)) + "|"
    for study in found["studies"]:
        for fraction, rules in study["cells"][prior].items():
            ours = [interval([row[column] for row in rules[OURS]]).mean for column in (0, 1)]
            cells = [f"{ours[0]:.4f} ({ours[1]:.2f})", *(_cell(rules, name) for name in names)]
            yield f"| {study['title']} | {100 * float(fraction):g} % | {' | '.join(cells)} |"
    yield ""


def _cell(rules: dict[str, list[list[float]]], name: str) -> str:
    apart = difference(rules, name)
    spent = interval([row[1] for row in rules[name]]).mean
    return f"{apart.mean:+.4f} ±{apart.half_width:.4f} ({spent:.2f}), {verdict(apart)}"


def _names(found: dict[str, Any], prior: str) -> list[str]:
    (rules, *_) = found["studies"][0]["cells"][prior].values()
    return [name for name in rules if name != OURS]
