"""The policy in question, as the chance that it gives each model at each logged decision: (N, K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats
from pilotage.ope.log import Log

if TYPE_CHECKING:
    from pilotage.router import Router

ALWAYS = "always:"
UNIFORM = "uniform"
TOLERANCE = 1e-6  # of the sum of one row's chances

# Of a text, a vector (d,) or None, and the names of the candidates: the model, or a chance for each.
Chooser: TypeAlias = Callable[[Any, tuple[str, ...]], "str | Mapping[str, float]"]
Target: TypeAlias = "NDArray[np.floating] | Router | Chooser | str"


def chances(log: Log, target: Target) -> Floats:
    """The chances of `target` at the decisions of `log`, (N, K), each row summing to 1.

    Parameters
    ----------
    target : (N, K) chances in the order of `log.models`; a `Router`, which then is asked for its best
        estimate; a callable, see `Chooser`; "uniform" among the candidates; or "always:<model>"

    Raises
    ------
    TypeError, ValueError : naming what was expected and what came; an unknown model
    """
    from pilotage.router import Router

    if isinstance(target, str):
        return _named(log, target)
    if isinstance(target, Router):
        target = greedy(target)
    if callable(target):
        return _asked(log, target)
    table = np.asarray(target, dtype=np.float64)
    expected = (len(log), len(log.models))
    if table.shape != expected:
        raise ValueError(f"target must have shape {expected}, got {table.shape}")
    wrong = ~(table >= 0.0).all(axis=1) | ~(np.abs(table.sum(axis=1) - 1.0) <= TOLERANCE)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"target must hold chances >= 0 that sum to 1, got {table[row]} in row {row}")
    return table


def uniform(_: object, candidates: tuple[str, ...]) -> dict[str, float]:
    """Every candidate alike."""
    return dict.fromkeys(candidates, 1.0 / len(candidates))


def greedy(router: Router, price: float = 0.0) -> Chooser:
    """What a router thinks best now, without its confidence bound: argmax reward - price * cost.

    Nothing is decided, charged or learned. A router that learned from this very log is flattered by it:
    judge it by decisions it has not seen.

    Parameters
    ----------
    price : lambda, reward per US dollar, >= 0: what money is worth, the dual price of a budget
    """

    def choose(context: Any, candidates: tuple[str, ...]) -> str:
        if context is None:
            raise ValueError("log must have contexts for a router to choose by, got none")
        known = router.estimate(context)
        able = [name for name in candidates if name in known]
        if not able:
            raise ValueError(f"router must know one of the candidates {candidates}, got {router.models}")
        return max(able, key=lambda name: known[name][0] - price * known[name][2])

    return choose


def _named(log: Log, name: str) -> Floats:
    if name == UNIFORM:
        alike: Floats = log.candidates / log.candidates.sum(axis=1, keepdims=True)
        return alike
    model = name.removeprefix(ALWAYS)
    if not name.startswith(ALWAYS) or model not in log.models:
        known = ", ".join(log.models)
        raise ValueError(f"target must be uniform or always:<model> with one of {known}, got {name!r}")
    table = np.zeros((len(log), len(log.models)))
    table[:, log.models.index(model)] = 1.0
    return table


def _asked(log: Log, choose: Chooser) -> Floats:
    index = {name: k for k, name in enumerate(log.models)}
    table = np.zeros((len(log), len(log.models)))
    for row, able in enumerate(log.candidates):
        names = tuple(name for name, is_able in zip(log.models, able, strict=True) if is_able)
        answer = choose(None if log.context is None else log.context[row], names)
        given = {answer: 1.0} if isinstance(answer, str) else answer
        unknown = [name for name in given if name not in index]
        if unknown:
            raise ValueError(f"target must choose among {', '.join(index)}, got {unknown[0]!r} in row {row}")
        values = list(given.values())
        if not all(value >= 0.0 for value in values) or not abs(sum(values) - 1.0) <= TOLERANCE:
            raise ValueError(f"target must give chances >= 0 that sum to 1, got {dict(given)} in row {row}")
        for name, chance in given.items():
            table[row, index[name]] = chance
    return table
