"""What a router saves: the cheapest way without one to earn as much."""

from __future__ import annotations

import math

import numpy as np

from pilotage.replay.outcomes import Floats
from pilotage.replay.report import style
from pilotage.replay.runs import Replay, picked
from pilotage.replay.summary import Interval, interval


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


def saved(replay: Replay, policy: str, budget: float) -> Interval:
    """Share of the money that a policy saves against the cheapest blind mixture of equal reward, over seeds.

    Where it earns more than every model, against the best model, which earns less. nan where a mixture costs
    nothing.
    """
    shares = []
    for run in replay.runs:
        if run.policy != policy or style.budget_key(run) != budget:
            continue
        deploy = replay.splits[run.seed].deployment
        reward, cost = replay.outcomes.reward[deploy].mean(axis=0), replay.outcomes.cost[deploy].mean(axis=0)
        earned = float(picked(replay.outcomes.reward, deploy, run.deployed).mean())
        paid = float(picked(replay.outcomes.cost, deploy, run.deployed).mean())
        other = cost_of_equal_reward(reward, cost, min(earned, float(reward.max())))
        shares.append(1.0 - paid / other if other > 0.0 else math.nan)
    return interval(shares)


def ahead(replay: Replay, policy: str, budget: float) -> tuple[int, int]:
    """In how many seeds a policy earns more than the envelope, and how many there are."""
    envelopes = {each.seed: each.envelope for each in replay.references if style.budget_key(each) == budget}
    wins = [
        float(picked(replay.outcomes.reward, replay.splits[run.seed].deployment, run.deployed).mean())
        > envelopes[run.seed]
        for run in replay.runs
        if run.policy == policy and style.budget_key(run) == budget
    ]
    return sum(wins), len(wins)
