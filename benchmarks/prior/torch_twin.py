"""The paper's two phases by autograd and torch's Adam, with the draws and the stopping of `two_phases`."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, softplus

from pilotage.arrays import Floats
from pilotage.prior.triplet import BATCH, EPOCHS, MARGIN, PATIENCE, Triplets, principal
from pilotage.prior.vectors import BATCH as VECTOR_BATCH
from pilotage.prior.vectors import EPOCHS as VECTOR_EPOCHS
from pilotage.prior.vectors import PATIENCE as VECTOR_PATIENCE
from pilotage.prior.vectors import RATE, Pairs, _start


def torch_phases(
    phi: Floats, train: Pairs, held: Pairs, size: Floats, dim: int
) -> tuple[Floats, Floats, Floats]:
    """W (dim, d_e), b (dim,) and theta (K, dim)."""
    torch.set_num_threads(1)
    inputs = torch.from_numpy(phi)
    random = np.random.Generator(np.random.PCG64(0))
    matrix = torch.tensor(principal(phi, dim), requires_grad=True)
    offset = torch.zeros(dim, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([matrix, offset])

    def triplet_loss(rows: np.ndarray) -> torch.Tensor:
        anchor, positive, negative = (inputs[torch.from_numpy(each)] @ matrix.T + offset for each in rows)
        away = cosine_similarity(anchor, negative) - cosine_similarity(anchor, positive)
        return torch.relu(MARGIN + away).mean()

    probe = Triplets(*held, size).drawn(random)
    pairs = Triplets(*train, size)
    best, least, since = (matrix.detach().clone(), offset.detach().clone()), np.inf, 0
    for _ in range(EPOCHS):
        triplets = pairs.drawn(random)
        for start in range(0, triplets.shape[1], BATCH):
            adam.zero_grad()
            triplet_loss(triplets[:, start : start + BATCH]).backward()
            adam.step()
        with torch.no_grad():
            loss = float(triplet_loss(probe))
        if loss < least:
            best, least, since = (matrix.detach().clone(), offset.detach().clone()), loss, 0
        else:
            since += 1
            if since >= PATIENCE:
                break
    psi = torch.nn.functional.normalize(inputs @ best[0].T + best[1])
    random = np.random.Generator(np.random.PCG64(0))
    theta = torch.tensor(_start(psi.numpy(), train, len(size)), requires_grad=True)
    adam = torch.optim.Adam([theta], RATE)

    def vote_loss(prompt: np.ndarray, winner: np.ndarray, loser: np.ndarray) -> torch.Tensor:
        at = psi[torch.from_numpy(prompt)]
        first, second = (theta[torch.from_numpy(each)] for each in (winner, loser))
        return softplus(cosine_similarity(second, at) - cosine_similarity(first, at)).mean()

    best_theta, least, since = theta.detach().clone(), np.inf, 0
    for _ in range(VECTOR_EPOCHS):
        order = random.permutation(len(train[0]))
        for start in range(0, len(order), VECTOR_BATCH):
            rows = order[start : start + VECTOR_BATCH]
            adam.zero_grad()
            vote_loss(*(each[rows] for each in train)).backward()
            adam.step()
        with torch.no_grad():
            loss = float(vote_loss(*held))
        if loss < least:
            best_theta, least, since = theta.detach().clone(), loss, 0
        else:
            since += 1
            if since >= VECTOR_PATIENCE:
                break
    return best[0].numpy(), best[1].numpy(), best_theta.numpy()
