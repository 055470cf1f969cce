"""The numbers of a replay, as policies meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.prior.prior import Prior

MOST_USD = 4e9  # of one budget: as much as the core's ledger holds
BOUND_PROMPTS = 500  # from so many prompts the bounds LB and UB are estimated


@dataclass(frozen=True)
class Embedded:
    """Stands for the encoder that made the embeddings: a replay never meets a new text."""

    name: str
    dim: int
    checksum: str | None = None

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Refuse."""
        raise NotImplementedError("a replay gives embeddings, never texts")


@dataclass(frozen=True)
class Table:
    """The numbers of a replay: N embedded prompts, K models' outcomes.

    Attributes
    ----------
    models : (K,) names
    embeddings : (N, d_e)
    reward, cost : (N, K), in [0, 1] and US dollars
    input_tokens : (N,)
    priors : what a policy may start from, by its setting
    encoder : what made the embeddings, where there are priors
    """

    models: tuple[str, ...]
    embeddings: Floats
    reward: Floats
    cost: Floats
    input_tokens: Ints
    priors: Mapping[str, Prior] = field(default_factory=dict)
    encoder: Embedded | None = None


@dataclass(frozen=True)
class Limit:
    """One budget: US dollars per request, and the share of the best model's cost that it was named by."""

    fraction: float | None
    ceiling_usd: float


def check_limits(limits: Sequence[Limit], requests: int) -> None:
    """ValueError for a budget that is more money over so many requests than a router can be given."""
    for limit in limits:
        if limit.ceiling_usd * requests > MOST_USD:
            most, of = MOST_USD / requests, "US dollars a request"
            name, got = "ceilings", limit.ceiling_usd
            if limit.fraction is not None:
                most, of = most * limit.fraction / limit.ceiling_usd, "of the best model's cost"
                name, got = "fractions", limit.fraction
            raise ValueError(f"{name} must be at most {most:.3g} {of} for {requests:,} requests, got {got:g}")


def leading(table: Table, dimension: int) -> Table:
    """The table as it is for who sees so many leading components of the embedding, and no prior.

    Raises ValueError for more components than there are.
    """
    have = table.embeddings.shape[1]
    if dimension > have:
        raise ValueError(f"dimension must be <= {have}, got {dimension}")
    return replace(table, embeddings=table.embeddings[:, :dimension], priors={}, encoder=None)


def bounds(reward: Floats, cost: Floats) -> dict[str, float]:
    """LB and UB: the 5 % and 95 % quantiles of expected reward per expected dollar, of equal shapes.

    Empty where nothing was learned: the budget policy's own running quantiles then serve.
    """
    able = (reward > 0.0) & (cost > 0.0)
    if not able.any():
        return {}
    lower, upper = np.quantile(reward[able] / cost[able], (0.05, 0.95))
    return {"lower": float(lower), "upper": float(upper)}
