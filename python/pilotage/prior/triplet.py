"""Phase 1 of the paper: the projection psi(q) = W phi(q) + b, by a cosine triplet loss.

Queries that the same model won are drawn together, and pushed away from queries that a smaller model won:

* anchor: a pair, won by l_win;
* positive: another pair that l_win won;
* negative: a pair that l_win lost against a smaller model ("hard"); where there is none, any pair won by a
  smaller model, which is the paper's formula. The smallest model's pairs have no negative and are no anchors.

Size stands for the cost of a call, as in the paper. Margin, optimiser and dimension are not reported there:
margin 0.3, Adam at 1e-3, batches of 256, one positive and one negative an anchor drawn anew every epoch, from
principal components, until the loss on held-out pairs has not fallen for three epochs.

Reference: PILOT, arXiv 2508.21141, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.prior.adam import Adam, EarlyStopping
from pilotage.prior.kernels import triplet_gradient
from pilotage.prior.progress import Advance, silent

MARGIN = 0.3
BATCH = 256
EPOCHS = 30
PATIENCE = 3


@dataclass(frozen=True)
class Triplets:
    """The pairs of one part of the data, ready to draw triplets from.

    Parameters
    ----------
    prompt, winner, loser : (N,)
    size : (K,) each model's size: any increasing function of what it costs
    """

    prompt: Ints
    winner: Ints
    loser: Ints
    size: Floats

    def drawn(self, random: np.random.Generator) -> Ints:
        """One positive and one negative for every anchor that has both: (3, T) prompts, in random order."""
        parts = []
        for model in range(len(self.size)):
            own = np.flatnonzero(self.winner == model)
            smaller = self.size[self.winner] < self.size[model]
            against = np.flatnonzero(smaller & (self.loser == model))
            if len(against) == 0:
                against = np.flatnonzero(smaller)
            if len(own) < 2 or len(against) == 0:
                continue
            # another pair than the anchor's own: one of the other len(own) - 1
            shift = random.integers(1, len(own), len(own))
            positive = own[(np.arange(len(own)) + shift) % len(own)]
            negative = against[random.integers(0, len(against), len(own))]
            parts.append(self.prompt[np.stack([own, positive, negative])])
        if not parts:
            return np.zeros((3, 0), np.int64)
        triplets = np.concatenate(parts, axis=1)
        return triplets[:, random.permutation(triplets.shape[1])]


def principal(phi: Floats, dim: int) -> Floats:
    """W (m, d_e) that keeps the leading principal components of phi (P, d_e), as an orthonormal basis."""
    _, vectors = np.linalg.eigh(phi.T @ phi)
    basis = vectors[:, ::-1][:, :dim].T
    # an eigenvector's sign is arbitrary: the largest entry is positive
    largest = basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)]
    return np.ascontiguousarray(basis * np.sign(largest)[:, None])


def train_projection(
    phi: Floats,
    train: Triplets,
    held_out: Triplets,
    *,
    dim: int,
    offset: bool,
    seed: int,
    epochs: int = EPOCHS,
    advance: Advance = silent,
) -> tuple[Floats, Floats]:
    """W (m, d_e) and b (m,); b stays 0 unless `offset`.

    Parameters
    ----------
    phi : (P, d_e) unit-normalised embeddings
    """
    random = np.random.Generator(np.random.PCG64(seed))
    matrix, bias = principal(phi, dim), np.zeros(dim)
    adam, stopping = Adam([matrix, bias]), EarlyStopping([matrix, bias], PATIENCE)
    probe = held_out.drawn(random)
    for epoch in range(epochs):
        triplets = train.drawn(random)
        for start in range(0, triplets.shape[1], BATCH):
            rows = triplets[:, start : start + BATCH]
            _, gradient = loss_and_gradient(phi, matrix, bias, rows)
            if not offset:
                gradient[1][:] = 0.0
            adam.step(gradient)
        loss = loss_and_gradient(phi, matrix, bias, probe if probe.shape[1] else triplets)[0]
        advance(f"projection, epoch {epoch + 1}, held-out loss {loss:.4f}", (epoch + 1) / epochs)
        if triplets.shape[1] == 0 or stopping.done(loss):
            break
    stopping.restore()
    return matrix, bias


def loss_and_gradient(phi: Floats, matrix: Floats, bias: Floats, rows: Ints) -> tuple[float, list[Floats]]:
    """Mean triplet loss of rows (3, B) and its gradients (m, d_e), (m,)."""
    inputs = phi[rows.ravel()]
    psi = (inputs @ matrix.T + bias).reshape(3, rows.shape[1], len(matrix))
    gradient = np.empty_like(psi)
    loss = float(triplet_gradient(psi, MARGIN, gradient)) if rows.shape[1] else 0.0
    flat = gradient.reshape(-1, len(matrix))
    return loss, [flat.T @ inputs, flat.sum(axis=0)]
