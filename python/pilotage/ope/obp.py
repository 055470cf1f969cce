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

A file, .npz, holds the names of the models, too, and of the dictionary what is not None: `read_obp` gives it
back whole.

Reference: Saito et al., Open Bandit Dataset and Pipeline, NeurIPS 2021; `obp.types.BanditFeedback`.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from pilotage.ope.log import Log
from pilotage.ope.outcome_model import features

_KEYS = (
    "n_rounds", "n_actions", "context", "action_context", "action", "position", "reward", "expected_reward",
    "pi_b", "pscore",
)  # fmt: skip


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


def write_obp(log: Log, path: str | PathLike[str], *, encoder: object = None) -> None:
    """Write the dictionary to a file that ends in .npz; raises as `to_obp`, and for another end."""
    if not str(path).endswith(".npz"):
        raise ValueError(f"path must end in .npz, got {path}")
    known = {key: value for key, value in to_obp(log, encoder=encoder).items() if value is not None}
    with open(path, "wb") as file:
        np.savez_compressed(file, models=np.array(log.models), **known)


def read_obp(path: str | PathLike[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The dictionary of a file that `write_obp` wrote, and the names of the models."""
    with np.load(path) as file:
        found = {key: file[key] for key in file.files}
    models = tuple(str(name) for name in found.pop("models"))
    counts = {key: int(found[key]) for key in ("n_rounds", "n_actions")}
    return {**dict.fromkeys(_KEYS), **found, **counts}, models
