"""How well costs are foreseen."""

from __future__ import annotations

from typing import NamedTuple


class CostCalibration(NamedTuple):
    """What one model's settled calls cost, beside what was expected of them; see `Router.costs`.

    Attributes
    ----------
    settled : calls settled so far; those released or expired are not counted
    expected, actual : what was expected of them together, and what they cost, US dollars
    above : how many of them cost more than a share `quantile` of such calls should
    unlearned : how many of them cost so much that no length of an answer explains it: charged, and not
        learned from
    quantile : of the length of an answer, for which money is set aside at least; in [0, 1]
    factor : by which an answer exceeds its expected length at that quantile, as of now; >= 1. It is 2 until
        20 calls are known
    """

    settled: int
    expected: float
    actual: float
    above: int
    unlearned: int
    quantile: float
    factor: float

    @property
    def ratio(self) -> float | None:
        """Actual / expected cost; 1 is right, None before the first call."""
        return self.actual / self.expected if self.expected > 0.0 else None

    @property
    def share_above(self) -> float | None:
        """Share of calls above the quantile; `1 - quantile` is right, None before the first call."""
        return self.above / self.settled if self.settled else None
