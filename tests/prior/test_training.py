"""The loops of training beside plain numpy, finite differences and scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from pilotage.prior import Preferences
from pilotage.prior.bradley_terry import fit_pairs
from pilotage.prior.conditional import fit_conditional
from pilotage.prior.folds import fold_of_prompts
from pilotage.prior.kernels import vector_gradient
from pilotage.prior.paper import two_phases
from pilotage.prior.triplet import Triplets, loss_and_gradient, principal
from pilotage.prior.vectors import advantages, log_loss
from tests.prior.conftest import Topics


def drawn(seed: int = 0, n: int = 60, prompts: int = 20, models: int = 4) -> tuple:
    random = np.random.default_rng(seed)
    winner = random.integers(0, models, n)
    loser = (winner + random.integers(1, models, n)) % models
    return random.integers(0, prompts, n), winner, loser


def unit(random: np.random.Generator, *shape: int) -> np.ndarray:
    rows = random.normal(size=shape)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_the_triplet_loss_by_hand() -> None:
    # cos(a, p) = 0, cos(a, n) = 1: margin + 1 - 0
    phi = np.eye(2)
    loss, _ = loss_and_gradient(phi, np.eye(2), np.zeros(2), np.array([[0], [1], [0]]))
    assert loss == pytest.approx(1.3)
    # the other way round: margin + 0 - 1 < 0
    loss, gradient = loss_and_gradient(phi, np.eye(2), np.zeros(2), np.array([[0], [0], [1]]))
    assert loss == 0.0
    assert not gradient[0].any()


def test_the_triplet_gradient_is_that_of_its_loss() -> None:
    random = np.random.default_rng(1)
    phi, matrix, bias = unit(random, 30, 5), random.normal(size=(3, 5)), 0.1 * random.normal(size=3)
    rows = random.integers(0, 30, (3, 40))

    def loss(parameters: np.ndarray) -> float:
        return loss_and_gradient(phi, parameters[:15].reshape(3, 5), parameters[15:], rows)[0]

    _, (d_matrix, d_bias) = loss_and_gradient(phi, matrix, bias, rows)
    expected = approx_fprime(np.append(matrix.ravel(), bias), loss, 1e-7)
    np.testing.assert_allclose(np.append(d_matrix.ravel(), d_bias), expected, atol=1e-6)


def test_the_gradient_of_model_vectors_is_that_of_their_loss() -> None:
    random = np.random.default_rng(2)
    psi, theta, pairs = unit(random, 20, 3), random.normal(size=(4, 3)), drawn()
    expected = approx_fprime(theta.ravel(), lambda flat: log_loss(flat.reshape(4, 3), psi, pairs), 1e-7)
    np.testing.assert_allclose(vector_gradient(theta, psi, *pairs).ravel(), expected, atol=1e-6)


def test_triplets_are_what_the_paper_says() -> None:
    # sizes 0 < 1 < 2; queries 0, 1 won by the largest, 2 by the middle one against it, 3 by the smallest
    prompt, winner, loser = np.arange(4), np.array([2, 2, 1, 0]), np.array([1, 1, 2, 1])
    triplets = Triplets(prompt, winner, loser, np.array([0.0, 1.0, 2.0]))
    anchor, positive, negative = triplets.drawn(np.random.default_rng(0))
    assert sorted(anchor) == [0, 1]  # the others have no second query that the same model won
    assert sorted(positive) == [0, 1]
    assert (anchor != positive).all()
    assert negative.tolist() == [2, 2]  # lost by the largest against a smaller one: the hard negative


def test_principal_components_are_orthonormal_and_the_leading_ones() -> None:
    phi = np.random.default_rng(3).normal(size=(200, 4)) * (0.1, 3.0, 1.0, 0.2)
    basis = principal(phi, 2)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-12)
    assert np.abs(basis).argmax(axis=1).tolist() == [1, 2]


@pytest.mark.parametrize("profile", [0.3, 30.0])
def test_conditional_bradley_terry_is_the_penalised_optimum(profile: float) -> None:
    random = np.random.default_rng(4)
    z, pairs = np.hstack([unit(random, 20, 3), np.ones((20, 1))]), drawn()
    prompt, winner, loser = pairs
    penalty = np.array([profile, profile, profile, 0.5])

    def objective(flat: np.ndarray) -> float:
        v = flat.reshape(4, 4)
        margin = (z[prompt] * (v[winner] - v[loser])).sum(axis=1)
        return np.logaddexp(0.0, -margin).sum() + 0.5 * (penalty * v * v).sum()

    best = minimize(objective, np.zeros(16), method="BFGS", options={"gtol": 1e-7}).x.reshape(4, 4)
    np.testing.assert_allclose(fit_pairs(z, pairs, 4, penalty), best, atol=1e-5)


def test_a_conditional_model_learns_what_a_blind_one_cannot(preferences: Preferences) -> None:
    phi = Topics().encode(preferences.prompts)
    phi /= np.linalg.norm(phi, axis=1, keepdims=True)
    fitted = fit_conditional(preferences, phi, seed=0)
    assert fitted.held_out.accuracy > fitted.blind.accuracy + 0.1
    assert fitted.held_out.log_loss < fitted.blind.log_loss - 0.05


def test_the_papers_two_phases_learn_it_too(preferences: Preferences) -> None:
    phi = Topics().encode(preferences.prompts)
    phi /= np.linalg.norm(phi, axis=1, keepdims=True)
    fold = fold_of_prompts(preferences, 0)[preferences.prompt]
    train, test = (
        (preferences.prompt[keep], preferences.winner[keep], preferences.loser[keep])
        for keep in (fold != 0, fold == 0)
    )
    size = np.array([1.0, 2.0, 3.0])
    projection, theta = two_phases(phi, train, test, size, dim=3, seed=0)
    assert projection.dim == 3
    np.testing.assert_allclose(np.linalg.norm(theta, axis=1), 1.0)
    right = (advantages(theta, projection.many(phi), test) > 0).mean()
    assert right > 0.75
    again, same = two_phases(phi, train, test, size, dim=3, seed=0)
    np.testing.assert_array_equal(theta, same)
    np.testing.assert_array_equal(projection.matrix, again.matrix)


def test_folds_keep_groups_together(preferences: Preferences) -> None:
    fold = fold_of_prompts(preferences, 0)
    for group in np.unique(preferences.group):
        assert len(set(fold[preferences.group == group])) == 1
    assert set(fold) == set(range(5))


def test_gaps_between_groups_leave_no_fold_empty(preferences: Preferences) -> None:
    gapped = replace(preferences, group=preferences.group * 10)
    np.testing.assert_array_equal(fold_of_prompts(gapped, 3), fold_of_prompts(preferences, 3))


def test_questions_without_a_pair_fill_no_fold(preferences: Preferences) -> None:
    keep = preferences.prompt < 7
    few = replace(
        preferences,
        prompt=preferences.prompt[keep],
        winner=preferences.winner[keep],
        loser=preferences.loser[keep],
    )
    for seed in range(5):
        assert set(fold_of_prompts(few, seed)[few.prompt]) == set(range(5))
    assert set(fold_of_prompts(few, 0, 10)[few.prompt]) == set(range(len(set(few.prompt))))
