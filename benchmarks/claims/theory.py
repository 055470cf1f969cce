"""Proposition 2.1 by simulation: a prior closer to the truth than 0 is, lowers OFUL's regret and its bound.

    r_t = theta*'x(l, q) + noise,    A_t = lambda I + sum x x',    theta_t = A_t^-1 (lambda theta_0 + sum r x)
    play argmax theta_t'x + beta_t |x|_{A^-1}
    beta_t = sqrt(lambda) S + R sqrt(2 log(1/delta) + d log(1 + t / (lambda d)))

S = |theta* - theta_0| and R = 0.1. All models share theta, as in the proof; the router's models do not.
"""

from __future__ import annotations

import math

import numpy as np

DIM, MODELS, ROUNDS = 8, 5, 2000
STRENGTH, NOISE, DELTA = 1.0, 0.1, 0.05
DISTANCES = (1.0, 0.5, 0.25, 0.0, 1.5)  # |theta* - theta_0| / |theta*|; 1: no prior


def bound(distance: float, rounds: int = ROUNDS) -> float:
    """U_T(S) = 4 sqrt(T d log(lambda + T/d)) beta_T."""
    return 4.0 * math.sqrt(rounds * DIM * math.log(STRENGTH + rounds / DIM)) * _radius(distance, rounds)


def simulate(seeds: int) -> dict[str, list[float]]:
    """Cumulative regret after all rounds by distance of the prior, one value for each seed."""
    return {str(distance): [_play(distance, seed) for seed in range(seeds)] for distance in DISTANCES}


def _radius(distance: float, rounds: int) -> float:
    """beta after so many rounds."""
    spread = 2.0 * math.log(1.0 / DELTA) + DIM * math.log(1.0 + rounds / (STRENGTH * DIM))
    return math.sqrt(STRENGTH) * distance + NOISE * math.sqrt(spread)


def _play(distance: float, seed: int) -> float:
    random = np.random.default_rng(seed)
    truth = _unit(random.normal(size=DIM))
    start = truth + distance * _unit(random.normal(size=DIM))
    inverse, b, regret = np.eye(DIM) / STRENGTH, STRENGTH * start, 0.0
    for t in range(ROUNDS):
        x = _unit(random.normal(size=(MODELS, DIM)))
        width = np.sqrt(np.einsum("kd,de,ke->k", x, inverse, x))
        k = int((x @ (inverse @ b) + _radius(distance, t) * width).argmax())
        mean = x @ truth
        regret += float(mean.max() - mean[k])
        b += (mean[k] + NOISE * random.normal()) * x[k]
        # Sherman-Morrison: A^-1 <- A^-1 - A^-1 x x' A^-1 / (1 + x' A^-1 x)
        u = inverse @ x[k]
        inverse -= np.outer(u, u) / (1.0 + x[k] @ u)
    return round(regret, 4)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)
