"""A whole replay: every policy at every budget over every seed, in parallel."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import TypeAlias

import numpy as np

from pilotage.arrays import Floats
from pilotage.encode import Encoder, as_encoder
from pilotage.prior.prior import Prior
from pilotage.replay.engine import apart, play
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import Policy, policy_of, resolve_policies
from pilotage.replay.prices import list_prices
from pilotage.replay.references import references
from pilotage.replay.runs import Reference, Replay, Run, Split
from pilotage.replay.split import default_tuning, split_outcomes
from pilotage.replay.table import Embedded, Limit, Table, check_limits

DEFAULT_FRACTIONS = (0.1, 0.25, 0.5)
DEFAULT_POLICIES = ("pilotage", "pilot", "linucb", "random", "always")
DEFAULT_RATIO = "1:1"
DEFAULT_SEEDS = 20
_FEWEST = 2  # from one prompt the skyline cannot be fitted and judged
_NO_MORE: Mapping[str, Policy] = {}

Played: TypeAlias = Sequence[Run | Reference]  # one kind at a time


@dataclass(frozen=True)
class Plan:
    """What to replay.

    Attributes
    ----------
    policies : names as in `pilotage.replay.policies`; `always` stands for every single model
    fractions : budgets as shares of the best model's mean cost on the deployment part, or
    ceilings : budgets in US dollars per request; exactly one of the two
    seeds : how many; seed s shuffles the prompts and feeds every policy's own draws
    ratio : learning : deployment, "1:1" or "10:1"
    tuning : prompts set apart for estimating prices, lengths and bounds; None for the protocol's own
    online : rewards are learned from during deployment too
    priors : by setting, see `priors_of`
    more : policies by name, beside those of `pilotage.replay.policies`

    Raises
    ------
    ValueError : fewer than one seed, or a policy or a budget given twice
    """

    policies: Sequence[str] = DEFAULT_POLICIES
    fractions: Sequence[float] | None = DEFAULT_FRACTIONS
    ceilings: Sequence[float] | None = None
    seeds: int = DEFAULT_SEEDS
    ratio: str = DEFAULT_RATIO
    tuning: int | None = None
    online: bool = False
    priors: Mapping[str, Prior] = field(default_factory=dict)
    more: Mapping[str, Policy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"seeds must be >= 1, got {self.seeds}")
        for name in ("policies", "fractions", "ceilings"):
            given = list(getattr(self, name) or ())
            if len(set(given)) < len(given):
                raise ValueError(f"{name} must be distinct, got {given}")


def run_replay(
    outcomes: Outcomes,
    plan: Plan,
    *,
    learn: Outcomes | None = None,
    encoder: object = None,
    jobs: int = 1,
    advance: Callable[[str], None] = lambda _: None,
) -> Replay:
    """Play `plan` over recorded outcomes.

    Parameters
    ----------
    learn : learn on these outcomes instead, all of them, and deploy on all of `outcomes`; the same models
    encoder : text -> embedding; None for the packaged one
    jobs : processes
    advance : called `steps(plan, outcomes)` times, with what was finished

    Raises
    ------
    ValueError
        For an unknown policy, a budget that is not positive, fewer than one job, or too few prompts.
    """
    started = time.perf_counter()
    policies = resolve_policies(plan.policies, outcomes.models, plan.more)
    if jobs < 1:
        raise ValueError(f"jobs must be >= 1, got {jobs}")
    whole = outcomes if learn is None else _behind(learn, outcomes)
    n_learn = None if learn is None else len(learn)
    splits = {seed: _split(plan, seed, len(outcomes), n_learn) for seed in range(plan.seeds)}
    few = min(len(split.learning) for split in splits.values())
    if few < _FEWEST:
        raise ValueError(f"prompts must leave at least {_FEWEST} to learn from, got {few} of {len(whole)}")
    embedding = as_encoder(encoder)
    for prior in plan.priors.values():
        prior.check_encoder(embedding)
        prior.check_models(outcomes.models)
    embeddings = _embed(embedding, whole.prompts)
    made_by = Embedded(embedding.name, embedding.dim, getattr(embedding, "checksum", None))
    worker = _Worker(replace(whole, prompts=("",) * len(whole)), embeddings, plan, splits, made_by)
    played = [item for items in _played(worker, policies, jobs, advance) for item in items]
    # Whatever order the processes finished in: by budget, then seed, then (the sort is stable) policy.
    order = {policy: i for i, policy in enumerate(policies)}
    played.sort(key=lambda item: (item.budget_fraction or item.ceiling_usd, item.seed))
    runs = sorted((item for item in played if isinstance(item, Run)), key=lambda run: order[run.policy])
    found = (item for item in played if isinstance(item, Reference))
    seconds = time.perf_counter() - started
    return Replay(whole, splits, tuple(runs), tuple(found), _settings(plan, splits, learn), seconds)


def priors_of(
    paths: Sequence[str | PathLike[str]], policies: Sequence[str], more: Mapping[str, Policy] = _NO_MORE
) -> dict[str, Prior]:
    """Prior files by setting: `pilotage` starts from a calibrated one, `pilot` from one as in the paper.

    Raises
    ------
    FileNotFoundError, ImportError : as `Prior.load`
    ValueError : a file that is none, two of one setting, or one that no policy of the plan takes
    """
    priors: dict[str, Prior] = {}
    taken = {policy_of(name, more).prior for name in policies if not name.startswith("always")}
    for path in paths:
        prior = Prior.load(path)
        if prior.setting in priors:
            raise ValueError(f"priors must be of different settings, got {prior.setting!r} twice")
        if prior.setting not in taken:
            raise ValueError(f"priors must be what a policy starts from, got {prior.setting!r} in {path}")
        priors[prior.setting] = prior
    return priors


def steps(plan: Plan, outcomes: Outcomes) -> int:
    """How often `run_replay` calls `advance`."""
    return plan.seeds * (len(resolve_policies(plan.policies, outcomes.models, plan.more)) + 1)


@dataclass(frozen=True)
class _Worker:
    """Everything a process needs to play one policy, or compute the references, on one seed."""

    outcomes: Outcomes  # without the texts
    embeddings: Floats
    plan: Plan
    splits: dict[int, Split]
    made_by: Embedded

    def references(self, seed: int) -> Played:
        split = self.splits[seed]
        found = references(
            self.outcomes,
            split,
            self.embeddings,
            seed=seed,
            fractions=None if self.plan.ceilings else self.plan.fractions,
            ceilings=self.plan.ceilings,
        )
        check_limits(_limits(found), max(len(split.learning), len(split.deployment)))
        return found

    def play(self, policy: str, seed: int, limits: Sequence[Limit]) -> Played:
        outcomes, split = self.outcomes, self.splits[seed]
        table = Table(
            outcomes.models,
            self.embeddings,
            outcomes.reward,
            outcomes.cost,
            outcomes.input_tokens,
            self.plan.priors,
            self.made_by,
        )
        prices = list_prices(outcomes, split.estimation)
        return play(
            table, split, prices, policy, limits, seed=seed, online=self.plan.online, more=self.plan.more
        )


_worker: _Worker  # in a child process


def _start(worker: _Worker) -> None:
    global _worker
    _worker = worker


def _references(seed: int) -> Played:
    return _worker.references(seed)


def _play(policy: str, seed: int, limits: Sequence[Limit]) -> Played:
    return _worker.play(policy, seed, limits)


def _played(
    worker: _Worker, policies: Sequence[str], jobs: int, advance: Callable[[str], None]
) -> Iterator[Played]:
    """References first, since budgets are named by them; then every policy on every seed."""
    if jobs == 1:
        for seed in worker.splits:
            found = worker.references(seed)
            advance(f"references, seed {seed}")
            yield found
            for policy in policies:
                yield worker.play(policy, seed, _limits(found))
                advance(f"{policy}, seed {seed}")
        return
    # Spawned, not forked: a fork copies other threads' locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(worker,)) as pool:
        try:
            yield from _played_by(pool, worker, policies, advance)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # what is queued would only delay the error
            raise


def _played_by(
    pool: Executor, worker: _Worker, policies: Sequence[str], advance: Callable[[str], None]
) -> Iterator[Played]:
    """Seeds, policies, and budgets where a policy learns anew under each, side by side."""
    plan = worker.plan
    names: dict[Future[Played], tuple[str | None, int]] = {}
    for seed in worker.splits:
        names[pool.submit(_references, seed)] = (None, seed)
    open_: set[Future[Played]] = set(names)
    while open_:
        finished, open_ = wait(open_, return_when=FIRST_COMPLETED)
        for future in finished:
            policy, seed = names.pop(future)
            result = future.result()
            if (policy, seed) not in names.values():  # no other budget of it is still being played
                advance(f"{policy or 'references'}, seed {seed}")
            yield result
            if policy is None:
                for name in policies:
                    for limits in apart(name, _limits(result), online=plan.online, more=plan.more):
                        submitted = pool.submit(_play, name, seed, limits)
                        names[submitted] = (name, seed)
                        open_.add(submitted)


def _limits(found: Played) -> list[Limit]:
    return [Limit(reference.budget_fraction, reference.ceiling_usd) for reference in found]


def _split(plan: Plan, seed: int, n: int, n_learn: int | None) -> Split:
    if n_learn is None:
        tuning = default_tuning(plan.ratio, n) if plan.tuning is None else plan.tuning
        return split_outcomes(n, seed, plan.ratio, tuning)
    # Two files: the first n_learn positions teach, the others are deployed on.
    random = np.random.Generator(np.random.PCG64(seed))
    tuning = plan.tuning or 0
    if not 0 <= tuning < n_learn:
        raise ValueError(f"tuning must be in [0, {n_learn}), got {tuning}")
    teach, deploy = random.permutation(n_learn), n_learn + random.permutation(n)
    return Split(*(part.astype(np.int64) for part in (teach[:tuning], teach[tuning:], deploy)))


def _behind(first: Outcomes, second: Outcomes) -> Outcomes:
    """One table of both, `first` on top; `row` counts within each file."""
    if sorted(first.models) != sorted(second.models):
        expected, received = ", ".join(second.models), ", ".join(first.models)
        raise ValueError(f"learn must have the models {expected}, got {received}")
    columns = [first.models.index(model) for model in second.models]
    output_tokens = None
    if first.output_tokens is not None and second.output_tokens is not None:
        output_tokens = np.concatenate([first.output_tokens[:, columns], second.output_tokens])
    return Outcomes(
        name=f"{second.name} (learned on {first.name})",
        prompts=first.prompts + second.prompts,
        models=second.models,
        reward=np.concatenate([first.reward[:, columns], second.reward]),
        cost=np.concatenate([first.cost[:, columns], second.cost]),
        row=np.concatenate([first.row, second.row]),
        input_tokens=np.concatenate([first.input_tokens, second.input_tokens]),
        tokens_recorded=first.tokens_recorded and second.tokens_recorded,
        output_tokens=output_tokens,
        task=first.task + second.task if first.task and second.task else None,
        dropped=first.dropped + second.dropped,
        gaps=tuple(first.gaps[k] + gap for k, gap in zip(columns, second.gaps, strict=True))
        if first.gaps and second.gaps
        else (),
        unpriced=second.unpriced,
    )


def _embed(encoder: Encoder, prompts: Sequence[str], batch: int = 1024) -> Floats:
    parts = [encoder.encode(prompts[i : i + batch]) for i in range(0, len(prompts), batch)]
    return np.concatenate(parts).astype(np.float64)


def _settings(plan: Plan, splits: dict[int, Split], learn: Outcomes | None) -> dict[str, str]:
    split = splits[0]
    priors = {"prior": ", ".join(f"{prior.setting}, from {prior.data}" for prior in plan.priors.values())}
    sizes = f"{len(split.tuning)} tuning, {len(split.learning)} learning, {len(split.deployment)} deployment"
    return {
        "split": plan.ratio if learn is None else f"learned on {learn.name}",
        "prompts": sizes,
        "seeds": str(plan.seeds),
        "learning during deployment": "yes" if plan.online else "no",
        **(priors if plan.priors else {}),
    }
