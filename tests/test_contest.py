"""The contest of benchmarks: who believes otherwise is refused; its tables, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import summary
from benchmarks.contest import LibrarySide
from benchmarks.kernels.numba_kernel import NumbaKernel
from benchmarks.kernels.numpy_kernel import NumpyKernel
from benchmarks.traffic import Request

DIM, MODELS = 6, 3


class Fake:
    """A library of the same algorithm, but for what its `feedback` makes of a reward."""

    ROUNDS = 1
    PRECISION: float | None = 1e-9

    def __init__(self, kernel: NumpyKernel, factor: float = 1.0) -> None:
        self.kernel, self.factor = kernel, factor
        self.decide = self.choose = kernel.decide

    def outstanding(self, x: np.ndarray, reward: list[float]) -> tuple[int, tuple[object, ...]]:
        k = self.decide(x)
        return k, (k, x, reward[k])

    def feedback(self, k: int, x: np.ndarray, reward: float) -> None:
        self.kernel.feedback(k, x, self.factor * reward)

    def scores(self, x: np.ndarray) -> np.ndarray:
        return np.sum(self.kernel.estimate(x), axis=0)


@pytest.fixture
def requests() -> list[Request]:
    random = np.random.default_rng(1)
    return [
        Request(random.normal(size=DIM), random.random(MODELS).tolist(), [0.0] * MODELS) for _ in range(40)
    ]


def played(library: Fake, requests: list[Request]) -> LibrarySide:
    side = LibrarySide(library, NumpyKernel(MODELS, DIM))
    for request in requests:
        side.feedback(*side.outstanding(request))
    return side


def test_a_library_that_believes_what_linucb_does_passes(requests: list[Request]) -> None:
    played(Fake(NumpyKernel(MODELS, DIM)), requests).check(requests)


def test_a_library_that_believes_otherwise_is_refused(requests: list[Request]) -> None:
    side = played(Fake(NumpyKernel(MODELS, DIM), factor=1.0 + 1e-6), requests)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        side.check(requests)


def test_a_library_that_chooses_otherwise_is_refused(requests: list[Request]) -> None:
    library = Fake(NumpyKernel(MODELS, DIM))
    library.choose = lambda x: int(np.argmin(library.scores(x)))
    with pytest.raises(AssertionError):
        played(library, requests).check(requests)


def test_another_algorithm_is_not_compared(requests: list[Request]) -> None:
    library = Fake(NumpyKernel(MODELS, DIM), factor=0.0)
    library.PRECISION = None
    played(library, requests).check(requests)


@pytest.mark.parametrize("kernel", [NumpyKernel, NumbaKernel])
def test_a_batch_of_a_kernel_is_its_choices_one_by_one(kernel: type, requests: list[Request]) -> None:
    side = kernel(MODELS, DIM)
    for k, request in enumerate(requests):
        side.feedback(k % MODELS, request.x, request.reward[0])
    contexts = np.array([request.x for request in requests])
    choices = side.decide_many(contexts).tolist()
    assert choices == [side.decide(x) for x in contexts]
    assert len(set(choices)) == MODELS


def test_a_copy_of_a_kernel_learns_alone(requests: list[Request]) -> None:
    kernel = NumpyKernel(MODELS, DIM)
    copy = kernel.copy()
    copy.feedback(0, requests[0].x, 1.0)
    assert copy.estimate(requests[0].x)[0][0] > 0.0 == kernel.estimate(requests[0].x)[0][0]


def test_tables_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "LIBRARIES", {"other": None})
    medians: summary.Medians = {
        ("feedback", 64, 3): {
            "pilotage": [2e-6, 4e-6, 3e-6],
            "numpy": [6e-6],
            "numba": [1.5e-6],
            "other": [9e-5],
        },
        ("settle", 64, 3): {"pilotage": [1e-6]},
    }
    assert summary.libraries_summary(medians).splitlines()[2:] == ["| feedback | 64 | 3 | 3.0 | 90 (30.0) |"]
    settle, feedback = summary.summary(medians).splitlines()[2:]
    assert settle == "| settle | 64 | 3 | 1.0 | - | - | - | - | - |"
    assert feedback == "| feedback | 64 | 3 | 3.0 | - | 6.0 | 1.5 | 2.00 | 0.50 |"
    assert summary.other_summary({"200": {"a": [1e-3, 3e-3, 2e-3]}}).splitlines()[2] == "| a | 2,000.0 |"
