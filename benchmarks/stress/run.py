"""64 threads against one limit, beside LiteLLM's provider budget: `python -m benchmarks.stress.run`.

Writes README.md beside this file. LiteLLM is played where it is installed: `pip install litellm`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from benchmarks.stress.harness import ASKED, HELD, THREADS, USUAL_COST, Outcome, stress, switch_often
from benchmarks.stress.together import DAYS, TENANTS, together

PAGE = Path(__file__).with_name("README.md")
FEW = 1_000  # requests beside LiteLLM
CALLS = [20, 250]  # limits beside LiteLLM, in calls of about average cost
LATENCY = 0.1  # seconds, of a call beside LiteLLM


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    options = parser.parse_args()
    switch_often()
    PAGE.write_text("\n".join(_page(options.requests)) + "\n", encoding="utf-8")


def _page(requests: int) -> Iterator[str]:
    many = stress(requests, held=HELD)
    asked = ", ".join(f"{tokens:,}" for tokens in ASKED)
    most = THREADS * (HELD + 1)
    yield _HEAD.format(requests=requests, threads=THREADS, held=HELD, most=most, asked=asked)
    yield from _table(many)
    yield ""
    yield f"{os.cpu_count()} cores, Python {platform.python_version()}; {many.seconds:.0f} s, " + (
        f"{1e6 * many.seconds / requests:.0f} us a request with everything that the harness does."
    )
    yield ""
    yield from _several(requests // 5)
    yield ""
    yield from _beside_litellm()


def _table(outcome: Outcome) -> Iterator[str]:
    tally = outcome.tally
    rows = {
        "limit": f"${outcome.limit:,.9f}",
        "settled at the end": f"${outcome.settled:,.9f}",
        "sum of what the threads paid": f"${tally.charged / 1e9:,.9f}",
        "share of the limit used": f"{100 * outcome.used:.5f} %",
        f"most that was settled and reserved at once, in {outcome.looks:,} looks": f"${outcome.highest:,.9f}",
        "most that was reserved at once": f"${outcome.in_flight:,.9f}",
        "calls that cost more than was reserved": f"{outcome.overruns}",
        "served": f"{tally.served:,}",
        "of them released": f"{tally.released:,}",
        "of them settled twice": f"{tally.settled_twice:,}",
        "answers of `settle`, `release` and `feedback` that were wrong": f"{tally.wrong}",
        "refused": f"{tally.refused:,}",
        "of them with enough money left, a moment later": f"{tally.refused_with_money:,}",
        "reserved at the end": f"${outcome.reserved}",
    }
    yield "| | |"
    yield "|---|---:|"
    for name, value in rows.items():
        yield f"| {name} | {value} |"


def _several(requests: int) -> Iterator[str]:
    several = together(requests)
    tally = several.tally
    yield _SEVERAL.format(requests=requests, threads=THREADS, tenants=TENANTS, days=DAYS)
    yield "| account | limit | most that was settled and reserved at once | settled at the end | share used |"
    yield "|---|---:|---:|---:|---:|"
    for name, account in sorted(several.accounts.items()):
        settled = several.settled[name]
        yield (
            f"| {name} | ${account.limit:,.6f} | ${account.highest:,.6f} | ${settled:,.6f} "
            f"| {100 * settled / account.limit:.3f} % |"
        )
    yield ""
    over = sum(account.over for account in several.accounts.values())
    yield (
        f"{several.looks:,} looks at all accounts: {over} found one above its limit. {tally.served:,} "
        f"served, {tally.refused:,} refused, {tally.refused_with_money:,} of them with enough money left a "
        f"moment later; {tally.wrong} wrong answers. What the threads paid and what the accounts of the "
        f"tenants and of all say differs by ${several.apart:.9f} at most. "
        f"${several.after_period:,.6f} was charged in all after the day of its call. "
        f"Reserved at the end: ${several.reserved}. {several.seconds:.0f} s."
    )


def _beside_litellm() -> Iterator[str]:
    if importlib.util.find_spec("litellm") is None:
        yield "LiteLLM was not installed."
        return
    from importlib.metadata import version

    from benchmarks.stress import litellm_budget

    yield _BESIDE.format(
        version=version("litellm"), requests=FEW, threads=THREADS, latency=1000 * LATENCY, calls=CALLS
    )
    yield "| | limit | spent | share | served | refused | of them with money left |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for calls in CALLS:
        ours = stress(FEW, latency=LATENCY, limit=calls * USUAL_COST)
        tally = ours.tally
        yield _row(
            "pilotage", ours.limit, ours.settled, tally.served, tally.refused, tally.refused_with_money
        )
    average = litellm_budget.stress(200, LATENCY, None).spent / 200
    for calls in CALLS:
        theirs = litellm_budget.stress(FEW, LATENCY, calls * average)
        yield _row(
            "LiteLLM",
            calls * average,
            theirs.spent,
            theirs.served,
            theirs.refused,
            theirs.refused_with_money,
        )


def _row(name: str, limit: float, spent: float, served: int, refused: int, with_money: int) -> str:
    return (
        f"| {name} | ${limit:,.6f} | ${spent:,.6f} | {100 * spent / limit:.2f} % | {served:,} | {refused:,} "
        f"| {with_money:,} |"
    )


_HEAD = """\
# A limit under stress

Written by `python -m benchmarks.stress.run`. {threads} threads send {requests:,} requests through one
`pilotage.Router` with one hard budget, `Budget(usd=...)`, of about half of what they would cost. Half of them
ask for answers of at most {asked} tokens, as many each, half leave the limit to the
router. A thread answers a call when it has made {held} more, so that up to {most} are in flight. A call costs
0.2 to 5 times what its model's `expected_output_tokens` cost, evenly in the logarithm, as far as its
`max_tokens` lets it; 10 % are aborted and released, 5 % settled twice, half of
those with another amount; one in five gets a reward. Another thread watches the account all the time. A
refusal counts as *with enough money left* where, a moment after it, what is neither settled nor reserved
would pay for what 19 of 20 calls of the cheapest model cost: what other threads gave back in that moment
counts, too.
"""

_SEVERAL = """\
## Several limits at once

{requests:,} requests of {threads} threads, on behalf of {tenants} tenants, of which the last asks eight times
as often as the first, under three hard budgets: in total, for each tenant (`tenant="*"`), and for each of
{days} days (`period="1d"`) of a clock that the requests move. The last day's account is the one at the end.
"""

_BESIDE = """\
## Beside LiteLLM

The provider budget of LiteLLM {version} in the same harness: {requests:,} requests, {threads} at once, each
call takes {latency:.0f} ms, limits of about {calls[0]} and {calls[1]} calls. LiteLLM's calls are mocked,
`acompletion(mock_response=...)` with answers of 20 to 500 words, priced by its own map, through
`Router(provider_budget_config=...)`; it charges a call after its success.
"""


if __name__ == "__main__":
    main()
