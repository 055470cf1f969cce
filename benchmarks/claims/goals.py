"""What `pilotage` sets out to reach with bandit feedback only: the skyline, and 95 % at 25 % of the cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.claims.figures import Pool, mark, mark_share, paired, percent, reward, share, side, text
from benchmarks.claims.protocol import BUDGETS
from benchmarks.claims.verdicts import BEST

GOAL, BUDGET = 0.95, 0.25  # share of the best model's score, at a share of its cost
SIDES = {1: "ahead", 0: "level", -1: "behind"}


def section(found: dict[str, Any]) -> Iterator[str]:
    """Both goals, pool by pool."""
    yield "## Our own goals\n"
    yield (
        f"`{BEST}` minus the skyline, a ridge regression that was told every model's outcome on every "
        f"learning prompt; and its share of the best model's score at {100 * BUDGET:g} % of the cost, where "
        f"{100 * GOAL:g} % is the goal. The oracle knows every outcome of the prompts that it serves: what "
        f"lies between it and the skyline, no linear model can tell from this encoder's vectors.\n"
    )
    budgets = " | ".join(f"{100 * budget:g} %" for budget in BUDGETS)
    yield f"| pool | {budgets} | share at {100 * BUDGET:g} % | skyline | oracle | goal |"
    yield "|---" * (len(BUDGETS) + 5) + "|"
    for pool in (*found["pools"], *found["single"]):
        cells = [_beside(pool, "skyline", budget) for budget in BUDGETS]
        shares = [
            share(pool, BEST, BUDGET),
            *(mark_share(pool, name, BUDGET) for name in ("skyline", "oracle")),
        ]
        cells += [percent(each) for each in shares]
        yield f"| {pool['title']} | {' | '.join(cells)} | {verdict(shares[0].mean, shares[1].mean)} |"
    yield ""
    yield (
        f"The skyline is told K rewards a prompt, `{BEST}` one. Beside the same ridge told every model's "
        "outcome on one learning prompt of K only, as many rewards, drawn evenly and for nothing:\n"
    )
    yield f"| pool | {budgets} |"
    yield "|---" * (len(BUDGETS) + 1) + "|"
    for pool in (*found["pools"], *found["single"]):
        yield f"| {pool['title']} | {' | '.join(_beside(pool, 'alike', budget) for budget in BUDGETS)} |"
    yield ""


def verdict(ours: float, skyline: float) -> str:
    """Whether the goal is reached, and if not, whether full information would do."""
    if ours >= GOAL:
        return "**reached**"
    return "**missed**, full information " + ("reaches it" if skyline >= GOAL else "misses it, too")


def _beside(pool: Pool, name: str, budget: float) -> str:
    over = paired(reward(pool, BEST, budget), mark(pool, name, budget))
    return f"{text(over, '+.3f')} {SIDES[side(over)]}"
