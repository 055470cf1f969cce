"""Whole replays: splits, processes, two files, and figures that can be recomputed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotage.replay.run import Plan, run_replay, steps
from pilotage.replay.runs import Replay
from pilotage.replay.summary import policy_rows
from tests.replay.topics import MODELS, encode, rivals, topics

OUTCOMES = topics(120)
PLAN = Plan(policies=("pilotage", "random", "always"), fractions=(0.25, 0.75), seeds=2)


def replay(plan: Plan = PLAN, **keywords) -> Replay:
    return run_replay(keywords.pop("outcomes", OUTCOMES), plan, encoder=encode, **keywords)


def choices(replay: Replay) -> list:
    return [
        (
            run.policy,
            run.budget_fraction,
            run.ceiling_usd,
            run.seed,
            run.learned.tolist(),
            run.deployed.tolist(),
        )
        for run in replay.runs
    ]


def test_every_policy_at_every_budget_on_every_seed() -> None:
    done = replay()
    keys = [(run.policy, run.budget_fraction, run.seed) for run in done.runs]
    policies = ("pilotage", "random", "always:cheap", "always:dear")
    assert keys == [(p, f, s) for p in policies for f in (0.25, 0.75) for s in (0, 1)]
    assert [(r.budget_fraction, r.seed) for r in done.references] == [
        (f, s) for f in (0.25, 0.75) for s in (0, 1)
    ]
    assert set(done.splits) == {0, 1}
    assert [len(done.splits[0].learning), len(done.splits[0].deployment)] == [60, 60]


def test_budgets_are_shares_of_the_best_model_s_cost_on_the_deployment_part() -> None:
    done = replay()
    for run in done.runs:
        best = OUTCOMES.cost[done.splits[run.seed].deployment, 1].mean()
        assert run.ceiling_usd == pytest.approx(run.budget_fraction * best, rel=1e-12)


def test_ceilings_are_dollars_a_request() -> None:
    done = replay(replace(PLAN, ceilings=(3e-4, 1e-4)))
    assert {run.budget_fraction for run in done.runs} == {None}
    assert [run.ceiling_usd for run in done.runs[:4]] == [1e-4, 1e-4, 3e-4, 3e-4]


def test_processes_change_nothing() -> None:
    alone, together = replay(jobs=1), replay(jobs=2)
    assert choices(alone) == choices(together)
    assert alone.references == together.references


def test_a_replay_repeats_and_seeds_differ() -> None:
    first, again = replay(), replay()
    assert choices(first) == choices(again)
    assert first.splits[0].deployment.tolist() != first.splits[1].deployment.tolist()


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_is_told_step_by_step(jobs: int) -> None:
    told: list[str] = []
    replay(advance=told.append, jobs=jobs)
    assert len(told) == steps(PLAN, OUTCOMES) == 10
    assert sorted(told)[:2] == ["always:cheap, seed 0", "always:cheap, seed 1"]
    assert told.count("references, seed 0") == 1


def test_the_protocol_of_ten_to_one_sets_a_tenth_apart() -> None:
    split = replay(replace(PLAN, ratio="10:1", seeds=1)).splits[0]
    assert [len(split.tuning), len(split.learning), len(split.deployment)] == [12, 98, 10]


def test_figures_follow_from_choices() -> None:
    done = replay()
    for row, run in zip(policy_rows(done), done.runs, strict=True):
        rows = done.splits[run.seed].deployment
        served = [(i, k) for i, k in zip(rows, run.deployed, strict=True) if k >= 0]
        assert row["reward"] == pytest.approx(sum(OUTCOMES.reward[i, k] for i, k in served) / 60)
        assert row["cost"] == pytest.approx(sum(OUTCOMES.cost[i, k] for i, k in served) / 60)
        assert row["served"] == len(served) / 60


def test_learning_on_another_file_and_deploying_on_all_of_this_one() -> None:
    other = topics(80, seed=9)
    done = replay(learn=other)
    split = done.splits[0]
    assert sorted(split.learning) == list(range(80))
    assert sorted(split.deployment) == list(range(80, 200))
    np.testing.assert_array_equal(done.outcomes.reward[:80], other.reward)
    np.testing.assert_array_equal(done.outcomes.cost[80:], OUTCOMES.cost)
    # choices point into the file that was deployed on
    np.testing.assert_array_equal(np.sort(done.outcomes.row[split.deployment]), OUTCOMES.row)
    assert done.outcomes.name == "topics (learned on topics)"


def test_the_other_file_may_list_its_models_in_another_order() -> None:
    other = topics(80, seed=9)
    flipped = replace(
        other, models=MODELS[::-1], reward=other.reward[:, ::-1].copy(), cost=other.cost[:, ::-1].copy()
    )
    assert choices(replay(learn=other)) == choices(replay(learn=flipped))


def test_the_other_file_teaches() -> None:
    plan = Plan(policies=("pilotage",), fractions=(2.0,), seeds=1)
    honest = rivals(200, seed=9)
    liar = replace(honest, reward=1.0 - honest.reward)
    rewards = [
        policy_rows(replay(plan, outcomes=rivals(120), learn=each))[0]["reward"] for each in (honest, liar)
    ]
    assert rewards == [1.0, 0.0]


@pytest.mark.parametrize(
    ("plan", "keywords", "message"),
    [
        ({"policies": ("pilotage", "pilto")}, {}, "policies must be among .*, got 'pilto'"),
        ({"fractions": (0.0,)}, {}, "fractions must be positive and finite, got 0.0"),
        ({"ceilings": (-1.0,)}, {}, "ceilings must be positive and finite, got -1.0"),
        ({"ratio": "1-1"}, {}, "ratio must be two positive whole numbers such as '10:1', got '1-1'"),
        ({"tuning": 120}, {}, "prompts must be enough to leave one to learn from and one to deploy on"),
        ({"tuning": -1}, {}, "tuning must be at least 0, got -1"),
        ({"tuning": 80}, {"learn": topics(80)}, r"tuning must be in \[0, 80\), got 80"),
        (
            {},
            {"learn": replace(topics(80), models=("cheap", "free"))},
            "learn must have the models cheap, dear, got",
        ),
        ({}, {"jobs": 0}, "jobs must be >= 1, got 0"),
    ],
)
def test_refusals(plan: dict, keywords: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(replace(PLAN, **plan), **keywords)


def test_a_plan_names_everything_once() -> None:
    with pytest.raises(ValueError, match=r"policies must be distinct, got \['random', 'random'\]"):
        Plan(policies=("random", "random"))
    with pytest.raises(ValueError, match=r"ceilings must be distinct, got \[1.0, 1.0\]"):
        Plan(ceilings=(1.0, 1.0))


def test_a_plan_has_a_seed() -> None:
    with pytest.raises(ValueError, match="seeds must be >= 1, got 0"):
        Plan(seeds=0)


def test_an_error_in_a_process_arrives() -> None:
    with pytest.raises(ValueError, match="fractions must be positive and finite, got -1"):
        replay(replace(PLAN, fractions=(-1.0,)), jobs=2)
