"""Bradley-Terry, blind to the prompt or conditional on it: a ridge-penalised logistic regression of pairs.

    P(i beats j | q) = 1 / (1 + exp(-z_q'(v_i - v_j)))
    min over v:  -sum log P(winner beats loser | q) + 1/2 sum_k v_k' diag(penalty) v_k

With z_q = 1 these are the strengths of Bradley and Terry (1952). With z_q = [phi, 1] every model also has a
profile over prompts, as far as the penalty lets it. Solved by Newton's method, its linear systems by
conjugate gradients: nothing of size (K d)^2 is formed.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.kernels import margins, scattered
from pilotage.prior.vectors import Pairs

LEVEL_PENALTY = 0.5  # on a strength: keeps a model that never lost finite
_NEWTON_STEPS = 50
_TOLERANCE = 1e-8


def fit_pairs(z: Floats, pairs: Pairs, models: int, penalty: Floats, start: Floats | None = None) -> Floats:
    """v (K, d). z (P, d), penalty (d,) > 0."""
    v = np.zeros((models, z.shape[1])) if start is None else start.copy()
    for _ in range(_NEWTON_STEPS):
        margin = margins(z, v, *pairs)
        lost = 1.0 / (1.0 + np.exp(np.clip(margin, -500.0, 500.0)))  # 1 - P
        gradient = penalty * v - scattered(z, lost, *pairs, models)
        if np.abs(gradient).max() < _TOLERANCE * (1.0 + len(margin)):
            break
        step = _solve(z, pairs, lost * (1.0 - lost), penalty, gradient)
        v -= _damped(z, pairs, v, step, penalty, margin) * step
    return v


def penalties(profile: float, dim: int) -> Floats:
    """On every coefficient of a profile, and on the level, which comes last: (dim,)."""
    penalty = np.full(dim, profile)
    penalty[-1] = LEVEL_PENALTY
    return penalty


def _solve(z: Floats, pairs: Pairs, weight: Floats, penalty: Floats, gradient: Floats) -> Floats:
    """Conjugate gradients for (D' diag(weight) D + diag(penalty)) step = gradient."""
    step, residual = np.zeros_like(gradient), gradient.copy()
    direction = residual / penalty
    rho = (residual * direction).sum()
    enough = 1e-3 * np.sqrt((gradient * gradient).sum())
    for _ in range(10 * gradient.size):
        curved = penalty * direction + scattered(z, weight * margins(z, direction, *pairs), *pairs, len(step))
        length = rho / (direction * curved).sum()
        step += length * direction
        residual -= length * curved
        if np.sqrt((residual * residual).sum()) < enough:
            break
        preconditioned = residual / penalty
        rho, before = (residual * preconditioned).sum(), rho
        direction = preconditioned + (rho / before) * direction
    return step


def _damped(z: Floats, pairs: Pairs, v: Floats, step: Floats, penalty: Floats, margin: Floats) -> float:
    """The first of 1, 1/2, 1/4, ... of the Newton step that lowers the objective."""
    change = margins(z, step, *pairs)
    now = _objective(margin, v, penalty)
    size = 1.0
    while size > 1e-6 and _objective(margin - size * change, v - size * step, penalty) > now + 1e-9 * abs(
        now
    ):
        size *= 0.5
    return size


def _objective(margin: Floats, v: Floats, penalty: Floats) -> float:
    return float(np.logaddexp(0.0, -margin).sum() + 0.5 * (penalty * v * v).sum())
