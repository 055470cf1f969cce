"""The page of learning while spending is what its figures say; its learner by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.results.run import checksum
from benchmarks.results.studies import POOLS, ROOT
from benchmarks.spending.learner import draw, learn, play, solve
from benchmarks.spending.page import OURS, PAGE, RESULTS, render, tally
from benchmarks.spending.run import PRIORS, RULES

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_rule_was_played_on_every_pool() -> None:
    assert [study["title"] for study in FOUND["studies"]] == [study.title for study in POOLS]
    for study in FOUND["studies"]:
        assert checksum(ROOT / study["data"]) == study["sha256"]
        assert list(study["cells"]) == list(PRIORS)
        for budgets in study["cells"].values():
            for rules in budgets.values():
                assert set(RULES) <= set(rules)
                assert {len(rows) for rows in rules.values()} == {FOUND["seeds"]}


def test_what_is_an_interval_apart_is_counted() -> None:
    ours, same = [[0.5, 1.0], [0.7, 1.0], [0.6, 1.0]], [[0.5, 1.0], [0.8, 1.0], [0.5, 1.0]]
    up = [[reward + 0.1, 1.0] for reward, _ in ours]
    down = [[reward - 0.3, 1.0] for reward, _ in ours]
    cells = [{OURS: ours, "rule": rows} for rows in (up, same, down, up)]
    found = {"studies": [{"cells": {"p": dict(enumerate(cells[:3])), "q": {0: cells[3]}}}]}
    assert tally(found, "rule", ["p"]) == (1, 1, 1, pytest.approx(-0.2 / 3))
    assert tally(found, "rule", ["p", "q"]) == (2, 1, 1, pytest.approx(-0.1 / 4))


def test_learning_is_ridge_regression() -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(20, 3)), random.uniform(size=20)
    inverse, b, theta = np.eye(3) / 2.0, np.array([0.0, 0.0, 1.0]), np.zeros(3)
    for row, reward in zip(x, y, strict=True):
        learn(inverse, b, theta, row, reward)
    expected = np.linalg.solve(2.0 * np.eye(3) + x.T @ x, np.array([0.0, 0.0, 1.0]) + x.T @ y)
    np.testing.assert_allclose(theta, expected, rtol=1e-10)


def test_the_price_is_where_requests_cost_what_is_left() -> None:
    # The second model buys 0.4 for 2 dollars more, the first 0.5 for 1.
    values, costs = np.full((4, 2), [0.5, 0.9]), np.full((4, 2), [1.0, 3.0])
    assert solve(values, costs, 4, 3.0, 0.0) == 0.0
    assert solve(values, costs, 4, 2.0, 0.0) == pytest.approx(0.2, rel=2e-3)
    assert solve(values, costs, 4, 0.5, 7.0) == pytest.approx(0.5, rel=2e-3)


def test_squarecb_draws_by_how_far_models_are_behind() -> None:
    worth, affordable = np.array([0.5, 0.3, -0.1, 0.6]), np.array([True, True, True, False])
    # 1 / (4 + 10 * 0.2) and 1 / (4 + 10 * 0.6); the rest to the best
    first, second = 1.0 / 6.0, 1.0 / 10.0
    draws = {0.0: 1, first - 1e-9: 1, first + 1e-9: 2, first + second - 1e-9: 2, first + second + 1e-9: 0}
    assert {left: draw(worth, affordable, 10.0, left) for left in draws} == draws
    assert draw(worth, affordable, 0.0, 0.0) == 0
    assert draw(-worth[:2], affordable[:2], 10.0, 0.0) == -1  # nobody is worth more


@pytest.mark.parametrize("gamma", [0.0, 30.0])
def test_no_more_is_spent_than_there_is(gamma: float) -> None:
    random = np.random.default_rng(2)
    n, models = 60, 3
    x = random.normal(size=(n, 4)) / 2.0
    reward = random.uniform(size=(n, models))
    cost = np.tile([1.0, 2.0, 4.0], (n, 1))
    inverse, b = np.tile(np.eye(4), (models, 1, 1)), np.full((models, 4), 0.1)
    # Without numba, which would take seconds to compile it.
    chosen = play.py_func(
        x, x, reward, cost, inverse, b, cost[0], 90.0, 0.5, 0.3, gamma, random.random(n)
    )  # fmt: skip
    called = chosen >= 0
    assert 60.0 <= cost[called, chosen[called]].sum() <= 90.0 + 4.0
