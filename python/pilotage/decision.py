"""One routed request."""

from __future__ import annotations

from typing import TypeAlias

# As the core returns it: id, model, propensity, expected reward, width, expected cost, reserved, reason,
# one flag per model, max_tokens.
RawDecision: TypeAlias = "tuple[int, int, float, float, float, float, float, str, bytes, int | None]"


class Decision:
    """Which model should answer, and why. Read-only.

    Attributes
    ----------
    id : 64-bit, never reused: for `settle`, `release` and `feedback`
    model : name of the model to call
    propensity : chance, in (0, 1], with which this model was chosen
    candidates : names of the models that could have been chosen within the budget
    expected_reward : in the units of the router's `score`
    width : sqrt(x' A^-1 x) of the chosen model, to about three digits (`Router.estimate` is exact); 0 for a
        greedy decision
    expected_cost : US dollars
    reserved : US dollars set aside until the call is settled or released
    max_tokens : the limit on the answer, to be sent upstream with the call: it is what keeps a hard budget,
        see `Budget`. None where none is needed
    reason : "best" (no pacing), "dual_price" (best reward minus price times cost), "cheapest" (the money left
        buys no more), "threshold" (cleared the policy's threshold), "even_split" (within an even split of
        what is left), "exploration" (drawn by the exploration floor) or "adopted" (chosen elsewhere)
    """

    __slots__ = ("_names", "_raw")

    def __init__(self, names: tuple[str, ...], raw: RawDecision) -> None:
        self._names = names
        self._raw = raw

    @property
    def id(self) -> int:
        return self._raw[0]

    @property
    def model(self) -> str:
        return self._names[self._raw[1]]

    @property
    def propensity(self) -> float:
        return self._raw[2]

    @property
    def expected_reward(self) -> float:
        return self._raw[3]

    @property
    def width(self) -> float:
        return self._raw[4]

    @property
    def expected_cost(self) -> float:
        return self._raw[5]

    @property
    def reserved(self) -> float:
        return self._raw[6]

    @property
    def max_tokens(self) -> int | None:
        return self._raw[9]

    @property
    def reason(self) -> str:
        return self._raw[7]

    @property
    def candidates(self) -> tuple[str, ...]:
        # Not strict: a model may have joined since.
        return tuple(name for name, eligible in zip(self._names, self._raw[8], strict=False) if eligible)

    def __repr__(self) -> str:
        return (
            f"Decision(id={self.id}, model={self.model!r}, propensity={self.propensity:.3g}, "
            f"expected_reward={self.expected_reward:.3g}, expected_cost={self.expected_cost:.3g}, "
            f"reserved={self.reserved:.3g}, max_tokens={self.max_tokens}, reason={self.reason!r}, "
            f"candidates={self.candidates!r})"
        )
