"""The evidence of pairs by hand, by quadrature, and where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage.prior.calibration import MOST, UNTESTED
from pilotage.prior.conditional import fit_conditional
from pilotage.prior.pair_evidence import choose_of_pairs, covariance_of_margins, log_evidence
from pilotage.prior.preferences import Preferences
from pilotage.projection import DEFAULT_INTERCEPT, Projection


def sigmoid(f: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-f))


def test_what_is_known_for_sure_is_as_likely_as_it_says() -> None:
    mean = np.array([0.3, -1.0, 2.0])
    assert log_evidence(mean, np.zeros((3, 3))) == pytest.approx(np.log(sigmoid(mean)).sum())


def test_an_unknown_margin_is_a_coin() -> None:
    assert log_evidence(np.zeros(1), np.eye(1)) == pytest.approx(np.log(0.5), abs=0.01)


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.9])
def test_laplace_is_near_the_integral(correlation: float) -> None:
    mean, covariance = np.array([0.5, -0.3]), 0.8 * np.array([[1.0, correlation], [correlation, 1.0]])
    node, weight = np.polynomial.hermite_e.hermegauss(40)
    white = np.stack(np.meshgrid(node, node), axis=-1).reshape(-1, 2)
    f = mean + white @ np.linalg.cholesky(covariance).T
    integral = np.outer(weight, weight).ravel() @ sigmoid(f).prod(axis=1) / (2.0 * np.pi)
    assert log_evidence(mean, covariance) == pytest.approx(np.log(integral), abs=0.02)


def test_margins_vary_together_as_their_models_do() -> None:
    random = np.random.default_rng(0)
    root = random.normal(size=(3, 2, 2))
    covariance = root @ root.transpose(0, 2, 1)
    x = random.normal(size=(4, 2))
    winner, loser = np.array([0, 1, 2, 0]), np.array([1, 2, 0, 2])
    whole = np.zeros((6, 6))  # of all models' coefficients, one model after the other
    for k in range(3):
        whole[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = covariance[k]
    rows = np.zeros((4, 3, 2))
    rows[np.arange(4), winner] += x
    rows[np.arange(4), loser] -= x
    flat = rows.reshape(4, 6)
    found = covariance_of_margins(x, winner, loser, covariance)
    np.testing.assert_allclose(found, flat @ whole @ flat.T, atol=1e-12)


def drawn(strength: np.ndarray, each: int = 400) -> tuple[Preferences, np.ndarray, np.ndarray]:
    """A pair on each prompt, `each` prompts of every task: strength (tasks, K)."""
    random = np.random.default_rng(1)
    tasks, models = strength.shape
    count = tasks * each
    task = np.repeat(np.arange(tasks), each)
    i = random.integers(0, models, count)
    j = (i + random.integers(1, models, count)) % models
    won = random.random(count) < sigmoid(strength[task, i] - strength[task, j])
    preferences = Preferences(
        name="drawn",
        prompts=tuple(map(str, range(count))),
        models=tuple("abcd"[:models]),
        prompt=np.arange(count),
        winner=np.where(won, i, j),
        loser=np.where(won, j, i),
        group=np.arange(count),
    )
    phi = random.normal(size=(count, 4))
    return preferences, phi / np.linalg.norm(phi, axis=1, keepdims=True), task


def chosen(strength: np.ndarray, each: int = 400) -> tuple[float, np.ndarray]:
    preferences, phi, task = drawn(strength, each)
    x = Projection(4, DEFAULT_INTERCEPT).many(phi)
    fitted = fit_conditional(preferences, phi, seed=0)
    found = choose_of_pairs(preferences, phi, x, task, fitted, level=0.5, seed=0)
    return found.count, found.evidence


def test_pairs_that_hold_elsewhere_are_trusted_and_those_that_do_not_are_not() -> None:
    lasting = np.array([1.0, 0.0, -1.0])
    assert chosen(np.tile(lasting, (4, 1)))[0] == MOST
    assert chosen(np.stack([np.roll(2.0 * lasting, t) for t in range(3)]))[0] <= 5.0


def test_too_few_pairs_to_hold_out_give_a_modest_default() -> None:
    count, evidence = chosen(np.zeros((2, 3)), each=60)
    assert (count, evidence.size) == (UNTESTED, 0)
