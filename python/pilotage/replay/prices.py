"""Price lists recovered from recorded costs: routing tables carry bills, routers want prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes

_SMALLEST_REST = 0.05  # of a model's mean cost; below it the slope has swallowed the answer's share


@dataclass(frozen=True)
class ModelPrices:
    """What each of K models charges, and how long it answers.

    Attributes
    ----------
    input_cost_per_token : (K,) US dollars, >= 0
    output_cost_per_token : (K,) US dollars, >= 0
    expected_output_tokens : (K,) mean length of an answer; 1 where the "token" is one typical answer
    """

    input_cost_per_token: Floats
    output_cost_per_token: Floats
    expected_output_tokens: Floats

    @property
    def listed(self) -> Floats:
        """(K,) one figure for both: half of what a thousand tokens cost in and out, US dollars."""
        return 500.0 * (self.input_cost_per_token + self.output_cost_per_token)


def list_prices(outcomes: Outcomes, rows: Ints) -> ModelPrices:
    """Recover each model's prices from the costs of `rows`.

    With recorded output tokens: least squares of `cost = a * input + b * output` with a, b >= 0, exact where
    costs follow a price list; a mean length counts as one token at least. Without: least squares of
    `cost = a * input + rest` with a >= 0; a "token" is then one typical answer, of which
    `expected_output_tokens` = 1 is bought at the price `rest`. Where that would leave a model's answer 5 % of
    its mean cost or less, a = 0 and the answer costs that mean.

    Parameters
    ----------
    rows : (n,) positions in `outcomes`, at least one

    Raises
    ------
    ValueError
        If `rows` is empty.
    """
    if len(rows) == 0:
        raise ValueError("rows must hold at least one position, got none")
    tokens, cost = outcomes.input_tokens[rows].astype(np.float64), outcomes.cost[rows]
    if outcomes.output_tokens is None:
        return _per_answer(tokens, cost)
    answers = outcomes.output_tokens[rows].astype(np.float64)
    fits = np.array([_non_negative_fit(tokens, answers[:, k], cost[:, k]) for k in range(cost.shape[1])])
    return ModelPrices(fits[:, 0], fits[:, 1], np.maximum(answers.mean(axis=0), 1.0))


def _non_negative_fit(u: Floats, v: Floats, y: Floats) -> tuple[float, float]:
    """`argmin |y - a u - b v|` over a, b >= 0; each (n,)."""
    a, b = np.linalg.lstsq(np.column_stack([u, v]), y, rcond=None)[0]
    if a >= 0 and b >= 0:
        return float(a), float(b)
    # Outside the quadrant the optimum lies on one of its two edges.
    edges = [(_slope(u, y), 0.0), (0.0, _slope(v, y))]
    return min(edges, key=lambda edge: float(np.sum((y - edge[0] * u - edge[1] * v) ** 2)))


def _slope(u: Floats, y: Floats) -> float:
    """`argmin |y - a u|` over a >= 0."""
    square = float(u @ u)
    return max(0.0, float(u @ y) / square) if square > 0 else 0.0


def _per_answer(tokens: Floats, cost: Floats) -> ModelPrices:
    mean, centred = cost.mean(axis=0), tokens - tokens.mean()
    # slope = cov(tokens, cost) / var(tokens), not below 0; one length only says nothing
    spread = float(centred @ centred)
    slope = np.maximum(centred @ cost / spread, 0.0) if spread > 0 else np.zeros(cost.shape[1])
    rest = mean - slope * tokens.mean()
    flat = rest <= _SMALLEST_REST * mean
    return ModelPrices(np.where(flat, 0.0, slope), np.where(flat, mean, rest), np.ones(cost.shape[1]))
