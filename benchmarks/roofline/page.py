"""results.json -> README.md: but for what was tried, and what a call is made of, nothing on it was typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.roofline.goals import FASTER, RATE, TAILS, UNLIMITED, Goal, goals
from benchmarks.roofline.needs import OURS, Bound, Ceilings, Need, bound, decide, feedback, resident

PAGE = Path(__file__).with_name("README.md")
RESULTS = Path(__file__).with_name("results.json")
PICTURE = Path(__file__).with_name("roofline.svg")

CALLS = ("decide", "feedback", "decide_many")
NEAR = 0.5  # of a ceiling: from here on it is what bounds a call

_HEAD = """\
# Roofline: what a call must cost, and what it does

Written by `make roofline` from its figures, results.json, in two to three minutes; what was tried, and what
a call is made of, are notes of other runs.
{cpu}, {machine}, kernels {kernels};
load {load}: other work on the machine is in every figure.

A call moves bytes and does arithmetic. Both are counted by formula from d and K, and the machine is asked
how fast it can do either; the slower of the two is the least time in which anybody can do it this way.
"""

_GOALS = """\
## Goals

*decide*, *feedback*: the `Router` from Python, in turn with `settle`, after 20,000 requests, under a paced
budget. *no budget*: as in `make bench`, decisions one after the other, then each with its reward; without a
price all models are in play, and more of them are close. Medians of 20,000 and 5,000; `decide_many` is of a
prompt among 1,000. *p99 beside rewards*: the 99th percentile of a decision, in medians, while another
thread gives 10,000 rewards a second, from C++; learned were, size by size, {rates}, and below {least:,} a
goal does not count. *text to decision*: prompts of 150 to 190 characters, four models. *import*: beyond
numpy's. *wheel*: what is installed, compressed. *times as fast*: medians, see below.
"""

_NEEDS = """\
## What a call needs, and where we are

*Bytes*: read, or written after they were read, which counts twice. *In reach*: what is passed through before
the same bytes are needed again; it decides from which cache they come. *Memory*, *arithmetic*: microseconds
at the machine's ceilings, of whichever instruction set is faster. *Measured*: the median of the core's call,
from C++, in turn with the others; `decide_many`, of a prompt, from Python: its bytes are those of a prompt
alone, which a batch reads once for 16, so that it may be faster than that. *Share*: of the ceiling, the
larger bound over the median. Ids, money, the lock, and models that are looked at in full because 16 bits do
not settle them, are measured and not counted: of the driver's requests without a budget, a decision leaves
open {open} models.

- *float64, whole matrices*: `decide` reads A^-1 of every model, 8 d^2 bytes; `feedback` reads that of one,
  and adds to it and to A, 40 d^2.
- *float64, lower halves*: half of each.
- *pilotage*: `decide` reads lower halves in 16 bits, d^2 bytes, and vectors; `feedback` reads half of
  A^-1 and writes one strip of it and of A, at d = 384 an eighth and a twelfth, in which the latest eight and
  twelve terms arrive together. From d = 192 on, with AVX-512, A^-1 is those 16 bits and 32 more: six bytes
  an element for eight, of which a decision has read two.
"""

_RULED_OUT = """\
The share of models that a bound of every width would rule out, by how far it is above the width, after 20,000
requests without a budget. One of K is the best, so that at most {most} can be ruled out.
"""

_CEILINGS = """\
## The machine's ceilings

One thread, the best of nine sweeps. GB/s of reading so much memory over and over: summed in float64; in 16
bits multiplied and summed in pairs, as a mirror is. v3 is AVX2, v4 AVX-512. {caches}.
"""

_PICTURE = """\
![Operations a nanosecond over operations a byte, logarithmic, with the ceilings](roofline.svg)

A dot is a call of the core, a ring one of `decide_many`; the slopes are what the caches give, the flat lines
what registers do. Of these {calls} calls {memory} are bound by memory before arithmetic.
"""

_BESIDE = """\
## Beside a bare kernel and another router

One run, in turns of 200 requests, 2,000 of each side: decide, settle and feedback one after the other, as in
life, by whole objects from Python, the router under a budget. All learned the same 20,000 requests before,
and believe the same after, to 1e-9. Microseconds; a kernel has nothing to settle, and ParetoBandit's router
no call for it.
"""

_MADE_OF = """\
## What a call at d = 64 is made of

By samples of the core. A decision between 11 models, 1.8 us with none of the other calls between: sums of
16 bits 26%, what they may be off by and the terms that strips lack 27%, means and diagonals 10%, lengths,
costs and limits 8%, the context checked and rounded 5%, the budget's price 4%, the decision remembered 3%;
the rest is the lock and calls from one to the other. Two thirds are 100 ns for each model, a few dozen loads
and five sums across a register. A reward, 1.1 us: A^-1 x 24%, strips of A and A^-1 19%, the strip in 16 bits
16%, its largest element 9%, vectors 12%. Python's frames and the boundary come on top, 0.5 and 0.4 us.
"""

_TRIED = """\
## What was tried

- **A^-1 in 16 bits, with a proven error** (kept): a quarter of the bytes of a half in float64. Models that
  are not settled by it are looked at in float64, so that no choice differs. From d = 192 on a sum of 32 bits
  is of a lane, an eighth of a column, which lets contexts be rounded eight times finer: at d = 384, K = 3,
  0.19 models a decision left open became 0.08 after 20,000 rewards, and 0.33 became 0.20 after 125,000.
- **The terms that strips lack, in 16 bits, too** (kept): 24 KB a model became 6 at d = 384.
- **A quantum of A^-1 for every tile** (dropped): A^-1's part of the error would be 18% smaller, computed
  for these contexts, for a product in float64 a tile.
- **A^-1 in two parts, 16 bits and 32 more** (kept, with AVX-512, from d = 192 on): at (384, 11) a reward
  takes 10 to 14% less than in float64 and leaves more of the mirrors in the second cache, so that a decision
  takes 9% less. With AVX2 a product of the parts takes longer than the bytes would.
- **The 32 bits as a float32** (dropped): A^-1 was within 2e-12 of a factor of A, where whole numbers, the
  last 48 bits of a float64 that counts in steps of one, are as near as float64 itself; and to convert both
  parts took five instructions where putting them together takes three. With whole numbers a reward takes 11%
  less at d = 384.
- **Tiles of two columns, whose sums stay in lanes of rows** (dropped): a third fewer instructions in the sums
  of a decision, but no time; at d = 64 with AVX2 12% slower.
- **One strip at d = 64** (dropped): a decision between 11 models takes 3% less, a reward 22% more.
- **Float64 read past the second cache** (dropped): its prefetch by `prefetchnta` changes nothing, and
  `cldemote` behind it makes a reward twice as slow.
- **Strips** (kept): A and A^-1 each take a reward's term in one strip of columns, a strip a turn, and that
  strip takes the latest terms together: the same operations, an eighth of the writing; of A, which is read
  once in thousands of rewards, a twelfth.
- **Tiles of eight columns, and kernels that write them** (kept): eight sums for every load of the context.
- **Models up and down in turn** (kept): what was read last is still in the cache.
- **Widths kept from before, and low-rank bounds of them** (dropped): they were to rule out models whose width
  need not be known. But widths are as large as the gaps between means, so that a bound must be close to the
  width that it saves: see below.
- **A width in full without the product A^-1 x** (kept, where A^-1 is in two parts): 6.7 us for 11.8. Of the
  decisions of a busy router the slowest are those that look at a model in full.
- **Nothing copied while the lock is held** (a trial, with wrong sums): at (384, 3) the 99th percentile of a
  decision beside rewards falls by 4 us of 33. The rest is what the other core has written, and must send.
- **The largest element of a strip while it is put together** (kept, where A^-1 is in two parts): a reward at
  (384, 3) takes 7% less. In float64 (dropped): no difference with AVX-512, 4% slower with AVX2.
- **The largest element of a strip by columns' own lines, whole numbers by an addition** (kept): a reward
  takes 3% less.
- **Where columns begin** (kept): the regression of lengths that all models share has 72 features, of which 7
  are zero, and not 65: a settle at d = 64 takes 8% less. The own ones, 24 for 18 (dropped): no difference.
- **Asking ahead for tiles, and for the next columns, at d = 64** (dropped): 7% slower, no difference.
- **Eigen's symmetric product** (dropped): at d = 64 it takes 2.5 times as long as four columns at a time.
- **pybind11's dispatch by types** (dropped): a decision is one native object, and calls take their arguments
  as they come.
"""


class Row(NamedTuple):
    """One way to make a call at one size; what was measured, if it is ours."""

    call: str
    d: int
    K: int
    need: Need
    resident: float
    bound: Bound
    measured: float | None

    @property
    def share(self) -> float | None:
        return None if self.measured is None else self.bound.least / self.measured


def rows(found: dict[str, Any]) -> Iterator[Row]:
    ceilings, kernels = Ceilings.of(found["ceilings"]), found["ceilings"]["kernels"]
    for call in CALLS:
        for size in found["sizes"]:
            d, K = size["d"], size["K"]
            medians = {
                "decide": size["core"]["decide"]["median"],
                "feedback": size["core"]["feedback"]["median"],
                "decide_many": size["router"]["decide_many"],
            }
            for way, need in enumerate(feedback(d, kernels) if call == "feedback" else decide(d, K)):
                reach = resident(call, way, d, K, kernels)
                measured = medians[call] if need.way == OURS else None
                yield Row(call, d, K, need, reach, bound(need, ceilings, reach), measured)


def render(found: dict[str, Any]) -> str:
    """The page."""
    head = _HEAD.format(**found, kernels=found["ceilings"]["kernels"])
    parts = [_goals, _bounds, _beside, _needs, _ceilings, _tried]
    return "\n".join([head, *("\n".join(part(found)) for part in parts)])


def _goals(found: dict[str, Any]) -> Iterator[str]:
    rates = ", ".join(f"{size['busy']['rewards_a_second']:,.0f}" for size in found["sizes"])
    yield _GOALS.format(rates=rates, least=RATE)
    yield "| call | d | K | goal | measured | |"
    yield "|---|---:|---:|---:|---:|---|"
    for goal in goals(found):
        d, K = goal.size or ("", "")
        limit = f"{goal.limit:g} {goal.unit}"
        yield f"| {goal.call} | {d} | {K} | {limit} | {goal.measured:.2f} | {goal.verdict} |"
    met = [goal.met for goal in goals(found)]
    yield f"\n{sum(met)} of {len(met)} are met.\n"


def _bounds(found: dict[str, Any]) -> Iterator[str]:
    yield "## What bounds those that are not met\n"
    missed = [goal for goal in goals(found) if not goal.met]
    late = [goal for goal in missed if goal.call == TAILS]
    yield from (f"- **{_name(goal)}.** {_why(goal, found)}" for goal in missed if goal.call != TAILS)
    if late:
        sizes = "; ".join(f"{_at(goal)}: {goal.measured:.1f}" for goal in late)
        yield (
            f"- **{TAILS}** ({sizes} medians). A decision that comes while a reward is learned waits for the "
            "lock, reads what the other core has just written, and may look at a model in full; and whatever "
            "else runs on the machine takes its core."
        )
    for size in found["sizes"]:
        busy = size["busy"]
        if busy["rewards_a_second"] < RATE:
            decide_us, settle_us = (size["core"][call]["mean"] for call in ("decide", "settle"))
            held = decide_us / (decide_us + settle_us)
            yield (
                f"- **{TAILS}, not counted** (d = {size['d']}, K = {size['K']}): "
                f"{busy['rewards_a_second']:,.0f} a second were learned, beside which the 99th percentile is "
                f"{busy['decide']['p99'] / busy['decide']['median']:.1f} medians. Decisions in a row "
                f"hold the lock for up to {held:.0%} of the time, and a reward takes it twice."
            )
    if not missed:
        yield "All are met."
    yield ""


def _at(goal: Goal) -> str:
    return "d = {}, K = {}".format(*goal.size) if goal.size else ""


def _name(goal: Goal) -> str:
    return f"{goal.call} at {_at(goal)}" if goal.size else goal.call


def _why(goal: Goal, found: dict[str, Any]) -> str:
    if goal.at_least:
        return _beside_whom(goal, found)
    call = goal.call.removesuffix(UNLIMITED)
    if call not in CALLS or goal.size is None:
        return f"{goal.measured:.1f} {goal.unit} instead of {goal.limit:g}: no arithmetic of matrices."
    ours = next(r for r in rows(found) if (r.call, (r.d, r.K), r.need.way) == (call, goal.size, OURS))
    ceilings = Ceilings.of(found["ceilings"])
    reach = resident(call, -1, *goal.size, found["ceilings"]["kernels"])
    limit = bound(ours.need, ceilings, reach)
    needs = (
        f"{_amount(ours.need.bytes)} at {ceilings.bandwidth(reach):.0f} GB/s take {limit.memory:.2g} us, "
        f"{ours.need.operations:,.0f} operations {limit.arithmetic:.2g} us"
    )
    if call == "decide_many":
        verdict = (
            "read from the second cache for every prompt; a batch reads it once for 16, and is below that"
        )
    elif limit.least > goal.limit:
        verdict = f"{limit.by} alone puts the goal out of reach of this way on this machine"
    elif limit.least > NEAR * goal.measured:
        verdict = f"{limit.by} is most of the {goal.measured:.1f} us"
    else:
        verdict = f"most of the {goal.measured:.1f} us is neither"
    paced = next(other for other in goals(found) if (other.call, other.size) == (call, goal.size))
    if goal.call != call and goal.measured > paced.measured:
        rest = f"; it is {goal.measured - paced.measured:.1f} us more than under a budget"
        rest += ", where 16 bits leave fewer models open" if call != "feedback" else ""
    elif call == "decide_many":
        rest = ""
    elif goal.call == call and ours.measured is not None:
        rest = f"; from C++ it is {ours.measured:.1f} us, in another run"
    else:
        rest = ""
    return f"{needs}: {verdict}{rest}."


def _beside_whom(goal: Goal, found: dict[str, Any]) -> str:
    call, side = goal.call.split(f", {FASTER}")
    (sides,) = (each["sides"] for each in found["beside"] if (each["d"], each["K"]) == goal.size)
    ours, theirs = (sides[name][call]["median"] for name in ("pilotage", side))
    text = f"{ours:.3g} us beside {theirs:.3g}; it would take {theirs / goal.limit:.3g}"
    if side == "numba" and call == "cycle":
        text += f". Of ours {sides['pilotage']['settle']['median']:.1f} us settle, which a kernel does not"
    elif side == "numba":
        text += ". The kernel does the arithmetic alone, of float64 in halves, and keeps no A"
    else:
        text += f": what bounds {call} bounds this"
    return text + "."


def _beside(found: dict[str, Any]) -> Iterator[str]:
    yield _MADE_OF
    yield _BESIDE
    yield "| d | K | side | call | mean | median | p99 | p99.9 |"
    yield "|---:|---:|---|---|---:|---:|---:|---:|"
    for size in found["beside"]:
        for side, calls in size["sides"].items():
            for call, figures in calls.items():
                cells = " | ".join(f"{figures[key]:,.1f}" for key in ("mean", "median", "p99", "p99.9"))
                yield f"| {size['d']} | {size['K']} | {side} | {call} | {cells} |"
    yield ""


def _needs(found: dict[str, Any]) -> Iterator[str]:
    yield _NEEDS.format(open=_listed(f"{size['open']:.2f}" for size in found["sizes"]))
    yield "| call | d | K | way | bytes | operations | in reach | memory | arithmetic | measured | share |"
    yield "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows(found):
        at = f"| {row.call} | {row.d} | {row.K} | {row.need.way}"
        needs = f"{_amount(row.need.bytes)} | {row.need.operations:,.0f} | {_amount(row.resident)}"
        times = f"{row.bound.memory:.2f} | {row.bound.arithmetic:.2f}"
        ours = "| | |" if row.share is None else f"| {row.measured:.2f} | {row.share:.0%} |"
        yield f"{at} | {needs} | {times} {ours}"
    ours = [row for row in rows(found) if row.need.way == OURS]
    memory = sum(row.bound.by == "memory" for row in ours)
    yield "\n" + _PICTURE.format(calls=len(ours), memory=memory)


def _ceilings(found: dict[str, Any]) -> Iterator[str]:
    caches = ", ".join(f"{name} {_amount(size)}" for name, size in found["caches"].items())
    yield _CEILINGS.format(caches=f"Caches: {caches}" if caches else "The system does not tell its caches")
    isas = found["ceilings"]["isas"]
    columns = [(name, kind) for name in isas for kind in ("float64", "int16")]
    yield f"| size | {' | '.join(f'{kind}, {name}' for name, kind in columns)} |"
    yield "|---:|" + "---:|" * len(columns)
    sizes = [size for size, _ in next(iter(isas.values()))["float64"]]
    for i, size in enumerate(sizes):
        cells = [f"{isas[name][kind][i][1]:.0f}" for name, kind in columns]
        yield f"| {_amount(size)} | {' | '.join(cells)} |"
    peaks = [f"{isas[name]['peak'][kind]:.0f}" for name, kind in columns]
    yield f"| operations a nanosecond, from registers | {' | '.join(peaks)} |"
    yield ""


def _tried(found: dict[str, Any]) -> Iterator[str]:
    yield _TRIED
    sizes = found["unlimited"]
    yield _RULED_OUT.format(most=_listed(f"{1 - 1 / size['K']:.0%}" for size in sizes))
    factors = list(sizes[0]["ruled_out"])
    yield f"| d | K | {' | '.join('the width' if float(f) == 1.0 else f'{f} widths' for f in factors)} |"
    yield "|---:|---:|" + "---:|" * len(factors)
    for size in sizes:
        cells = [f"{size['ruled_out'][factor]:.0%}" for factor in factors]
        yield f"| {size['d']} | {size['K']} | {' | '.join(cells)} |"
    yield ""


def _listed(words: Iterable[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} and {last}" if first else last


def _amount(size: float) -> str:
    for unit, factor in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} B"
