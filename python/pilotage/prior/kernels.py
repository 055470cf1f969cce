"""The inner loops of training, compiled by numba: one pass over the pairs each."""

from __future__ import annotations

import math

import numpy as np

from pilotage.arrays import Floats, Ints

try:
    from numba import njit
except ImportError as error:  # pragma: no cover
    raise ImportError('fitting a prior needs numba: pip install "pilotage[train]"') from error


@njit(cache=True)
def margins(z: Floats, v: Floats, prompt: Ints, winner: Ints, loser: Ints) -> Floats:
    """z_q'(v_winner - v_loser) of every pair: (P, d), (K, d), three times (N,) -> (N,)."""
    out = np.empty(len(prompt))
    for n in range(len(prompt)):
        q, i, j = prompt[n], winner[n], loser[n]
        total = 0.0
        for c in range(z.shape[1]):
            total += z[q, c] * (v[i, c] - v[j, c])
        out[n] = total
    return out


@njit(cache=True)
def scattered(z: Floats, weight: Floats, prompt: Ints, winner: Ints, loser: Ints, models: int) -> Floats:
    """Transpose of `margins`: the sum of weight z_q, to the winner's row and from the loser's: (K, d)."""
    out = np.zeros((models, z.shape[1]))
    for n in range(len(prompt)):
        q, i, j = prompt[n], winner[n], loser[n]
        for c in range(z.shape[1]):
            step = weight[n] * z[q, c]
            out[i, c] += step
            out[j, c] -= step
    return out


@njit(cache=True)
def triplet_gradient(psi: Floats, margin: float, gradient_out: Floats) -> float:
    """Loss of a batch of triplets, and its gradient.

        loss = mean max(0, margin + cos(a, n) - cos(a, p))

    Parameters
    ----------
    psi : (3, B, m) anchors, positives, negatives
    gradient_out : (3, B, m) of the mean loss with respect to psi
    """
    batch, m = psi.shape[1], psi.shape[2]
    loss = 0.0
    for t in range(batch):
        aa = ap = an = pp = nn = 1e-12
        for c in range(m):
            a, p, n = psi[0, t, c], psi[1, t, c], psi[2, t, c]
            aa += a * a
            pp += p * p
            nn += n * n
            ap += a * p
            an += a * n
        la, lp, ln = math.sqrt(aa), math.sqrt(pp), math.sqrt(nn)
        cos_p, cos_n = ap / (la * lp), an / (la * ln)
        over = margin + cos_n - cos_p
        if over <= 0.0:
            gradient_out[:, t, :] = 0.0
            continue
        loss += over
        for c in range(m):
            # d cos(a, p) / da = (p / |p| - cos a / |a|) / |a|
            a, p, n = psi[0, t, c] / la, psi[1, t, c] / lp, psi[2, t, c] / ln
            gradient_out[0, t, c] = ((n - cos_n * a) - (p - cos_p * a)) / (la * batch)
            gradient_out[1, t, c] = -(a - cos_p * p) / (lp * batch)
            gradient_out[2, t, c] = (a - cos_n * n) / (ln * batch)
    mean: float = loss / batch
    return mean


@njit(cache=True)
def cosines(theta: Floats, psi: Floats) -> Floats:
    """cos(theta_k, psi_q): (K, m), (P, m) unit rows -> (K, P)."""
    out = np.zeros((len(theta), len(psi)))
    for k in range(len(theta)):
        norm = math.sqrt(np.sum(theta[k] * theta[k])) + 1e-12
        for q in range(len(psi)):
            total = 0.0
            for c in range(psi.shape[1]):
                total += theta[k, c] * psi[q, c]
            out[k, q] = total / norm
    return out


@njit(cache=True)
def vector_gradient(theta: Floats, psi: Floats, prompt: Ints, winner: Ints, loser: Ints) -> Floats:
    """Gradient in theta (K, m) of the mean cross-entropy of the two-way softmax of cosines.

        p = 1 / (1 + exp(cos(theta_loser, psi) - cos(theta_winner, psi))),    loss = -mean log p

    psi (P, m) has unit rows; prompt, winner and loser (B,) are one batch.
    """
    models, m = theta.shape
    norm = np.empty(models)
    for k in range(models):
        norm[k] = math.sqrt(np.sum(theta[k] * theta[k])) + 1e-12
    out = np.zeros((models, m))
    for n in range(len(prompt)):
        q, i, j = prompt[n], winner[n], loser[n]
        cos_i = cos_j = 0.0
        for c in range(m):
            cos_i += theta[i, c] * psi[q, c]
            cos_j += theta[j, c] * psi[q, c]
        cos_i /= norm[i]
        cos_j /= norm[j]
        pull = 1.0 / (1.0 + math.exp(cos_i - cos_j)) / len(prompt)  # 1 - p
        for c in range(m):
            # d cos / d theta = (psi - cos theta / |theta|) / |theta|
            out[i, c] -= pull * (psi[q, c] - cos_i * theta[i, c] / norm[i]) / norm[i]
            out[j, c] += pull * (psi[q, c] - cos_j * theta[j, c] / norm[j]) / norm[j]
    return out
