"""results.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.claims.figures import paired, percent, side, text
from benchmarks.peers.adaptive import WEIGHTS
from benchmarks.peers.learners import CUTS, GRIDS
from benchmarks.peers.pareto import GRID
from pilotage.replay.summary import Interval, interval

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")

OURS = "pilotage"
MARKS = ("envelope", "skyline")
LOWEST = 2.9e-5  # US dollars a request, of the ceilings in ParetoBandit's paper
WITHIN = 1.01  # of the ceiling; a router that spends more on average did not keep it
MUCH_LESS = 0.95

_HEAD = """\
# Peers on their own ground

Written by `make peers` from results.json; nothing here was typed. Package at commit {commit}, {machine},
{seeds} seeds. {versions}.

Packages of others, called as their users call them, on the prompts and the encoder that ours have; of
RouteLLM its idea, a matrix factorisation of votes, one a learning prompt between two models drawn, so that
it is told more than a bandit is (replay's `mf`). *Defaults* are theirs, and of Vowpal Wabbit a tenth of
the prompts explores. *Tuned* is the best of a grid, chosen per seed on prompts that nobody is judged on:
learners over all budgets and {cuts} cuts of these, ParetoBandit and LiteLLM's router for each budget, of
what spends at most 5 % more, on the second half of the learning part. What was tried and chosen stands at
the end. `pilotage` has its defaults everywhere. ± is a 95 % interval over seeds, differences are paired. A
router whose mean spend is more than {over:.0f} % above a budget did not keep it; what it spent then stands
beside its reward, and where it is less than {less:.0f} % of the budget, too.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    versions = "Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    parts = [
        _HEAD.format(
            **{
                **found,
                "versions": versions,
                "cuts": CUTS,
                "over": 100 * (WITHIN - 1),
                "less": 100 * MUCH_LESS,
            }
        ),
        *_verdicts(found),
        *_ceilings(found["ceilings"]),
    ]
    for pool in found["pools"]:
        parts += _pool(pool, found["learning"])
    parts += _chosen(found)
    return "\n".join(parts) + "\n"


def _verdicts(found: dict[str, Any]) -> Iterator[str]:
    yield "## Verdict\n"
    played = found["ceilings"]["played"]
    for name in _peers(played[0]["routers"]):
        sides = [(each["ceiling"], side(_over(each["routers"], name)), _kept(each, name)) for each in played]
        told = _sides([(f"${ceiling:.1e}", each) for ceiling, each, _ in sides])
        yield f"- Beside `{name}`, under its ceilings: {told}{_broken(sides)}."
    rivals = [name for name in found["pools"][0]["routers"] if name not in (*MARKS, OURS)]
    for name in rivals:
        sides = [
            (f"{pool['title']} at {100 * budget:g} %", side(_over(pool["routers"], name, i)))
            for pool in found["pools"]
            for i, budget in enumerate(pool["budgets"])
        ]
        yield f"- Beside `{name}`: {_sides(sides)}."
    sides = [(pool["title"], side(_over(pool["free"], "litellm"))) for pool in found["pools"]]
    yield from _beside_a_mixture(found)
    yield f"- Beside `litellm`'s adaptive router, with as much money as that spent: {_sides(sides)}."
    yield ""


def _beside_a_mixture(found: dict[str, Any]) -> Iterator[str]:
    """The best blind mixture of models, known in hindsight."""
    pools, played = found["pools"], found["ceilings"]["played"]
    sides = [
        (f"{pool['title']} at {100 * budget:g} %", side(_over(pool["routers"], "envelope", i)))
        for pool in pools
        for i, budget in enumerate(pool["budgets"])
    ]
    sides += [(f"${each['ceiling']:.1e}", side(_over(each["routers"], "envelope"))) for each in played]
    free = [(pool["title"], side(_over(pool["free"], "envelope"))) for pool in pools]
    yield (
        f"- Beside the best blind mixture of models in hindsight: {_sides(sides)}; with the money that "
        f"LiteLLM's router spent, going on learning: {_sides(free)}."
    )
    most = max(float(np.mean(each["refused"][OURS])) for each in played)
    yield (
        f"- `{OURS}` may refuse a request, which counts 0; ParetoBandit and LiteLLM answer all. It refuses "
        f"{100 * most:.1f} % at most under the ceilings; at the shares of the best model's cost "
        + "; ".join(
            f"{pool['title']}: "
            + ", ".join(f"{100 * float(share):.1f}" for share in np.mean(pool["refused"], axis=0))
            + " %"
            for pool in pools
        )
        + "."
    )


def _ceilings(found: dict[str, Any]) -> Iterator[str]:
    yield "## ParetoBandit's validation data, its ceilings, learning on\n"
    yield (
        f"`{found['data']}` (sha256 {found['sha256'][:16]}...), models "
        f"{', '.join(found['models'])}. Routers learn on one half and go on learning on the other, which is "
        f"judged. A cell: mean reward, and what was spent of the ceiling; in brackets by the seed that spent "
        f"most. "
        f"Its paper's lowest ceiling, ${LOWEST:.1e}, is not played: the cheapest model by itself costs "
        f"${found['cheapest']:.2e} a request here, so there is nothing to choose.\n"
    )
    routers = list(found["played"][0]["routers"])
    yield f"| ceiling | {' | '.join(routers)} |"
    yield "|---" * (len(routers) + 1) + "|"
    for each in found["played"]:
        cells = [_cell(each["routers"][name], each["ceiling"]) for name in routers]
        yield f"| ${each['ceiling']:.1e} | {' | '.join(cells)} |"
    yield ""


def _pool(pool: dict[str, Any], learning: int) -> Iterator[str]:
    yield f"## {pool['title']}\n"
    yield (
        f"`{pool['data']}` (sha256 {pool['sha256'][:16]}...). At most {learning:,} prompts to learn from, "
        f"then greedy deployment under a share of the best model's cost; learners of others have our cost "
        f"policy `dual`. LiteLLM's router knows no budget and goes on learning: tuned, it has the weight "
        f"that earns most within each.\n"
    )
    budgets = [f"{100 * budget:g} %" for budget in pool["budgets"]]
    yield f"| router | {' | '.join(budgets)} | pilotage minus it | of best at {budgets[1]} |"
    yield "|---" * (len(budgets) + 3) + "|"
    best, best_cost = [reward for reward, _ in pool["best"]], [cost for _, cost in pool["best"]]
    order = sorted(pool["routers"], key=lambda name: -_reward(pool["routers"][name], 1).mean)
    for name in order:
        rows = pool["routers"][name]
        cells = [
            text(_reward(rows, i)) + _beyond(rows, best_cost, i, budget)
            for i, budget in enumerate(pool["budgets"])
        ]
        ahead = "" if name == OURS else ", ".join(
            text(_over(pool["routers"], name, i), "+.3f") for i in range(len(budgets))
        )  # fmt: skip
        share = interval([row[1][0] / top for row, top in zip(rows, best, strict=True)])
        yield f"| {name} | {' | '.join(cells)} | {ahead} | {percent(share)} |"
    yield ""
    free = pool["free"]
    spent = interval([row[1] / cost for row, cost in zip(free["litellm"], best_cost, strict=True)])
    cheapest = interval([one / cost for one, cost in zip(free["cheapest"], best_cost, strict=True)])
    yield (
        f"With its default weights LiteLLM's router spends {percent(spent)} of the best model's cost and "
        f"earns {text(_reward(free['litellm']))}; with a budget of as much, going on learning likewise, "
        f"`pilotage` earns {text(_reward(free['pilotage']))} ({text(_over(free, 'litellm'), '+.3f')}) and "
        f"refuses {percent(interval(free['refused']))} of the requests, a blind "
        f"mixture {text(_reward(free['envelope']))}. The cheapest model costs {percent(cheapest)}.\n"
    )


def _beyond(rows: list[Any], best_cost: list[float], i: int, budget: float) -> str:
    """What was spent where it is more than the budget, or much less."""
    share = float(np.mean([row[i][1] / cost for row, cost in zip(rows, best_cost, strict=True)])) / budget
    return f" at {100 * share:.0f} %" if share > WITHIN or share < MUCH_LESS else ""


def _chosen(found: dict[str, Any]) -> Iterator[str]:
    """What was tried for every tuned peer, and in how many seeds what was chosen."""
    yield "## What was tried, and chosen\n"
    yield "In brackets the number of seeds. The first one tried are the defaults.\n"
    yield "| peer | tried | chosen |"
    yield "|---|---|---|"
    tried = "; ".join(dict.fromkeys(setting.told for setting in GRID))
    cells = [f"${each['ceiling']:.1e}: {_counted(each['chosen'])}" for each in found["ceilings"]["played"]]
    yield f"| paretobandit | {tried} | {'<br>'.join(cells)} |"
    grids = {peer: "; ".join(grid) for peer, grid in GRIDS.items()}
    weights = "; ".join(f"{weight:g}" for weight in WEIGHTS)
    grids["litellm"] = f"weight of cost, for each of the three budgets: {weights}"
    for peer, tried in grids.items():
        cells = [f"{pool['title']}: {_counted(pool['chosen'][peer])}" for pool in found["pools"]]
        yield f"| {peer} | {tried} | {'<br>'.join(cells)} |"


def _counted(chosen: list[str]) -> str:
    return "; ".join(f"{told} ({n})" for told, n in Counter(chosen).most_common())


def _peers(routers: dict[str, Any]) -> list[str]:
    return [name for name in routers if name not in MARKS and not name.startswith(OURS)]


def _rewards(rows: list[Any], budget: int | None = None) -> list[float]:
    return [row[0] if budget is None else row[budget][0] for row in rows]


def _reward(rows: list[Any], budget: int | None = None) -> Interval:
    return interval(_rewards(rows, budget))


def _over(routers: dict[str, Any], name: str, budget: int | None = None) -> Interval:
    """pilotage minus another, seed by seed."""
    return paired(_rewards(routers[OURS], budget), _rewards(routers[name], budget))


def _kept(each: dict[str, Any], name: str) -> bool:
    return float(np.mean([cost for _, cost in each["routers"][name]])) <= WITHIN * each["ceiling"]


def _sides(sides: list[tuple[str, int]]) -> str:
    by = {which: [name for name, each in sides if each == which] for which in (1, 0, -1)}
    parts = [f"ahead {len(by[1])}", f"level {len(by[0])}", f"behind {len(by[-1])} of {len(sides)}"]
    return ", ".join(parts) + (f" (behind at {', '.join(by[-1])})" if by[-1] else "")


def _broken(sides: list[tuple[float, int, bool]]) -> str:
    broken = [f"${ceiling:.1e}" for ceiling, _, kept in sides if not kept]
    return f"; it spends more than the ceiling at {', '.join(broken)}" if broken else ""


def _cell(rows: list[list[float]], ceiling: float) -> str:
    spent = float(np.mean([cost for _, cost in rows])) / ceiling
    most = max(cost for _, cost in rows) / ceiling
    return f"{text(_reward(rows))} at {100 * spent:.0f} % ({100 * most:.0f})"
