"""What a policy would have earned on a log, and what there is to be careful about."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pilotage.arrays import Floats
from pilotage.ope.estimators import Estimates, effective_sample_size, estimates, weights
from pilotage.ope.log import Flags, Log
from pilotage.ope.outcome_model import cross_fit, features
from pilotage.ope.target import Target, chances

FEW = 100.0  # effective decisions; below, intervals of this kind are too narrow
DECISIVE = 0.1  # a share of the total weight that one decision should not have
_OFF = 4.0  # standard errors by which the mean weight may lie off 1


@dataclass(frozen=True)
class Evaluation:
    """One policy, judged by one log.

    Attributes
    ----------
    reward : estimates of the mean reward
    cost : of the mean cost, US dollars; None where the log has none
    decisions : N, those with a reward
    effective : (sum w)^2 / sum w^2, in decisions
    largest_weight : of one decision
    mean_weight : 1 but for chance, where the propensities are what they say
    unsupported : mean chance that the policy gives to models that could not have been chosen. Nothing in the
        log speaks of these; IPS counts them as 0, SNIPS leaves them out, DR believes its outcome model
    warnings : what there is to be careful about, in sentences
    """

    reward: Estimates
    cost: Estimates | None
    decisions: int
    effective: float
    largest_weight: float
    mean_weight: float
    unsupported: float
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and dictionaries, for JSON."""
        return _plain(asdict(self))  # type: ignore[no-any-return]


def evaluate(log: Log, target: Target, *, encoder: object = None, seed: int = 0) -> Evaluation:
    """Estimate what `target` would have earned in place of the policy that wrote `log`.

    Parameters
    ----------
    target : see `pilotage.ope.target.chances`
    encoder : for contexts that are texts; None for the packaged one
    seed : of the folds of the outcome model

    Raises
    ------
    TypeError, ValueError : as `chances`
    """
    table = chances(log, target)
    x = features(log, encoder)

    def judged(y: Floats) -> Estimates:
        q = cross_fit(x, log.chosen, y, len(log.models), seed=seed)
        return estimates(table, log.chosen, log.propensity, y, q)

    w = weights(table, log.chosen, log.propensity)
    unsupported = float(np.where(_possible(log), 0.0, table).sum(axis=1).mean())
    return Evaluation(
        reward=judged(log.reward),
        cost=None if log.cost is None else judged(log.cost),
        decisions=len(log),
        effective=effective_sample_size(w),
        largest_weight=float(w.max()),
        mean_weight=float(w.mean()),
        unsupported=unsupported,
        warnings=tuple(_warnings(log, w, unsupported)),
    )


def _possible(log: Log) -> Flags:
    """(N, K) who had a chance: of a decision that was certain, nobody but the chosen model."""
    possible: Flags = log.candidates.copy()
    certain = np.flatnonzero(log.propensity == 1.0)
    possible[certain] = False
    possible[certain, log.chosen[certain]] = True
    return possible


def _warnings(log: Log, w: Floats, unsupported: float) -> list[str]:
    found = ["one decision has no interval: that takes two"] if len(w) == 1 else []
    effective, total = effective_sample_size(w), float(w.sum())
    if effective == 0.0:
        found.append("no logged decision is one that the policy would make: only the outcome model speaks")
    elif effective < FEW:
        found.append(
            f"the {len(log)} decisions are worth {effective:.0f} to this policy, fewer than {FEW:g}: "
            f"intervals are too narrow"
        )
    if total > 0.0 and float(w.max()) > DECISIVE * total:
        found.append(f"one decision has {100 * w.max() / total:.0f} % of the weight: explore more evenly")
    if unsupported > 0.0:
        found.append(
            f"{100 * unsupported:.1f} % of the policy's choices had no chance in the log: there, ips counts "
            f"0 and dr believes its outcome model"
        )
    elif len(w) > 1:
        # E[w] = 1 where every choice of the policy had a chance
        spread = float(w.std(ddof=1)) / len(w) ** 0.5
        if abs(w.mean() - 1.0) > _OFF * spread + 1e-9:
            found.append(f"weights have mean {w.mean():.3f} instead of 1: propensities are not what they say")
    if not log.candidates_known:
        found.append("candidates were not logged: every model is taken to have been one")
    if log.unrewarded:
        found.append(
            f"{log.unrewarded} decisions without a reward were left out: whether there is one must not "
            f"depend on what it is"
        )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value
