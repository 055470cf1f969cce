"""Is a prior worth its place, and what does it cost where it is wrong? Rewards alone, no budget.

Each scenario fits priors on one part of the data and lets routers learn on another; their regret is against a
ridge regression that saw every model's outcome on further prompts of the same tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.results.studies import _CHAT, DATA
from pilotage import Model, Prior, Router
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.prior import Preferences
from pilotage.prior.preferences import differing, from_outcomes
from pilotage.projection import Projection
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import POLICIES
from pilotage.replay.references import ridge
from pilotage.router import INFORMED_ALPHA

CHECKPOINTS = (0, 100, 300, 1000, 2500)  # online requests before the greedy router is judged
JUDGED = 1000  # prompts it is judged on
PAPER_PAIRS = 10_000
EXPLORATION = 0.02  # of the router that trusts its prior less

_SHARED = {  # zeroeval -> mmlu_pro
    "Meta-Llama-3.1-70B-Instruct": "Meta-Llama-3_1-70B-Instruct",
    "Meta-Llama-3.1-8B-Instruct": "Meta-Llama-3_1-8B-Instruct",
    "Mixtral-8x7B-Instruct-v0.1": "Mixtral-8x7B-Instruct-v0.1",
    "Phi-3-mini-4k-instruct": "Phi-3-mini-4k-instruct",
    "gemini-1.5-pro": "gemini-1.5-pro-002",
}
_SCIENCES = {"math", "physics", "chemistry", "engineering", "computer science", "business"}


class Lookup:
    """The vectors of known texts: an encoder that costs nothing."""

    checksum = None

    def __init__(self, name: str, texts: Sequence[str], vectors: Floats) -> None:
        self.name, self.dim, self._vectors = name, vectors.shape[1], vectors
        self._row = {text: i for i, text in enumerate(texts)}

    def encode(self, texts: Sequence[str], /) -> Floats:
        return self._vectors[[self._row[text] for text in texts]]


@dataclass(frozen=True)
class Scenario:
    """`cut` makes what the priors are fitted on, and says which prompts of `present` are played."""

    name: str
    present: Outcomes
    cut: Callable[[np.random.Generator], tuple[Outcomes | Preferences, Ints]]


def scenarios() -> Iterator[Scenario]:
    chat = read_outcomes(DATA / "mmlu_pro.parquet", _CHAT)
    flash = read_outcomes(DATA / "mmlu_pro.parquet", (*_CHAT, "gemini-1.5-flash-002"))
    for name, table in (
        ("other half of the tasks, 14 models", chat),
        ("the same with flash, 15 models", flash),
    ):
        yield Scenario(name, table, lambda random, table=table: _halves(table, random))
    present, pairs = _zeroeval()
    yield Scenario("ZeroEval's pairs, 5 models", present, lambda _: (pairs, np.arange(len(present))))
    yield Scenario("sciences, deployed on the others", chat, lambda _: _by_task(chat, _SCIENCES))
    yield Scenario(
        "half of the models unknown", chat, lambda random: _unknown(*_halves(chat, random), random)
    )
    yield Scenario("wrong: models swapped", chat, lambda random: _swapped(*_halves(chat, random), random))
    yield Scenario("wrong: labels inverted", chat, lambda random: _inverted(*_halves(chat, random)))
    yield Scenario(
        "wrong: sciences' labels inverted, deployed on the others",
        chat,
        lambda _: _inverted(*_by_task(chat, _SCIENCES)),
    )
    yield Scenario(
        "wrong: ZeroEval's pairs inverted",
        present,
        lambda _: (pairs.inverted(), np.arange(len(present))),
    )


def _halves(table: Outcomes, random: np.random.Generator) -> tuple[Outcomes, Ints]:
    tasks = np.unique(table.task)
    return _by_task(table, set(random.permutation(tasks)[: len(tasks) // 2]))


def _by_task(table: Outcomes, past: set[str]) -> tuple[Outcomes, Ints]:
    known = np.isin(table.task, list(past))
    return table.take(np.flatnonzero(known)), np.flatnonzero(~known)


def _unknown(past: Outcomes, rows: Ints, random: np.random.Generator) -> tuple[Outcomes, Ints]:
    keep = np.sort(random.choice(len(past.models), len(past.models) // 2, replace=False))
    models = tuple(past.models[k] for k in keep)
    return replace(past, models=models, reward=past.reward[:, keep], cost=past.cost[:, keep]), rows


def _swapped(past: Outcomes, rows: Ints, random: np.random.Generator) -> tuple[Outcomes, Ints]:
    order = random.permutation(len(past.models))
    return replace(past, models=tuple(past.models[k] for k in order)), rows


def _inverted(past: Outcomes, rows: Ints) -> tuple[Outcomes, Ints]:
    return replace(past, reward=1.0 - past.reward), rows


def _zeroeval() -> tuple[Outcomes, Preferences]:
    """MMLU-Pro's outcomes of the models that both have, and ZeroEval's pairs of them."""
    past = read_outcomes(DATA / "zeroeval.parquet", list(_SHARED))
    past = replace(past, models=tuple(_SHARED[model] for model in past.models))
    present = read_outcomes(DATA / "mmlu_pro.parquet", list(_SHARED.values()))
    # Pairs alone, and only those that the answers decided: the cheaper of two equals earns no more.
    return present, replace(differing(from_outcomes(past)), reward=None)


def zeroeval_prompts() -> tuple[str, ...]:
    """Texts of the past that is not among any present."""
    return read_outcomes(DATA / "zeroeval.parquet", list(_SHARED)).prompts


def play(scenario: Scenario, seed: int, phi: dict[str, Floats]) -> dict[str, dict[str, Any]]:
    """Every router on one seed: {name: {"regret": at every online request, "reward": at checkpoints}}."""
    random = np.random.Generator(np.random.PCG64(seed))
    past, rows = scenario.cut(random)
    rows = random.permutation(rows)
    online, judged = rows[: CHECKPOINTS[-1]], rows[CHECKPOINTS[-1] : CHECKPOINTS[-1] + JUDGED]
    present, rest = scenario.present, rows[CHECKPOINTS[-1] :]
    texts = [*present.prompts, *past.prompts]
    texts = list(dict.fromkeys(texts))
    plain = Lookup("embedding", texts, np.stack([phi[text] for text in texts]))
    x = _unit(plain.encode(present.prompts))
    ceiling = ridge(x[rest], present.reward[rest], x[online]).argmax(axis=1)
    best = present.reward[online, ceiling]
    full = ridge(x[online], present.reward[online], x[judged]).argmax(axis=1)
    found: dict[str, dict[str, Any]] = {"skyline": {"reward": [float(present.reward[judged, full].mean())]}}
    for name, router, encoder in _routers(scenario, past, plain, texts, seed):
        chosen, rewards = _learn(router, encoder, present, online, judged)
        regret = np.cumsum(best - present.reward[online, chosen])
        found[name] = {
            "regret": [float(regret[n - 1]) if n else 0.0 for n in CHECKPOINTS],
            "reward": rewards,
            "refuted": router.prior_refuted,
        }
    return found


def _routers(
    scenario: Scenario, past: Outcomes | Preferences, plain: Lookup, texts: list[str], seed: int
) -> Iterator[tuple[str, Router, Lookup]]:
    models = [Model(name, 0.0, 0.0) for name in scenario.present.models]
    linucb, pilot = POLICIES["linucb"].router, POLICIES["pilot"].router
    calibrated = Prior.fit(past, plain, seed=seed)
    yield "linucb", Router(models, encoder=plain, **linucb), plain
    yield "linucb, alpha = 1", Router(models, encoder=plain, **{**linucb, "alpha": 1.0}), plain
    yield "pilotage, no prior", Router(models, encoder=plain), plain
    yield "pilotage, no prior, alpha = 1", Router(models, encoder=plain, alpha=INFORMED_ALPHA), plain
    yield "pilotage, calibrated prior", Router(models, encoder=plain, prior=calibrated), plain
    wary = Router(models, encoder=plain, prior=calibrated, exploration=EXPLORATION, seed=seed)
    yield f"pilotage, calibrated prior, exploration = {EXPLORATION}", wary, plain
    pairs = past if isinstance(past, Preferences) else from_outcomes(past, pairs=PAPER_PAIRS, seed=seed)
    paper = Prior.fit(pairs, plain, setting="paper", seed=seed)
    yield "pilot, paper prior", Router(models, encoder=plain, prior=paper, **pilot), plain
    psi = Lookup("psi", texts, _psi(paper.projection, plain.encode(texts)))
    calibrated = Prior.fit(past, psi, seed=seed)
    yield "linucb on psi", Router(models, encoder=psi, **linucb), psi
    yield "pilotage, calibrated prior on psi", Router(models, encoder=psi, prior=calibrated), psi


def _psi(projection: Projection, embeddings: Floats) -> Floats:
    psi = _unit(embeddings) @ projection.matrix.T + projection.offset
    return _unit(psi)


def _learn(
    router: Router, encoder: Lookup, table: Outcomes, online: Ints, judged: Ints
) -> tuple[Ints, list[float]]:
    """The models chosen online, and the greedy rewards at every checkpoint."""
    index = {model: k for k, model in enumerate(table.models)}
    vectors = encoder.encode(table.prompts)
    chosen, rewards = np.zeros(len(online), np.int64), []
    for n in range(len(online) + 1):
        if n in CHECKPOINTS:
            estimates = (router.estimate(vectors[row]) for row in judged)
            greedy = [index[max(each, key=lambda model: each[model][0])] for each in estimates]
            rewards.append(float(table.reward[judged, greedy].mean()))
        if n == len(online):
            return chosen, rewards
        decision = router.decide(vectors[online[n]])
        chosen[n] = index[decision.model]
        router.settle(decision.id, 0.0)
        router.feedback(decision.id, float(table.reward[online[n], chosen[n]]))
    raise AssertionError("unreachable")


def embeddings(tables: Sequence[Sequence[str]]) -> dict[str, Floats]:
    """The packaged encoder's vector of every text."""
    texts = list(dict.fromkeys(text for table in tables for text in table))
    return dict(zip(texts, StaticEncoder().encode(texts).astype(np.float64), strict=True))


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
