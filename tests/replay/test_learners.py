"""Learners of the literature: what each reads, what it then believes, and how its money is spent."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage.replay import spenders
from pilotage.replay.frontier import Frontier
from pilotage.replay.learners import (
    EpochGreedy,
    ExploreOnly,
    Factorisation,
    Hybrid,
    Learner,
    Levels,
    Nearest,
    Thompson,
)
from pilotage.replay.runs import UNSERVED

BANDITS = (EpochGreedy, ExploreOnly, Levels, Nearest, Thompson)
N, K, D = 300, 3, 4


def world(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit contexts (N, D), rewards (N, K) linear in them, costs (N, K)."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(N, D))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    theta = random.normal(size=(D, K)) / 3
    return x, np.clip(0.5 + x @ theta, 0, 1), np.tile([1.0, 2.0, 4.0], (N, 1))


def taught(make: type, seed: int = 0) -> tuple[Learner, np.ndarray]:
    learner = make()
    return learner, learner.learn(*world(), np.random.default_rng(seed))


@pytest.mark.parametrize("make", BANDITS)
def test_a_bandit_reads_the_rewards_of_the_models_it_called_and_no_others(make: type) -> None:
    learner, called = taught(make)
    x, reward, cost = world()
    other = np.full_like(reward, 0.123)
    other[np.arange(N), called] = reward[np.arange(N), called]
    blind = make()
    assert blind.learn(x, other, cost, np.random.default_rng(0)).tolist() == called.tolist()
    assert (blind.estimate(x) == learner.estimate(x)).all()


@pytest.mark.parametrize("make", BANDITS)
def test_the_same_draws_teach_the_same(make: type) -> None:
    assert taught(make)[1].tolist() == taught(make)[1].tolist()
    assert taught(make)[1].tolist() != taught(make, seed=1)[1].tolist()


def test_explore_only_is_ridge_regression() -> None:
    learner, called = taught(ExploreOnly)
    x, reward, _ = world()
    for k in range(K):
        mine = called == k
        # theta = (I + X'X)^-1 X'r
        theta = np.linalg.solve(np.eye(D) + x[mine].T @ x[mine], x[mine].T @ reward[mine, k])
        np.testing.assert_allclose(learner.estimate(x)[:, k], x @ theta, rtol=1e-9, atol=1e-12)


def test_epoch_greedy_learns_from_the_first_of_every_window_alone() -> None:
    x, reward, cost = world()
    learner = EpochGreedy(window=50)
    called = learner.learn(x, reward, cost, np.random.default_rng(0))
    first = np.arange(0, N, 50)
    theta = []
    for k in range(K):
        mine = first[called[first] == k]
        theta.append(np.linalg.solve(np.eye(D) + x[mine].T @ x[mine], x[mine].T @ reward[mine, k]))
    np.testing.assert_allclose(learner.estimate(x), x @ np.column_stack(theta), rtol=1e-9, atol=1e-12)
    last = np.arange(251, N)  # exploited by what all six explorations taught
    assert called[last].tolist() == learner.estimate(x)[last].argmax(axis=1).tolist()


def test_thompson_without_noise_is_greedy_and_with_it_tries_all() -> None:
    x, reward, cost = world()
    greedy = Thompson(deviation=0.0)
    assert set(greedy.learn(x, reward, cost, np.random.default_rng(0))) <= {0, 1, 2}
    assert len(set(taught(Thompson)[1])) == K
    # it settles: what it calls late earns more than what it calls early
    earned = reward[np.arange(N), taught(Thompson)[1]]
    assert earned[N // 2 :].mean() > earned[: N // 4].mean()


def test_nearest_by_hand() -> None:
    x = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    reward = np.array([[1.0], [0.8], [0.0], [0.2]])
    learner = Nearest(neighbours=2)
    learner.learn(x, reward, np.ones((4, 1)), np.random.default_rng(0))
    np.testing.assert_allclose(learner.estimate(np.array([[1.0, 0.0], [0.0, 1.0]])), [[0.9], [0.1]])


def test_levels_are_means_and_nothing_for_who_was_never_called() -> None:
    learner = Levels()
    called = learner.learn(np.ones((2, 1)), np.array([[0.2] * 5, [0.4] * 5]), np.ones((2, 5)),
                           np.random.default_rng(0))  # fmt: skip
    level = learner.estimate(np.ones((3, 1)))
    assert level.shape == (3, 5)
    assert (level[0, np.setdiff1d(np.arange(5), called)] == 0.0).all()
    assert level[0, called].sum() > 0.0


def test_hybrid_learns_where_the_cheap_one_does_as_well() -> None:
    random = np.random.default_rng(0)
    easy = random.random(400) < 0.5
    x = np.column_stack([np.where(easy, 1.0, -1.0), np.ones(400)])
    reward = np.column_stack([np.ones(400), easy])  # the dear one first
    cost = np.tile([10.0, 1.0], (400, 1))
    learner = Hybrid()
    assert learner.learn(x, reward, cost, random).tolist() == easy.astype(int).tolist()
    value = learner.estimate(np.array([[1.0, 1.0], [-1.0, 1.0]]))
    assert value[:, 0].tolist() == [1.0, 1.0]
    assert value[0, 1] > 0.9
    assert value[1, 1] < 0.1
    with pytest.raises(ValueError, match="hybridllm must have 2 models, got 3"):
        Hybrid().learn(*world(), random)


def test_factors_descend_the_votes_cross_entropy() -> None:
    random = np.random.default_rng(0)
    learner = Factorisation(rank=3, epochs=0)
    learner.learn(*world(), random)
    x, winner, loser = world()[0][:7], np.array([0, 1, 2, 0, 1, 2, 0]), np.array([1, 2, 0, 2, 0, 1, 1])

    def loss() -> float:
        z = ((learner._s[winner] - learner._s[loser]) * (x @ learner._w.T + learner._b)).sum(axis=1)
        return float(np.log1p(np.exp(-z)).mean())

    for parameter, gradient in zip(
        (learner._s, learner._w, learner._b), learner.gradients(x, winner, loser), strict=True
    ):
        for at in np.ndindex(parameter.shape):
            kept, step = parameter[at], 1e-6
            parameter[at] = kept + step
            above = loss()
            parameter[at] = kept - step
            assert gradient[at] == pytest.approx((above - loss()) / (2 * step), abs=1e-8)
            parameter[at] = kept


def test_factors_learn_who_wins_where() -> None:
    random = np.random.default_rng(0)
    x = np.column_stack([np.where(random.random(600) < 0.5, 1.0, -1.0), np.ones(600)]) / np.sqrt(2.0)
    # the second wins where the first feature is positive; the third never does; the last two always tie
    reward = np.column_stack(
        [np.full(600, 0.5), np.where(x[:, 0] > 0, 1.0, 0.2), np.zeros(600), np.zeros(600)]
    )
    learner = Factorisation(rank=8, rate=1e-2)
    called = learner.learn(x, reward, np.ones_like(reward), random)
    value = learner.estimate(np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2.0))
    assert value.argmax(axis=1).tolist() == [1, 0]
    assert value[0, 1] > 0.9
    assert value[:, 2:].max() < 0.25
    assert (called >= 2).mean() < 0.25  # only where it was drawn beside the other that earns nothing
    # nothing to learn from: all alike
    same = Factorisation(rank=8)
    same.learn(x, np.ones((600, 1)), np.ones((600, 1)), random)
    assert same.estimate(x[:2]).tolist() == [[0.0], [0.0]]


def test_the_mixture_draws_by_shares_within_the_money() -> None:
    value, cost = np.tile([0.5, 0.9], (4000, 1)), np.tile([1.0, 3.0], (4000, 1))
    called = spenders.mixture(value, cost, cost, 2.0, np.random.default_rng(0))
    served = called[called != UNSERVED]
    assert np.bincount(served, minlength=2) / 4000 == pytest.approx([0.5, 0.5], abs=0.03)
    assert cost[0, served].sum() <= 2.0 * 4000


def test_one_price_is_the_linear_program_s_after_its_sample() -> None:
    random = np.random.default_rng(0)
    value, cost = random.random((400, 2)), np.tile([1.0, 3.0], (400, 1))
    price = Frontier(value[:10], cost[:10]).price(1.5)
    assert price > 0.0
    called = spenders.one_price(value, cost, cost, 1.5, np.random.default_rng(1))
    worth = value - price * cost
    expected = np.where(worth.max(axis=1) > 0, worth.argmax(axis=1), UNSERVED)[10:]
    spent = np.cumsum(np.where(called == UNSERVED, 0.0, cost[0, called]))
    rich = spent[9:-1] + 3.0 <= 1.5 * 400
    assert called[10:][rich].tolist() == expected[rich].tolist()
    assert spent[-1] <= 1.5 * 400


def test_hindsight_is_the_best_price_for_all() -> None:
    value, cost = np.array([[0.5, 0.8], [0.4, 0.5], [0.1, 0.9]]), np.tile([1.0, 2.0], (3, 1))
    random = np.random.default_rng(0)
    # steps: the third's dear one for 2, the first's cheap one, the second's, the first's dear one
    assert spenders.hindsight(value, cost, cost, 1.0, random).tolist() == [0, UNSERVED, 1]
    assert spenders.hindsight(value, cost, cost, 5 / 3, random).tolist() == [1, 0, 1]
    # calls that cost twice what was expected: two are paid for
    assert spenders.hindsight(value, cost, 2.0 * cost, 5 / 3, random).tolist() == [1, 0, UNSERVED]


def test_a_price_is_the_rate_of_the_next_step() -> None:
    frontier = Frontier(np.array([[0.5, 0.8], [0.4, 0.5]]), np.array([[1.0, 2.0], [1.0, 2.0]]))
    # steps: 0.5, then 0.4, 0.3, 0.1 per dollar, one dollar each
    assert [frontier.price(usd / 2) for usd in (0, 1, 2, 3, 4)] == pytest.approx([0.5, 0.4, 0.3, 0.1, 0.0])
