"""From choices to figures: one row per run, one row per reference, and means with intervals over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from pilotage.replay.references import best_model
from pilotage.replay.runs import UNSERVED, Replay, Run, picked
from pilotage.replay.savings import saved


class PolicyRow(TypedDict):
    """One policy, one seed, one budget. Rewards and costs (US dollars) are means per deployment request."""

    kind: Literal["policy"]
    budget_fraction: float | None
    ceiling_usd: float
    seed: int
    policy: str
    reward: float
    cost: float
    cost_ratio: float  # cost / the best model's cost on the same deployment part; nan where that is free
    served: float  # share of the deployment requests that got an answer
    regret: float  # reward lost over the whole learning part against each prompt's best model
    expected_cost: float  # what the policy thought its calls would cost
    saved: float  # share of what the cheapest blind mixture of equal reward costs; nan where that is free


class ReferenceRow(TypedDict):
    """What is possible on one deployment part at one budget: means per request."""

    kind: Literal["reference"]
    budget_fraction: float | None
    ceiling_usd: float
    seed: int
    envelope: float
    skyline: float
    oracle: float
    best_model: str
    best_model_reward: float
    best_model_cost: float


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with the half width of its 95 % confidence interval (nan where one seed ran)."""

    mean: float
    half_width: float

    def format(self, spec: str = ".3f") -> str:
        """`0.812 ± 0.004`, or `0.812 ± -` where nothing is known about the spread."""
        spread = "-" if math.isnan(self.half_width) else f"{self.half_width:{spec}}"
        return f"{self.mean:{spec}} ± {spread}"


@dataclass(frozen=True)
class Summary:
    """One policy at one budget, over `seeds` seeds.

    Attributes
    ----------
    budget_fraction, ceiling_usd : the budget; under a fraction the ceiling is the mean over the seeds
    share_of_best : reward / the best model's reward, seed by seed
    saved : share of the money that the cheapest blind mixture of equal reward costs, see `savings.saved`
    over_envelope, over_skyline : reward minus the reference, paired: same seed, same deployment part
    """

    policy: str
    budget_fraction: float | None
    ceiling_usd: float
    seeds: int
    reward: Interval
    cost: Interval
    cost_ratio: Interval
    served: Interval
    regret: Interval
    expected_cost: Interval
    saved: Interval
    share_of_best: Interval
    over_envelope: Interval
    over_skyline: Interval


def policy_rows(replay: Replay) -> list[PolicyRow]:
    """One row per run, in the order in which they were played. An unserved request scores 0 and costs 0."""
    outcomes = replay.outcomes
    best_cost = {
        seed: float(outcomes.cost[split.deployment, best_model(outcomes, split.deployment)].mean())
        for seed, split in replay.splits.items()
    }
    return [_policy_row(replay, run, best_cost[run.seed]) for run in replay.runs]


def reference_rows(replay: Replay) -> list[ReferenceRow]:
    """One row per seed and budget."""
    return [
        ReferenceRow(
            kind="reference",
            budget_fraction=reference.budget_fraction,
            ceiling_usd=reference.ceiling_usd,
            seed=reference.seed,
            envelope=reference.envelope,
            skyline=reference.skyline,
            oracle=reference.oracle,
            best_model=reference.best_model,
            best_model_reward=reference.best_model_reward,
            best_model_cost=reference.best_model_cost,
        )
        for reference in replay.references
    ]


def summarise(rows: Iterable[PolicyRow | ReferenceRow]) -> list[Summary]:
    """Mean and interval per policy and budget, in the order in which policies and budgets first appear.

    Parameters
    ----------
    rows : policy rows and the reference rows of the same seeds and budgets, in any order

    Raises
    ------
    ValueError
        If a policy row has no reference row of its seed and budget.
    """
    groups: dict[tuple[str, _Budget], list[PolicyRow]] = {}
    references: dict[tuple[int, _Budget], ReferenceRow] = {}
    for row in rows:
        if row["kind"] == "policy":
            groups.setdefault((row["policy"], _budget(row)), []).append(row)
        else:
            references[row["seed"], _budget(row)] = row
    return [_summary(policy, played, references) for (policy, _), played in groups.items()]


def interval(values: Sequence[float]) -> Interval:
    """Mean and 95 % Student t half width of independent values; nan width for a single one."""
    sample = np.asarray(values, dtype=np.float64)
    n = len(sample)
    if n < 2:
        return Interval(float(sample.mean()), math.nan)
    return Interval(float(sample.mean()), student_t(n - 1) * float(sample.std(ddof=1)) / math.sqrt(n))


def student_t(df: int) -> float:
    """0.975 quantile of Student's t with `df` >= 1 degrees of freedom, to 1e-5."""
    if df < 1:
        raise ValueError(f"df must be at least 1, got {df}")
    if df <= len(_T975):
        return _T975[df - 1]
    # t = z + g1(z)/df + g2(z)/df^2 + g3(z)/df^3 + g4(z)/df^4: Abramowitz and Stegun (1964), 26.7.5
    z = 1.959963984540054
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


# The expansion is good to 1e-5 from ten degrees of freedom on; below stands the table.
_T975 = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157)

# A fraction names a budget whose dollars differ from seed to seed; a ceiling names itself.
_Budget = tuple[Literal["fraction", "ceiling"], float]


def _budget(row: PolicyRow | ReferenceRow) -> _Budget:
    fraction = row["budget_fraction"]
    return ("ceiling", row["ceiling_usd"]) if fraction is None else ("fraction", fraction)


def _policy_row(replay: Replay, run: Run, best_cost: float) -> PolicyRow:
    outcomes, split = replay.outcomes, replay.splits[run.seed]
    deploy = split.deployment
    reward = float(picked(outcomes.reward, deploy, run.deployed).mean())
    cost = float(picked(outcomes.cost, deploy, run.deployed).mean())
    # regret = sum over learning prompts of max_k reward_k - reward obtained
    learned = picked(outcomes.reward, split.learning, run.learned)
    regret = outcomes.reward[split.learning].max(axis=1) - learned
    return PolicyRow(
        kind="policy",
        budget_fraction=run.budget_fraction,
        ceiling_usd=run.ceiling_usd,
        seed=run.seed,
        policy=run.policy,
        reward=reward,
        cost=cost,
        cost_ratio=cost / best_cost if best_cost > 0 else math.nan,
        served=float((run.deployed != UNSERVED).mean()),
        regret=float(regret.sum()),
        expected_cost=float(run.expected_cost.mean()),
        saved=saved(outcomes.reward[deploy].mean(axis=0), outcomes.cost[deploy].mean(axis=0), reward, cost),
    )


def _summary(
    policy: str, rows: list[PolicyRow], references: dict[tuple[int, _Budget], ReferenceRow]
) -> Summary:
    missing = [row["seed"] for row in rows if (row["seed"], _budget(row)) not in references]
    if missing:
        kind, value = _budget(rows[0])
        raise ValueError(
            f"rows must hold a reference row for every seed and budget of {policy!r}, "
            f"got none for {kind} {value:g} and seeds {missing}"
        )
    paired = [(row, references[row["seed"], _budget(row)]) for row in rows]

    def over(value: Callable[[PolicyRow, ReferenceRow], float]) -> Interval:
        return interval([value(row, reference) for row, reference in paired])

    return Summary(
        policy=policy,
        budget_fraction=rows[0]["budget_fraction"],
        ceiling_usd=_ceiling(rows),
        seeds=len(rows),
        reward=over(lambda row, _: row["reward"]),
        cost=over(lambda row, _: row["cost"]),
        cost_ratio=over(lambda row, _: row["cost_ratio"]),
        served=over(lambda row, _: row["served"]),
        regret=over(lambda row, _: row["regret"]),
        expected_cost=over(lambda row, _: row["expected_cost"]),
        saved=over(lambda row, _: row["saved"]),
        share_of_best=over(lambda row, reference: _share(row["reward"], reference["best_model_reward"])),
        over_envelope=over(lambda row, reference: row["reward"] - reference["envelope"]),
        over_skyline=over(lambda row, reference: row["reward"] - reference["skyline"]),
    )


def _ceiling(rows: Sequence[PolicyRow]) -> float:
    """The mean ceiling; itself, to the last bit, where all are the same."""
    ceilings = [row["ceiling_usd"] for row in rows]
    return ceilings[0] if len(set(ceilings)) == 1 else float(np.mean(ceilings))


def _share(reward: float, best: float) -> float:
    return reward / best if best > 0 else math.nan
