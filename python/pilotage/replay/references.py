"""What is possible at a budget: the best model, blind mixtures, a full-information router, the optimum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats, Ints
from pilotage.replay.frontier import Frontier
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.runs import UNSERVED, Reference, Split, picked

Embeddings: TypeAlias = NDArray[np.floating[Any]]  # (N, d) float32 or float64

RIDGE_PENALTY = 20.0  # on unit vectors; the constant is free
PENALTIES = (1.0, 3.0, 10.0, 20.0, 50.0, 100.0)  # that the skyline chooses from
_TIE = 1e-12  # rewards this close are equal: a mean depends on the order of its sum


def references(
    outcomes: Outcomes,
    split: Split,
    embeddings: Embeddings,
    *,
    seed: int,
    fractions: Sequence[float] | None = None,
    ceilings: Sequence[float] | None = None,
) -> list[Reference]:
    """References on the deployment part of one split, one per budget, in the order given.

    Parameters
    ----------
    embeddings : (N, d) one vector per prompt of `outcomes`, of any length
    seed : what the split was made from; only noted down
    fractions : budgets as shares, > 0, of the mean cost of the best model, both on the deployment part
    ceilings : budgets in US dollars per deployment request, > 0; exactly one of the two is given

    Raises
    ------
    ValueError
        For none or both kinds of budget, a budget that is not positive and finite, shares of what a free
        model costs, or embeddings that do not fit the outcomes.
    """
    if (fractions is None) == (ceilings is None):
        raise ValueError(f"budgets must be fractions or ceilings, got {fractions} and {ceilings}")
    reward, cost = outcomes.reward[split.deployment], outcomes.cost[split.deployment]
    best = best_model(outcomes, split.deployment)
    best_cost = float(cost[:, best].mean())
    if fractions is not None:
        check_priced(outcomes.models[best], best_cost)
    budgets = (
        [(None, _positive("ceilings", ceiling)) for ceiling in ceilings]
        if ceilings is not None
        else [(share, _positive("fractions", share) * best_cost) for share in fractions or ()]
    )
    skyline, optimum = Skyline(outcomes, split, embeddings), Frontier(reward, cost)
    return [
        Reference(
            seed=seed,
            budget_fraction=fraction,
            ceiling_usd=ceiling,
            envelope=envelope(reward, cost, ceiling),
            skyline=skyline.played(ceiling)[0],
            oracle=optimum.bound(ceiling),
            best_model=outcomes.models[best],
            best_model_reward=float(reward[:, best].mean()),
            best_model_cost=best_cost,
        )
        for fraction, ceiling in budgets
    ]


def check_priced(best: str, cost: float) -> None:
    """ValueError where the best model is free: a share of its cost is no budget."""
    if cost == 0.0:
        raise ValueError(
            f"budgets must be shares of a cost, got a best model, {best!r}, that costs nothing: "
            f"give ceilings, US dollars a request"
        )


def best_model(outcomes: Outcomes, rows: Ints) -> int:
    """Index of the model with the highest mean reward on `rows`; of equals the cheaper, then the first."""
    reward, cost = outcomes.reward[rows].mean(axis=0), outcomes.cost[rows].mean(axis=0)
    return int(np.where(reward >= reward.max() - _TIE, cost, np.inf).argmin())


def best_mixture(reward: Floats, cost: Floats, ceiling: float) -> Floats:
    """Shares of traffic of the best query-blind mixture whose mean cost is at most `ceiling`.

    Parameters
    ----------
    reward, cost : (K,) mean reward and mean cost, US dollars, of each model
    ceiling : US dollars per request, >= 0

    Returns
    -------
    (K,) shares >= 0; what they lack to 1 is not served
    """
    # The last point is "unserved". The optimum is one affordable point, mixed with at most one dearer point.
    value, price = np.append(reward, 0.0), np.append(cost, 0.0)
    low, high = np.flatnonzero(price <= ceiling), np.flatnonzero(price > ceiling)
    single = low[np.lexsort((price[low], -value[low]))[0]]
    shares = np.zeros(len(value))
    shares[single] = 1.0
    if len(high):
        part = (ceiling - price[low, None]) / (price[high] - price[low, None])  # (L, H) of the dearer point
        mixed = value[low, None] + part * (value[high] - value[low, None])
        i, j = np.unravel_index(int(mixed.argmax()), mixed.shape)
        if mixed[i, j] > value[single]:
            shares[:] = 0.0
            shares[low[i]], shares[high[j]] = 1.0 - part[i, j], part[i, j]
    return shares[:-1]


def envelope(reward: Floats, cost: Floats, ceiling: float) -> float:
    """Mean reward of the best query-blind mixture: the upper concave hull of (0, 0) and the models' means.

    Parameters
    ----------
    reward, cost : (n, K) outcomes of the same prompts
    ceiling : US dollars per request, >= 0
    """
    means = reward.mean(axis=0)
    return float(best_mixture(means, cost.mean(axis=0), ceiling) @ means)


def oracle(reward: Floats, cost: Floats, ceiling: float) -> float:
    """Mean reward no router can exceed at this mean cost: the linear-program bound on the true outcomes.

    Parameters
    ----------
    reward, cost : (n, K) outcomes of the same prompts
    ceiling : US dollars per request, >= 0
    """
    return Frontier(reward, cost).bound(ceiling)


class Skyline:
    """The router that full information and a ridge regression allow; fitted once, played at any budget.

    Score and cost of every model are linear in the unit-normalised embedding plus a free constant, fitted by
    ridge on the learning part with every model's outcome, each with the penalty of the least leave-one-out
    error there; predicted costs are clipped at the smallest cost each model had there. A deployment prompt
    then takes `argmax_k score_k - price * cost_k` at the one price at which the predicted spend meets the
    budget. Every request is served where the budget allows it; one below the cheapest assignment serves the
    requests with the best predicted score per dollar. The realised spend may differ from the predicted one.

    Parameters
    ----------
    embeddings : (N, d) one vector per prompt of `outcomes`, of any length
    """

    def __init__(self, outcomes: Outcomes, split: Split, embeddings: Embeddings) -> None:
        if embeddings.ndim != 2 or len(embeddings) != len(outcomes):
            raise ValueError(f"embeddings must have shape ({len(outcomes)}, d), got {embeddings.shape}")
        if not np.isfinite(embeddings).all():
            raise ValueError(f"embeddings must be finite, got {embeddings[~np.isfinite(embeddings)][0]}")
        learn, deploy = split.learning, split.deployment
        targets = np.hstack([outcomes.reward[learn], outcomes.cost[learn]])
        x, new = _unit(embeddings[learn]), _unit(embeddings[deploy])
        penalties = best_penalties(x, targets)
        predicted = np.empty((len(new), targets.shape[1]))
        for penalty in np.unique(penalties):
            columns = penalties == penalty
            predicted[:, columns] = ridge(x, targets[:, columns], new, penalty)
        score, cost = np.hsplit(predicted, 2)
        cost = np.maximum(cost, outcomes.cost[learn].min(axis=0))
        self._partial = Frontier(score, cost)  # some requests are not served
        # All are served: every prompt starts at its cheapest model and buys upgrades from there.
        self._cheapest = cost.argmin(axis=1)
        base = self._cheapest[:, None]
        base_cost = np.take_along_axis(cost, base, axis=1)
        self._upgrades = Frontier(score - np.take_along_axis(score, base, axis=1), cost - base_cost)
        self._cheapest_cost = float(base_cost.mean())
        self._outcomes, self._deploy = outcomes, deploy

    def choices(self, ceiling: float) -> Ints:
        """Return the model of each deployment prompt, `UNSERVED` for none: (n_deployment,)."""
        if ceiling < self._cheapest_cost:
            return self._partial.choices(ceiling)
        upgrade = self._upgrades.choices(ceiling - self._cheapest_cost)
        return np.where(upgrade == UNSERVED, self._cheapest, upgrade)

    def played(self, ceiling: float) -> tuple[float, float]:
        """Return the realised mean reward and mean cost, US dollars, per deployment request."""
        choice = self.choices(ceiling)
        reward = picked(self._outcomes.reward, self._deploy, choice)
        cost = picked(self._outcomes.cost, self._deploy, choice)
        return float(reward.mean()), float(cost.mean())


def ridge(x: Floats, y: Floats, new: Floats, penalty: float = RIDGE_PENALTY) -> Floats:
    """Predict y at `new` (m, d) from `x` (n, d) and `y` (n, t), with a constant without penalty: (m, t)."""
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    centred = x - x_mean
    # W = (Xc' Xc + penalty I)^-1 Xc' Yc;  y = y_mean + (x - x_mean) W: centring frees the constant
    gram = centred.T @ centred + penalty * np.eye(x.shape[1])
    weights: Floats = np.linalg.solve(gram, centred.T @ (y - y_mean))
    predicted: Floats = y_mean + (new - x_mean) @ weights
    return predicted


def best_penalties(x: Floats, y: Floats) -> Floats:
    """The penalty of `PENALTIES` with the least leave-one-out error of `ridge`, for each of t targets: (t,).

    Parameters
    ----------
    x, y : (n, d) and (n, t), n >= 2
    """
    left, singular, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    centred = y - y.mean(axis=0)
    along = left.T @ centred
    errors = np.empty((len(PENALTIES), y.shape[1]))
    for i, penalty in enumerate(PENALTIES):
        # y - y^ = (I - H) y,   H = 1 1' / n + U diag(s^2 / (s^2 + penalty)) U'
        kept = singular**2 / (singular**2 + penalty)
        residual = centred - left @ (kept[:, None] * along)
        # what a prompt's own outcome moves its prediction by: leaving it out divides by 1 - H_ii
        own = 1.0 / len(x) + (left**2) @ kept
        errors[i] = ((residual / (1.0 - own)[:, None]) ** 2).sum(axis=0)
    chosen: Floats = np.array(PENALTIES)[errors.argmin(axis=0)]
    return chosen


def _unit(vectors: Embeddings) -> Floats:
    """Scale every row to length 1; a zero row stays zero. float64 whatever came in."""
    rows: Floats = vectors.astype(np.float64)
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(norm > 0, norm, 1.0)
    return rows


def _positive(name: str, budget: float) -> float:
    if not (math.isfinite(budget) and budget > 0):
        raise ValueError(f"{name} must be positive and finite, got {budget}")
    return float(budget)
