"""What does fitting cost? 50,000 pairs, 384 -> 64 dimensions: `python -m benchmarks.prior.cost WHAT`.

WHAT is `paper` (both phases), `torch` (its twin, needs `pip install torch`), or a whole `Prior.fit`:
`fit-paper`, `fit-calibrated`. Prints one JSON object: CPU seconds and how far memory rises above its highest
before, imports and compilation left out of both. OMP_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior import Preferences, Prior
from pilotage.prior.paper import two_phases
from pilotage.prior.vectors import Pairs

PAIRS, PROMPTS, MODELS, EMBEDDING, DIM = 50_000, 20_000, 11, 384, 64
Found = dict[str, float]


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


class _Rows:
    """An encoder that looks vectors up: prompt "7" has row 7."""

    name, dim, checksum = "rows", EMBEDDING, None

    def __init__(self, phi: Floats) -> None:
        self._phi = phi

    def encode(self, texts: Sequence[str], /) -> Floats:
        return self._phi[[int(text) for text in texts]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WHAT)
    options = parser.parse_args()
    phi, train, held, size = data()
    few = tuple(each[:600] for each in train)
    work = WHAT[options.what](phi, train, held, size)
    work(few)  # what is compiled is compiled here, on next to nothing
    before, started = _memory(), time.process_time()
    found = work(None)
    seconds = time.process_time() - started
    print(json.dumps({"seconds": seconds, "megabytes": _memory() - before, **found}))


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


Work = Callable[[Pairs | None], Found]  # on a few pairs, or on all


def _paper(phi: Floats, train: Pairs, held: Pairs, size: Floats) -> Work:
    def work(few: Pairs | None) -> Found:
        train_on, stop_on = (train, held) if few is None else (few, few)
        projection, theta = two_phases(phi, train_on, stop_on, size, dim=DIM, seed=0)
        return _judged(phi, projection.matrix, projection.offset, theta, held)

    return work


def _torch(phi: Floats, train: Pairs, held: Pairs, size: Floats) -> Work:
    from benchmarks.prior.torch_twin import torch_phases  # the import is not on the clock

    def work(few: Pairs | None) -> Found:
        train_on, stop_on = (train, held) if few is None else (few, few)
        return _judged(phi, *torch_phases(phi, train_on, stop_on, size, DIM), held)

    return work


def _judged(phi: Floats, matrix: Any, offset: Any, theta: Floats, held: Pairs) -> Found:
    psi = phi @ matrix.T + offset
    psi /= np.linalg.norm(psi, axis=1, keepdims=True)
    cosine = theta @ psi.T / np.linalg.norm(theta, axis=1, keepdims=True)
    margin = cosine[held[1], held[0]] - cosine[held[2], held[0]]
    loss = np.logaddexp(0.0, -margin).mean()
    return {"accuracy": float((margin > 0).mean()), "log_loss": float(loss)}


def _fit(setting: Any) -> Callable[..., Work]:
    """All of `Prior.fit`: folds, held-out figures and the final fit."""

    def of(phi: Floats, train: Pairs, held: Pairs, size: Floats) -> Work:
        everything = tuple(np.concatenate(each) for each in zip(train, held, strict=True))
        names = tuple(map(str, range(MODELS)))

        def work(few: Pairs | None) -> Found:
            pairs = everything if few is None else few
            prompts = tuple(map(str, range(PROMPTS)))
            preferences = Preferences("drawn", prompts, names, *pairs, np.arange(PROMPTS))
            prior = Prior.fit(preferences, _Rows(phi), setting=setting, dim=DIM)
            metrics = prior.metrics
            return {"accuracy": metrics["heldout_accuracy"], "log_loss": metrics["heldout_log_loss"]}

        return work

    return of


WHAT: dict[str, Callable[..., Work]] = {
    "paper": _paper,
    "torch": _torch,
    "fit-paper": _fit("paper"),
    "fit-calibrated": _fit("calibrated"),
}

if __name__ == "__main__":
    main()
