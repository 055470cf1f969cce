"""One model for every prompt of a batch, under one budget: the offline multi-choice knapsack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotage import _check, _core


@dataclass(frozen=True, eq=False)
class Solution:
    """What `solve` found.

    Attributes
    ----------
    choice : (N,) int64, the model of every prompt, -1 for none; None when no choice fits the budget
    value : sum of the chosen values; -inf when nothing fits
    cost : US dollars, never above the budget; nan when nothing fits
    upper_bound : no choice within the budget is worth more, costs as `solve` rounds them; equals `value` when
        `optimal`
    optimal : whether `choice` is proven to be the best; False when nothing fits
    """

    choice: NDArray[np.int64] | None
    value: float
    cost: float
    upper_bound: float
    optimal: bool


def solve(
    values: ArrayLike,
    costs: ArrayLike,
    budget: float,
    *,
    allow_none: bool = False,
    time_limit: float | None = None,
) -> Solution:
    """Choose one model per prompt so that the total value is largest and the total cost within the budget.

        maximise  sum_i values[i, choice_i]   subject to   sum_i costs[i, choice_i] <= budget

    Parameters
    ----------
    values : (N, K) finite, within +-1e200; N may be 0
    costs : (N, K) US dollars, finite and >= 0. A cost above the budget bars that choice
    budget : US dollars for all prompts together, in [0, 4e9]
    allow_none : a prompt may also go to no model, choice -1, which costs and earns nothing
    time_limit : seconds after which the best choice so far is returned with its bound, >= 0. The linear
        relaxation, some microseconds per prompt, is always finished. By default there is no limit

    Returns
    -------
    Solution
        Too small a budget is no error: `choice` is None then, which cannot happen with `allow_none`.

    Raises
    ------
    TypeError, ValueError : naming the argument

    Notes
    -----
    Money is counted in whole nano-dollars, each cost rounded up and the budget down, so that the true total
    cannot exceed the budget. A cost that differs from a whole number by float64 rounding only, as 17 * 1.5e-7
    may, is that number. `upper_bound` and `optimal` are of these rounded costs: a cost between 0 and 1e-9
    counts as 1e-9, and a choice that is affordable as given, but not when rounded, may be worth more. Costs
    that small are better given in a smaller unit, and the budget with them.

    `optimal` is exact where the values are multiples of a simple fraction (0/1, halves, thirds, up to four
    decimals). For other values it means: no choice is better by more than 1e-12 of the sum, over prompts, of
    the largest difference between two values of the prompt.

    Solving takes milliseconds where costs and values are those of language models. Where values are strongly
    correlated with costs, as "cost plus a constant" is, a proof may be out of reach: the search then keeps a
    million states at most, some 300 MB, gives up after some seconds, and `optimal` is False. The result is
    deterministic, unless `time_limit` cuts it short. Ctrl-C works.

    The method is a linear relaxation on convex hulls, reduction by reduced costs, and dynamic programming on
    an expanding core: Sinha and Zoltners (1979), Dyer (1984), Zemel (1984), Dudzinski and Walukiewicz (1987),
    Pisinger (1995).

    Examples
    --------
    >>> from pilotage import knapsack
    >>> values = [[0.6, 0.9], [0.5, 0.6], [0.3, 0.8]]  # expected reward of 3 prompts on 2 models
    >>> costs = [[0.001, 0.010], [0.001, 0.010], [0.001, 0.010]]  # US dollars
    >>> solution = knapsack.solve(values, costs, budget=0.022)
    >>> solution.choice
    array([1, 0, 1])
    >>> solution.value, solution.cost, solution.optimal
    (2.2, 0.021, True)
    >>> knapsack.solve(values, costs, budget=0.002).choice is None
    True
    >>> knapsack.solve(values, costs, budget=0.002, allow_none=True).choice
    array([ 0,  0, -1])
    """
    values_, costs_ = _matrix("values", values), _matrix("costs", costs)
    allow_none = _check.flag("allow_none", allow_none)
    usd = _check.number("budget", budget)
    if time_limit is not None:
        time_limit = _check.nonnegative("time_limit", time_limit)
    choice, value, cost, upper_bound, optimal = _core.solve_knapsack(
        values_, costs_, usd, allow_none, time_limit
    )
    return Solution(choice, value, float("nan") if choice is None else cost, upper_bound, optimal)


def _matrix(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A matrix of float64 with contiguous rows, `value` itself where it is one."""
    _check.unmasked(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have shape (N, K), got rows of unequal length") from None
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (N, K), got {array.shape}")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float64)
