"""ParetoBandit's budget controller, as published, on estimates that are given.

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
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

STEP = 0.05  # eta
SMOOTHING = 0.05  # a, half-life 14 requests
LARGEST = 5.0  # lambda_max
CHEAP, DEAR = 1e-4, 0.10  # US dollars per thousand tokens, the ends of the scale


def primal_dual(reward: Floats, cost: Floats, prices: Floats, ceiling: float) -> NDArray[np.int64]:
    """The model of every request in turn, (N,).

    Parameters
    ----------
    reward, cost : (N, K) expected reward, and US dollars that a call costs
    prices : (K,) c_k, US dollars per thousand tokens, > 0
    ceiling : B, US dollars a request, > 0
    """
    scaled = np.clip(np.log(prices / CHEAP) / math.log(DEAR / CHEAP), 0.0, 1.0)
    choices = np.empty(len(reward), dtype=np.int64)
    price, mean = 0.0, ceiling
    for i, (values, costs) in enumerate(zip(reward, cost, strict=True)):
        score = values - price * scaled
        allowed = prices <= prices.max() / (1.0 + price)
        k = int(np.where(allowed if allowed.any() else True, score, -np.inf).argmax())
        choices[i] = k
        mean = (1.0 - SMOOTHING) * mean + SMOOTHING * costs[k]
        price = min(max(price + STEP * (mean / ceiling - 1.0), 0.0), LARGEST)
    return choices
