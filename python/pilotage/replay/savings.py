"""What a router saves: the cheapest way without one to earn as much."""

from __future__ import annotations

import math

import numpy as np

from pilotage.arrays import Floats


def cost_of_equal_reward(reward: Floats, cost: Floats, target: float) -> float:
    """Mean cost of the cheapest mixture of models, blind to the prompt, that earns `target`.

    It is nan for more than the best model earns.

    Parameters
    ----------
    reward, cost : (K,) mean reward and mean cost, US dollars, of each model
    target : mean reward, >= 0
    """
    # The optimum mixes a point that earns too little with one that earns enough; "unserved" is a point, too.
    value, price = np.append(reward, 0.0), np.append(cost, 0.0)
    low, high = np.flatnonzero(value < target), np.flatnonzero(value >= target)
    if len(high) == 0:
        return math.nan
    best = float(price[high].min())
    if len(low):
        part = (target - value[low, None]) / (value[high] - value[low, None])
        best = min(best, float((price[low, None] + part * (price[high] - price[low, None])).min()))
    return best


def saved(reward: Floats, cost: Floats, earned: float, paid: float) -> float:
    """Share of the money that is saved against the cheapest blind mixture of equal reward.

    For more than every model earns it is measured against the best model, which earns less. nan where the
    mixture costs nothing, and what is compared with it does.

    Parameters
    ----------
    reward, cost : (K,) mean reward and mean cost of each model
    earned, paid : mean reward and mean cost of what is compared with them
    """
    other = cost_of_equal_reward(reward, cost, min(earned, float(reward.max())))
    if math.isclose(paid, other, rel_tol=1e-9):
        return 0.0  # the same model: rounding is no difference
    return 1.0 - paid / other if other > 0.0 else math.nan
