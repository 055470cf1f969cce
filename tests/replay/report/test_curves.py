"""Curves: three prompts and two models, all sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage.replay.outcomes import Outcomes
from pilotage.replay.report import curves
from pilotage.replay.runs import UNSERVED, Replay, Run, Split

OUTCOMES = Outcomes(
    name="hand",
    prompts=("a", "b", "c", "d", "e", "f"),
    models=("cheap", "dear"),
    reward=np.array([[0.5, 1.0], [0.25, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]),
    cost=np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0], [6.0, 60.0]]),
    row=np.arange(6),
    input_tokens=np.ones(6, dtype=np.int64),
    tokens_recorded=True,
)
SPLIT = Split(
    tuning=np.array([], dtype=np.int64), learning=np.array([2, 0, 1]), deployment=np.array([5, 3, 4])
)


def run(learned: list[int], deployed: list[int], ceiling: float = 7.0) -> Run:
    return Run("hand", 0, None, ceiling, np.array(learned), np.array(deployed), np.zeros(3))


def test_regret_is_the_best_reward_minus_the_one_obtained() -> None:
    # Prompts 2, 0, 1: best 1, 1, 0.25; cheap earns 1, cheap 0.5, dear 0.
    regret = curves.cumulative_regret(OUTCOMES, SPLIT, run([0, 0, 1], [0, 0, 0]))
    np.testing.assert_array_equal(regret, [0.0, 0.5, 0.75])


def test_an_unserved_prompt_loses_all_of_the_best_reward() -> None:
    regret = curves.cumulative_regret(OUTCOMES, SPLIT, run([UNSERVED, 1, UNSERVED], [0, 0, 0]))
    np.testing.assert_array_equal(regret, [1.0, 1.0, 1.25])


def test_spend_adds_the_costs_of_the_calls_made() -> None:
    # Prompts 5, 3, 4: dear 60, unserved 0, cheap 5.
    spend = curves.cumulative_spend(OUTCOMES, SPLIT, run([0, 0, 0], [1, UNSERVED, 0]))
    np.testing.assert_array_equal(spend, [60.0, 60.0, 65.0])


def test_budget_line_is_the_ceiling_times_the_requests_so_far() -> None:
    np.testing.assert_array_equal(curves.budget_line(run([0, 0, 0], [0, 0, 0], 7.0)), [7.0, 14.0, 21.0])


def test_choices_must_fit_their_part() -> None:
    with pytest.raises(ValueError, match=r"choices must have shape \(3,\), got \(2,\)"):
        curves.cumulative_regret(OUTCOMES, SPLIT, run([0, 0], [0, 0, 0]))


def test_shares_by_window_with_the_unserved_last() -> None:
    choices = np.array([0, 0, 1, UNSERVED])
    np.testing.assert_array_equal(curves.model_shares(choices, 2, 2), [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])


def test_windows_are_no_more_than_the_choices() -> None:
    np.testing.assert_array_equal(curves.model_shares(np.array([1]), 2, 5), [[0.0, 1.0, 0.0]])
    assert curves.model_shares(np.array([], dtype=np.int64), 2, 5).shape == (0, 3)


def test_shares_sum_to_one_in_unequal_windows() -> None:
    choices = np.random.default_rng(3).integers(-1, 4, size=17)
    shares = curves.model_shares(choices, 4, 5)
    assert shares.shape == (5, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


@pytest.mark.parametrize("choice", [-2, 2])
def test_shares_refuse_what_is_no_model(choice: int) -> None:
    with pytest.raises(ValueError, match=r"choices must lie in \[-1, 1\], got"):
        curves.model_shares(np.array([0, choice]), 2, 1)


def test_shares_refuse_no_window() -> None:
    with pytest.raises(ValueError, match="windows must be at least 1, got 0"):
        curves.model_shares(np.array([0]), 2, 0)


def test_band_of_two_seeds() -> None:
    # Values 0 and 2: mean 1, standard error sqrt(2) / sqrt(2) = 1; Student's t, one degree of freedom.
    band = curves.band([np.array([0.0, 5.0]), np.array([2.0, 5.0])])
    np.testing.assert_array_equal(band.mean, [1.0, 5.0])
    np.testing.assert_allclose(band.half_width, [12.7062, 0.0], atol=1e-4)


def test_band_cuts_to_the_shortest_seed() -> None:
    np.testing.assert_array_equal(
        curves.band([np.array([1.0, 2.0, 9.0]), np.array([3.0, 4.0])]).mean, [2.0, 3.0]
    )


def test_band_of_one_seed_knows_no_spread() -> None:
    band = curves.band([np.array([1.0, 2.0])])
    np.testing.assert_array_equal(band.mean, [1.0, 2.0])
    assert np.isnan(band.half_width).all()


def test_band_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="curves must hold at least 1 curve, got 0"):
        curves.band([])


def test_single_models_average_the_deployment_parts_of_all_seeds() -> None:
    other = Split(SPLIT.tuning, learning=np.array([3, 4, 5]), deployment=np.array([0]))
    cost, reward = curves.single_models(Replay(OUTCOMES, {0: SPLIT, 1: other}, (), (), {}))
    # cheap: costs (4 + 5 + 6) / 3 = 5 and 1; rewards (0 + 0.5 + 1) / 3 = 0.5 and 0.5.
    # dear: costs 50 and 10; rewards 0.5 and 1.
    np.testing.assert_allclose(cost, [3.0, 30.0])
    np.testing.assert_allclose(reward, [0.5, 0.75])


def test_thinning_keeps_both_ends() -> None:
    np.testing.assert_array_equal(curves.thin(5, 3), [0, 2, 4])
    np.testing.assert_array_equal(curves.thin(2, 100), [0, 1])
