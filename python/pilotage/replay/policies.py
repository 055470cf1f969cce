"""The policies a replay can play: a `Router` with its settings, a learner of the literature, or one model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pilotage.budget import PER_REQUEST, Budget
from pilotage.replay import spenders
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
from pilotage.replay.spenders import Spender

ALWAYS = "always:"
TUNED = "tuned"  # the policy of a file that `pilotage tune` wrote
_NO_MORE: Mapping[str, Policy] = {}


@dataclass(frozen=True)
class Policy:
    """A router's settings, or a learner, and what it may do in each part of the stream.

    Attributes
    ----------
    router : keywords of `pilotage.Router`
    budget : keywords of `pilotage.Budget`, beyond the limit and the horizon
    prior : setting of the prior it starts from where one is given; None: it never has one
    learns : whether it is told rewards
    pays_to_learn : whether learning spends under the same budget per request as deployment; PILOT as
        published learns without one
    explores : whether deployment draws as learning does; otherwise it is greedy, unless it goes on learning
    greedy : whether deployment is greedy even where it goes on learning
    learner : makes what learns in a router's place, told of every reward once, before deployment
    spend : how it spends the budget of deployment where that is no policy of `Budget`; it then sees all
        estimates at once, and learns nothing on the way
    dimension : how many leading components of the embedding it sees; None for all
    """

    name: str
    router: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, Any] = field(default_factory=dict)
    prior: str | None = None
    learns: bool = True
    pays_to_learn: bool = False
    explores: bool = False
    greedy: bool = False
    learner: Callable[[], Learner] | None = None
    spend: Spender | None = None
    dimension: int | None = None

    def budget_for(self, ceiling: float, requests: int, **more: Any) -> Budget:
        """`ceiling` US dollars a request, for so many requests; soft, as recorded answers cannot be cut."""
        if self.budget.get("policy") in PER_REQUEST:
            return Budget(usd_per_request=ceiling, soft=True, **self.budget, **more)
        return Budget(ceiling * requests, requests, soft=True, **self.budget, **more)


# `<policy>+<name>`: the same learner, its money spent by that rule. An unserved request scores 0 here, and
# rules that can weigh it are told so. `serve-all` is `dual` untold: everybody is served while there is money.
BUDGET_POLICIES: dict[str, dict[str, Any]] = {
    "dual": {"policy": "dual", "unserved": 0.0},
    "serve-all": {"policy": "dual"},
    "pacer": {"policy": "pacer", "unserved": 0.0},
    "primal_dual": {"policy": "primal_dual"},
    "even": {"policy": "even"},
    "zcl": {"policy": "zcl"},
}

HINDSIGHT = "hindsight"  # the suffix for `spenders.hindsight`

# As published: A starts from the identity, every model's mean output length comes from the tuning set; bins,
# and a stop when nothing fits.
_PUBLISHED = {
    "strength": 1.0,
    "cost_components": 0,
    "learn_costs": False,
    "prior_reward": 0.0,
}
_ZCL = {"policy": "zcl", "stop": True}

POLICIES = {
    policy.name: policy
    for policy in (
        # Our best setting: the defaults of `Router`, told what an unserved request scores here.
        Policy("pilotage", budget=BUDGET_POLICIES["dual"], prior="calibrated", pays_to_learn=True),
        # Section 3.2 and algorithm 3, with alpha = 2 of table 7. Without a prior file theta_prior = 0.
        Policy("pilot", {"score": "pilot", "alpha": 2.0, **_PUBLISHED}, _ZCL, prior="paper"),
        # The paper's baseline: the same cost policy, no prior, a linear mean.
        Policy("linucb", {"score": "linear", "alpha": 2.0, **_PUBLISHED}, _ZCL),
        # Uniform among what an even split of the money affords.
        Policy("random", {"exploration": 1.0, **_PUBLISHED}, {"policy": "even"}, learns=False, explores=True),
        # The paper's other baselines, under its cost policy, too; and its binary one.
        Policy("epoch-greedy", budget=_ZCL, learner=EpochGreedy),
        Policy("explore-only", budget=_ZCL, learner=ExploreOnly),
        Policy("thompson", budget=_ZCL, learner=Thompson),
        Policy("hybridllm", budget=_ZCL, learner=Hybrid),
        # RouteLLM's, of any number of models.
        Policy("mf", budget=_ZCL, learner=Factorisation),
        # The best blind mixture by what models earned on average; PORT, with bandit feedback.
        Policy("mixture", learner=Levels, spend=spenders.mixture),
        Policy("knn", learner=Nearest, spend=spenders.one_price),
    )
}


def policy_of(name: str, more: Mapping[str, Policy] = _NO_MORE) -> Policy:
    """The policy of a name, its suffix applied; `more`: others by name, beside `POLICIES`.

    Raises
    ------
    ValueError : an unknown policy
    """
    policies = {**POLICIES, **more}
    learner, plus, spender = name.partition("+")
    if learner not in policies or (plus and spender not in (*BUDGET_POLICIES, HINDSIGHT)):
        known = ", ".join([*policies, "always", "always:<model>"])
        suffixes = ", ".join("+" + each for each in (*BUDGET_POLICIES, HINDSIGHT))
        raise ValueError(
            f"policies must be among {known}, the first of them with {suffixes} too, got {name!r}"
        )
    policy = policies[learner]
    if spender == HINDSIGHT:
        return replace(policy, name=name, spend=spenders.hindsight)
    return replace(policy, name=name, budget=BUDGET_POLICIES[spender], spend=None) if plus else policy


def resolve_policies(
    names: Sequence[str], models: Sequence[str], more: Mapping[str, Policy] = _NO_MORE
) -> tuple[str, ...]:
    """Checked policy names; `always` stands for `always:<model>` of every model.

    Raises
    ------
    ValueError : an unknown policy, or a model that the data lacks
    """
    resolved: list[str] = []
    for name in names:
        if name == "always":
            resolved.extend(ALWAYS + model for model in models)
        elif name.startswith(ALWAYS) and name.removeprefix(ALWAYS) in models:
            resolved.append(name)
        else:
            resolved.append(policy_of(name, more).name)
    return tuple(dict.fromkeys(resolved))
