"""What every model would have earned, or cost, on every logged prompt: (N, K), cross-fitted.

    q_k(x) = m_k + (x - mu_k)' w_k,    w_k = argmin sum_i (y_i - ȳ_k - (x_i - mu_k)' w)^2 + penalty |w|^2

over the decisions for model k outside x's own fold; ȳ_k and mu_k are means over these, and m_k is ȳ_k shrunk
towards the mean of all models, as if `_SHRINK` decisions had had that. A decision is never predicted by a fit
that has seen it, so that the doubly robust estimate stays unbiased (Chernozhukov et al., Econometrics Journal
21, 2018). Without contexts q_k = m_k.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.ope.log import Log

FOLDS = 5
PENALTY = 5.0  # on unit vectors; the level is free
_SHRINK = 2.0


def features(log: Log, encoder: object = None) -> Floats:
    """Contexts as unit vectors, (N, d); (N, 0) where there are none. Texts go through `encoder`."""
    if log.context is None:
        return np.zeros((len(log), 0))
    if isinstance(log.context, tuple):
        from pilotage.encode import as_encoder

        vectors = as_encoder(encoder).encode(log.context).astype(np.float64)
    else:
        vectors = log.context.astype(np.float64)
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.where(norm > 0.0, norm, 1.0)
    return unit


def cross_fit(x: Floats, chosen: Ints, y: Floats, models: int, *, seed: int = 0) -> Floats:
    """Predicted outcomes of every model, (N, K).

    Parameters
    ----------
    x : (N, d)
    chosen : (N,) whose outcome was seen
    y : (N,) that outcome
    seed : of the folds
    """
    n = len(y)
    predicted = np.zeros((n, models))
    fold = np.random.default_rng(seed).permutation(n) % min(FOLDS, n)
    for each in range(int(fold.max()) + 1):
        out = fold == each
        rest = ~out if n > 1 else out
        overall = float(y[rest].mean())
        for k in range(models):
            seen = rest & (chosen == k)
            predicted[out, k] = _predict(x[seen], y[seen], x[out], overall)
    return predicted


def _predict(x: Floats, y: Floats, new: Floats, overall: float) -> Floats:
    n, d = x.shape
    level = (float(y.sum()) + _SHRINK * overall) / (n + _SHRINK)
    if n < 2 or d == 0:
        return np.full(len(new), level)
    mean = x.mean(axis=0)
    centred = x - mean
    # w = (Xc' Xc + penalty I)^-1 Xc' (y - ȳ)
    weights = np.linalg.solve(centred.T @ centred + PENALTY * np.eye(d), centred.T @ (y - y.mean()))
    line: Floats = level + (new - mean) @ weights
    return line
