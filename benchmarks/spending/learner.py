"""One learner under one budget from the first request on, and the rules that may choose for it.

Every model has a ridge regression of its rewards and one of its costs, both learned from its own calls alone.
With u_k = reward_k - price * cost_k, and 0 for nobody,

    expected    argmax u_k   with  reward = theta'x + alpha width,  cost = phi'z               as `Router`
    optimistic  argmax u_k   with  cost = phi'z - beta s width,  too                           LinCBwK
    squarecb    a draw       p_k = 1 / (K + gamma sqrt(t) (u_best - u_k)),  the rest to the best; alpha = 0

where s is the deviation of the model's costs from what was expected. The price is solved for: the last 500
requests would have cost what is left for each, had they been chosen by argmax u_k. What is drawn is charged.

References: Agrawal and Devanur (NeurIPS 2016), Linear contextual bandits with knapsacks; Slivkins,
Sankararaman and Foster (COLT 2023), Contextual bandits with packing and covering constraints; Foster and
Rakhlin (ICML 2020) for SquareCB.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from pilotage.arrays import Floats

MEMORY = 500  # requests that the price looks back on
EVERY = 10  # requests between two solutions, after the first 50
STEEPEST = 1e8  # reward per US dollar; no price is above it
FLOOR = 0.1  # of a model's mean cost: no call is taken to cost less


class Rule(NamedTuple):
    """How to choose."""

    alpha: float = 1.5  # width of the bound of the reward
    beta: float = 0.0  # and of the cost
    gamma: float = 0.0  # SquareCB's; 0 for argmax


class Start(NamedTuple):
    """What is believed before the first request."""

    inverse: Floats  # A^-1 of the rewards, (K, d, d)
    b: Floats  # (K, d)
    usd: Floats  # mean cost of a call, (K,)


@njit(cache=True)
def play(x, z, reward, cost, inverse, b, usd, budget, alpha, beta, gamma, draws):
    """The model of every request, (N,), -1 for none.

    x (N, d), z (N, m), reward and cost (N, K), draws (N,) in [0, 1); inverse, b and usd as in `Start`.
    """
    n, models, m = len(x), reward.shape[1], z.shape[1]
    theta = np.empty((models, x.shape[1]))
    inverse_of_cost, b_of_cost, phi = np.zeros((models, m, m)), np.zeros((models, m)), np.zeros((models, m))
    for k in range(models):
        theta[k] = inverse[k] @ b[k]
        inverse_of_cost[k] = np.eye(m)
        b_of_cost[k, m - 1] = phi[k, m - 1] = usd[k]
    calls, squares = np.zeros(models), np.zeros(models)
    values, costs = np.zeros((MEMORY, models)), np.zeros((MEMORY, models))
    choices = np.full(n, -1)
    left, price = budget, 0.0
    for t in range(n):
        value, expected = values[t % MEMORY], costs[t % MEMORY]
        for k in range(models):
            width = np.sqrt(max(x[t] @ (inverse[k] @ x[t]), 0.0))
            value[k] = theta[k] @ x[t] + alpha * width
            deviation = np.sqrt(squares[k] / calls[k]) if calls[k] > 1 else 0.5 * usd[k]
            error = deviation * np.sqrt(max(z[t] @ (inverse_of_cost[k] @ z[t]), 0.0))
            expected[k] = max(phi[k] @ z[t] - beta * error, FLOOR * usd[k])
        if t < 50 or t % EVERY == 0:
            price = solve(values, costs, min(t + 1, MEMORY), left / (n - t), price)
        k = draw(value - price * expected, expected <= left, gamma * np.sqrt(t + 1.0), draws[t])
        choices[t] = k
        if k < 0:
            continue
        left -= cost[t, k]
        error = cost[t, k] - phi[k] @ z[t]
        squares[k] += error * error
        calls[k] += 1.0
        learn(inverse[k], b[k], theta[k], x[t], reward[t, k])
        learn(inverse_of_cost[k], b_of_cost[k], phi[k], z[t], cost[t, k])
    return choices


@njit(cache=True)
def learn(inverse, b, theta, x, y):
    """Sherman and Morrison: A <- A + x x', b <- b + y x, theta <- A^-1 b."""
    direction = inverse @ x
    scale = 1.0 / (1.0 + x @ direction)
    for i in range(len(x)):
        inverse[i] -= (scale * direction[i]) * direction
    b += y * x
    theta[:] = inverse @ b


@njit(cache=True)
def draw(worth, affordable, gamma, left):
    """The best that can be paid and is worth more than nobody, or SquareCB's draw around it; -1 for none."""
    best = -1
    for k in range(len(worth)):
        if affordable[k] and worth[k] >= 0.0 and (best < 0 or worth[k] > worth[best]):
            best = k
    if best < 0 or gamma == 0.0:
        return best
    for k in range(len(worth)):
        if k != best and affordable[k]:
            # p_k = 1 / (K + gamma sqrt(t) (u_best - u_k))
            left -= 1.0 / (len(worth) + gamma * (worth[best] - worth[k]))
            if left < 0.0:
                return k
    return best


@njit(cache=True)
def solve(values, costs, rows, rate, guess):
    """The price at which a request of the first `rows` costs `rate` on average; 0 where it costs no more."""
    if spend(values, costs, rows, 0.0) <= rate:
        return 0.0
    low, high = 0.0, guess if guess > 0.0 else 1.0
    while high < STEEPEST and spend(values, costs, rows, high) > rate:
        low, high = high, 2.0 * high
    while high - low > 1e-3 * high:
        middle = 0.5 * (low + high)
        if spend(values, costs, rows, middle) > rate:
            low = middle
        else:
            high = middle
    return high


@njit(cache=True)
def spend(values, costs, rows, price):
    """What a request costs on average at a price, US dollars."""
    total = 0.0
    for i in range(rows):
        best, usd = 0.0, 0.0
        for k in range(values.shape[1]):
            worth = values[i, k] - price * costs[i, k]
            if worth > best:
                best, usd = worth, costs[i, k]
        total += usd
    return total / rows
