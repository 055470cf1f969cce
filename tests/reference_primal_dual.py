"""ParetoBandit's budget controller in numpy, as published: what the core must choose, step by step.

    model   = argmax_k reward_k - lambda c~_k  over the models with  c_k <= c_max / (1 + lambda)
    mean    <- (1 - a) mean + a cost,          mean_0 = B, the ceiling in US dollars a request
    lambda  <- clip(lambda + eta (mean / B - 1), 0, lambda_max),   lambda_0 = 0

c_k is a list price, half of the input and output prices of a thousand tokens, and c~_k its logarithm scaled
to [0, 1] between 1e-4 and 0.10 US dollars. The ceiling on c_k counts while lambda > 0, and is dropped where
no model is below it. Costs are realised ones; nobody is ever refused.

Reference: Taberner-Miller, ParetoBandit (arXiv 2604.00136), sections 3.1 and 3.2 and its released code.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats

STEP = 0.05  # eta
SMOOTHING = 0.05  # a, half-life 14 requests
LARGEST = 5.0  # lambda_max
CHEAP, DEAR = 1e-4, 0.10  # US dollars per thousand tokens, the ends of the scale


class PrimalDual:
    """ceiling: B, US dollars a request, > 0."""

    def __init__(self, ceiling: float) -> None:
        self.ceiling, self.mean, self.price = ceiling, ceiling, 0.0

    def choose(self, reward: Floats, prices: Floats) -> int:
        """The model of one request; `reward` expected, `prices` c in US dollars a thousand tokens, (K,)."""
        scaled = np.clip(np.log(prices / CHEAP) / math.log(DEAR / CHEAP), 0.0, 1.0)
        allowed = prices <= prices.max() / (1.0 + self.price)
        return int(
            np.where(allowed if allowed.any() else True, reward - self.price * scaled, -np.inf).argmax()
        )

    def settle(self, cost: float) -> None:
        """A call cost so much, US dollars."""
        self.mean = (1.0 - SMOOTHING) * self.mean + SMOOTHING * cost
        self.price = min(max(self.price + STEP * (self.mean / self.ceiling - 1.0), 0.0), LARGEST)


def primal_dual(reward: Floats, cost: Floats, prices: Floats, ceiling: float) -> NDArray[np.int64]:
    """The model of every request in turn, (N,).

    Parameters
    ----------
    reward, cost : (N, K) expected reward, and US dollars that a call costs
    prices : (K,) c_k, US dollars per thousand tokens, > 0
    ceiling : B, US dollars a request, > 0
    """
    policy = PrimalDual(ceiling)
    choices = np.empty(len(reward), dtype=np.int64)
    for i, costs in enumerate(cost):
        choices[i] = policy.choose(reward[i], prices)
        policy.settle(costs[choices[i]])
    return choices
