"""Playing policies: what they may spend, what they learn, and that it repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from pilotage.replay.engine import apart, play
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import POLICIES, Policy
from pilotage.replay.prices import list_prices
from pilotage.replay.references import envelope
from pilotage.replay.runs import UNSERVED, Run, Split, picked
from pilotage.replay.split import split_outcomes
from pilotage.replay.table import Limit, Table
from tests.replay.topics import MODELS, encode, rivals, topics

ALL = [*POLICIES, "always:cheap", "always:dear"]
LIMITS = [Limit(None, usd) for usd in (5e-5, 2e-4, 6e-4)]
OUTCOMES = topics()
SPLIT = split_outcomes(len(OUTCOMES), seed=0)


def played(
    policy: str,
    limits: list[Limit] = LIMITS,
    *,
    outcomes: Outcomes = OUTCOMES,
    split: Split = SPLIT,
    seed: int = 0,
    online: bool = False,
    blind: bool = False,
    more: Mapping[str, Policy] | None = None,
) -> list[Run]:
    embeddings = np.ones((len(outcomes), 2)) if blind else encode(outcomes.prompts)
    table = Table(MODELS, embeddings, outcomes.reward, outcomes.cost, outcomes.input_tokens)
    prices = list_prices(outcomes, split.estimation)
    return play(table, split, prices, policy, limits, seed=seed, online=online, more=more or {})


def reward(run: Run, outcomes: Outcomes = OUTCOMES, split: Split = SPLIT) -> float:
    return float(picked(outcomes.reward, split.deployment, run.deployed).mean())


def same(first: Run, second: Run) -> bool:
    return (
        first.learned.tolist() == second.learned.tolist()
        and first.deployed.tolist() == second.deployed.tolist()
        and first.expected_cost.tolist() == second.expected_cost.tolist()
    )


def test_always_by_hand() -> None:
    outcomes = replace(topics(6), cost=np.array([[1, 9], [2, 9], [3, 9], [4, 9], [1, 9], [1, 9]]) * 1e-3)
    split = Split(np.array([0]), np.array([1]), np.array([2, 3, 4, 5]))
    # 8 in all; before each prompt 0, 3, 7 and 8 are spent, and 1, the tuning prompt's cost, is expected
    (run,) = played("always:cheap", [Limit(0.5, 2e-3)], outcomes=outcomes, split=split)
    assert run.learned.tolist() == [0]
    assert run.deployed.tolist() == [0, 0, 0, UNSERVED]
    assert run.expected_cost.tolist() == [1e-3, 1e-3, 1e-3, 0.0]
    assert (run.policy, run.seed, run.budget_fraction, run.ceiling_usd) == ("always:cheap", 0, 0.5, 2e-3)


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("policy", ALL)
def test_budgets_hold_up_to_one_call_s_error(policy: str, online: bool) -> None:
    for run in played(policy, online=online):
        cost = picked(OUTCOMES.cost, SPLIT.deployment, run.deployed)
        error = max(0.0, float((cost - run.expected_cost).max()))
        assert cost.sum() <= run.ceiling_usd * len(cost) + error + 1e-9
        assert (run.expected_cost > 0).tolist() == (run.deployed != UNSERVED).tolist()


def test_who_learns_no_rewards_expects_none() -> None:
    runs = [played(policy)[0] for policy in ("pilot", "random", "linucb")]
    assert [run.expected_reward is not None for run in runs] == [False, False, True]


def test_a_budget_below_every_call_serves_nobody() -> None:
    for policy in ALL:
        (run,) = played(policy, [Limit(None, 1e-9)])
        assert set(run.deployed) == {UNSERVED}


def test_pilot_learns_without_a_budget() -> None:
    runs = played("pilot")
    assert UNSERVED not in runs[0].learned
    assert {tuple(run.learned) for run in runs} == {tuple(runs[0].learned)}


def test_pilotage_learns_within_the_budget() -> None:
    for run in played("pilotage"):
        spent = picked(OUTCOMES.cost, SPLIT.learning, run.learned).sum()
        # at most dear's cost, 1.1e-3, goes beyond by its error
        assert spent <= run.ceiling_usd * len(run.learned) + 1.1e-3
    assert UNSERVED in played("pilotage")[0].learned  # 5e-5 does not even buy cheap for everyone


@pytest.mark.parametrize("policy", ["pilotage", "pilot", "linucb"])
def test_a_predictive_context_doubles_the_reward_of_rivals(policy: str) -> None:
    outcomes = rivals()
    limit = Limit(None, 2 * outcomes.cost.mean())
    (run,) = played(policy, [limit], outcomes=outcomes)
    blind = envelope(outcomes.reward[SPLIT.deployment], outcomes.cost[SPLIT.deployment], limit.ceiling_usd)
    assert blind == pytest.approx(0.5, abs=0.05)
    assert reward(run, outcomes) == 1.0


@pytest.mark.parametrize("policy", ["pilotage", "pilot", "linucb"])
def test_a_context_that_says_nothing_does_not(policy: str) -> None:
    outcomes = rivals()
    (run,) = played(policy, [Limit(None, 2 * outcomes.cost.mean())], outcomes=outcomes, blind=True)
    assert reward(run, outcomes) == pytest.approx(0.5, abs=0.05)


def test_pilotage_beats_every_blind_mixture_within_a_budget() -> None:
    outcomes = topics(2000)
    split = split_outcomes(2000, seed=0)
    ceiling = 0.7 * outcomes.cost[split.deployment, 1].mean()
    (run,) = played("pilotage", [Limit(0.7, ceiling)], outcomes=outcomes, split=split)
    blind = envelope(outcomes.reward[split.deployment], outcomes.cost[split.deployment], ceiling)
    assert blind == pytest.approx(0.83, abs=0.02)
    assert reward(run, outcomes, split) > blind + 0.05


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("policy", ALL)
def test_a_seed_repeats(policy: str, online: bool) -> None:
    first, again = played(policy, online=online), played(policy, online=online)
    assert all(map(same, first, again))


def test_seeds_of_draws_differ() -> None:
    assert not same(played("random", seed=1)[2], played("random", seed=2)[2])


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("policy", ALL)
def test_a_budget_s_result_does_not_depend_on_the_others(policy: str, online: bool) -> None:
    together = played(policy, online=online)
    apart = [played(policy, [limit], online=online)[0] for limit in LIMITS]
    assert all(map(same, together, apart))


@pytest.mark.parametrize("policy", ["pilotage", "pilot", "linucb"])
def test_online_learns_what_learning_did_not_show(policy: str) -> None:
    """Small talk to learn from, sums to deploy on: only who goes on learning finds out who can add."""
    outcomes = rivals()
    is_sum = outcomes.reward[:, 0] == 0.0
    split = Split(np.array([], dtype=np.int64), np.flatnonzero(~is_sum), np.flatnonzero(is_sum))
    offline, online = (
        played(policy, [Limit(None, 2e-3)], outcomes=outcomes, split=split, online=each)[0]
        for each in (False, True)
    )
    assert reward(offline, outcomes, split) == 0.0
    assert reward(online, outcomes, split) > 0.9


def test_who_is_greedy_goes_on_learning_without_exploring() -> None:
    """Small talk to learn from, sums to deploy on; curiosity alone would call whom it knows least."""
    outcomes = rivals()
    is_sum = outcomes.reward[:, 0] == 0.0
    split = Split(np.array([], dtype=np.int64), np.flatnonzero(~is_sum), np.flatnonzero(is_sum))
    curious = replace(POLICIES["pilotage"], name="curious", router={"alpha": 1e3})
    more = {"curious": curious, "greedy": replace(curious, name="greedy", greedy=True)}
    rewards = {}
    for name in more:
        (run,) = played(name, LIMITS[2:], outcomes=outcomes, split=split, online=True, more=more)
        rewards[name] = reward(run, outcomes, split)
    assert rewards["greedy"] > rewards["curious"] + 0.1


def test_rows_that_cost_nothing_do_not_stop_a_replay() -> None:
    outcomes = replace(OUTCOMES, cost=OUTCOMES.cost.copy(), input_tokens=np.arange(len(OUTCOMES)))
    outcomes.cost[::3] = 0.0
    for policy in ALL:
        assert len(played(policy, outcomes=outcomes)) == len(LIMITS)


@pytest.mark.parametrize("learner", ["linucb", "pilotage", "explore-only"])
def test_the_best_price_in_hindsight_beats_every_rule_by_its_own_estimates(learner: str) -> None:
    known = played(f"{learner}+hindsight")
    assert any((run.deployed == UNSERVED).any() for run in known)
    for rule in ("dual", "zcl", "even"):
        for best, run in zip(known, played(f"{learner}+{rule}"), strict=True):
            if learner != "pilotage":  # which learns under the rule, too
                assert best.learned.tolist() == run.learned.tolist()
                assert best.expected_reward.sum() >= run.expected_reward.sum() - 1.0  # half a request
            spent = picked(OUTCOMES.cost, SPLIT.deployment, best.deployed)
            assert spent.mean() <= best.ceiling_usd + OUTCOMES.cost.max() / len(spent)


@pytest.mark.parametrize(
    ("policy", "online", "tasks"),
    [
        ("pilotage", False, 3),  # learns under the budget
        ("random", False, 3),  # draws while it is deployed
        ("pilot", False, 1),  # learns without one, once
        ("pilot", True, 3),  # and goes on
        ("thompson", True, 1),  # no router: it learns once, whatever is said
        ("always:cheap", True, 1),
    ],
)
def test_budgets_are_played_apart_where_a_policy_learns_anew(policy: str, online: bool, tasks: int) -> None:
    found = apart(policy, LIMITS, online=online)
    assert len(found) == tasks
    assert [limit for limits in found for limit in limits] == LIMITS
