"""Pools of models that no study of ours deploys, and runs on them: what constants are chosen on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from benchmarks.prior.twin import Start, play
from benchmarks.results.studies import DATA
from pilotage.arrays import Floats, Ints
from pilotage.encode import StaticEncoder
from pilotage.prior.calibration import choose, of_outcomes, powered, shrinkage, tasks_of
from pilotage.projection import DEFAULT_INTERCEPT, Projection
from pilotage.replay.data import read_outcomes
from pilotage.replay.references import ridge
from pilotage.replay.summary import interval

REQUESTS = 2500
FIRST_SEED = 10_000  # the study's are below 100
ALPHA, _STRENGTH = 1.5, 2.5  # the defaults of Router without a prior
_BASE = (
    "Llama-2-7b-hf", "Llama-2-13b-hf", "Llama-2-70b-hf", "Meta-Llama-3-8B", "Meta-Llama-3-70B",
    "Meta-Llama-3_1-8B", "Meta-Llama-3_1-70B", "Mistral-7B-v0.1", "Mistral-7B-v0.2-hf", "Mixtral-8x7B-v0.1",
    "Qwen1.5-110B", "Yi-6B", "Yi-34B", "gemma-7b",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """P prompts, all models of which a run takes `drawn`."""

    name: str
    x: Floats
    phi: Floats
    reward: Floats
    task: Ints
    drawn: int


@dataclass(frozen=True)
class Run:
    """A past (x, reward, task), requests to come (x, reward), and what a ridge regression earns on each."""

    past: tuple[Floats, Floats, Ints]
    x: Floats
    reward: Floats
    best: Floats
    judged: tuple[Floats, Floats]
    informed: np.ndarray


def tables() -> Iterator[Table]:
    zeroeval = pl.read_parquet(DATA / "zeroeval.parquet")
    scored = [name.removesuffix("|total_cost") for name in zeroeval.columns if name.endswith("|total_cost")]
    whole = [m for m in scored if not m.startswith("o1-") and zeroeval[m].null_count() == 0]
    for name, models, drawn in (("mmlu_pro", _BASE, 14), ("zeroeval", whole, 12)):
        outcomes = read_outcomes(DATA / f"{name}.parquet", models)
        phi = StaticEncoder().encode(outcomes.prompts).astype(np.float64)
        phi /= np.maximum(np.linalg.norm(phi, axis=1, keepdims=True), 1e-12)
        x = Projection(phi.shape[1], DEFAULT_INTERCEPT).many(phi)
        yield Table(name, x, phi, outcomes.reward, tasks_of(outcomes.task, phi, 0), drawn)


def drawn_run(table: Table, case: str, seed: int) -> Run:
    random = np.random.Generator(np.random.PCG64(FIRST_SEED + seed))
    tasks = random.permutation(int(table.task.max()) + 1)
    known = np.isin(table.task, tasks[: len(tasks) // 2])
    pool = np.sort(random.choice(table.reward.shape[1], table.drawn, replace=False))
    reward = table.reward[:, pool]
    past, rows = reward[known], random.permutation(np.flatnonzero(~known))
    few = len(rows) < REQUESTS + 1000  # then with replacement, and judged on all
    online = random.choice(rows, REQUESTS) if few else rows[:REQUESTS]
    judged = rows if few else rows[REQUESTS : REQUESTS + 1000]
    informed = np.ones(table.drawn, bool)
    if case == "swapped":
        past = past[:, random.permutation(table.drawn)]
    if case == "inverted":
        past = 1.0 - past
    if case == "half unknown":
        informed[random.choice(table.drawn, table.drawn // 2, replace=False)] = False
    best = ridge(table.x[rows], reward[rows], table.x[online]).argmax(axis=1)
    return Run(
        (table.x[known], past, table.task[known]),
        table.x[online],
        reward[online],
        reward[online, best],
        (table.x[judged], reward[judged]),
        informed,
    )


def fallback(d: int, reward: float = 0.5, strength: float = _STRENGTH) -> tuple[Floats, Floats]:
    theta = np.zeros(d)
    theta[-1] = reward / DEFAULT_INTERCEPT
    return strength * np.eye(d), strength * theta


def cold(run: Run) -> Start:
    """LinUCB: the identity and nothing expected."""
    models, d = run.reward.shape[1], run.x.shape[1]
    one = fallback(d, 0.0, 1.0)
    return Start(np.stack([one[0]] * models), np.stack([one[1]] * models), run.informed, one)


def start_of_outcomes(run: Run) -> Start:
    x, reward, task = run.past
    reward = np.ascontiguousarray(reward[:, run.informed])
    models, d = len(run.informed), x.shape[1]
    constant = np.zeros(d)
    constant[-1] = reward.mean() / DEFAULT_INTERCEPT
    psi = x[:, :-1] / np.sqrt(1.0 - DEFAULT_INTERCEPT**2)
    named = task if len(np.unique(task)) > 1 else tasks_of(None, psi, 0)
    count = choose(x, reward, np.unique(named, return_inverse=True)[1], constant).count
    known, known_b, theta = powered(of_outcomes(x, reward), constant, count)
    pool = np.diag(shrinkage(d))
    precision, b = np.stack([pool] * models), np.stack([pool @ theta] * models)
    precision[run.informed], b[run.informed] = known, known_b
    return Start(precision, b, run.informed, fallback(d))


Played = tuple[float, float, bool]  # regret in the first 1,000, greedy reward in the end, refuted


def beside(ours: list[Played], base: list[Played]) -> dict[str, Any]:
    """What is saved of the regret of `base`, and the rewards in the end minus its, with the interval."""
    end = interval([mine[1] - its[1] for mine, its in zip(ours, base, strict=True)])
    saved = 1.0 - sum(mine[0] for mine in ours) / sum(its[0] for its in base)
    return {"saved": saved, "end": [end.mean, end.half_width]}


def played(
    run: Run, start: Start, alpha: float, after: int, *, exploration: float = 0.0, seed: int = 0
) -> Played:
    """Regret in the first 1,000 requests, greedy reward in the end, whether the prior was refuted."""
    chosen, theta, refuted = play(
        start, run.x, run.reward, alpha=alpha, halved_after=after, exploration=exploration, seed=seed
    )
    regret = (run.best - run.reward[np.arange(REQUESTS), chosen])[:1000].sum()
    x, reward = run.judged
    greedy = reward[np.arange(len(x)), (x @ theta.T).argmax(axis=1)].mean()
    return float(regret), float(greedy), refuted >= 0
