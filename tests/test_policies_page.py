"""The page of budget policies is what its figures say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.policies.page import PAGE, RESULTS, render
from benchmarks.policies.run import BUDGETS, checksum, lp_optimum, optimum_serving_all
from benchmarks.results.studies import POOLS, ROOT

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_study_was_played_at_every_budget() -> None:
    assert [study["title"] for study in FOUND["studies"]] == [study.title for study in POOLS]
    for study in FOUND["studies"]:
        assert checksum(ROOT / study["data"]) == study["sha256"]
        assert [budget["fraction"] for budget in study["budgets"]] == list(BUDGETS)


def test_the_optimum_refuses_what_earns_least() -> None:
    reward, cost = np.array([[0.9, 0.95], [0.2, 0.3]]), np.array([[1.0, 4.0], [1.0, 4.0]])
    assert lp_optimum(reward, cost, 0.5) == (0.45, 0.5)  # the first prompt's cheap model, and nobody
    value, spend = lp_optimum(reward, cost, 10.0)
    assert (value, spend) == (pytest.approx(0.625), 4.0)


def test_an_optimum_that_serves_everybody_earns_less_or_cannot_be() -> None:
    reward, cost = np.array([[0.9, 0.95], [0.2, 0.3]]), np.array([[1.0, 4.0], [1.0, 4.0]])
    assert optimum_serving_all(reward, cost, 0.5) == 0.0
    assert optimum_serving_all(reward, cost, 1.0) == pytest.approx(0.55)
    assert optimum_serving_all(reward, cost, 2.5) == pytest.approx((0.9 + 0.3) / 2)  # 0.1 more is worth most
