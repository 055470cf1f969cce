"""What a contest asks of another library's object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from pilotage.arrays import Floats, Ints


class Library(Protocol):
    """`decide` and `feedback` are what is timed: the calls of its users, from a context to a model's index.

    Whatever else a user must do between the two is part of one of them.
    """

    ROUNDS: ClassVar[int]  # in a turn: fewer, where a call takes milliseconds
    PRECISION: ClassVar[float | None]  # of its scores beside LinUCB's; None: it is another algorithm

    def __init__(self, models: int, dim: int) -> None:
        """alpha = 1, A_0 = I, nothing forgotten, no cost in the score: as the other sides."""

    def teach(self, chosen: Ints, x: Floats, reward: Floats) -> None:  # (n,), (n, d), (n,)
        """All at once, before anything is timed."""

    def decide(self, x: Floats) -> Any:  # x (d,)
        """What its user gets."""

    def choose(self, x: Floats) -> int:  # x (d,)
        """The model chosen; nothing is learned."""

    def outstanding(self, x: Floats, reward: list[float]) -> tuple[int, tuple[Any, ...]]:  # (d,), (K,)
        """Decides, and returns the model and the arguments of the `feedback` that is now due."""

    feedback: Callable[..., Any]

    def scores(self, x: Floats) -> Floats:  # x (d,)
        """mean + alpha width of every model, (K,)."""
