"""Recorded requests through a router, one after the other, in the core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotage import _check, _core
from pilotage.arrays import Floats


@dataclass(frozen=True, eq=False)
class Replayed:
    """What `Router.replay` did with n requests.

    Attributes
    ----------
    choice : (n,) the model called, by its place in `Router.models`; -1 where the budget refused
    expected_cost : (n,) of that call, US dollars; 0 where there was none
    expected_reward : (n,) of that call; 0 where there was none
    """

    choice: NDArray[np.int64]
    expected_cost: Floats
    expected_reward: Floats


def play_recorded(
    core: _core.Router,
    contexts: Floats,
    input_tokens: Floats,
    estimated: bool,
    costs: ArrayLike,
    rewards: ArrayLike | None,
    pool: Sequence[int],
    explore: bool,
    tenant: str,
) -> Replayed:
    """Outcomes of every request on the models of the pool, through the core: see `Router.replay`.

    Parameters
    ----------
    contexts : (n, d), C-contiguous, and nobody else's
    input_tokens : (n,)
    estimated : whether they are of the prompts alone, and not counted
    pool : indices of the models to choose from, of all that the core has
    """
    shape = len(contexts), len(pool)
    usd = _outcomes("costs", costs, shape, kinds="fiu")
    told = np.empty((0, 0)) if rewards is None else _outcomes("rewards", rewards, shape, kinds="bfiu")
    if len(pool) < core.size:
        usd = _widened(usd, pool, core.size)
        told = told if rewards is None else _widened(told, pool, core.size)
    choice, cost, reward = _core.replay(
        core,
        contexts,
        input_tokens,
        usd,
        told,
        explore=explore,
        estimated=estimated,
        tenant=tenant,
    )
    place = np.full(core.size + 1, -1)  # the last, for none, too
    place[list(pool)] = np.arange(len(pool))
    return Replayed(place[choice], cost, reward)


def _outcomes(argument: str, value: ArrayLike, shape: tuple[int, int], kinds: str) -> Floats:
    """A copy (n, K) of its own."""
    _check.unmasked(argument, value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{argument} must have shape {shape}, got rows of unequal length") from None
    if shape[0] == 0 and array.size == 0:
        return np.empty(shape)
    if array.dtype.kind not in kinds:
        raise TypeError(f"{argument} must hold real numbers, got dtype {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{argument} must have shape {shape}, got {array.shape}")
    with np.errstate(over="ignore"):  # what is beyond float64 is refused as infinite
        return np.array(array, np.float64, order="C")


def _widened(outcomes: Floats, pool: Sequence[int], models: int) -> Floats:
    """Outcomes of all models that the core has: nobody looks at those of one that is not in the pool."""
    wide = np.zeros((len(outcomes), models))
    wide[:, list(pool)] = outcomes
    return wide
