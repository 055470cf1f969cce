"""What does fitting cost? 50,000 pairs, 384 -> 64 dimensions: `python -m benchmarks.prior.cost [--torch]`.

Prints one JSON object. With --torch it is a twin of the two phases, by autograd and torch's Adam on the
same draws, with the same stopping; needs `pip install torch`. OMP_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np

from pilotage.prior import Preferences
from pilotage.prior.conditional import fit_conditional
from pilotage.prior.paper import two_phases
from pilotage.prior.triplet import BATCH, EPOCHS, MARGIN, PATIENCE, Triplets, principal
from pilotage.prior.vectors import BATCH as VECTOR_BATCH
from pilotage.prior.vectors import EPOCHS as VECTOR_EPOCHS
from pilotage.prior.vectors import PATIENCE as VECTOR_PATIENCE
from pilotage.prior.vectors import RATE, Pairs, _start
from pilotage.replay.outcomes import Floats

PAIRS, PROMPTS, MODELS, EMBEDDING, DIM = 50_000, 20_000, 11, 384, 64


def data(seed: int = 0) -> tuple[Floats, Pairs, Pairs, Floats]:
    """Unit embeddings with eight topics, votes of models that are good at different ones; train, held out."""
    random = np.random.Generator(np.random.PCG64(seed))
    topic = random.normal(size=(8, EMBEDDING))
    about = random.integers(0, 8, PROMPTS)
    phi = topic[about] + 2.0 * random.normal(size=(PROMPTS, EMBEDDING))
    phi /= np.linalg.norm(phi, axis=1, keepdims=True)
    skill = random.normal(size=(MODELS, 8)) + np.linspace(-1.0, 1.0, MODELS)[:, None]
    prompt = random.integers(0, PROMPTS, PAIRS)
    a = random.integers(0, MODELS, PAIRS)
    b = (a + random.integers(1, MODELS, PAIRS)) % MODELS
    a_wins = random.random(PAIRS) < 1.0 / (1.0 + np.exp(skill[b, about[prompt]] - skill[a, about[prompt]]))
    pairs = (prompt, np.where(a_wins, a, b), np.where(a_wins, b, a))
    held = random.random(PROMPTS)[prompt] < 0.1
    train, test = (tuple(each[keep] for each in pairs) for keep in (~held, held))
    return phi, train, test, np.arange(MODELS, dtype=np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", action="store_true")
    options = parser.parse_args()
    phi, train, held, size = data()
    if not options.torch:  # compile, on next to nothing
        few = tuple(each[:600] for each in train)
        two_phases(phi, few, few, size, dim=4, seed=0)
    before = _memory()
    started = time.process_time()
    if options.torch:
        matrix, offset, theta = _torch_phases(phi, train, held, size)
    else:
        projection, theta = two_phases(phi, train, held, size, dim=DIM, seed=0)
        matrix, offset = projection.matrix, projection.offset
    found: dict[str, Any] = {"paper_seconds": time.process_time() - started}
    psi = phi @ matrix.T + offset
    psi /= np.linalg.norm(psi, axis=1, keepdims=True)
    cosine = theta @ psi.T / np.linalg.norm(theta, axis=1, keepdims=True)
    margin = cosine[held[1], held[0]] - cosine[held[2], held[0]]
    found["paper_accuracy"] = float((margin > 0).mean())
    found["paper_log_loss"] = float(np.logaddexp(0.0, -margin).mean())
    if not options.torch:
        started = time.process_time()
        pairs = tuple(np.concatenate(each) for each in zip(train, held, strict=True))
        everything = Preferences(
            "drawn", ("",) * PROMPTS, tuple(map(str, range(MODELS))), *pairs, np.arange(PROMPTS)
        )
        fitted = fit_conditional(everything, phi @ principal(phi, DIM).T, seed=0)
        found["calibrated_seconds"] = time.process_time() - started
        found["calibrated_accuracy"] = fitted.held_out.accuracy
    found["megabytes"] = _memory() - before
    print(json.dumps(found))


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _torch_phases(phi: Floats, train: Pairs, held: Pairs, size: Floats) -> tuple[Floats, Floats, Floats]:
    """The two phases by autograd, on the draws that `two_phases` makes."""
    import torch
    from torch.nn.functional import cosine_similarity, softplus

    torch.set_num_threads(1)
    inputs = torch.from_numpy(phi)
    random = np.random.Generator(np.random.PCG64(0))
    matrix = torch.tensor(principal(phi, DIM), requires_grad=True)
    offset = torch.zeros(DIM, dtype=torch.float64, requires_grad=True)
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
    theta = torch.tensor(_start(psi.numpy(), train, MODELS), requires_grad=True)
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


if __name__ == "__main__":
    main()
