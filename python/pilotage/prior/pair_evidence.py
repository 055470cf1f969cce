"""How many rewards is a past of pairs worth? The log evidence of held-out tasks' pairs.

As with outcomes, see `calibration`: a whole task is held out, and blocks of its pairs are predicted from a
prior of the other tasks, which learns on the way. The margin of pair a, winner i over loser j on x_a, is a
difference of logits; the prior A_0, b_0 that counts as n rewards believes of all of a block

    f ~ N(m, C),   m_a = (logit theta_i'x_a - logit theta_j'x_a) / c
    C_ab = sum_k z_ak z_bk x_a' A_k^-1 x_b / (v c^2),   z_ak = 1 if k = i, -1 if k = j, else 0

c by which rewards are flatter than strengths, see `rewards`; the noise of a reward, v = level (1 - level), is
also the slope of rewards over logits. The evidence of a block,

    log int prod_a sigmoid(f_a) N(f; m, C) df,

is taken by Laplace's method around its mode. n is the likeliest of `COUNTS`.

Reference: Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, algorithm 3.1.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.prior.bradley_terry import fit_pairs, penalties
from pilotage.prior.calibration import BLOCK, BLOCKS, COUNTS, UNTESTED, Calibration, powered
from pilotage.prior.conditional import Conditional
from pilotage.prior.folds import pairs_of
from pilotage.prior.preferences import Preferences
from pilotage.prior.rewards import flattening, logits, of_pairs, rewards_of_strengths
from pilotage.projection import DEFAULT_INTERCEPT

_TASKS = 8  # are held out, those with the most pairs
_FEWEST = 2 * BLOCK  # pairs of a task worth holding out
_NEWTON_STEPS = 50
_TOLERANCE = 1e-8


def choose_of_pairs(
    preferences: Preferences,
    phi: Floats,
    x: Floats,
    task: Ints,
    fitted: Conditional,
    *,
    level: float,
    seed: int,
) -> Calibration:
    """n by the evidence of held-out tasks.

    Parameters
    ----------
    phi, x : (P, d_e) unit embeddings, and (P, d) contexts
    task : (P,) index
    fitted : to all pairs: its penalty serves the fits on the others, which start from it
    level : mean reward of the pool, in (0, 1)
    seed : of the draw of a task's pairs
    """
    random = np.random.Generator(np.random.PCG64(seed))
    of_pair = task[preferences.prompt]
    evidence, tested = np.zeros(len(COUNTS)), 0
    for t in np.argsort(-np.bincount(of_pair), kind="stable")[:_TASKS]:
        here = of_pair == t
        if not _FEWEST <= here.sum() <= len(here) - _FEWEST:
            continue
        rows = random.permutation(np.flatnonzero(here))
        blocks = rows[: len(rows) // BLOCK * BLOCK].reshape(-1, BLOCK)[:BLOCKS]
        evidence += _evidence_of_task(preferences, phi, x, ~here, blocks, fitted, level)
        tested += blocks.size
    if not tested:
        return Calibration(UNTESTED, np.zeros(0))
    return Calibration(COUNTS[int(evidence.argmax())], evidence / tested)


def _evidence_of_task(
    preferences: Preferences,
    phi: Floats,
    x: Floats,
    past: np.ndarray,
    blocks: Ints,
    fitted: Conditional,
    level: float,
) -> Floats:
    """(len(COUNTS),) log evidence of blocks (B, n) of pairs from those where `past` (N,) is true."""
    z = np.hstack([phi, np.ones((len(phi), 1))])
    prompt, winner, loser = pairs_of(preferences, past)
    told = replace(preferences, prompt=prompt, winner=winner, loser=loser)
    start = np.hstack([fitted.profile, fitted.level[:, None]])
    penalty = penalties(fitted.penalty, z.shape[1])
    v = fit_pairs(z, (prompt, winner, loser), len(start), penalty, start)
    statistics = of_pairs(told, x, rewards_of_strengths(z @ v.T, level))
    constant = np.zeros(x.shape[1])
    constant[-1] = level / DEFAULT_INTERCEPT
    flat = flattening()
    evidence = np.zeros(len(COUNTS))
    for i, count in enumerate(COUNTS):
        precision, b, _ = powered(statistics, constant, count)
        theta = np.linalg.solve(precision, b[:, :, None])[:, :, 0]
        covariance = np.asarray(np.linalg.inv(precision), np.float64) / (level * (1.0 - level) * flat**2)
        for block in blocks:
            here, i_won, j_lost = pairs_of(preferences, block)
            logit = logits(x[here] @ theta.T) / flat
            each = np.arange(len(block))
            mean = logit[each, i_won] - logit[each, j_lost]
            evidence[i] += log_evidence(mean, covariance_of_margins(x[here], i_won, j_lost, covariance))
    return evidence


def covariance_of_margins(x: Floats, winner: Ints, loser: Ints, covariance: Floats) -> Floats:
    """C (n, n) of n pairs on x (n, d), the models' logits independent: covariance (K, d, d)."""
    found = np.zeros((len(x), len(x)))
    for k, own in enumerate(covariance):
        sign = (winner == k).astype(np.float64) - (loser == k)  # z_ak
        met = np.flatnonzero(sign)
        signed = sign[met, None] * x[met]
        found[np.ix_(met, met)] += signed @ own @ signed.T
    return found


def log_evidence(mean: Floats, covariance: Floats) -> float:
    """log int prod sigmoid(f) N(f; mean, covariance) df by Laplace's method: mean (n,), covariance (n, n).

    Newton's method in the dual, f = mean + covariance a: no covariance is inverted, it may be singular.
    """
    f, before = mean, -math.inf
    for _ in range(_NEWTON_STEPS):
        chance = 1.0 / (1.0 + np.exp(-f))
        curvature = chance * (1.0 - chance)  # W
        root = np.sqrt(curvature)
        # B = I + W^1/2 C W^1/2
        factor = np.linalg.cholesky(np.eye(len(f)) + root[:, None] * covariance * root)
        wanted = curvature * (f - mean) + 1.0 - chance
        solved = np.linalg.solve(factor.T, np.linalg.solve(factor, root * (covariance @ wanted)))
        a = wanted - root * solved
        f = mean + covariance @ a
        now = float(-0.5 * a @ (f - mean) - np.logaddexp(0.0, -f).sum())
        if abs(now - before) <= _TOLERANCE * (1.0 + abs(now)):
            break
        before = now
    # at the mode: log prod sigmoid(f) - 1/2 a'C a - 1/2 log |B|
    return now - float(np.log(np.diag(factor)).sum())
