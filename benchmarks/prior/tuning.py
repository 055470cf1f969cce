"""What the calibrated prior takes from no data it is fitted on, chosen on pools that no study deploys.

`choices` plays each candidate in three cases on two pools; `false_alarms` counts how often a prior is refuted
that is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from benchmarks.prior.twin import NEVER, Start, play
from benchmarks.results.studies import DATA
from pilotage.encode import StaticEncoder
from pilotage.prior import calibration
from pilotage.prior.calibration import choose, of_outcomes, powered, shrinkage, tasks_of
from pilotage.projection import DEFAULT_INTERCEPT, Projection
from pilotage.replay.data import read_outcomes
from pilotage.replay.outcomes import Floats, Ints
from pilotage.replay.references import ridge
from pilotage.replay.summary import interval

SEEDS = 20
REQUESTS = 2500
_FIRST_SEED = 10_000  # the study's are below 100
_ALPHA, _STRENGTH = 1.5, 2.5  # the defaults of Router
CASES = ("right", "swapped", "half unknown")
CANDIDATES = (  # PROFILE, LEVEL, halved after
    *((profile, 2.5, NEVER) for profile in (1.0, 3.0, 10.0, 30.0)),
    *((3.0, level, NEVER) for level in (1.0, 5.0)),
    *((3.0, 2.5, after) for after in (250, 500, 1000)),
)
_BASE = (
    "Llama-2-7b-hf", "Llama-2-13b-hf", "Llama-2-70b-hf", "Meta-Llama-3-8B", "Meta-Llama-3-70B",
    "Meta-Llama-3_1-8B", "Meta-Llama-3_1-70B", "Mistral-7B-v0.1", "Mistral-7B-v0.2-hf", "Mixtral-8x7B-v0.1",
    "Qwen1.5-110B", "Yi-6B", "Yi-34B", "gemma-7b",
)  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """P prompts, all models of which a run takes `drawn`."""

    name: str
    x: Floats
    phi: Floats
    reward: Floats
    task: Ints
    drawn: int


@dataclass(frozen=True)
class _Run:
    """A past (x, reward, task), requests to come (x, reward), and what a ridge regression earns on each."""

    past: tuple[Floats, Floats, Ints]
    x: Floats
    reward: Floats
    best: Floats
    judged: tuple[Floats, Floats]
    informed: np.ndarray


def choices(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """A row for each pool, case and candidate.

    What is saved of linucb's regret in the first 1,000 requests, by how much the greedy reward in the end
    differs from linucb's, with its interval, and in how many seeds the prior was refuted.
    """
    found = []
    for table in _tables():
        for case in CASES:
            runs = [_drawn(table, case, seed) for seed in range(seeds)]
            base = [_played(run, _cold(run), 2.0, NEVER) for run in runs]
            for profile, level, after in CANDIDATES:
                calibration.PROFILE, calibration.LEVEL = profile, level  # of this process alone
                ours = [_played(run, _start(run), _ALPHA, after) for run in runs]
                end = interval([mine[1] - its[1] for mine, its in zip(ours, base, strict=True)])
                found.append(
                    {
                        "pool": table.name,
                        "case": case,
                        "profile": profile,
                        "level": level,
                        "halved_after": after,
                        "saved": 1.0 - sum(mine[0] for mine in ours) / sum(its[0] for its in base),
                        "end": [end.mean, end.half_width],
                        "refuted": sum(mine[2] for mine in ours),
                    }
                )
    return found


def _tables() -> Iterator[_Table]:
    zeroeval = pl.read_parquet(DATA / "zeroeval.parquet")
    scored = [name.removesuffix("|total_cost") for name in zeroeval.columns if name.endswith("|total_cost")]
    whole = [m for m in scored if not m.startswith("o1-") and zeroeval[m].null_count() == 0]
    for name, models, drawn in (("mmlu_pro", _BASE, 14), ("zeroeval", whole, 12)):
        outcomes = read_outcomes(DATA / f"{name}.parquet", models)
        phi = StaticEncoder().encode(outcomes.prompts).astype(np.float64)
        phi /= np.maximum(np.linalg.norm(phi, axis=1, keepdims=True), 1e-12)
        x = Projection(phi.shape[1], DEFAULT_INTERCEPT).many(phi)
        yield _Table(name, x, phi, outcomes.reward, tasks_of(outcomes.task, phi, 0), drawn)


def _drawn(table: _Table, case: str, seed: int) -> _Run:
    random = np.random.Generator(np.random.PCG64(_FIRST_SEED + seed))
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
    if case == "half unknown":
        informed[random.choice(table.drawn, table.drawn // 2, replace=False)] = False
    best = ridge(table.x[rows], reward[rows], table.x[online]).argmax(axis=1)
    return _Run(
        (table.x[known], past, table.task[known]),
        table.x[online],
        reward[online],
        reward[online, best],
        (table.x[judged], reward[judged]),
        informed,
    )


def _fallback(d: int, reward: float = 0.5, strength: float = _STRENGTH) -> tuple[Floats, Floats]:
    theta = np.zeros(d)
    theta[-1] = reward / DEFAULT_INTERCEPT
    return strength * np.eye(d), strength * theta


def _cold(run: _Run) -> Start:
    """LinUCB: the identity and nothing expected."""
    models, d = run.reward.shape[1], run.x.shape[1]
    one = _fallback(d, 0.0, 1.0)
    return Start(np.stack([one[0]] * models), np.stack([one[1]] * models), run.informed, one)


def _start(run: _Run) -> Start:
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
    return Start(precision, b, run.informed, _fallback(d))


def _played(run: _Run, start: Start, alpha: float, after: int) -> tuple[float, float, bool]:
    """Regret in the first 1,000 requests, greedy reward in the end, whether the prior was refuted."""
    chosen, theta, refuted = play(start, run.x, run.reward, alpha=alpha, halved_after=after)
    regret = (run.best - run.reward[np.arange(REQUESTS), chosen])[:1000].sum()
    x, reward = run.judged
    greedy = reward[np.arange(len(x)), (x @ theta.T).argmax(axis=1)].mean()
    return float(regret), float(greedy), refuted >= 0


def false_alarms(runs: int = 100) -> list[dict[str, Any]]:
    """How often a true prior of five base models is refuted within 10,000 requests, with and without ageing.

    The truth is the prior's mean; or drawn from the prior; or the same for every prompt, as the prior has it;
    or the prior's mean with fractional rewards.
    """
    table = next(_tables())
    found = []
    for kind in ("mean", "drawn", "flat", "fractions"):
        for after in (NEVER, 1000):
            refuted = [_refuted(table, kind, after, seed) for seed in range(runs)]
            within = {str(n): sum(0 <= at < n for at in refuted) for n in (2500, 10_000)}
            found.append({"truth": kind, "halved_after": after, "runs": runs, "refuted": within})
    return found


def _refuted(table: _Table, kind: str, after: int, seed: int, count: float = 100.0, models: int = 5) -> int:
    random = np.random.Generator(np.random.PCG64(_FIRST_SEED + seed))
    rows = random.choice(len(table.x), 4000, replace=False)
    reward = table.reward[rows][:, random.choice(table.reward.shape[1], models, replace=False)]
    d = table.x.shape[1]
    constant = np.zeros(d)
    constant[-1] = reward.mean() / DEFAULT_INTERCEPT
    precision, b, _ = powered(of_outcomes(table.x[rows], reward), constant, count)
    theta = np.linalg.solve(precision, b[:, :, None])[:, :, 0]
    if kind == "drawn":  # with the noise of a reward of 0 or 1, at most a half
        roots = np.linalg.cholesky(np.linalg.inv(precision))
        theta += 0.45 * np.einsum("kij,kj->ki", roots, random.normal(size=theta.shape))
    if kind == "flat":
        theta[:, :-1] = 0.0
        b = np.einsum("kij,kj->ki", precision, theta)
    x = table.x[random.integers(0, len(table.x), 10_000)]
    chance = np.clip(x @ theta.T, 0.02, 0.98)
    drawn = (random.random(chance.shape) < chance).astype(np.float64)
    if kind == "fractions":
        drawn = random.beta(4.0 * chance, 4.0 * (1.0 - chance))
    start = Start(precision, b, np.ones(models, bool), _fallback(d))
    return play(start, x, drawn, alpha=_ALPHA, halved_after=after)[2]
