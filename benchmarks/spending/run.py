"""Which rule should choose while rewards and costs are still being learned?

Run as `python -m benchmarks.spending.run`. It plays on the learning halves alone, so that what it decides was
never tried on prompts that others deploy on. Writes results.json and README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
from typing import Any, NamedTuple

import numpy as np

from benchmarks.results.run import checksum
from benchmarks.results.studies import BUDGETS, POOLS, ROOT, SEEDS, Study
from benchmarks.spending.learner import Rule, Start, play
from benchmarks.spending.page import OURS, PAGE, RESULTS, ROUTER, render
from pilotage import Budget, Model, Router
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.projection import DEFAULT_INTERCEPT, Projection
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.prices import list_prices
from pilotage.replay.references import best_model
from pilotage.replay.split import split_outcomes

RULES = {
    OURS: Rule(),
    "optimistic cost, beta 0.3": Rule(beta=0.3),
    "optimistic cost, beta 1": Rule(beta=1.0),
    "SquareCB, gamma 30": Rule(alpha=0.0, gamma=30.0),
    "SquareCB, gamma 100": Rule(alpha=0.0, gamma=100.0),
}
PRIORS = {"without a prior": 0.0, "with a prior": 0.25}  # what one of its observations counts
REQUESTS = 1_500
FOR_PRIOR = 300  # prompts, at most a fifth of the half
STRENGTH, PRIOR_REWARD, COMPONENTS = 2.5, 0.5, 16  # the router's defaults


class Stream(NamedTuple):
    """What one seed plays on."""

    x: Floats  # contexts, (N, d)
    z: Floats  # what costs are learned from, (N, m)
    reward: Floats  # (N, K)
    cost: Floats  # (N, K), US dollars
    budget: float  # at a share of 1: what the best model would cost, US dollars
    starts: dict[str, Start]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    found = {
        "seeds": options.seeds,
        "requests": REQUESTS,
        "prompts": FOR_PRIOR,
        "weight": PRIORS["with a prior"],
        "studies": [_study(study, options.seeds) for study in POOLS],
    }
    RESULTS.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")


def _study(study: Study, seeds: int) -> dict[str, Any]:
    """By prior, budget and rule, one row for each seed: mean reward, and spend as a share of the budget."""
    outcomes = read_outcomes(study.path, study.models)
    encoded = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    contexts = Projection(encoded.shape[1], DEFAULT_INTERCEPT).many(encoded)
    cells: dict[str, dict[str, dict[str, list[list[float]]]]] = {
        prior: {str(fraction): {} for fraction in BUDGETS} for prior in PRIORS
    }
    for seed in range(seeds):
        draws = np.random.default_rng(seed).random(REQUESTS)
        rows = split_outcomes(len(outcomes), seed).learning
        stream = _stream(outcomes, contexts, rows)
        for fraction in BUDGETS:
            budget = fraction * stream.budget
            for prior, start in stream.starts.items():
                for name, rule in RULES.items():
                    chosen = play(
                        stream.x, stream.z, stream.reward, stream.cost, start.inverse.copy(), start.b.copy(),
                        start.usd, budget, *rule, draws,
                    )  # fmt: skip
                    cells[prior][str(fraction)].setdefault(name, []).append(_row(stream, chosen, budget))
            plain = cells["without a prior"][str(fraction)]
            chosen = _routed(outcomes, encoded, rows, len(stream.x), budget)
            plain.setdefault(ROUTER, []).append(_row(stream, chosen, budget))
    return {
        "title": study.title,
        "data": study.path.relative_to(ROOT).as_posix(),
        "sha256": checksum(study.path),
        "cells": cells,
    }


def _cut(rows: Ints) -> tuple[Ints, Ints]:
    """The prompts of the stream, and those of the prior."""
    for_prior = min(FOR_PRIOR, len(rows) // 5)
    return rows[for_prior:][:REQUESTS], rows[:for_prior]


def _stream(outcomes: Outcomes, contexts: Floats, rows: Ints) -> Stream:
    played, known = _cut(rows)
    cost = np.ascontiguousarray(outcomes.cost[played])
    starts = {
        prior: _start(contexts[known], outcomes.reward[known], outcomes.cost[known], weight)
        for prior, weight in PRIORS.items()
    }
    budget = float(cost[:, best_model(outcomes, played)].sum())
    x = contexts[played]
    z = np.column_stack([x[:, :COMPONENTS], np.ones(len(x))])
    return Stream(x, z, np.ascontiguousarray(outcomes.reward[played]), cost, budget, starts)


def _start(x: Floats, reward: Floats, cost: Floats, weight: float) -> Start:
    """A_0 = lambda I + weight X'X, b_0 likewise; costs are known on average, as a price list tells."""
    d, models = x.shape[1], reward.shape[1]
    constant = np.zeros(d)
    constant[-1] = STRENGTH * PRIOR_REWARD / DEFAULT_INTERCEPT
    precision = STRENGTH * np.eye(d) + weight * x.T @ x
    inverse = np.tile(np.linalg.inv(precision), (models, 1, 1))
    return Start(inverse, constant + weight * reward.T @ x, cost.mean(axis=0))


def _routed(outcomes: Outcomes, encoded: Floats, rows: Ints, n: int, budget: float) -> Ints:
    """The same requests through `Router`."""
    played, known = _cut(rows)
    prices = list_prices(outcomes, known)
    names = [str(k) for k in range(len(outcomes.models))]
    columns = (prices.input_cost_per_token, prices.output_cost_per_token, prices.expected_output_tokens)
    pool = [Model(*row) for row in zip(names, *(column.tolist() for column in columns), strict=True)]
    router = Router(pool, Budget(budget, n, unserved=0.0, soft=True), encoder=lambda _: encoded[0])
    return router.replay(
        encoded[played],
        outcomes.cost[played],
        outcomes.reward[played],
        input_tokens=outcomes.input_tokens[played],
    ).choice


def _row(stream: Stream, chosen: Ints, budget: float) -> list[float]:
    rows = np.flatnonzero(chosen >= 0)
    reward = stream.reward[rows, chosen[rows]].sum() / len(chosen)
    return [round(float(reward), 6), round(float(stream.cost[rows, chosen[rows]].sum() / budget), 5)]


if __name__ == "__main__":
    main()
