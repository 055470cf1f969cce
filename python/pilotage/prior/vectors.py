"""Phase 2 of the paper: one vector per model, by cross-entropy on the two-way softmax of cosines.

    P(i beats j | q) = exp(cos(theta_i, psi(q))) / (exp(cos(theta_i, psi(q))) + exp(cos(theta_j, psi(q))))

The projection is frozen. There is no temperature, so P stays within [0.12, 0.88]. Optimiser and stopping as
in phase 1. A vector's length does not matter to a cosine: it is made one.

Reference: PILOT, arXiv 2508.21141, section 3.1.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.prior.adam import Adam, EarlyStopping
from pilotage.prior.kernels import cosines, vector_gradient
from pilotage.prior.progress import Advance, silent

BATCH = 256
EPOCHS = 100
PATIENCE = 5
RATE = 1e-2

Pairs = tuple[Ints, Ints, Ints]  # prompt, winner, loser, (N,) each


def train_vectors(
    psi: Floats,
    train: Pairs,
    held_out: Pairs,
    models: int,
    *,
    seed: int,
    advance: Advance = silent,
) -> Floats:
    """theta (K, m), unit rows. psi (P, m) has unit rows; without held-out pairs the others stop it."""
    random = np.random.Generator(np.random.PCG64(seed))
    prompt, winner, loser = train
    theta = _start(psi, train, models)
    adam, stopping = Adam([theta], RATE), EarlyStopping([theta], PATIENCE)
    judged = held_out if len(held_out[0]) else train
    for epoch in range(EPOCHS):
        order = random.permutation(len(prompt))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            adam.step([vector_gradient(theta, psi, prompt[rows], winner[rows], loser[rows])])
        loss = log_loss(theta, psi, judged)
        advance(f"model vectors, epoch {epoch + 1}, held-out loss {loss:.4f}", (epoch + 1) / EPOCHS)
        if stopping.done(loss):
            break
    stopping.restore()
    theta /= np.linalg.norm(theta, axis=1, keepdims=True)
    return theta


def _start(psi: Floats, pairs: Pairs, models: int) -> Floats:
    """Each model points to what it won and away from what it lost; never the zero vector."""
    prompt, winner, loser = pairs
    theta = np.full((models, psi.shape[1]), 1e-3)
    np.add.at(theta, winner, psi[prompt])
    np.add.at(theta, loser, -psi[prompt])
    theta /= np.linalg.norm(theta, axis=1, keepdims=True)
    return theta


def advantages(theta: Floats, psi: Floats, pairs: Pairs) -> Floats:
    """cos(theta_winner, psi) - cos(theta_loser, psi): (N,)."""
    prompt, winner, loser = pairs
    cosine = cosines(theta, psi)
    found: Floats = cosine[winner, prompt] - cosine[loser, prompt]
    return found


def log_loss(theta: Floats, psi: Floats, pairs: Pairs) -> float:
    """-mean log P(winner beats loser)."""
    return float(np.logaddexp(0.0, -advantages(theta, psi, pairs)).mean())
