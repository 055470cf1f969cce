"""A whole batch at once: what a router believes of its prompts, through the offline knapsack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What `Router.plan` found.

    Attributes
    ----------
    models : the model of every prompt, in order; None for a prompt that goes to none
    value : sum of the expected rewards
    cost : sum of the expected costs, US dollars, never above the budget
    upper_bound : no plan within the budget is worth more by these estimates; equals `value` when `optimal`
    optimal : whether the plan is proven to be the best by these estimates
    """

    models: tuple[str | None, ...]
    value: float
    cost: float
    upper_bound: float
    optimal: bool
