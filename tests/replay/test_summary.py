"""Figures of a replay small enough to check on paper."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import UNSERVED, Reference, Replay, Run, Split, picked
from pilotage.replay.summary import interval, policy_rows, reference_rows, student_t, summarise

# Two models: "low" earns 0.5 for 1 dollar everywhere, "high" 1.0 for 4 on even and 0.0 for 4 on odd prompts.
OUTCOMES = Outcomes(
    name="paper",
    prompts=tuple("abcdefgh"),
    models=("low", "high"),
    reward=np.array([[0.5, 1.0], [0.5, 0.0]] * 4),
    cost=np.array([[1.0, 4.0]] * 8),
    row=np.arange(8),
    input_tokens=np.ones(8, dtype=np.int64),
    tokens_recorded=True,
)
NONE = np.array([], dtype=np.int64)
# Deployment of seed 0 is prompts 4, 6, 7, 0: "high" is best there, 0.75 for 4.
SPLITS = {
    0: Split(NONE, np.array([1, 2, 3, 5]), np.array([4, 6, 7, 0])),
    1: Split(NONE, np.array([1, 3, 5, 7]), np.array([0, 2, 4, 6])),
}


def run(seed: int, learned: list[int], deployed: list[int]) -> Run:
    return Run(
        policy="pilotage",
        seed=seed,
        budget_fraction=0.5,
        ceiling_usd=2.0,
        learned=np.array(learned),
        deployed=np.array(deployed),
        expected_cost=np.array([0.0 if k == UNSERVED else (1.5, 3.5)[k] for k in deployed]),
    )


def reference(seed: int, envelope: float, skyline: float, best: float) -> Reference:
    return Reference(
        seed=seed,
        budget_fraction=0.5,
        ceiling_usd=2.0,
        envelope=envelope,
        skyline=skyline,
        oracle=1.0,
        best_model="high",
        best_model_reward=best,
        best_model_cost=4.0,
    )


REPLAY = Replay(
    outcomes=OUTCOMES,
    splits=SPLITS,
    runs=(
        run(0, learned=[1, 0, UNSERVED, 0], deployed=[1, 0, 0, UNSERVED]),
        run(1, learned=[0, 0, 0, 0], deployed=[1, 1, 0, 0]),
    ),
    references=(reference(0, 0.4, 0.6, 0.75), reference(1, 0.5, 0.85, 1.0)),
    settings={"split": "1:1"},
)


def test_picked_counts_the_unserved_as_nothing() -> None:
    got = picked(OUTCOMES.cost, np.array([3, 4, 5]), np.array([1, UNSERVED, 0]))
    assert got.tolist() == [4.0, 0.0, 1.0]
    with pytest.raises(ValueError, match=r"choices must have shape \(2,\), got \(1,\)"):
        picked(OUTCOMES.cost, np.array([0, 1]), np.array([0]))


def test_policy_rows_by_hand() -> None:
    first, second = policy_rows(REPLAY)
    assert first == {
        "kind": "policy",
        "budget_fraction": 0.5,
        "ceiling_usd": 2.0,
        "seed": 0,
        "policy": "pilotage",
        "reward": (1.0 + 0.5 + 0.5 + 0.0) / 4,
        "cost": (4.0 + 1.0 + 1.0 + 0.0) / 4,
        "cost_ratio": 1.5 / 4.0,
        "served": 0.75,
        # prompts 1, 2, 3, 5: high on odd loses 0.5, low on even 0.5, unserved odd 0.5, low on odd nothing
        "regret": 1.5,
        "expected_cost": (3.5 + 1.5 + 1.5) / 4,
        "saved": 1 - 1.5 / 1.0,  # `low` alone earns as much for 1
    }
    assert (second["reward"], second["cost"], second["served"], second["regret"]) == (0.75, 2.5, 1.0, 0.0)


def test_figures_are_plain_numbers() -> None:
    for row in policy_rows(REPLAY):
        assert {type(value) for value in row.values()} == {str, int, float}


def test_reference_rows_repeat_the_references() -> None:
    assert reference_rows(REPLAY)[0] == {
        "kind": "reference",
        "budget_fraction": 0.5,
        "ceiling_usd": 2.0,
        "seed": 0,
        "envelope": 0.4,
        "skyline": 0.6,
        "oracle": 1.0,
        "best_model": "high",
        "best_model_reward": 0.75,
        "best_model_cost": 4.0,
    }


def test_summary_by_hand() -> None:
    [summary] = summarise([*policy_rows(REPLAY), *reference_rows(REPLAY)])
    assert (summary.policy, summary.budget_fraction, summary.ceiling_usd) == ("pilotage", 0.5, 2.0)
    assert summary.seeds == 2
    # rewards 0.5 and 0.75: mean 0.625, s = 0.25 / sqrt(2), half width t * s / sqrt(2)
    assert summary.reward.mean == pytest.approx(0.625)
    assert summary.reward.half_width == pytest.approx(12.706205 * 0.125)
    # paired: 0.5 / 0.75 and 0.75 / 1; 0.5 - 0.4 and 0.75 - 0.5; 0.5 - 0.6 and 0.75 - 0.85
    assert summary.share_of_best.mean == pytest.approx((2 / 3 + 3 / 4) / 2)
    assert summary.over_envelope.mean == pytest.approx(0.175)
    assert summary.over_envelope.half_width == pytest.approx(12.706205 * 0.075)
    # The rewards differ by 0.25 from seed to seed, their distances to the skyline not at all.
    assert summary.over_skyline.mean == pytest.approx(-0.1)
    assert summary.over_skyline.half_width == pytest.approx(0.0, abs=1e-12)
    assert summary.served.mean == pytest.approx(0.875)
    assert summary.regret.mean == pytest.approx(0.75)
    assert summary.cost.mean == pytest.approx(2.0)
    assert summary.cost_ratio.mean == pytest.approx(0.5)
    assert summary.expected_cost.mean == pytest.approx((1.625 + 2.5) / 2)


def test_budgets_and_policies_are_kept_apart_in_order() -> None:
    runs = [
        replace(run(0, [0] * 4, [0] * 4), policy=policy, budget_fraction=fraction)
        for fraction in (0.5, 0.1)
        for policy in ("random", "knn")
    ]
    references = [replace(reference(0, 0.4, 0.6, 0.75), budget_fraction=fraction) for fraction in (0.1, 0.5)]
    replay = replace(REPLAY, runs=tuple(runs), references=tuple(references))
    summaries = summarise([*reference_rows(replay), *policy_rows(replay)])
    assert [(s.policy, s.budget_fraction) for s in summaries] == [
        ("random", 0.5), ("knn", 0.5), ("random", 0.1), ("knn", 0.1)
    ]  # fmt: skip


def test_a_fraction_is_one_budget_whatever_its_dollars() -> None:
    runs = tuple(replace(r, ceiling_usd=2.0 + r.seed) for r in REPLAY.runs)
    references = tuple(replace(r, ceiling_usd=2.0 + r.seed) for r in REPLAY.references)
    replay = replace(REPLAY, runs=runs, references=references)
    [summary] = summarise([*policy_rows(replay), *reference_rows(replay)])
    assert (summary.seeds, summary.ceiling_usd) == (2, 2.5)


def test_ceilings_are_budgets_of_their_own() -> None:
    runs = tuple(replace(REPLAY.runs[0], budget_fraction=None, ceiling_usd=usd) for usd in (1.0, 2.0))
    references = tuple(
        replace(REPLAY.references[0], budget_fraction=None, ceiling_usd=usd) for usd in (1.0, 2.0)
    )
    replay = replace(REPLAY, runs=runs, references=references)
    summaries = summarise([*policy_rows(replay), *reference_rows(replay)])
    assert [(s.budget_fraction, s.ceiling_usd, s.seeds) for s in summaries] == [
        (None, 1.0, 1),
        (None, 2.0, 1),
    ]


def test_one_seed_has_no_spread() -> None:
    replay = replace(REPLAY, runs=REPLAY.runs[:1])
    [summary] = summarise([*policy_rows(replay), *reference_rows(replay)])
    assert summary.reward.mean == 0.5
    assert math.isnan(summary.reward.half_width)
    assert summary.reward.format() == "0.500 ± -"
    assert interval([0.25, 0.75]).format(".1f") == "0.5 ± 3.2"


def test_a_missing_reference_is_refused() -> None:
    with pytest.raises(ValueError, match=r"of 'pilotage', got none for fraction 0\.5 and seeds \[1\]"):
        summarise([*policy_rows(REPLAY), reference_rows(REPLAY)[0]])


def test_where_the_best_is_free_there_is_no_ratio() -> None:
    free = replace(OUTCOMES, cost=np.zeros((8, 2)))
    assert math.isnan(policy_rows(replace(REPLAY, outcomes=free))[0]["cost_ratio"])


def test_student_t_is_right_to_five_digits() -> None:
    for df in [*range(1, 60), 100, 1000, 10**6]:
        assert student_t(df) == pytest.approx(float(t.ppf(0.975, df)), abs=1e-5)
    with pytest.raises(ValueError, match="df must be at least 1, got 0"):
        student_t(0)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # 4,000 samples of 5: the share of covered means is 0.95 with a standard error of 0.0034
    samples = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 5))
    covered = [abs(i.mean - 3.0) <= i.half_width for i in map(interval, samples.tolist())]
    assert 0.93 < np.mean(covered) < 0.97
