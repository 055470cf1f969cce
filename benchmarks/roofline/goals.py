"""What was set as a goal, what was measured, and how far the one is from the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

SIZES = ((64, 3), (64, 11), (384, 3), (384, 11))  # d, K
DECIDE = (1.5, 2.0, 10.0, 25.0)  # us, at each size
FEEDBACK = (1.5, 1.5, 25.0, 30.0)
DECIDE_MANY = {(384, 11): 20.0}  # us of a prompt
TEXT = 20.0  # us
TAIL = 4.0  # medians
TAILS = "p99 beside rewards"
RATE = 9_500  # rewards a second that were learned, at least, for a tail to count
PARETO = {size: 25.0 if size == (384, 11) else 15.0 for size in SIZES}  # times as fast
NUMBA = 1.0
FASTER = "times as fast as "
UNLIMITED = ", no budget"  # after a call's name
IMPORT = 20.0  # ms
WHEEL = 10.0  # MB


class Goal(NamedTuple):
    call: str
    size: tuple[int, int] | None
    limit: float
    measured: float
    unit: str
    at_least: bool = False  # else at most

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def verdict(self) -> str:
        if self.met:
            return "met"
        off = abs(self.measured - self.limit)
        return f"**not met**, by {off:.3g} {self.unit} ({off / self.limit:.0%})"


def goals(found: dict[str, Any]) -> Iterator[Goal]:
    measured = {(size["d"], size["K"]): size for size in found["sizes"]}
    unlimited = {(size["d"], size["K"]): size for size in found["unlimited"]}
    limits = {
        "decide": dict(zip(SIZES, DECIDE, strict=True)),
        "feedback": dict(zip(SIZES, FEEDBACK, strict=True)),
        "decide_many": DECIDE_MANY,
    }
    for call, by_size in limits.items():
        for size, limit in by_size.items():
            yield Goal(call, size, limit, measured[size]["router"][call], "us")
        for size, limit in by_size.items():
            yield Goal(call + UNLIMITED, size, limit, unlimited[size][call], "us")
    for size in SIZES:
        busy = measured[size]["busy"]["decide"]
        if measured[size]["busy"]["rewards_a_second"] >= RATE:
            yield Goal(TAILS, size, TAIL, busy["p99"] / busy["median"], "medians")
    for side, calls, wanted in (
        ("paretobandit", ("decide", "feedback"), PARETO),
        ("numba", ("decide", "feedback", "cycle"), dict.fromkeys(SIZES, NUMBA)),
    ):
        for call in calls:
            for size, times in wanted.items():
                ratio = faster(found, size, side, call)
                if ratio is not None:
                    yield Goal(f"{call}, {FASTER}{side}", size, times, ratio, "times", at_least=True)
    yield Goal("text to decision", None, TEXT, found["text"], "us")
    yield Goal("import", None, IMPORT, found["import"], "ms")
    yield Goal("wheel", None, WHEEL, found["wheel"], "MB")


def faster(found: dict[str, Any], size: tuple[int, int], side: str, call: str) -> float | None:
    """How many times as long the other side takes, by medians; None where it is not installed."""
    (sides,) = (each["sides"] for each in found["beside"] if (each["d"], each["K"]) == size)
    if side not in sides:
        return None
    ratio: float = sides[side][call]["median"] / sides["pilotage"][call]["median"]
    return ratio
