"""Names of policies, and what they stand for."""

from __future__ import annotations

import re

import pytest

from pilotage import Budget, Model, Router
from pilotage.replay.policies import POLICIES, policy_of, resolve_policies

MODELS = ("a", "b")


def test_names_are_kept_in_order_and_always_is_spelled_out() -> None:
    assert resolve_policies(["pilot", "always", "pilotage"], MODELS) == (
        "pilot",
        "always:a",
        "always:b",
        "pilotage",
    )


def test_what_is_named_twice_is_played_once() -> None:
    assert resolve_policies(["always:b", "random", "always", "random"], MODELS) == (
        "always:b",
        "random",
        "always:a",
    )


def test_a_suffix_names_the_budget_policy_and_changes_nothing_else() -> None:
    assert resolve_policies(["pilot+dual", "pilotage+zcl"], MODELS) == ("pilot+dual", "pilotage+zcl")
    assert policy_of("pilot+dual").router == POLICIES["pilot"].router
    assert policy_of("pilot+dual").budget == {"policy": "dual", "unserved": 0.0}
    assert policy_of("pilot+serve-all").budget == {"policy": "dual"}
    assert policy_of("pilotage+zcl").pays_to_learn
    assert policy_of("pilotage+hindsight").budget == POLICIES["pilotage"].budget  # it learns under that


def test_a_ceiling_becomes_a_budget() -> None:
    assert policy_of("pilotage").budget_for(0.25, 4) == Budget(1.0, 4, "dual", unserved=0.0, soft=True)
    assert policy_of("pilotage+serve-all").budget_for(0.25, 4) == Budget(1.0, 4, "dual", soft=True)
    assert policy_of("pilot+even").budget_for(0.25, 4) == Budget(1.0, 4, "even", soft=True)
    assert policy_of("pilot+pacer").budget_for(0.25, 4) == Budget(
        usd_per_request=0.25, policy="pacer", unserved=0.0, soft=True
    )
    published = Budget(usd_per_request=0.25, policy="primal_dual", soft=True)
    assert policy_of("pilotage+primal_dual").budget_for(0.25, 4) == published


@pytest.mark.parametrize(
    "name", ["pilotege", "always:c", "always:", "", "pilot+", "pilot+odd", "+zcl", "always:a+zcl"]
)
def test_an_unknown_policy_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=rf"policies must be among pilotage, .*, got '{re.escape(name)}'"):
        resolve_policies(["pilot", name], MODELS)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_settings_are_keywords_of_router_and_budget(policy) -> None:
    router = Router([Model("a", 1e-6, 1e-6)], Budget(1.0, 10, **policy.budget), dim=2, **policy.router)
    assert router.decide([1.0, 0.0]).model == "a"


def test_pilot_is_as_published() -> None:
    # section 3.2 and table 7; A from the identity; each model's mean length; a stop at the first refusal
    policy = POLICIES["pilot"]
    assert policy.router == {
        "score": "pilot",
        "alpha": 2.0,
        "strength": 1.0,
        "cost_components": 0,
        "learn_costs": False,
        "prior_reward": 0.0,
    }
    assert policy.budget == {"policy": "zcl", "stop": True}
    assert not policy.pays_to_learn


def test_pilotage_is_the_default_router_knows_what_an_unserved_request_scores_and_pays_to_learn() -> None:
    policy = POLICIES["pilotage"]
    assert policy.router == {}
    assert policy.budget == {"policy": "dual", "unserved": 0.0}
    assert policy.pays_to_learn
