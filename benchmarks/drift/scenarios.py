"""What changes while requests run: ParetoBandit's scenarios on its validation data.

Every stream begins with prompts to learn from, under the budget, which do not count; then come phases that
do. Where there are three, the third has the prompts of the first, in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.results.studies import PACKAGED, POOLS
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Outcomes

DATASET = PACKAGED / "paretobandit.parquet"
LLAMA, MISTRAL, PRO, FLASH = range(4)
MODELS = (
    "meta-llama/llama-3.1-8b-instruct",
    "mistralai/mistral-large-2512",
    "google/gemini-2.5-pro",
    "google/gemini-2.5-flash",
)
# US dollars per million tokens, in and out, as the data was billed.
PRICES = np.array([[0.10, 0.10], [0.50, 1.50], [1.25, 10.0], [0.30, 2.50]])
CEILINGS = {"tight": 3.0e-4, "moderate": 6.6e-4, "loose": 1.9e-3}  # US dollars a request
COMPONENTS = 25
DEGRADED = 0.75  # what every answer of the degraded model is worth


@dataclass(frozen=True)
class World:
    """Outcomes and prices of all models, N prompts.

    Attributes
    ----------
    reward, cost : (N, 4) in [0, 1], and US dollars
    prices : (4, 2) US dollars per million tokens, in and out
    pool : who may be called
    """

    reward: Floats
    cost: Floats
    prices: Floats
    pool: tuple[int, ...] = (LLAMA, MISTRAL, PRO)


Change = Callable[[World], World]


@dataclass(frozen=True)
class Scenario:
    """`changes` turn the world that is learned from into that of each phase."""

    title: str
    changes: tuple[Change, ...]
    newcomer: bool = False


@dataclass(frozen=True)
class Phase:
    rows: Ints
    world: World


def _same(world: World) -> World:
    return world


def _priced(factor: float) -> Change:
    def change(world: World) -> World:
        times = np.where(np.arange(4) == PRO, factor, 1.0)
        return replace(world, cost=world.cost * times, prices=world.prices * times[:, None])

    return change


def _degraded(world: World) -> World:
    reward = world.reward.copy()
    reward[:, MISTRAL] = DEGRADED
    return replace(world, reward=reward)


def _joined(quality: float, price: float) -> Change:
    def change(world: World) -> World:
        flash = np.arange(4) == FLASH
        return replace(
            world,
            reward=world.reward * np.where(flash, quality, 1.0),
            cost=world.cost * np.where(flash, price, 1.0),
            prices=world.prices * np.where(flash, price, 1.0)[:, None],
            pool=(LLAMA, MISTRAL, PRO, FLASH),
        )

    return change


# Gemini Pro's costs follow the mean of its prices in and out, as in the published scenario.
PUBLISHED_DROP = 0.10 / PRICES[PRO].mean()
SILENT = "Mistral Large gets worse, silently, and recovers"
SCENARIOS = (
    Scenario("Nothing changes", (_same, _same, _same)),
    Scenario("Gemini Pro at a tenth of its price, and back", (_same, _priced(0.1), _same)),
    Scenario("Gemini Pro at $0.10 per million tokens, and back", (_same, _priced(PUBLISHED_DROP), _same)),
    Scenario(SILENT, (_same, _degraded, _same)),
    Scenario("Gemini Flash joins: good and cheap", (_joined(1.0, 1.0),), newcomer=True),
    Scenario("Gemini Flash joins: bad and cheap", (_joined(0.5, 1.0),), newcomer=True),
    Scenario("Gemini Flash joins: good and expensive", (_joined(1.0, 10.0),), newcomer=True),
)


def phases(outcomes: Outcomes, scenario: Scenario, seed: int) -> list[Phase]:
    """What is learned from, then what counts: thirds of the prompts, and the first of them again."""
    random = np.random.Generator(np.random.PCG64(seed))
    learn, first, second = np.array_split(random.permutation(len(outcomes)), 3)
    again = random.permutation(first)
    world = World(outcomes.reward, outcomes.cost, PRICES)
    counted = (np.concatenate([first, second]),) if scenario.newcomer else (first, second, again)
    worlds = [change(world) for change in scenario.changes]
    return [Phase(learn, world), *(Phase(*each) for each in zip(counted, worlds, strict=True))]


def outcomes_and_vectors() -> tuple[Outcomes, Floats, Floats]:
    """The data, the packaged encoder's vectors (N, 64), and 25 whitened principal components of them.

    The components are of other prompts, MMLU-Pro's and ZeroEval's.
    """
    outcomes = read_outcomes(DATASET, MODELS)
    own = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    mean, axes = _components(list(_other_prompts()))
    return outcomes, own, (own - mean) @ axes


def _other_prompts() -> Iterator[str]:
    for study in POOLS:
        if study.title in ("MMLU-Pro, 14 chat models", "ZeroEval, 12 models"):
            yield from read_outcomes(study.path, study.models).prompts


def _components(prompts: list[str]) -> tuple[Floats, Floats]:
    vectors = StaticEncoder().encode(prompts).astype(np.float64)
    mean = vectors.mean(axis=0)
    _, scale, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    deviation = scale[:COMPONENTS] / np.sqrt(len(vectors))
    return mean, axes[:COMPONENTS].T / deviation
