"""Task by task: where a router earns, what it pays there, and whom it calls; and prompts to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Ints
from pilotage.replay.references import best_model
from pilotage.replay.report import style
from pilotage.replay.runs import UNSERVED, Replay, Run

MOST = 20  # tasks that are told apart, the largest first
OTHERS = "other tasks"
_EXAMPLES = 3  # prompts for each model
_MODELS = 5  # of the most called


@dataclass(frozen=True)
class Task:
    """One task at one budget, all seeds together.

    Attributes
    ----------
    share : of the deployment requests
    reward, best_reward : means per request, of the policy and of the best model overall
    cost_ratio : the policy's cost over the best model's there; nan where that is free
    called : the model called most often, None for nobody
    called_share : of the requests
    """

    name: str
    share: float
    reward: float
    best_reward: float
    cost_ratio: float
    called: str | None
    called_share: float


@dataclass(frozen=True)
class Example:
    """One prompt, and what became of it. `best_cost`: of the best model overall; money in US dollars."""

    prompt: str
    task: str | None
    model: str | None
    reward: float
    cost: float
    best_reward: float
    best_cost: float


def by_task(replay: Replay, policy: str, budget: float) -> list[Task]:
    """The largest tasks, and the others in one; empty where the data name no tasks."""
    outcomes = replay.outcomes
    if outcomes.task is None:
        return []
    runs = _runs(replay, policy, budget)
    rows = np.concatenate([replay.splits[run.seed].deployment for run in runs])
    called = np.concatenate([run.deployed for run in runs])
    best = np.concatenate([
        np.full(len(run.deployed), best_model(outcomes, replay.splits[run.seed].deployment)) for run in runs
    ])  # fmt: skip
    task = np.array(outcomes.task, dtype=object)[rows]
    names, counts = np.unique(task.astype(str), return_counts=True)
    largest = [str(name) for name in names[np.argsort(-counts, kind="stable")][:MOST]]
    found = [_task(replay, name, task == name, rows, called, best) for name in largest]
    if len(names) > MOST:
        found.append(_task(replay, OTHERS, ~np.isin(task.astype(str), largest), rows, called, best))
    return found


def examples(replay: Replay, policy: str, budget: float) -> list[Example]:
    """Some prompts of each of the models called most, of as many tasks as there are; the first seed's."""
    (run, *_) = _runs(replay, policy, budget)
    rows = replay.splits[run.seed].deployment
    best = best_model(replay.outcomes, rows)
    counts = np.bincount(run.deployed + 1, minlength=len(replay.outcomes.models) + 1)
    order = [int(k) - 1 for k in np.argsort(-counts, kind="stable") if counts[k]][:_MODELS]
    return [_example(replay, run, i, rows, best) for k in order for i in _some(replay, run, k, rows)]


def _some(replay: Replay, run: Run, k: int, rows: Ints) -> list[int]:
    """Positions of a few requests that model `k` got: the first of each task, then whatever comes."""
    task = replay.outcomes.task
    mine = [int(i) for i in np.flatnonzero(run.deployed == k)]
    first = {None if task is None else task[rows[i]]: i for i in reversed(mine)}
    chosen = sorted(first.values())[:_EXAMPLES]
    return (chosen + [i for i in mine if i not in chosen])[:_EXAMPLES]


def _example(replay: Replay, run: Run, i: int, rows: Ints, best: int) -> Example:
    outcomes, row, k = replay.outcomes, int(rows[i]), int(run.deployed[i])
    served = k != UNSERVED
    return Example(
        prompt=outcomes.prompts[row],
        task=None if outcomes.task is None else outcomes.task[row],
        model=outcomes.models[k] if served else None,
        reward=float(outcomes.reward[row, k]) if served else 0.0,
        cost=float(outcomes.cost[row, k]) if served else 0.0,
        best_reward=float(outcomes.reward[row, best]),
        best_cost=float(outcomes.cost[row, best]),
    )


def _task(replay: Replay, name: str, here: np.ndarray, rows: Ints, called: Ints, best: Ints) -> Task:
    outcomes = replay.outcomes
    rows, called, best = rows[here], called[here], best[here]
    served = called != UNSERVED
    reward = np.where(served, outcomes.reward[rows, called], 0.0)
    cost = np.where(served, outcomes.cost[rows, called], 0.0).mean()
    dear = outcomes.cost[rows, best].mean()
    counts = np.bincount(called + 1, minlength=len(outcomes.models) + 1)
    most = int(counts.argmax()) - 1
    return Task(
        name=name,
        share=len(rows) / len(here),
        reward=float(reward.mean()),
        best_reward=float(outcomes.reward[rows, best].mean()),
        cost_ratio=float(cost / dear) if dear > 0 else float("nan"),
        called=None if most == UNSERVED else outcomes.models[most],
        called_share=float(counts.max() / len(rows)),
    )


def _runs(replay: Replay, policy: str, budget: float) -> list[Run]:
    return [run for run in replay.runs if run.policy == policy and style.budget_key(run) == budget]
