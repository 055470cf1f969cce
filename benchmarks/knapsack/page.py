"""results.json -> README.md: no figure and no verdict on the page was typed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.knapsack.solvers import CPSAT, LP, MIP, OURS

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")

GOALS = {36_497: 0.1, 1_000_000: 5.0}  # prompts: CPU seconds
FRACTION = 0.15  # of the best single model's cost: the budget beside the peers
SOLVERS = (OURS, LP, MIP, CPSAT)

_HEAD = """\
# The offline knapsack beside HiGHS and CP-SAT

Written by `python -m benchmarks.knapsack.run` from its figures, results.json. {machine};
scipy {scipy} (HiGHS), OR-Tools {ortools} (CP-SAT).

`pilotage.knapsack.solve` chooses one model per prompt so that the total value is largest within a budget.
Every solver has one thread and the same costs, whole nano-dollars. Times are seconds of the CPU, not of the
clock on the wall, because other work ran on the machine (load {load}, which spoils caches, too): medians of
up to {repeats} runs, fewer where these take seconds. Building the model is not counted for HiGHS and CP-SAT,
checking the input is for pilotage. A limit is so much time on the clock as gave about that much of the CPU
just before; what an unfinished solver really had is in its cell.
"""

_AGREEMENT = """\
## Small and adversarial

Up to 150 prompts and 11 models. Equal: both prove the same optimum, or that nothing fits. Times are of all
instances of a family together.
"""

_ALONE = """\
## Large batches

Eleven models; budgets are shares of the best single model's cost. *recorded*: right or wrong, and costs, of
MMLU-Pro; *estimated*: those of a ridge regression on the other half of the prompts; rows of both are drawn
with replacement. *synthetic*: no prompt twice, continuous values. In brackets the fastest run.
"""

_POOLS = """\
## Whole pools

Every prompt of a pool once, at seven budgets, 5 to 75 % of the best single model's cost.
"""

_BESIDE = """\
## Beside the peers

At {percent:g} % of the best single model's cost, {limit:g} s for each instance. HiGHS LP may split a
prompt between models, so it solves less. -: did not finish a smaller batch.
"""

_HARD = """\
## Where a proof may be out of reach

Pisinger's kinds of instances, ten models, values close to costs, or costs plus a step; {limit:g} s for each,
one run. pilotage gives up by itself at a million states. The gap is between a solver's best choice and its
own bound, relative; *short*: how far its choice is below the best choice of all.
"""


def render(found: dict[str, Any]) -> str:
    """The page."""
    parts = [_verdict, _agreement, _alone, _pools, _beside, _hard]
    head = _HEAD.format(**found, **found["versions"])
    return "\n".join([head, *("\n".join(part(found)) for part in parts)])


def same(ours: float | None, theirs: float | None) -> bool:
    """Equal up to HiGHS's absolute gap and CP-SAT's whole units; None and -inf mean that nothing fits."""
    if ours is None or theirs is None:
        return ours is theirs
    return ours == theirs or math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=2e-6)


def consistent(answers: dict[str, Any]) -> bool:
    """Proven optima are the same; nothing found is worth more than a bound, the relaxation's too."""
    exact = [answer for name, answer in answers.items() if name != LP]
    optima = [answer["value"] for answer in exact if answer["proven"]]
    values = [answer["value"] for answer in exact if answer["value"] is not None]
    bounds = [answer["bound"] for answer in answers.values() if answer["bound"] is not None]
    equal = all(same(optima[0], value) for value in optima)
    return equal and all(value <= bound or same(value, bound) for value in values for bound in bounds)


def _comparable(answers: dict[str, Any]) -> bool:
    """Whether anybody else has a value or a bound."""
    peers = [answer for name, answer in answers.items() if name != OURS]
    return any(peer["value"] is not None or peer["bound"] is not None for peer in peers)


def _verdict(found: dict[str, Any]) -> Iterator[str]:
    families = found["agreement"]
    count, proven, equal = (sum(row[name] for row in families) for name in ("instances", "proven", "equal"))
    difference = max(row["difference"] for row in families)
    yield "## Verdict\n"
    yield (
        f"- {proven} of {count} random and adversarial instances proven, {equal} equal to HiGHS MIP, "
        f"the values within {difference:.1g}: {_met(proven == equal == count)}."
    )
    for n, goal in GOALS.items():
        rows = [row for row in found["alone"] if row["n"] == n]
        slowest, proven = max(row["seconds"] for row in rows), sum(row["proven"] for row in rows)
        nothing = sum(row["proven"] and row["value"] is None for row in rows)
        yield (
            f"- {n:,} prompts, 11 models: {proven} of {len(rows)} proven"
            f"{f', {nothing} of them that nothing fits' if nothing else ''}, "
            f"the slowest in {_time(slowest)}, goal {_time(goal)}: "
            f"{_met(proven == len(rows) and slowest < goal)}."
        )
    tables = [row["answers"] for row in (*found["beside"], *found["hard"]) if _comparable(row["answers"])]
    agreeing = sum(map(consistent, tables))
    yield (
        f"- On {agreeing} of the {len(tables)} instances where a peer found something, the optima are "
        f"equal and no value is above anybody's bound: {_met(agreeing == len(tables))}."
    )
    for rival in (LP, MIP, CPSAT):
        yield _speed(rival, found["beside"])
    unproven = [row for row in found["hard"] if not row["answers"][OURS]["proven"]]
    names = "; ".join(f"{_name(row)}, gap {_gap(row['answers'][OURS]):.0e}" for row in unproven)
    tail = f" ({names})" if names else ""
    yield f"- Unproven: {len(unproven)} of the {len(found['hard'])} hard instances{tail}."
    yield ""


def _speed(rival: str, rows: list[dict[str, Any]]) -> str:
    both = [row["answers"] for row in rows if row["answers"].get(rival, {}).get("proven")]
    ratios = [answers[rival]["seconds"] / answers[OURS]["seconds"] for answers in both]
    largest = max(row["n"] for row in rows if row["answers"].get(rival, {}).get("proven"))
    return (
        f"- Beside {rival}: {min(ratios):,.0f} to {max(ratios):,.0f} times faster on the {len(both)} of "
        f"{len(rows)} batches that it finished, the largest of {largest:,} prompts."
    )


def _agreement(found: dict[str, Any]) -> Iterator[str]:
    yield _AGREEMENT
    yield "| family | instances | proven | equal to HiGHS MIP | nothing fits | pilotage | HiGHS MIP |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for row in found["agreement"]:
        cells = [row[name] for name in ("family", "instances", "proven", "equal", "infeasible")]
        yield f"| {' | '.join(map(str, cells))} | {' | '.join(map(_time, row['seconds']))} |"
    yield ""


def _alone(found: dict[str, Any]) -> Iterator[str]:
    yield _ALONE
    fractions = sorted({row["fraction"] for row in found["alone"]})
    yield f"| prompts | values | {' | '.join(f'{100 * fraction:g} %' for fraction in fractions)} |"
    yield "|---:|---|" + "---:|" * len(fractions)
    for n, source in dict.fromkeys((row["n"], row["source"]) for row in found["alone"]):
        here = {r["fraction"]: r for r in found["alone"] if (r["n"], r["source"]) == (n, source)}
        cells = [_cell(here.get(fraction), least=True) for fraction in fractions]
        yield f"| {n:,} | {source} | {' | '.join(cells)} |"
    yield ""


def _pools(found: dict[str, Any]) -> Iterator[str]:
    yield _POOLS
    yield "| pool | values | prompts | models | proven | of these nothing fits | slowest |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for row in found["pools"]:
        answers = row["answers"]
        proven = sum(answer["proven"] for answer in answers)
        nothing = sum(answer["value"] is None for answer in answers)
        slowest = _time(max(answer["seconds"] for answer in answers))
        yield (
            f"| {row['pool']} | {row['source']} | {row['n']:,} | {row['k']} | {proven} of {len(answers)} "
            f"| {nothing} | {slowest} |"
        )
    yield ""


def _beside(found: dict[str, Any]) -> Iterator[str]:
    yield _BESIDE.format(percent=100 * FRACTION, limit=found["limits"][0])
    yield f"| values | prompts | {' | '.join(SOLVERS)} |"
    yield "|---|---:|" + "---:|" * len(SOLVERS)
    for row in found["beside"]:
        cells = [_cell(row["answers"].get(name)) for name in SOLVERS]
        yield f"| {row['source']} | {row['n']:,} | {' | '.join(cells)} |"
    yield ""


def _hard(found: dict[str, Any]) -> Iterator[str]:
    solvers = (OURS, MIP, CPSAT)
    yield _HARD.format(limit=found["limits"][1])
    yield f"| instance | {' | '.join(solvers)} |"
    yield "|---|" + "---:|" * len(solvers)
    for row in found["hard"]:
        values = [answer["value"] for answer in row["answers"].values() if answer["value"] is not None]
        cells = [_cell(row["answers"][name], best=max(values)) for name in solvers]
        yield f"| {_name(row)} | {' | '.join(cells)} |"
    yield ""


def _name(row: dict[str, Any]) -> str:
    return f"{row['kind']}, {row['prompts']:,} prompts, up to {row['largest']:,}"


def _cell(answer: dict[str, Any] | None, *, least: bool = False, best: float | None = None) -> str:
    if answer is None:
        return "-"
    cell = _time(answer["seconds"]) + (f" ({_time(answer['least'])})" if least else "")
    if answer["value"] is None:
        return f"{cell}, {'nothing fits' if answer['proven'] else 'nothing found'}"
    if not answer["proven"]:
        cell += f", unproven, gap {_gap(answer):.0e}"
    if best is not None and not same(best, answer["value"]):
        cell += f", short by {1 - answer['value'] / best:.0e}"
    return cell


def _gap(answer: dict[str, Any]) -> float:
    if answer["bound"] is None:
        return math.inf
    bound, value = float(answer["bound"]), float(answer["value"])
    return max(0.0, bound - value) / abs(value)


def _time(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{1e6 * seconds:.0f} us"
    return f"{1e3 * seconds:.3g} ms" if seconds < 0.9995 else f"{seconds:.3g} s"


def _met(goal: bool) -> str:
    return "met" if goal else "**not met**"
