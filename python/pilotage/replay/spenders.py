"""Ways to spend a budget that are no policies of `Router`: replays alone have them.

Each takes `value` and `cost` (n, K), expected rewards and US dollars, `actual` (n, K), what calls will be
charged, the budget in US dollars a request, and its draws; it returns the models called, (n,), `UNSERVED` for
none. No call is made that the money left is not expected to cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.frontier import Frontier
from pilotage.replay.references import best_mixture
from pilotage.replay.runs import UNSERVED

Spender: TypeAlias = Callable[[Floats, Floats, Floats, float, np.random.Generator], Ints]

_SAMPLE = 0.025  # of the requests set the one price; PORT's epsilon


def mixture(value: Floats, cost: Floats, actual: Floats, ceiling: float, random: np.random.Generator) -> Ints:
    """Draw from the best blind mixture of models by their mean value and mean cost."""
    shares = best_mixture(value.mean(axis=0), cost.mean(axis=0), ceiling)
    nobody = max(0.0, 1.0 - float(shares.sum()))
    drawn = random.choice(len(shares) + 1, len(value), p=np.append(shares, nobody) / (shares.sum() + nobody))
    return _paid(np.where(drawn == len(shares), UNSERVED, drawn), cost, actual, ceiling * len(value))


def one_price(
    value: Floats, cost: Floats, actual: Floats, ceiling: float, random: np.random.Generator
) -> Ints:
    """The first 2.5 % of the requests go to random models and set one price for all others.

    That is the price at which the linear program over these few meets the budget; then argmax_k value -
    price * cost, and nobody where that is below 0. Reference: PORT (arXiv 2509.02718), with one budget for
    all models.
    """
    n, models = value.shape
    sample = max(1, math.ceil(_SAMPLE * n))
    price = Frontier(value[:sample], cost[:sample]).price(ceiling)
    worth = value - price * cost
    choices = np.where(worth.max(axis=1) > 0.0, worth.argmax(axis=1), UNSERVED)
    choices[:sample] = random.integers(0, models, sample)
    return _paid(choices, cost, actual, ceiling * n)


def hindsight(
    value: Floats, cost: Floats, actual: Floats, ceiling: float, random: np.random.Generator
) -> Ints:
    """The best single price for the whole stream, found with all of its estimates known beforehand.

    No rule that sees one request at a time could do so: a mark for those that do. Reference: PILOT, table 1.
    """
    return _paid(Frontier(value, cost).choices(ceiling), cost, actual, ceiling * len(value))


def _paid(choices: Ints, cost: Floats, actual: Floats, usd: float) -> Ints:
    """The same choices, without those that the money left is not expected to cover."""
    served, spent = np.full(len(choices), UNSERVED, dtype=np.int64), 0.0
    for i, k in enumerate(choices):
        if k != UNSERVED and spent + cost[i, k] <= usd:
            spent += float(actual[i, k])
            served[i] = k
    return served
