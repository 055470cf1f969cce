"""Which alpha goes with forgetting? On other pools than the page's, and on their learning halves alone.

Writes tuning.json, from which the page has its section: `python -m benchmarks.drift.tuning`. A model's memory
of the last 1 / (1 - gamma) decisions keeps its widths as wide for ever, so what suits a router that remembers
all need not suit one that forgets.
"""

from __future__ import annotations

import argparse
import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results.studies import POOLS, SEEDS, Study
from pilotage import Budget, Model, Router
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.prices import list_prices
from pilotage.replay.references import best_model
from pilotage.replay.split import split_outcomes
from pilotage.replay.summary import Interval, interval

FIGURES = Path(__file__).with_name("tuning.json")
TUNED_ON = tuple(study for study in POOLS if "ParetoBandit" not in study.title)
FORGETTING = (0.997, 0.999)
ALPHAS = (1.5, 1.0, 0.5, 0.25)  # the first is the default of a router that never forgets
PRIOR_REWARD, STRENGTH = 0.5, 2.5  # the router's defaults
FRACTIONS = (0.1, 0.3)  # of the best model's cost
WORLDS = ("as it is", "degraded", "joined")
WORSE = 0.6  # what the answers of the degraded model are worth, of what they were
PROMPTS = 2_400  # at most: a third to learn from, then two phases, and the first of them again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS // 2)
    options = parser.parse_args()
    found = {"seeds": options.seeds, "studies": [_study(study, options.seeds) for study in TUNED_ON]}
    FIGURES.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


def _study(study: Study, seeds: int) -> dict[str, Any]:
    """By budget, world, gamma and alpha: the mean reward of each seed over what comes after learning."""
    outcomes = read_outcomes(study.path, study.models)
    encoded = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    cells = {str(fraction): _empty() for fraction in FRACTIONS}
    for seed in range(seeds):
        rows = split_outcomes(len(outcomes), seed).learning[:PROMPTS]
        learn, first, second = np.array_split(rows, 3)
        stream = (learn, first, second, np.random.Generator(np.random.PCG64(seed)).permutation(first))
        for fraction in FRACTIONS:
            usd = fraction * float(outcomes.cost[rows, best_model(outcomes, rows)].mean())
            _, chosen = _play(outcomes, encoded, stream[:2], usd, seed)
            favourite = int(np.bincount(chosen[1]).argmax())
            changes = dict(zip(WORLDS, ({}, {"degraded": favourite}, {"newcomer": favourite}), strict=True))
            for world, gamma, alpha in product(WORLDS, FORGETTING, ALPHAS):
                settings = {"alpha": alpha, "forgetting": gamma}
                rewards, _ = _play(outcomes, encoded, stream, usd, seed, **changes[world], **settings)
                cells[str(fraction)][world][str(gamma)][str(alpha)].append(
                    round(float(np.mean(rewards[1:])), 6)
                )
    return {"title": study.title, "cells": cells}


def _empty() -> dict[str, dict[str, dict[str, list[float]]]]:
    return {world: {str(g): {str(alpha): [] for alpha in ALPHAS} for g in FORGETTING} for world in WORLDS}


def _play(
    outcomes: Outcomes,
    encoded: Floats,
    stream: tuple[Ints, ...],
    usd: float,
    seed: int,
    *,
    degraded: int = -1,
    newcomer: int = -1,
    **settings: float,
) -> tuple[list[float], list[Ints]]:
    """Mean reward and choices of each phase; a model is worse in the third, or joins then."""
    prices = list_prices(outcomes, stream[0])
    columns = (prices.input_cost_per_token, prices.output_cost_per_token, prices.expected_output_tokens)
    names = [str(k) for k in range(len(outcomes.models))]
    pool = [Model(*row) for row in zip(names, *(column.tolist() for column in columns), strict=True)]
    budget = Budget(usd_per_request=usd, soft=True)
    router = Router(pool, budget, encoder=lambda _: encoded[0], seed=seed, **settings)
    if newcomer >= 0:
        router.remove(str(newcomer))
    rewards, choices = [], []
    for phase, rows in enumerate(stream):
        if phase == 2 and newcomer >= 0:
            router.add(pool[newcomer])
        reward, pooled = outcomes.reward[rows], np.array([int(name) for name in router.models])
        if phase == 2 and degraded >= 0:
            reward[:, degraded] *= WORSE
        played = router.replay(
            encoded[rows],
            outcomes.cost[np.ix_(rows, pooled)],
            reward[:, pooled],
            input_tokens=outcomes.input_tokens[rows],
        )
        assert (played.choice >= 0).all()  # at a pace the cheapest model is always affordable
        chosen = pooled[played.choice]
        rewards.append(float(reward[np.arange(len(rows)), chosen].mean()))
        choices.append(chosen)
    return rewards, choices


def apart(found: dict[str, Any], gamma: float, world: str, alpha: float) -> list[Interval]:
    """The mean reward with alpha minus that with the first of `ALPHAS`, of each pool and budget, paired."""
    rows = [cells[world][str(gamma)] for study in found["studies"] for cells in study["cells"].values()]
    return [interval((np.array(row[str(alpha)]) - np.array(row[str(ALPHAS[0])])).tolist()) for row in rows]


def best(found: dict[str, Any]) -> float:
    """The alpha with the highest mean reward over everything that was played.

    Of those under which a model that was never tried looks as good as any can be: others may never try it.
    """
    means = {
        alpha: np.mean([each.mean for g in FORGETTING for w in WORLDS for each in apart(found, g, w, alpha)])
        for alpha in ALPHAS
        if PRIOR_REWARD + alpha / math.sqrt(STRENGTH) >= 1.0
    }
    return max(means, key=means.__getitem__)


if __name__ == "__main__":
    main()
