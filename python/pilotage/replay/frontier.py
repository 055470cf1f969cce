"""The best use of money when every prompt takes at most one model: the fractional multi-choice knapsack.

    maximise  sum_ik value_ik z_ik   subject to   sum_ik cost_ik z_ik <= budget,   sum_k z_ik <= 1,   z >= 0

Only the upper concave hull of each prompt's points (cost, value), begun at "unserved" = (0, 0), matters. Its
edges are steps that buy value at a falling rate, and taking the steps of all prompts in order of their rate
spends any budget best, the last step in part (Sinha and Zoltners, Operations Research 27, 1979). Hulls are
walked for all prompts at once in at most K rounds of O(N K); one sort then answers every budget.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.runs import UNSERVED


class Frontier:
    """Every step worth buying on N prompts and K models, the best rate first.

    Parameters
    ----------
    value : (N, K) finite; a model of value 0 or less is never bought
    cost : (N, K) finite, >= 0
    """

    def __init__(self, value: Floats, cost: Floats) -> None:
        rounds = _hull_edges(value, cost)
        # The sort is stable: equal rates of one prompt stay in hull order.
        order = np.argsort(-np.concatenate([edges.rate for edges in rounds]), kind="stable")
        self._n = len(value)
        self._prompt = np.concatenate([edges.prompt for edges in rounds])[order]  # (S,)
        self._model = np.concatenate([edges.model for edges in rounds])[order]  # (S,)
        # (S + 1,) cost and value of all prompts together after the first s steps
        self._rate = np.concatenate([edges.rate for edges in rounds])[order]  # (S,) value per dollar
        self._spent = np.cumsum(np.append(0.0, np.concatenate([edges.cost for edges in rounds])[order]))
        self._earned = np.cumsum(np.append(0.0, np.concatenate([edges.value for edges in rounds])[order]))

    def bound(self, ceiling: float) -> float:
        """Return the linear program's optimum, a mean per prompt, at a mean cost of at most `ceiling`."""
        # Between two steps value grows linearly with money; after the last there is nothing to buy.
        return float(np.interp(ceiling * self._n, self._spent, self._earned)) / self._n

    def choices(self, ceiling: float) -> Ints:
        """Return each prompt's model, `UNSERVED` for none, (N,), for a mean cost of at most `ceiling`.

        These are the whole steps that fit, best rate first. In other words: `argmax_k value - price * cost`,
        or none where that is below 0, at the lowest price whose spend meets the budget.
        """
        steps = self._affordable(ceiling)
        choice = np.full(self._n, UNSERVED, dtype=np.int64)
        # A prompt's steps come in hull order, and of repeated indices the last assignment stands.
        choice[self._prompt[:steps]] = self._model[:steps]
        return choice

    def price(self, ceiling: float) -> float:
        """Return what one more dollar would earn at a mean cost of `ceiling`; 0 where all is bought."""
        steps = self._affordable(ceiling)
        return float(self._rate[steps]) if steps < len(self._rate) else 0.0

    def _affordable(self, ceiling: float) -> int:
        """Return how many whole steps fit."""
        return int(np.searchsorted(self._spent, ceiling * self._n, side="right")) - 1


class _Edges(NamedTuple):
    """One hull edge each of M prompts: where it leads, and what it costs and earns; every field (M,)."""

    prompt: Ints
    model: Ints
    cost: Floats
    value: Floats
    rate: Floats


def _hull_edges(value: Floats, cost: Floats) -> list[_Edges]:
    """Walk every prompt's hull from (0, 0), edge by edge, always along the steepest slope."""
    prompt = np.arange(len(value), dtype=np.int64)
    spent, earned, rate = np.zeros(len(value)), np.zeros(len(value)), np.full(len(value), np.inf)
    rounds = []
    while True:
        dearer, gain = cost[prompt] - spent[:, None], value[prompt] - earned[:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.where(gain > 0, np.where(dearer > 0, gain / dearer, np.inf), 0.0)
        steepest = slope.max(axis=1)
        # Of equal slopes the longest: a point inside an edge is no vertex.
        model = np.where(slope == steepest[:, None], gain, -np.inf).argmax(axis=1)
        more = np.flatnonzero(steepest > 0)
        prompt, model = prompt[more], model[more]
        rate = np.minimum(rate[more], steepest[more])  # rounding must not turn the order of a hull around
        new_spent, new_earned = cost[prompt, model], value[prompt, model]
        rounds.append(_Edges(prompt, model, new_spent - spent[more], new_earned - earned[more], rate))
        spent, earned = new_spent, new_earned
        if len(prompt) == 0:
            return rounds
