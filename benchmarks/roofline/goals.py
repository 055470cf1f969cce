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
UNLIMITED = ", no budget"  # after a call's name
IMPORT = 20.0  # ms
WHEEL = 10.0  # MB


class Goal(NamedTuple):
    call: str
    size: tuple[int, int] | None
    at_most: float
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.at_most

    @property
    def verdict(self) -> str:
        if self.met:
            return "met"
        over = self.measured - self.at_most
        return f"**not met**, by {over:.3g} {self.unit} ({over / self.at_most:.0%})"


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
        yield Goal(TAILS, size, TAIL, busy["p99"] / busy["median"], "medians")
    yield Goal("text to decision", None, TEXT, found["text"], "us")
    yield Goal("import", None, IMPORT, found["import"], "ms")
    yield Goal("wheel", None, WHEEL, found["wheel"], "MB")
