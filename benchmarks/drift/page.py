"""results.json, tuning.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drift.players import PLAYERS, RIVALS
from benchmarks.drift.scenarios import CEILINGS, DEGRADED, SILENT
from benchmarks.drift.tuning import ALPHAS, FIGURES, FORGETTING, FRACTIONS, WORLDS, WORSE, apart, best
from pilotage.arrays import Floats
from pilotage.replay.summary import Interval, interval

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")
REWARD, COST, SHARE, LATE, FIRST_QUARTER = range(5)  # of a row
QUARTERS = 4
CHANGED = 1  # the phase in which the world is another one
UNCHANGED = "Nothing changes"

_HEAD = """\
# A pool that changes

Written by `python -m benchmarks.drift.run` from its figures, results.json. ParetoBandit's scenarios (arXiv
2604.00136, section 4) on its published validation data, {prompts} prompts of three models and a newcomer,
{seeds} shuffles: a third of the prompts to learn from, then three phases of a third each, of which the last
has the prompts of the first again; or, with a newcomer, one phase of two thirds. Every policy sees one reward
and one bill per request, learns all the time, and has a ceiling in dollars per request from the first
request on. ParetoBandit's own package plays on the same streams, with the settings, the pacing and the 20
forced requests for a newcomer of its experiments.

- `pilotage`: the defaults of `Router` with `Budget(usd_per_request=...)`. *Forgetting 0.997*: with
  ParetoBandit's factor. *25 components*: on the contexts that ParetoBandit has, whitened principal
  components of the packaged encoder's 64 dimensions, instead of those.
- *Cold*: nothing is known of the models. *Warm*: all outcomes of the prompts to learn from are known
  beforehand, to ours as `Prior.fit` takes them, to ParetoBandit as its priors at their published weight. The
  newcomer is unknown to both.
- `envelope`: what the best mixture of models that is blind to the prompts earns in the phase, chosen with all
  its outcomes.

A cell: mean reward (mean cost as a share of the ceiling). The difference is ours minus ParetoBandit's with
the same knowledge, over all phases, paired by shuffle, with its 95 % interval: *won* or *lost* where that
excludes 0. What is saved in one phase may be spent in the next, 50 requests' money at most.
"""


_TUNING = """\
## Which alpha goes with forgetting

A router that forgets never becomes sure: what suits one that remembers all makes it explore for ever.
`Router` takes {best:g} where it forgets and {first:g} where it does not (1 with a calibrated prior, for
which see `benchmarks/prior`): of the alphas tried the one that earned most, but for those below 0.8, under
which a model that nobody tried (expected reward 0.5, width 0.63) looks worse than good models do. Chosen on
other pools than this page's, on their learning halves,
by `python -m benchmarks.drift.tuning`; ceilings of {budgets} of the best model's cost, {seeds} shuffles of

{pools}

*Degraded*: in the second phase of three the answers of the model that was called most are worth {worse:g} of
what they were. *Joined*: it joins only then. A cell: mean reward beside alpha = {first:g} with the same
forgetting, and on how many pairs of pool and ceiling it won / was level / lost.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    parts = ("\n".join(_scenario(scenario)) for scenario in found["scenarios"])
    tuned = json.loads(FIGURES.read_text("utf-8"))
    return "\n".join(
        [_HEAD.format(**found), *_verdicts(found), *_changed(found), "", *_tuning(tuned), *parts]
    )


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    cells = [
        (f"{scenario['title']}, {ceiling}", CEILINGS[ceiling], players)
        for scenario in found["scenarios"]
        for ceiling, players in scenario["ceilings"].items()
    ]
    yield "## Verdict\n"
    yield f"Over the {len(cells)} pairs of scenario and ceiling:\n"
    yield "| | beside | won | level | lost | highest cost of a phase | lost where |"
    yield "|---|---|---|---|---|---|---|"
    for name in PLAYERS:
        most = max(float((_mean(players[name])[:, COST] / usd).max()) for _, usd, players in cells)
        if name not in RIVALS:
            yield f"| {name} | | | | | {most:.2f} of the ceiling | |"
            continue
        verdicts = {where: verdict(paired(players, name)) for where, _, players in cells}
        counts = " | ".join(str(list(verdicts.values()).count(each)) for each in ("won", "level", "lost"))
        lost = "; ".join(where for where, each in verdicts.items() if each == "lost")
        yield f"| {name} | {RIVALS[name]} | {counts} | {most:.2f} of the ceiling | {lost} |"


def _changed(found: dict[str, Any]) -> Iterator[str]:
    """The same of the second of three phases alone, in which the world is another one."""
    cells = [
        (f"{scenario['title']}, {ceiling}", players)
        for scenario in found["scenarios"]
        if scenario["title"] != UNCHANGED
        for ceiling, players in scenario["ceilings"].items()
        if len(players[PLAYERS[0]][0]) > CHANGED
    ]
    yield (
        f"\nOf the second of three phases alone, in which the world is another one, {len(cells)} pairs: who "
        "notices a silent change sooner earns more here, whatever was earned before and after; changes of "
        "price are announced.\n"
    )
    yield "| | beside | won | level | lost | lost where |"
    yield "|---|---|---|---|---|---|"
    for name in RIVALS:
        verdicts = {where: verdict(paired(players, name, CHANGED)) for where, players in cells}
        counts = " | ".join(str(list(verdicts.values()).count(each)) for each in ("won", "level", "lost"))
        lost = "; ".join(
            f"{where} ({paired(players, name, CHANGED).mean:+.3f})"
            for where, players in cells
            if verdicts[where] == "lost"
        )
        yield f"| {name} | {RIVALS[name]} | {counts} | {lost} |"


def _tuning(found: dict[str, Any]) -> Iterator[str]:
    yield _TUNING.format(
        best=best(found), first=ALPHAS[0], seeds=found["seeds"], worse=WORSE,
        budgets=" and ".join(f"{100 * fraction:g} %" for fraction in FRACTIONS),
        pools="\n".join(f"- {study['title']}" for study in found["studies"]),
    )  # fmt: skip
    yield f"| forgetting | | {' | '.join(f'alpha {alpha:g}' for alpha in ALPHAS[1:])} |"
    yield "|---" * (1 + len(ALPHAS)) + "|"
    for gamma in FORGETTING:
        for world in WORLDS:
            cells = []
            for alpha in ALPHAS[1:]:
                differences = apart(found, gamma, world, alpha)
                said = [verdict(each) for each in differences]
                mean = np.mean([each.mean for each in differences])
                cells.append(
                    f"{mean:+.4f}, {said.count('won')} / {said.count('level')} / {said.count('lost')}"
                )
            yield f"| {gamma:g} | {world} | {' | '.join(cells)} |"
    yield ""


def paired(players: dict[str, Any], name: str, phase: int | None = None) -> Interval:
    """Our reward minus the rival's, shuffle by shuffle, over all phases or in one."""
    phases = slice(None) if phase is None else slice(phase, phase + 1)
    ours, theirs = (np.array(players[each])[:, phases, REWARD].mean(axis=1) for each in (name, RIVALS[name]))
    return interval((ours - theirs).tolist())


def verdict(difference: Interval) -> str:
    if abs(difference.mean) <= difference.half_width:
        return "level"
    return "won" if difference.mean > 0.0 else "lost"


def _scenario(scenario: dict[str, Any]) -> Iterator[str]:
    yield f"## {scenario['title']}\n"
    some = next(iter(scenario["ceilings"].values()))
    count = len(some[PLAYERS[0]][0])
    heads = [f"phase {i + 1}" for i in range(count)] if count > 1 else ["reward (cost)"]
    share = ["newcomer's share, and of the last 200"] if count == 1 else []
    yield f"| ceiling | | {' | '.join([*heads, 'minus ParetoBandit', *share])} |"
    yield "|---" * (3 + count + len(share)) + "|"
    for ceiling, players in scenario["ceilings"].items():
        for name in (*PLAYERS, "envelope"):
            row = list(_row(players, name, CEILINGS[ceiling], bool(share)))
            yield f"| {ceiling} | {name} | {' | '.join(row)} |"
    yield ""
    if scenario["title"] == SILENT:
        yield from _noticed(scenario)


def _noticed(scenario: dict[str, Any]) -> Iterator[str]:
    """How much of the traffic the model had, quarter by quarter, that got worse."""
    yield (
        "Share of Mistral Large by quarters of a phase; in the second phase its answers are all worth "
        f"{DEGRADED:g}. Who called it less before has less to lose from the change, and to notice.\n"
    )
    quarters = [f"{i}/{QUARTERS}" for i in range(1, QUARTERS + 1)]
    heads = ["phase 1, last", *(f"phase 2, {each}" for each in quarters), "phase 3, first", "phase 3, last"]
    yield f"| ceiling | | {' | '.join(heads)} |"
    yield "|---" * (2 + len(heads)) + "|"
    for ceiling, players in scenario["ceilings"].items():
        for name in PLAYERS:
            before, changed, after = (phase[FIRST_QUARTER:] for phase in _mean(players[name]))
            shares = (before[-1], *changed, after[0], after[-1])
            yield f"| {ceiling} | {name} | {' | '.join(f'{100 * share:.0f} %' for share in shares)} |"
    yield ""


def _row(players: dict[str, Any], name: str, usd: float, share: bool) -> Iterator[str]:
    mean = _mean(players[name])
    if name == "envelope":
        yield from (f"{phase[REWARD]:.4f}" for phase in mean)
        yield from ["", *([""] if share else [])]
        return
    yield from (f"{phase[REWARD]:.4f} ({phase[COST] / usd:.2f})" for phase in mean)
    if name in RIVALS:
        difference = paired(players, name)
        yield f"{difference.mean:+.4f} ±{difference.half_width:.4f}, {verdict(difference)}"
    else:
        yield ""
    if share:
        yield f"{100 * mean[0, SHARE]:.1f} %, {100 * mean[0, LATE]:.1f} %"


def _mean(rows: list[Any]) -> Floats:
    """Over the shuffles, (phases, figures)."""
    mean: Floats = np.array(rows).mean(axis=0)
    return mean
