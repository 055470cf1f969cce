"""Embeddings to contexts."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage.projection import Projection

PHI = np.array([3.0, 0.0, 4.0])
W = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])


def test_the_embedding_itself() -> None:
    x = Projection(3, 0.6).one(PHI)
    np.testing.assert_allclose(x, [0.8 * 0.6, 0.0, 0.8 * 0.8, 0.6])


def test_a_matrix_an_offset_and_no_constant() -> None:
    # W phi / |phi| + b = (0.6, 1.6) + (0.2, -1.0) = (0.8, 0.6)
    x = Projection(3, 0.0, W, np.array([0.2, -1.0])).one(PHI)
    np.testing.assert_allclose(x, [0.8, 0.6])


def test_an_empty_prompt_keeps_offset_and_constant() -> None:
    x = Projection(3, 0.6, W, np.array([3.0, 4.0])).one(np.zeros(3))
    np.testing.assert_allclose(x, [0.8 * 0.6, 0.8 * 0.8, 0.6])
    np.testing.assert_allclose(Projection(3, 0.6).one(np.zeros(3)), [0.0, 0.0, 0.0, 0.6])


def test_many_is_one_by_one() -> None:
    phi = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    projection = Projection(3, 0.9, W)
    expected = [projection.one(row) for row in phi.astype(np.float64)]
    np.testing.assert_array_equal(projection.many(phi), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 1.0), r"intercept must be in \[0, 1\), got 1.0"),
        ((3, 0.5, np.ones((2, 4))), r"matrix must have shape \(m, 3\), got \(2, 4\)"),
        ((3, 0.5, W, np.ones(3)), r"offset must have shape \(2,\), got \(3,\)"),
        ((3, 0.5, W * np.nan), "matrix must be finite, got nan"),
    ],
)
def test_refusals(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Projection(*arguments)


def test_without_a_constant_there_is_no_constant_reward() -> None:
    with pytest.raises(ValueError, match=r"intercept must be > 0 for a constant reward, got 0\.0"):
        Projection(3, 0.0).constant(0.5)
