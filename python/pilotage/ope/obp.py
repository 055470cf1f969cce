"""A log as the Open Bandit Pipeline's dictionary of bandit feedback.

| key | |
|---|---|
| `n_rounds`, `n_actions` | N, K |
| `context` | (N, d) float |
| `action_context` | None: models have no features |
| `action` | (N,) int, index of the model |
| `position` | None: one model answers |
| `reward` | (N,) |
| `expected_reward` | None: unknown |
| `pi_b` | None: only the chosen model's chance was logged |
| `pscore` | (N,) that chance |

Reference: Saito et al., Open Bandit Dataset and Pipeline, NeurIPS 2021; `obp.types.BanditFeedback`.
"""

from __future__ import annotations

from typing import Any

from pilotage.ope.log import Log
from pilotage.ope.outcome_model import features


def to_obp(log: Log, *, encoder: object = None) -> dict[str, Any]:
    """The dictionary; texts become vectors through `encoder`, None for the packaged one.

    The pipeline knows no candidates: it takes every action for possible in every round.

    Raises
    ------
    ValueError : a log without contexts
    """
    if log.context is None:
        raise ValueError("log must have contexts, which the pipeline needs, got none")
    return {
        "n_rounds": len(log),
        "n_actions": len(log.models),
        "context": log.context.copy() if not isinstance(log.context, tuple) else features(log, encoder),
        "action_context": None,
        "action": log.chosen.copy(),
        "position": None,
        "reward": log.reward.copy(),
        "expected_reward": None,
        "pi_b": None,
        "pscore": log.propensity.copy(),
    }
