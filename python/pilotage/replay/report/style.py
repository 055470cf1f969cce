"""How replays look everywhere: one colour and marker per policy, short names, money and budgets in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotage.replay.runs import Reference, Replay, Run
from pilotage.replay.summary import Summary


@dataclass(frozen=True)
class Look:
    """Colour and marker of one policy."""

    colour: str
    marker: str


# Okabe and Ito's palette, safe for colour-blind readers, without black and yellow; then Tol's muted one.
_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#882255",
    "#999933",
    "#117733",
    "#AA4499",
    "#661100",
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h", "p")
_KNOWN = (
    "pilotage",
    "pilot",
    "linucb",
    "thompson",
    "epoch-greedy",
    "random",
    "explore-only",
    "mixture",
    "knn",
)


def is_single(policy: str) -> bool:
    """Say whether a policy always calls one and the same model."""
    return policy.startswith("always:")


def looks(policies: Sequence[str]) -> dict[str, Look]:
    """Give every policy its own look; the well-known ones have the same look in every replay."""
    known = [policy for policy in _KNOWN if policy in policies]
    others = [policy for policy in policies if policy not in _KNOWN]
    slots = {policy: _KNOWN.index(policy) for policy in known}
    free = [slot for slot in range(len(_COLOURS) * len(_MARKERS)) if slot not in slots.values()]
    slots |= dict(zip(others, free, strict=False))
    # The counts of colours and of markers share no divisor, so a pair comes back only after 132 policies.
    return {
        policy: Look(_COLOURS[slots[policy] % len(_COLOURS)], _MARKERS[slots[policy] % len(_MARKERS)])
        for policy in policies
    }


def policies_of(replay: Replay) -> list[str]:
    """Return the policies in the order of their first run, those of a single model only if all are."""
    names = dict.fromkeys(run.policy for run in replay.runs)
    return [name for name in names if not is_single(name)] or list(names)


def short_names(models: Sequence[str]) -> list[str]:
    """Return what follows the last `/` of every name; the whole name where that would name two models."""
    tails = [model.rstrip("/").rsplit("/", 1)[-1] for model in models]
    return [tail if tails.count(tail) == 1 else model for tail, model in zip(tails, models, strict=True)]


def short_policy(policy: str, models: Sequence[str]) -> str:
    """Shorten the model's name in `always:<model>`."""
    prefix, _, model = policy.partition(":")
    if not is_single(policy) or model not in models:
        return policy
    return f"{prefix}:{short_names(models)[list(models).index(model)]}"


def shorten(text: str, width: int) -> str:
    """Cut a name's middle, where names differ least, down to `width` >= 3 characters."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


def budget_key(item: Run | Reference | Summary) -> float:
    """Return what budgets are told apart by: the fraction, else the ceiling, the same for all seeds."""
    if item.budget_fraction is not None:
        return item.budget_fraction
    # The mean of equal ceilings may differ from them in its last bit.
    return float(f"{item.ceiling_usd:.12g}")


def budgets_of(replay: Replay) -> list[float]:
    """Return the budgets' keys, from small to large."""
    return sorted({budget_key(run) for run in replay.runs})


def middle_budget(replay: Replay) -> float:
    """Return the budget a replay is summed up at: the middle one, the lower of two."""
    budgets = budgets_of(replay)
    return budgets[(len(budgets) - 1) // 2]


def budget_words(replay: Replay, budget: float) -> str:
    """Say a budget in words: `25 % of the best model's cost`, or `$0.00023 per request`."""
    if replay.runs[0].budget_fraction is None:
        return f"{usd(budget)} per request"
    return f"{100 * budget:.3g} % of the best model's cost"


def count(number: int, thing: str) -> str:
    """Write `1 seed`, `1,766 prompts`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def usd(amount: float, digits: int = 3) -> str:
    """Write US dollars with `digits` significant digits and no exponent: `$0.000233`, `$12.5`, `-$0.5`."""
    if amount != amount:
        return "-"
    sign = "-" if amount < 0 else ""
    if amount == 0:
        return "$0"
    exponent = int(f"{abs(amount):.{digits - 1}e}".rpartition("e")[2])
    return f"{sign}${abs(amount):,.{max(0, digits - 1 - exponent)}f}"


def scientific(amount: float) -> str:
    """Write a tick label, in matplotlib's mathematics: `0.05`, `2 10^-4`, `10^-6`."""
    if amount == 0 or 1e-3 <= abs(amount) < 1e5:
        return f"{amount:.6g}"
    mantissa, _, exponent = f"{amount:.3e}".partition("e")
    factor = "" if float(mantissa) == 1 else rf"{float(mantissa):g}\times"
    return rf"${factor}10^{{{int(exponent)}}}$"
