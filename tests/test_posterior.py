"""One model's posterior: by hand, against the twin, and at the boundary."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest

from pilotage import Model, Router, _core
from tests import reference


def relative_error(found, expected) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_one_dimension_by_hand() -> None:
    posterior = _core.Posterior(np.array([0.5]), 2.0)
    # A = 2, b = 2 * 0.5
    assert (posterior.precision.item(), posterior.b.item(), posterior.theta.item()) == (2.0, 1.0, 0.5)
    posterior.update(np.array([2.0]), 0.25)
    # A = 2 + 2 * 2, b = 1 + 0.25 * 2, theta = 1.5 / 6
    assert (posterior.precision.item(), posterior.b.item(), posterior.theta.item()) == (6.0, 1.5, 0.25)
    assert posterior.mean(np.array([2.0])) == 0.5
    assert posterior.cosine(np.array([2.0])) == 1.0
    assert posterior.cosine(np.array([-2.0])) == -1.0
    assert posterior.width(np.array([3.0])) == pytest.approx(math.sqrt(9 / 6), rel=1e-15)
    assert (posterior.dim, posterior.updates) == (1, 1)


def test_two_dimensions_by_hand() -> None:
    posterior = _core.Posterior(np.zeros(2), 1.0)
    posterior.update(np.array([1.0, 1.0]), 3.0)
    # A = [[2, 1], [1, 2]], A^-1 = [[2, -1], [-1, 2]] / 3, b = [3, 3], theta = [1, 1]
    np.testing.assert_allclose(posterior.covariance, np.array([[2, -1], [-1, 2]]) / 3, rtol=1e-15)
    np.testing.assert_allclose(posterior.theta, [1.0, 1.0], rtol=1e-15)
    assert posterior.cosine(np.array([1.0, 0.0])) == pytest.approx(1 / math.sqrt(2), rel=1e-15)
    assert posterior.width(np.array([1.0, -1.0])) == pytest.approx(math.sqrt(2), rel=1e-15)


def test_a_zero_vector_has_no_direction() -> None:
    posterior = _core.Posterior(np.array([1.0, 0.0]), 1.0)
    assert posterior.cosine(np.zeros(2)) == 0.0
    assert posterior.width(np.zeros(2)) == 0.0


@pytest.mark.parametrize("d", [1, 2, 33, 128])
def test_ten_thousand_updates_equal_one_solve(d: int) -> None:
    random = np.random.default_rng(d)
    prior, x, y = random.normal(size=d), random.normal(size=(10_000, d)), random.uniform(size=10_000)
    fast, twin = _core.Posterior(prior, 0.5), reference.Posterior(prior, 0.5)
    for row, reward in zip(x, y, strict=True):
        fast.update(row, reward)
    twin.A, twin.b = twin.A + x.T @ x, twin.b + x.T @ y
    assert relative_error(fast.precision, twin.A) < 1e-10
    assert relative_error(fast.b, twin.b) < 1e-10
    assert relative_error(fast.covariance, twin.covariance) < 1e-10
    assert relative_error(fast.theta, twin.theta) < 1e-10
    assert fast.width(x[0]) == pytest.approx(twin.width(x[0]), rel=1e-10)
    assert fast.cosine(x[0]) == pytest.approx(twin.cosine(x[0]), rel=1e-8)


@pytest.mark.parametrize("k", [1, 3, 29])
@pytest.mark.parametrize("d", [1, 2, 33, 128])
def test_a_router_of_k_models_learns_each_apart(d: int, k: int) -> None:
    random = np.random.default_rng(100 * d + k)
    router = Router(
        [Model(str(i), 1e-6, 1e-6) for i in range(k)],
        dim=d,
        strength=1.0,
        exploration=1.0,
        seed=d,
        prior_reward=0.0,
    )
    x, y = random.normal(size=(10_000, d)), random.uniform(size=10_000)
    chosen = np.zeros(10_000, dtype=int)
    for i, (row, reward) in enumerate(zip(x, y, strict=True)):
        decision = router.decide(row)
        chosen[i] = int(decision.model)
        assert router.feedback(decision.id, reward) == "applied"
    for model in range(k):
        mine = chosen == model
        twin = reference.Posterior(np.zeros(d), 1.0)
        twin.A, twin.b = twin.A + x[mine].T @ x[mine], twin.b + x[mine].T @ y[mine]
        fast = router._core.posterior(model)
        assert fast.updates == mine.sum() > 0
        assert relative_error(fast.covariance, twin.covariance) < 1e-10
        assert relative_error(fast.theta, twin.theta) < 1e-10


def test_the_twin_by_hand() -> None:
    twin = reference.Posterior([0.5], 2.0)
    twin.update(np.array([2.0]), 0.25)
    assert (twin.A.item(), twin.b.item(), twin.theta.item()) == (6.0, 1.5, 0.25)


CONVERTED = {
    "list": [1.0, 2.0],
    "ints": np.array([1, 2]),
    "float32": np.array([1, 2], dtype=np.float32),
    "float16": np.array([1, 2], dtype=np.float16),
    "longdouble": np.array([1, 2], dtype=np.longdouble),
    "big-endian": np.array([1, 2], dtype=">f8"),
    "strided": np.array([1.0, 9.0, 2.0, 9.0])[::2],
    "reversed": np.array([2.0, 1.0])[::-1],
}
REFUSED = {
    "complex": np.array([1, 2], dtype=complex),
    "bool": np.array([True, False]),
    "(1, n)": np.array([[1.0, 2.0]]),
    "text": "12",
    "None": None,
}


@pytest.mark.parametrize("x", [*CONVERTED.values(), *REFUSED.values()], ids=[*CONVERTED, *REFUSED])
def test_the_core_converts_nothing(x) -> None:
    posterior = _core.Posterior(np.zeros(2), 1.0)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        posterior.update(x, 1.0)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        posterior.mean(x)
    assert posterior.updates == 0


def test_the_core_takes_read_only_vectors_and_columns() -> None:
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    posterior = _core.Posterior(np.array([1.0, 1.0]), 1.0)
    assert posterior.mean(x) == 3.0
    assert posterior.mean(x.reshape(2, 1)) == 3.0


@pytest.mark.parametrize("x", CONVERTED.values(), ids=CONVERTED)
def test_the_router_converts_what_holds_real_numbers(x) -> None:
    router = Router([Model("a", 1e-6, 1e-6)], dim=2, prior_reward=0.0)
    router.feedback(router.decide(x).id, 1.0)
    np.testing.assert_array_equal(router._core.posterior(0).b, [1.0, 2.0])


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (REFUSED["complex"], TypeError, r"prompt must hold real numbers, got dtype complex128"),
        (REFUSED["bool"], TypeError, r"prompt must hold real numbers, got dtype bool"),
        (REFUSED["(1, n)"], ValueError, r"prompt must have shape \(2,\), got \(1, 2\)"),
        (np.zeros((2, 1)), ValueError, r"prompt must have shape \(2,\), got \(2, 1\)"),
        (3.0, ValueError, r"prompt must have shape \(2,\), got \(\)"),
        (REFUSED["text"], TypeError, r"prompt must be a vector of 2 numbers, got str"),
        (REFUSED["None"], TypeError, r"prompt must hold real numbers, got dtype object"),
        (
            [[1.0], [1.0, 2.0]],
            ValueError,
            r"prompt must have shape \(2,\), got rows of unequal length",
        ),
    ],
    ids=["complex", "bool", "(1, n)", "(n, 1)", "scalar", "text", "None", "ragged"],
)
def test_the_router_refuses_the_rest(x, error, message) -> None:
    router = Router([Model("a", 1e-6, 1e-6)], dim=2)
    with pytest.raises(error, match=message):
        router.decide(x)


@pytest.mark.parametrize("name", ["b", "theta"])
def test_views_are_read_only_and_keep_their_posterior(name: str) -> None:
    view = getattr(_core.Posterior(np.array([0.5, 0.25]), 2.0), name)
    gc.collect()
    before = view.copy()
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 7.0
    np.testing.assert_array_equal(view, before)


def test_views_follow_and_copies_do_not() -> None:
    router = Router([Model("a", 1e-6, 1e-6)], dim=1)
    copy = router._core.posterior(0)
    router.feedback(router.decide([1.0]).id, 1.0)
    assert (copy.updates, router._core.posterior(0).updates) == (0, 1)
    view = copy.b
    copy.update(np.array([1.0]), 0.5)
    assert view.item() == 0.5


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros(3), 0.5, r"x must have shape \(2,\), got \(3,\)"),
        (np.array([0.0, np.nan]), 0.5, r"x must be finite, got -?nan at index 1"),
        (np.array([np.inf, 0.0]), 0.5, r"x must be finite, got inf at index 0"),
        (np.ones(2), np.nan, r"y must be finite, got -?nan"),
        (np.ones(2), -np.inf, r"y must be finite, got -inf"),
        (np.array([1e200, 0.0]), 0.5, r"x must be small enough for x x' to be summed, got norm"),
        (np.ones(2), 1.7e308, r"y must be small enough for y x to be summed, got"),
    ],
)
def test_a_refused_update_changes_no_bit(x, y, message) -> None:
    posterior = _core.Posterior(np.array([1.0, 2.0]), 1.0)
    posterior.update(np.array([0.5, 0.25]), 0.75)
    names = ("precision", "covariance", "b", "theta")
    before = [getattr(posterior, name).tobytes() for name in names]
    with pytest.raises(ValueError, match=message):
        posterior.update(x, y)
    assert [getattr(posterior, name).tobytes() for name in names] == before
    assert posterior.updates == 1


@pytest.mark.parametrize(
    ("prior", "strength", "message"),
    [
        (np.zeros(0), 1.0, "dim must be >= 1, got 0"),
        (np.array([np.nan]), 1.0, "prior_mean must be finite, got -?nan at index 0"),
        (np.zeros(1), 0.0, "strength must be finite and > 0, got 0"),
        (np.zeros(1), -1.0, "strength must be finite and > 0, got -1"),
        (np.zeros(1), np.inf, "strength must be finite and > 0, got inf"),
    ],
)
def test_a_prior_out_of_range(prior, strength, message) -> None:
    with pytest.raises(ValueError, match=message):
        _core.Posterior(prior, strength)


def test_a_prior_with_a_full_precision() -> None:
    random = np.random.default_rng(0)
    rows, mean = random.normal(size=(3, 5)), random.normal(size=5)
    precision = 0.5 * np.eye(5) + rows.T @ rows
    prior = _core.ModelPrior.of_statistics(precision, precision @ mean)
    assert relative_error(prior.mean, mean) < 1e-12
    fast, twin = _core.Posterior(prior), reference.Posterior(mean, precision)
    for x, y in zip(random.normal(size=(20, 5)), random.uniform(size=20), strict=True):
        fast.update(x, y)
        twin.update(x, y)
    assert relative_error(fast.covariance, twin.covariance) < 1e-12
    assert relative_error(fast.theta, twin.theta) < 1e-12


@pytest.mark.parametrize(
    ("precision", "b", "error", "message"),
    [
        (np.eye(3), np.zeros(2), ValueError, r"prior_b must have shape \(3,\), got \(2,\)"),
        (np.ones((2, 3)), np.zeros(2), ValueError, r"prior_precision must be square, got shape \("),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), np.zeros(2), ValueError, "prior_precision must be symmetric"),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros(2), ValueError, "must be positive definite"),
        (np.array([[1.0, np.nan], [np.nan, 1.0]]), np.zeros(2), ValueError, "prior_precision must be finite"),
        (np.eye(2), np.array([0.0, np.inf]), ValueError, "prior_b must be finite, got inf at index 1"),
        (np.eye(2, dtype=np.float32), np.zeros(2), TypeError, "incompatible function arguments"),
    ],
)
def test_a_full_precision_of_no_use(precision, b, error, message) -> None:
    with pytest.raises(error, match=message):
        _core.ModelPrior.of_statistics(precision, b)
