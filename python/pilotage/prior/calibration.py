"""From offline statistics to a posterior to start from: how many observations is the past worth?

A power prior (Ibrahim and Chen 2000): the offline observations of model k count, together, as n rewards, so
that a direction the past never went is as open as without a prior:

    A_0 = L + s G_k,   b_0 = L theta_pool + s m_k,   s = min(1, n / N_k)
    G_k = sum x x',  m_k = sum r x,  L = diag(PROFILE, ..., PROFILE, LEVEL)

theta_pool is the same regression of the pool's mean reward: each model is shrunk to the pool, weakly in its
level, strongly where prompts differ. Weaker shrinkage predicts other tasks as well or better, but decides
worse there: of many models, the one whose profile is overestimated most is chosen. L is also what a model
has that the past does not know: it starts from theta_pool, as unsure as that.

n is chosen where the past can be tested: a whole task is held out, and blocks of its rewards are predicted
one after the other from a prior of the other tasks, learning on the way. Their log likelihood is the log
evidence of a linear regression, in closed form. How easy a prompt is, the same for all models, decides
nothing: what is predicted are the differences from the models' mean. n is at most `MOST`, so that online
rewards overrule a prior within about as many of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats, Ints

MOST = 100.0
COUNTS = (0.0, 5.0, 10.0, 20.0, 50.0, MOST)
PROFILE = 3.0  # in rewards; chosen with LEVEL on models that no study of ours deploys
LEVEL = 2.5
BLOCK = 64  # rewards of one model in which a prior must pay
BLOCKS = 8  # of each task
_FEWEST = 2 * BLOCK  # prompts of a task worth holding out
UNTESTED = 10.0  # n, where nothing can be held out
_CLUSTERS = 5  # stand for tasks where none are named


@dataclass(frozen=True)
class Statistics:
    """Offline observations of K models as sums.

    Attributes
    ----------
    gram : (K, d, d) sum x x'
    moment : (K, d) sum r x
    count : (K,) how many
    """

    gram: Floats
    moment: Floats
    count: Floats


@dataclass(frozen=True)
class Calibration:
    """What was chosen, and the log evidence at each choice.

    Attributes
    ----------
    count : n, rewards that a model's past counts as
    evidence : (len(COUNTS),) mean log likelihood per contrast; empty where nothing could be held out
    """

    count: float
    evidence: Floats


def powered(statistics: Statistics, constant: Floats, count: float) -> tuple[Floats, Floats, Floats]:
    """A_0 (K, d, d), b_0 (K, d), theta_pool (d,). constant: theta (d,) of the pool's mean reward."""
    shrink = shrinkage(len(constant))
    scale = np.minimum(1.0, count / np.maximum(statistics.count, 1.0))  # s
    precision = np.diag(shrink) + scale[:, None, None] * statistics.gram
    moment = scale[:, None] * statistics.moment
    pool: Floats = np.linalg.solve(precision.mean(axis=0), shrink * constant + moment.mean(axis=0))
    return precision, shrink * pool + moment, pool


def shrinkage(d: int) -> Floats:
    """The diagonal (d,) of L."""
    shrink = np.full(d, PROFILE)
    shrink[-1] = LEVEL
    return shrink


def of_outcomes(x: Floats, reward: Floats) -> Statistics:
    """Every model's reward on every prompt: x (P, d), reward (P, K)."""
    models = reward.shape[1]
    gram = np.broadcast_to(x.T @ x, (models, x.shape[1], x.shape[1]))
    return Statistics(gram, reward.T @ x, np.full(models, float(len(x))))


def choose(x: Floats, reward: Floats, task: Ints, constant: Floats) -> Calibration:
    """n by cross-task evidence.

    Parameters
    ----------
    x : (P, d) contexts
    reward : (P, K)
    task : (P,) index
    constant : theta (d,) of the pool's mean reward
    """
    noise = _noise(x, reward)
    evidence = np.zeros(len(COUNTS))
    contrasts = 0
    for t in range(int(task.max()) + 1):
        if not _FEWEST <= (task == t).sum() <= len(task) - _FEWEST:
            continue
        past = of_outcomes(x[task != t], reward[task != t])
        rows = np.flatnonzero(task == t)
        blocks = rows[: len(rows) // BLOCK * BLOCK].reshape(-1, BLOCK)[:BLOCKS]
        contrasts += blocks.size * (reward.shape[1] - 1)
        for i, count in enumerate(COUNTS):
            precision, b, _ = powered(past, constant, count)
            mean = np.linalg.solve(precision[0], b.T)  # (d, K): every model saw the same prompts
            for block in blocks:
                evidence[i] += _log_evidence(x[block], reward[block], precision[0], mean, noise)
    if not contrasts:
        return Calibration(UNTESTED, np.zeros(0))
    return Calibration(COUNTS[int(evidence.argmax())], evidence / contrasts)


def _log_evidence(x: Floats, y: Floats, precision: Floats, mean: Floats, noise: float) -> float:
    """log N(y; x mean, noise (I + x A_0^-1 x')) of K - 1 contrasts of the models.

    x (n, d), y (n, K), mean (d, K). All models have one covariance, so any orthonormal contrasts will do.
    """
    cover = np.eye(len(x)) + x @ np.linalg.solve(precision, x.T)
    _, log_det = np.linalg.slogdet(cover)
    residual = y - x @ mean
    residual -= residual.mean(axis=1, keepdims=True)
    square = float((residual * np.linalg.solve(cover, residual)).sum()) / noise
    total: float = -0.5 * (
        square + (y.shape[1] - 1) * (float(log_det) + len(x) * np.log(2.0 * np.pi * noise))
    )
    return total


def _noise(x: Floats, reward: Floats) -> float:
    """Variance of a contrast around its regression, pooled over models; never 0."""
    theta = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ reward)
    residual = reward - x @ theta
    residual -= residual.mean(axis=1, keepdims=True)
    noise: float = (residual**2).sum() / (len(x) * (reward.shape[1] - 1))
    return max(noise, 1e-4)


def tasks_of(names: tuple[str, ...] | None, phi: Floats, seed: int) -> Ints:
    """Index of every prompt's task: as named, or clusters of the embeddings where there is only one name."""
    if names is not None and len(set(names)) > 1:
        return np.unique(names, return_inverse=True)[1].astype(np.int64)
    return clusters(phi, _CLUSTERS, seed)


def clusters(phi: Floats, k: int, seed: int) -> Ints:
    """Lloyd's k-means of unit vectors by cosine, from k distinct rows: (P,) in [0, k)."""
    random = np.random.Generator(np.random.PCG64(seed))
    centre = phi[random.choice(len(phi), min(k, len(phi)), replace=False)]
    nearest = np.zeros(len(phi), np.int64)
    for _ in range(50):
        before, nearest = nearest, (phi @ centre.T).argmax(axis=1)
        if (nearest == before).all():
            break
        for c in range(len(centre)):
            if (nearest == c).any():
                total = phi[nearest == c].sum(axis=0)
                centre[c] = total / max(float(np.linalg.norm(total)), 1e-12)
    return nearest.astype(np.int64)
