"""A_0 and b_0 by hand, and by the sequential likelihood that the evidence stands for."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage.prior import calibration, rewards
from pilotage.prior.calibration import (
    LEVEL,
    MOST,
    PROFILE,
    choose,
    clusters,
    of_outcomes,
    powered,
    tasks_of,
)
from pilotage.prior.rewards import EASINESS, flattening, logits, of_pairs, rewards_of_strengths


def data(n: int = 300, models: int = 3, d: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, d))
    x[:, -1] = 0.9
    theta = 0.3 * random.normal(size=(d, models))
    return x, np.clip(0.5 + x @ theta + 0.2 * random.normal(size=(n, models)), 0.0, 1.0)


def test_the_past_counts_as_many_rewards_as_it_is_said_to() -> None:
    x, reward = data()
    constant = np.array([0.0, 0.0, 0.0, 0.5 / 0.9])
    precision, b, pool = powered(of_outcomes(x, reward), constant, 30.0)
    shrink, scale = np.diag([PROFILE, PROFILE, PROFILE, LEVEL]), 30.0 / 300
    np.testing.assert_allclose(precision[1], shrink + scale * x.T @ x)
    expected = shrink @ constant + scale * x.T @ reward.mean(axis=1)
    np.testing.assert_allclose(pool, np.linalg.solve(shrink + scale * x.T @ x, expected))
    np.testing.assert_allclose(b[1], shrink @ pool + scale * x.T @ reward[:, 1])


def test_a_short_past_counts_no_more_than_it_is() -> None:
    x, reward = data(n=10)
    precision, _, _ = powered(of_outcomes(x, reward), np.zeros(4), 50.0)
    np.testing.assert_allclose(precision[0], np.diag([PROFILE, PROFILE, PROFILE, LEVEL]) + x.T @ x)


def test_no_count_is_no_prior() -> None:
    x, reward = data()
    constant = np.array([0.0, 0.0, 0.0, 0.5])
    precision, b, _ = powered(of_outcomes(x, reward), constant, 0.0)
    np.testing.assert_allclose(np.linalg.solve(precision[2], b[2]), constant)


def test_the_evidence_is_the_likelihood_of_learning_on_the_way() -> None:
    x, reward = data(n=12)
    random = np.random.default_rng(1)
    root = random.normal(size=(4, 4))
    precision, mean, noise = np.eye(4) + root @ root.T, random.normal(size=(4, 3)), 0.2
    # twelve predictions, one after the other, of two orthonormal contrasts of three models
    contrasts = np.array([[1.0, -1.0, 0.0], [1.0, 1.0, -2.0]]) / np.sqrt([[2.0], [6.0]])
    y, a, b = reward @ contrasts.T, precision.copy(), precision @ mean @ contrasts.T
    expected = 0.0
    for row, value in zip(x, y, strict=True):
        spread = noise * (1.0 + row @ np.linalg.solve(a, row))
        error = value - row @ np.linalg.solve(a, b)
        expected += (-0.5 * (error**2 / spread + np.log(2.0 * np.pi * spread))).sum()
        a += np.outer(row, row)
        b += np.outer(row, value)
    assert calibration._log_evidence(x, reward, precision, mean, noise) == pytest.approx(expected)


def test_a_past_that_holds_elsewhere_is_trusted_and_one_that_does_not_is_not() -> None:
    x, reward = data(n=1200)
    task = np.repeat(np.arange(4), 300)
    constant = np.array([0.0, 0.0, 0.0, reward.mean() / 0.9])
    assert choose(x, reward, task, constant).count == MOST
    fickle = reward.copy()
    for t in range(4):  # every task ranks the models anew
        fickle[task == t] = np.roll(np.array([0.1, 0.5, 0.9]), t) + 0.1 * (reward[task == t] - 0.5)
    assert choose(x, fickle, task, constant).count <= 5.0


def test_too_little_to_hold_out_gives_a_modest_default() -> None:
    x, reward = data(n=40)
    chosen = choose(x, reward, np.zeros(40, np.int64), np.zeros(4))
    assert (chosen.count, chosen.evidence.size) == (10.0, 0)


def test_rewards_of_strengths_have_their_logits_apart_as_the_strengths_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rewards, "EASINESS", 0.0)  # every prompt as easy as the next
    reward = rewards_of_strengths(np.array([[2.0, 1.0, -1.5]]), 0.6)
    np.testing.assert_allclose(np.diff(logits(reward)), [[-1.0, -2.5]])
    assert logits(reward).mean() == pytest.approx(np.log(0.6 / 0.4))


def test_over_prompts_that_are_not_equally_easy_rewards_differ_less() -> None:
    strength = np.array([1.5, 0.5, -2.0])
    easiness = EASINESS * np.random.default_rng(0).normal(size=100_000)
    drawn = 1.0 / (1.0 + np.exp(-(strength + easiness[:, None])))
    found = rewards_of_strengths(strength[None], 0.5)[0]
    np.testing.assert_allclose(found, drawn.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(logits(found), flattening() * strength)


def test_each_pair_is_one_observation_of_both_models(preferences) -> None:
    x = np.random.default_rng(0).normal(size=(len(preferences.prompts), 3))
    reward = np.random.default_rng(1).random((len(x), 3))
    found = of_pairs(preferences, x, reward)
    gram, moment, count = np.zeros((3, 3)), np.zeros(3), 0
    for q, i, j in zip(preferences.prompt, preferences.winner, preferences.loser, strict=True):
        if 1 in (i, j):
            gram += np.outer(x[q], x[q])
            moment += reward[q, 1] * x[q]
            count += 1
    np.testing.assert_allclose(found.gram[1], gram)
    np.testing.assert_allclose(found.moment[1], moment)
    assert found.count[1] == count


def test_clusters_stand_for_tasks_that_have_no_name() -> None:
    phi = np.repeat(np.eye(3), 20, axis=0)
    found = clusters(phi, 3, seed=1)
    np.testing.assert_array_equal(found, clusters(phi, 3, seed=1))
    assert all(len(set(found[i : i + 20])) == 1 for i in (0, 20, 40))
    assert tasks_of(("b", "a", "b"), phi[:3], 0).tolist() == [1, 0, 1]
    assert len(tasks_of(("a",) * 60, phi, 0)) == 60
