"""What is solved: small adversarial families, batches as language models cost them, Pisinger's hard kinds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from benchmarks.policies.run import streams
from benchmarks.results.studies import POOLS, Study
from pilotage.arrays import Floats, Ints
from pilotage.replay.data import read_outcomes

NANO = 1e-9  # US dollars
MODELS = 11  # RouterBench's
POOL = Study("MMLU-Pro, 11 chat models", POOLS[1].path, (POOLS[1].models or ())[:MODELS])


class Instance(NamedTuple):
    name: str
    values: Floats  # (N, K)
    nano: Ints  # (N, K) costs, nano-dollars
    budget: int  # nano-dollars


# Small and adversarial

FAMILIES = (
    "smooth", "0/1 values", "ties", "equal ratios", "zero costs", "huge costs", "infeasible", "one model",
    "one prompt", "strongly correlated",
)  # fmt: skip


def small(family: str, seed: int) -> Instance:
    """One of `FAMILIES`, up to 150 prompts and 11 models, under a budget that mostly binds."""
    random = np.random.default_rng([FAMILIES.index(family), seed])
    n = 1 if family == "one prompt" else int(random.choice([2, 3, 5, 8, 20, 60, 150]))
    k = 1 if family == "one model" else int(random.choice([2, 3, 5, MODELS]))
    largest = 3 if family == "ties" else int(random.choice([10, 100, 10_000]))
    nano = random.integers(1, largest, size=(n, k), endpoint=True)
    least, most = int(nano.min(axis=1).sum()), int(nano.max(axis=1).sum())
    share = random.choice([0.0, 0.02, 0.1, 0.3, 0.5, 0.8, 1.0])
    budget = int(least + share * (most - least))
    values = random.random((n, k))
    if family == "0/1 values":
        values = np.round(values)
    elif family == "ties":
        values = random.integers(0, 3, size=(n, k)) * 1.0
    elif family == "equal ratios":
        values = nano * 0.125
    elif family == "zero costs":
        nano = np.where(random.random((n, k)) < 0.4, 0, nano)
        budget = int(share * nano.max(axis=1).sum())
    elif family == "huge costs":
        nano = np.where(random.random((n, k)) < 0.2, 10**9 * nano, nano)
    elif family == "infeasible":
        budget = int(random.integers(0, least))  # a nano-dollar short or more
    elif family == "strongly correlated":
        nano, values = strongly_correlated(nano, largest)
    return Instance(f"{family}, seed {seed}", values, nano, budget)


# As language models cost


def recorded(pool: Study) -> tuple[Floats, Floats]:
    """Reward, right or wrong, and cost in US dollars of every model on every prompt, both (N, K)."""
    outcomes = read_outcomes(pool.path, pool.models)
    return outcomes.reward, outcomes.cost


def estimated(pool: Study) -> tuple[Floats, Floats]:
    """The same for the deployment half, by a ridge regression fitted on the other half."""
    stream = next(streams(pool, 1))
    return stream.reward, stream.cost


def synthetic(n: int) -> tuple[Floats, Floats]:
    """No prompt twice: lognormal lengths, prices over two and a half decades, expected scores in (0, 1)."""
    random = np.random.default_rng(3)
    tokens = random.lognormal(5.5, 0.8, size=(n, 1)) * random.lognormal(0.0, 0.3, size=(n, MODELS))
    logits = np.linspace(-0.6, 1.7, MODELS) + random.normal(size=(n, MODELS))
    return 1 / (1 + np.exp(-logits)), np.geomspace(5e-8, 3e-5, MODELS) * tokens


SOURCES = ("recorded", "estimated", "synthetic")
_REAL: dict[str, Callable[[], tuple[Floats, Floats]]] = {
    "recorded": cache(lambda: recorded(POOL)),
    "estimated": cache(lambda: estimated(POOL)),
}


def batch(source: str, n: int, fraction: float) -> Instance:
    """N prompts under a share of the best single model's cost; real rows are drawn with replacement."""
    if source in _REAL:
        values, costs = _REAL[source]()
        rows = np.random.default_rng(0).integers(len(values), size=n)
        values, costs = values[rows], costs[rows]
    else:
        values, costs = synthetic(n)
    return priced(f"{source}, {n:,} prompts, {100 * fraction:g} %", values, costs, fraction)


def priced(name: str, values: Floats, costs: Floats, fraction: float) -> Instance:
    nano = np.round(costs / NANO).astype(np.int64)
    best = int(values.mean(axis=0).argmax())
    return Instance(name, values, nano, int(fraction * nano[:, best].sum()))


# Hard


class Hard(NamedTuple):
    kind: str
    prompts: int
    largest: int  # cost, nano-dollars


HARD = (
    Hard("weakly correlated", 1000, 10**7),
    Hard("subset sum", 1000, 10**7),
    Hard("strongly correlated", 100, 10**4),
    Hard("strongly correlated", 1000, 10**4),
    Hard("strongly correlated", 100, 10**7),
    Hard("strongly correlated", 1000, 10**7),
)


def hard(given: Hard) -> Instance:
    """Pisinger's kinds (1995), 10 models, a budget half-way between the least and the most."""
    random = np.random.default_rng(0)
    nano = np.sort(random.integers(1, given.largest, size=(given.prompts, 10)), axis=1)
    budget = int(nano.min(axis=1).sum() + nano.max(axis=1).sum()) // 2
    values = nano.astype(float)
    if given.kind == "weakly correlated":
        values += random.integers(-given.largest // 10, given.largest // 10, size=nano.shape)
    elif given.kind == "strongly correlated":
        nano, values = strongly_correlated(nano, given.largest)
    return Instance(f"{given.kind}, {given.prompts:,}, {given.largest:,}", values, nano, budget)


def strongly_correlated(nano: Ints, largest: int) -> tuple[Ints, Floats]:
    """Costs in order, and values: the cost plus a step per place."""
    nano = np.sort(nano, axis=1)
    return nano, nano + np.arange(1.0, nano.shape[1] + 1.0) * max(1, largest // 10)
