"""results.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.claims import goals, theory
from benchmarks.claims.complexity import Sent
from benchmarks.claims.figures import (
    PACKAGED,
    Pool,
    cost_share,
    full,
    mark,
    mark_share,
    percent,
    regret,
    reward,
    seen_by,
    sent,
    share,
    text,
)
from benchmarks.claims.pricing import FRACTIONS
from benchmarks.claims.protocol import BUDGETS
from benchmarks.claims.robustness import NOISE
from benchmarks.claims.tuning import WINDOWS
from benchmarks.claims.verdicts import BEST, NO, PAPER, PARTLY, YES, Claim, claims
from pilotage.replay.summary import interval

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")

SENT = (PAPER, "linucb+zcl", BEST, "linucb+dual", "skyline")  # whose choices of the strong model are shown

_HEAD = """\
# PILOT's claims, played anew

Written by `make claims` from results.json; nothing here was typed. Package at commit {commit}, {machine},
{seeds} seeds.

The paper's protocol: a shuffle per seed is cut into tuning (1,000 prompts, a tenth of a smaller set) and
learning : deployment = 10 : 1. Routers learn from the reward of the one model they called and are deployed
greedily under a budget, a share of the cost of the best single model. The paper's data, RouterBench, is not
used: pools, prompts and prices are others, so a verdict says whether a claim carries over, not whether it was
true there. RouteLLM's pool is the paper's binary one, GPT-4 and Mixtral, on MMLU and GSM8K.

- *As published*: `pilot+zcl, prior`, its cosine score, its threshold with bins, and a prior by triplets and
  cosines. Votes of people about these models do not exist: the prior has votes about the tuning prompts,
  {pairs} for each, drawn among pairs of models and kept where their rewards differ. Rivals have the same
  cost policy. A request that nothing fits is refused; `pilot` alone stops there, as algorithm 3 reads.
- *At our best*: `pilotage`, the default `Router`, which pays for its learning from the same budget per
  request, and may refuse a request where its money earns more elsewhere. Rivals then have our cost policy
  (`+dual`). `pilotage, tuned` has the settings that `pilotage tune` chose on the seed's tuning prompts;
  Epoch-Greedy's window is chosen on these, too (`tuning.py`).
- All have the same encoder, and all baselines the same expected costs. Differences are paired by seed, ± is a
  95 % interval, *ahead* and *behind* mean by more than it. An unserved request scores 0.
- *All to one*: the model that earned most in learning of those whose mean cost there is within the budget.
- *Reproduced*: as claimed everywhere; *partly*: more often for the claim than against it, or in one of its
  parts; else *not reproduced*. To be level somewhere is not to be shown behind, which wide intervals help.
  The rules stand in `verdicts.py`.
"""

_MISSING = """\
## What was not tested

- How complex a prompt reads (table 4): that needs an LLM as a judge. How difficult it proved, above, is
  another question: a prompt may read simply and be failed by most.
- The paper's encoders (figure 5), Instructor-XL and OpenAI's: they are not at hand. Those above are weaker.
- RouterBench itself, its other binary pools, and a prior from Arena votes.
- Figure 4's second measure, the mean reciprocal rank of the chosen model. Its first, cost policies on equal
  estimates, is above under *hindsight* and, with even shares, pacers and the LP optimum beside them, in
  [policies](../policies/README.md).
- `knn`, `mixture` and `thompson` are shown beside the paper's baselines; the paper has none of them.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    from benchmarks.claims.world import PAIRS

    parts = [_HEAD.format(**found, pairs=PAIRS), *_table(claims(found)), *goals.section(found)]
    for pool in found["pools"]:
        parts += _pool(pool)
    for pool in found["single"]:
        parts += _pool(pool)
    parts += [*_theory(found["theory"]), _MISSING]
    return "\n".join(parts)


def _table(rows: list[Claim]) -> Iterator[str]:
    yield "## The claims\n"
    yield f"As published: {_counted([row.verdict for row in rows])}."
    yield f"At our best, by the same rules: {_counted([row.ours for row in rows])}.\n"
    yield "| claim | paper | as published, here | verdict | at our best | verdict | why |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield f"| {' | '.join(row._replace(verdict=f'**{row.verdict}**', ours=f'**{row.ours}**'))} |"
    yield ""


def _counted(verdicts: list[str]) -> str:
    counts = {verdict: verdicts.count(verdict) for verdict in (YES, PARTLY, NO)}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{told}, of {sum(counts.values())} rows that ask it"


def _pool(pool: Pool) -> Iterator[str]:
    tuning, learning, deployment = pool["parts"]
    yield f"## {pool['title']}\n"
    yield (
        f"`{pool['data']}` (sha256 {pool['sha256'][:16]}...): {tuning:,} tuning, {learning:,} learning, "
        f"{deployment:,} deployment prompts. Best model: "
        f"{', '.join(sorted({marks['best'] for marks in pool['marks']}))}.\n"
    )
    yield from _rewards(pool)
    yield _chosen(pool["chosen"])
    yield from _sizes(pool)
    yield from _sent(pool)
    if "encoders" not in pool:
        return
    yield from _encoders(pool)
    yield from _hindsight(pool)
    yield from _noise(pool)
    yield from _drift(pool)


def _rewards(pool: Pool) -> Iterator[str]:
    yield "Deployment reward; at 25 % shares of the best model's reward and cost; regret in learning:\n"
    budgets = " | ".join(_percents(BUDGETS))
    yield f"| policy | {budgets} | of best at 25 % | cost of best | regret |"
    yield "|---" * (len(BUDGETS) + 4) + "|"
    for name, called in {
        "oracle": "oracle",
        "skyline": "skyline",
        "envelope": "envelope",
        "single": "all to one",
    }.items():
        cells = [text(interval(mark(pool, name, budget))) for budget in BUDGETS]
        yield f"| *{called}* | {' | '.join(cells)} | {percent(mark_share(pool, name, 0.25))} | | |"
    names = sorted(pool["played"][full(pool)], key=lambda name: -interval(reward(pool, name, 0.25)).mean)
    for name in names:
        cells = [text(interval(reward(pool, name, budget))) for budget in BUDGETS]
        lost = "-" if name.startswith("hybridllm") else text(interval(regret(pool, name)), ".0f")
        more = [percent(share(pool, name, 0.25)), percent(cost_share(pool, name, 0.25)), lost]
        yield f"| {name} | {' | '.join([*cells, *more])} |"
    yield ""


def _chosen(chosen: dict[str, Any]) -> str:
    windows, settings, start = chosen["windows"], chosen["settings"], chosen["start"]
    counts = [f"{width} in {windows.count(width)}" for width in WINDOWS if width in windows]
    return (
        f"Chosen on tuning prompts: windows of {', '.join(counts)} seeds; what the search began with in "
        f"{settings.count(start)} of {len(settings)}.\n"
    )


def _cells(columns: list[str], rows: dict[str, list[list[float]]]) -> Iterator[str]:
    """One policy a row; a cell is a mean over seeds."""
    yield f"| policy | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(text(interval(cell)) for cell in cells)} |"
    yield ""


def _percents(shares: Iterable[float]) -> list[str]:
    return [f"{100 * share:g} %" for share in shares]


def _sizes(pool: Pool) -> Iterator[str]:
    sizes = pool["sizes"]
    yield "Deployment reward at 25 % by prompts learned from:\n"
    names = pool["played"][str(sizes[0])]
    rows = {name: [reward(pool, name, 0.25, str(size)) for size in sizes] for name in names}
    yield from _cells([f"{size:,}" for size in sizes], rows)


def _encoders(pool: Pool) -> Iterator[str]:
    yield (
        "Deployment reward at 25 % by encoder: leading components of the packaged one, and one of words and "
        "character trigrams, fitted on the tuning prompts alone:\n"
    )
    encoders = [*pool["encoders"], PACKAGED]
    names = pool["encoders"][encoders[0]]
    rows = {name: [seen_by(pool, encoder, name) for encoder in encoders] for name in names}
    yield from _cells(encoders, rows)


def _sent(pool: Pool) -> Iterator[str]:
    yield (
        "Which prompts go to the strong model, the best one of the learning part? Its share of the answers; "
        "how many of the other models fail these prompts, minus the same of prompts that others answered; by "
        "how much more the strong model beats the one that the router calls most beside it, which is what "
        "money buys: where everybody fails, nothing; how much longer the prompts are. A dash: too few.\n"
    )
    yield "| policy | budget | share | harder by | worth more by | times as long |"
    yield "|---|---|---|---|---|---|"
    for name in SENT:
        for budget, label in zip(BUDGETS, _percents(BUDGETS), strict=True):
            got, harder, worth, longer = (sent(pool, name, each, budget) for each in Sent._fields)
            cells = [percent(got), text(harder, "+.3f"), text(worth, "+.3f")]
            yield f"| {name} | {label} | {' | '.join([*cells, text(longer, '.2f')])} |"
    yield ""


def _hindsight(pool: Pool) -> Iterator[str]:
    yield "Cost policies on explore-only's estimates, realised reward. *hindsight*: the best single price:\n"
    yield from _cells(_percents(FRACTIONS), pool["hindsight"])


def _noise(pool: Pool) -> Iterator[str]:
    yield "Deployment reward at 25 % when so much of the feedback is a fair coin:\n"
    yield from _cells(_percents(NOISE), pool["noise"])


def _drift(pool: Pool) -> Iterator[str]:
    drift = pool["drift"]
    yield (
        f"After {drift['taught']:,} prompts of other tasks the stream changes; reward at 25 % by quarter of "
        f"the {drift['stream']:,} prompts that follow, and what was spent of the pace. *Greedily*: it takes "
        f"the best estimate while it learns. *native* learned the second task beforehand:\n"
    )
    yield "| router | first | second | third | last |"
    yield "|---|---|---|---|---|"
    for name in drift["reward"]:
        rewards, spent = (list(zip(*table[name], strict=True)) for table in (drift["reward"], drift["spent"]))
        quarters = [
            f"{text(interval(list(reward)))} at {100 * interval(list(cost)).mean:.0f} %"
            for reward, cost in zip(rewards, spent, strict=True)
        ]
        yield f"| {name} | {' | '.join(quarters)} |"
    yield ""


def _theory(simulated: dict[str, list[float]]) -> Iterator[str]:
    yield "## The regret bound, simulated\n"
    yield (
        f"{theory.MODELS} models, d = {theory.DIM}, {theory.ROUNDS:,} rounds, one shared theta as in the "
        f"proof. *Distance* is |theta* - theta_0| with |theta*| = 1.\n"
    )
    yield "| distance of the prior | regret | bound |"
    yield "|---|---|---|"
    for name in sorted(simulated, key=float):
        yield f"| {name} | {text(interval(simulated[name]), '.2f')} | {theory.bound(float(name)):.0f} |"
    yield ""
