"""Best model, envelope, skyline and oracle: by hand, then against slow twins and HiGHS."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from pilotage.arrays import Floats, Ints
from pilotage.replay.data import demo_outcomes
from pilotage.replay.frontier import Frontier
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.references import (
    PENALTIES,
    RIDGE_PENALTY,
    Skyline,
    best_mixture,
    best_model,
    best_penalties,
    envelope,
    oracle,
    references,
    ridge,
)
from pilotage.replay.runs import UNSERVED, Split, picked
from pilotage.replay.split import split_outcomes


def table(reward: object, cost: object) -> Outcomes:
    reward, cost = np.array(reward, dtype=float), np.array(cost, dtype=float)
    n, k = reward.shape
    return Outcomes(
        name="table",
        prompts=tuple(f"prompt {i}" for i in range(n)),
        models=tuple("abcdefgh"[:k]),
        reward=reward,
        cost=cost,
        row=np.arange(n),
        input_tokens=np.ones(n, dtype=np.int64),
        tokens_recorded=True,
    )


def instance(seed: int, n: int, k: int) -> tuple[Floats, Floats]:
    """Rewards and costs with ties, free models and worthless answers among them."""
    rng = np.random.default_rng(seed)
    reward = np.where(rng.random((n, k)) < 0.3, rng.integers(0, 2, (n, k)), rng.random((n, k)))
    cost = np.where(rng.random((n, k)) < 0.1, 0.0, rng.integers(1, 6, (n, k)) * rng.choice([1.0, 0.7]))
    return reward, cost


def linear_program(reward: Floats, cost: Floats, ceiling: float) -> float:
    n, k = reward.shape
    one_each = np.kron(np.eye(n), np.ones(k))
    result = linprog(
        -reward.ravel(),
        A_ub=np.vstack([one_each, cost.ravel()]),
        b_ub=np.append(np.ones(n), ceiling * n),
        bounds=(0, 1),
        method="highs",
    )
    assert result.status == 0
    return float(-result.fun / n)


def test_best_model_by_hand() -> None:
    outcomes = table([[0.2, 0.9], [0.4, 0.1], [1.0, 0.0]], [[1.0, 2.0]] * 3)
    assert best_model(outcomes, np.array([0, 1])) == 1  # 0.3 against 0.5
    assert best_model(outcomes, np.array([0, 1, 2])) == 0


def test_of_equally_good_models_the_cheaper_is_best() -> None:
    assert best_model(table([[0.5, 0.5, 0.5]], [[3.0, 2.0, 2.0]]), np.array([0])) == 1
    # 0.1 + 0.2 + 0.3 depends on the order of the sum in its last digit
    outcomes = table([[0.1, 0.3], [0.2, 0.2], [0.3, 0.1]], [[1.0, 2.0]] * 3)
    assert best_model(outcomes, np.arange(3)) == 0


@pytest.mark.parametrize(
    ("ceiling", "expected"),
    [
        (0.0, 0.0),
        (1.0, 0.3),  # half of the traffic to "a", the rest unserved
        (2.0, 0.6),  # all to "a"
        (6.0, 0.8),  # halfway from a = (2, 0.6) to c = (10, 1.0); b = (5, 0.7) lies below that line
        (10.0, 1.0),
        (99.0, 1.0),
    ],
)
def test_envelope_by_hand(ceiling: float, expected: float) -> None:
    reward, cost = np.array([[0.6, 0.7, 1.0]]), np.array([[2.0, 5.0, 10.0]])
    assert envelope(reward, cost, ceiling) == pytest.approx(expected)


def test_the_mixture_behind_the_envelope() -> None:
    reward, cost = np.array([0.6, 0.7, 1.0]), np.array([2.0, 5.0, 10.0])
    assert best_mixture(reward, cost, 1.0) == pytest.approx([0.5, 0.0, 0.0])
    assert best_mixture(reward, cost, 6.0) == pytest.approx([0.5, 0.0, 0.5])
    assert best_mixture(reward, cost, 99.0) == pytest.approx([0.0, 0.0, 1.0])


@pytest.mark.parametrize("seed", range(30))
def test_envelope_is_the_linear_program_over_means(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reward, cost = instance(seed, 20, int(rng.integers(1, 7)))
    for ceiling in [0.0, *rng.uniform(0.0, 4.0, 5)]:
        means = reward.mean(axis=0)[None], cost.mean(axis=0)[None]
        assert envelope(reward, cost, ceiling) == pytest.approx(linear_program(*means, ceiling), abs=1e-9)
        shares = best_mixture(means[0][0], means[1][0], ceiling)
        assert shares.min() >= 0.0
        assert shares.sum() <= 1.0 + 1e-12
        assert shares @ means[1][0] <= ceiling + 1e-12


# Prompt 0: 0.5 for 1, then 0.4 more for 2 more. Prompt 1: 0.6 for 1. Rates 0.5, 0.2, 0.6.
REWARD, COST = np.array([[0.5, 0.9], [0.6, 0.6]]), np.array([[1.0, 3.0], [1.0, 3.0]])


@pytest.mark.parametrize(
    ("ceiling", "expected"),
    [(0.0, 0.0), (0.25, 0.3), (0.5, 0.6), (1.0, 1.1), (1.5, 1.3), (2.0, 1.5), (9.0, 1.5)],
)
def test_oracle_by_hand(ceiling: float, expected: float) -> None:
    assert oracle(REWARD, COST, ceiling) == pytest.approx(expected / 2)


def test_whole_choices_by_hand() -> None:
    frontier = Frontier(REWARD, COST)
    assert frontier.choices(0.4).tolist() == [UNSERVED, UNSERVED]
    assert frontier.choices(0.5).tolist() == [UNSERVED, 0]
    assert frontier.choices(1.9).tolist() == [0, 0]
    assert frontier.choices(2.0).tolist() == [1, 0]


def test_what_is_free_is_taken_and_what_is_worthless_is_not() -> None:
    frontier = Frontier(np.array([[0.5, 0.2], [-0.1, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert frontier.choices(0.0).tolist() == [0, UNSERVED]
    assert frontier.choices(9.0).tolist() == [0, UNSERVED]
    assert frontier.bound(0.0) == 0.25


def test_rounding_does_not_turn_a_hull_around() -> None:
    # Points on one line through (0, 0): an edge's computed rate may exceed that of the edge before it.
    cost = np.random.default_rng(0).integers(1, 350, (20_000, 6)) / 70
    value = cost / 0.3
    bought = picked(value, np.arange(20_000), Frontier(value, cost).choices(9.0))
    assert bought.tolist() == value.max(axis=1).tolist()


@pytest.mark.parametrize("seed", range(40))
def test_oracle_is_the_optimum_of_the_linear_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reward, cost = instance(seed, int(rng.integers(1, 25)), int(rng.integers(1, 7)))
    for ceiling in [0.0, *rng.uniform(0.0, 4.0, 4)]:
        assert oracle(reward, cost, ceiling) == pytest.approx(linear_program(reward, cost, ceiling), abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_oracle_bounds_every_assignment(seed: int) -> None:
    reward, cost = instance(seed, 4, 3)
    part, ceiling = np.arange(4), 1.3
    every = [np.array(choice) for choice in itertools.product(range(-1, 3), repeat=4)]
    affordable = [choice for choice in every if picked(cost, part, choice).mean() <= ceiling]
    best = max(picked(reward, part, choice).mean() for choice in affordable)
    assert best <= oracle(reward, cost, ceiling) + 1e-12
    # Stopping before the step that is bought in part loses at most that step, on one prompt of four.
    whole = picked(reward, part, Frontier(reward, cost).choices(ceiling)).mean()
    assert best - 1 / 4 - 1e-12 <= whole <= best + 1e-12


def test_the_order_of_references_at_every_budget() -> None:
    reward, cost = instance(1, 200, 5)
    for ceiling in np.linspace(0.0, 4.0, 9):
        assert 0.0 <= envelope(reward, cost, ceiling) <= oracle(reward, cost, ceiling) <= 1.0


def test_ridge_by_hand() -> None:
    # x = -1, 1; y = 1, 5: mean 3, centred slope 4 / (2 + penalty 2) = 1
    x, y = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])
    assert ridge(x, y, np.array([[0.0], [2.0]]), penalty=2.0) == pytest.approx(np.array([[3.0], [5.0]]))


def test_ridge_has_a_constant_without_penalty() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    design = np.column_stack([x, np.ones(50)])
    weights = np.linalg.solve(design.T @ design + RIDGE_PENALTY * np.diag([1, 1, 1, 0]), design.T @ y)
    assert ridge(x, y, x) == pytest.approx(design @ weights)


def test_penalties_have_the_least_leave_one_out_error() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 5)) * 0.5
    signal = x @ rng.normal(size=(5, 4))
    y = signal * [3.0, 1.0, 0.3, 0.0] + rng.normal(size=(60, 4))

    def error(penalty: float) -> Floats:
        left_out = [np.delete(np.arange(60), i) for i in range(60)]
        missed = [y[i] - ridge(x[rows], y[rows], x[i : i + 1], penalty)[0] for i, rows in enumerate(left_out)]
        total: Floats = (np.array(missed) ** 2).sum(axis=0)
        return total

    errors = np.array([error(penalty) for penalty in PENALTIES])
    expected = np.array(PENALTIES)[errors.argmin(axis=0)]
    assert len(set(expected)) > 1
    assert best_penalties(x, y).tolist() == expected.tolist()


def bisected(score: Floats, cost: Floats, ceiling: float) -> Ints:
    """The definition: argmax(score - price * cost) by bisection on the price; none only if not all fit."""
    models = score.shape[1]
    if ceiling < cost.min(axis=1).mean():
        score, cost = (
            np.column_stack([score, np.zeros(len(score))]),
            np.column_stack([cost, np.zeros(len(cost))]),
        )

    def at(price: float) -> Ints:
        choice: Ints = np.argmax(score - price * cost, axis=1)
        return choice

    def spend(choice: Ints) -> float:
        return float(cost[np.arange(len(cost)), choice].mean())

    low, high = 0.0, 1e9
    if spend(at(0.0)) <= ceiling:
        high = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if spend(at(middle)) <= ceiling else (middle, high)
    choice = at(high)
    choice[choice == models] = UNSERVED
    return choice


@pytest.mark.parametrize("seed", range(5))
def test_skyline_is_its_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k, d = 400, 4, 6
    vectors = rng.normal(size=(n, d))
    reward = np.clip(0.5 + vectors @ rng.normal(size=(d, k)) * 0.2, 0, 1)
    cost = np.exp(vectors @ rng.normal(size=(d, k)) * 0.5 + np.arange(k)) * 1e-4
    outcomes, split = table(reward, cost), split_outcomes(n, seed, "1:1", 50)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    learn, deploy = split.learning, split.deployment

    def predicted(outcome: Floats) -> Floats:
        penalties = best_penalties(unit[learn], outcome[learn])
        columns = [
            ridge(unit[learn], outcome[learn][:, [i]], unit[deploy], penalty)
            for i, penalty in enumerate(penalties)
        ]
        return np.hstack(columns)

    score_hat, cost_hat = predicted(reward), np.maximum(predicted(cost), cost[learn].min(axis=0))
    skyline = Skyline(outcomes, split, vectors.astype(np.float32))
    cheapest = float(cost_hat.min(axis=1).mean())
    for ceiling in (0.2 * cheapest, 0.99 * cheapest, 1.01 * cheapest, 1.1 * cheapest, 5e-4, 2e-3, 1.0):
        expected = bisected(score_hat, cost_hat, ceiling)
        assert skyline.choices(ceiling).tolist() == expected.tolist()
        assert picked(cost_hat, np.arange(len(deploy)), expected).mean() <= ceiling
        realised = picked(reward, deploy, expected).mean(), picked(cost, deploy, expected).mean()
        assert skyline.played(ceiling) == pytest.approx(realised)


def test_skyline_without_signal_serves_what_the_budget_allows() -> None:
    # One model, always 0.5 for 1.0, embeddings all zero: every prediction is exact and every rate equal.
    outcomes, split = table([[0.5]] * 20, [[1.0]] * 20), split_outcomes(20, seed=0)
    skyline = Skyline(outcomes, split, np.zeros((20, 3)))
    assert skyline.played(0.3) == pytest.approx((0.15, 0.3))  # 3 of 10 served
    assert skyline.played(5.0) == pytest.approx((0.5, 1.0))


def test_skyline_routes_where_the_embedding_tells() -> None:
    # Kind 0 is answered by the cheap model alone, kind 1 by the dear one alone.
    kind = np.arange(400) % 2
    outcomes = table(np.column_stack([kind == 0, kind == 1]), np.tile([1.0, 10.0], (400, 1)))
    split = split_outcomes(400, seed=3)
    skyline = Skyline(outcomes, split, np.eye(2)[kind])
    assert skyline.choices(10.0).tolist() == kind[split.deployment].tolist()
    assert skyline.played(10.0)[0] == 1.0


def test_references_by_hand() -> None:
    # "b" is best: 1.0 for 4.0. A fraction of 0.5 is 2.0 a request.
    outcomes, split = table([[0.5, 1.0]] * 10, [[1.0, 4.0]] * 10), split_outcomes(10, seed=7)
    [reference] = references(outcomes, split, np.zeros((10, 1)), seed=7, fractions=[0.5])
    assert (reference.seed, reference.budget_fraction, reference.ceiling_usd) == (7, 0.5, 2.0)
    assert (reference.best_model, reference.best_model_reward, reference.best_model_cost) == ("b", 1.0, 4.0)
    assert reference.envelope == pytest.approx(0.5 + 0.5 / 3)
    assert reference.oracle == pytest.approx(0.5 + 0.5 / 3)
    # Five requests have 10 dollars: five cheap answers, and one of them made dear for 3 more.
    assert reference.skyline == pytest.approx(0.6)
    [in_dollars] = references(outcomes, split, np.zeros((10, 1)), seed=7, ceilings=[2.0])
    assert in_dollars.budget_fraction is None
    assert (in_dollars.ceiling_usd, in_dollars.skyline) == (2.0, reference.skyline)


def test_the_best_model_is_that_of_the_deployment_part() -> None:
    reward = [[1.0, 0.0]] * 4 + [[0.0, 1.0]] * 4
    split = Split(np.array([], dtype=np.int64), np.arange(4), np.arange(4, 8))
    outcomes = table(reward, [[1.0, 2.0]] * 8)
    [reference] = references(outcomes, split, np.zeros((8, 1)), seed=0, fractions=[1.0])
    assert (reference.best_model, reference.ceiling_usd) == ("b", 2.0)


def test_references_on_the_demo_data() -> None:
    outcomes = demo_outcomes()
    split = split_outcomes(len(outcomes), seed=0)
    kinds = sorted(set(outcomes.task or ()))
    vectors = np.eye(len(kinds))[[kinds.index(task) for task in outcomes.task or ()]]
    rows = references(outcomes, split, vectors, seed=0, fractions=[0.01, 0.05, 0.25])
    assert [row.budget_fraction for row in rows] == [0.01, 0.05, 0.25]
    for row in rows:
        assert row.envelope < row.oracle
        assert row.skyline < row.oracle
        assert row.best_model == "google/gemini-2.5-pro"
    assert rows[0].oracle < rows[1].oracle <= rows[2].oracle


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        ({}, "budgets must be fractions or ceilings, got None and None"),
        (
            {"fractions": [0.5], "ceilings": [1.0]},
            r"must be fractions or ceilings, got \[0\.5\] and \[1\.0\]",
        ),
        ({"fractions": [0.0]}, r"fractions must be positive and finite, got 0\.0"),
        ({"ceilings": [float("nan")]}, "ceilings must be positive and finite, got nan"),
    ],
)
def test_bad_budgets_are_refused(budgets: dict[str, list[float]], message: str) -> None:
    outcomes, split = table([[0.5]] * 4, [[1.0]] * 4), split_outcomes(4, seed=0)
    with pytest.raises(ValueError, match=message):
        references(outcomes, split, np.zeros((4, 2)), seed=0, **budgets)


def test_bad_embeddings_are_refused() -> None:
    outcomes, split = table([[0.5]] * 4, [[1.0]] * 4), split_outcomes(4, seed=0)
    with pytest.raises(ValueError, match=r"embeddings must have shape \(4, d\), got \(3, 2\)"):
        Skyline(outcomes, split, np.zeros((3, 2)))
    with pytest.raises(ValueError, match="embeddings must be finite, got nan"):
        Skyline(outcomes, split, np.full((4, 2), np.nan))
