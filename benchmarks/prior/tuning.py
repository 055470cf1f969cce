"""What the calibrated prior takes from no data it is fitted on, chosen on pools that no study deploys.

`choices` plays each candidate in three cases on two pools; `false_alarms` counts how often a prior is refuted
that is true.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.prior.pair_tuning import start_of_pairs
from benchmarks.prior.pools import (
    ALPHA,
    FIRST_SEED,
    Table,
    beside,
    cold,
    drawn_run,
    fallback,
    played,
    start_of_outcomes,
    tables,
)
from benchmarks.prior.twin import NEVER, Start, play
from pilotage.prior import calibration
from pilotage.prior.calibration import of_outcomes, powered
from pilotage.projection import DEFAULT_INTERCEPT

SEEDS = 20
ALPHAS = (0.75, 1.0, 1.25, 1.5)
CASES = ("right", "swapped", "half unknown")
CANDIDATES = (  # PROFILE, LEVEL, halved after
    *((profile, 2.5, NEVER) for profile in (1.0, 3.0, 10.0, 30.0)),
    *((3.0, level, NEVER) for level in (1.0, 5.0)),
    *((3.0, 2.5, after) for after in (250, 500, 1000)),
)


def choices(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """A row for each pool, case and candidate.

    What is saved of linucb's regret in the first 1,000 requests, by how much the greedy reward in the end
    differs from linucb's, with its interval, and in how many seeds the prior was refuted.
    """
    found = []
    for table in tables():
        for case in CASES:
            runs = [drawn_run(table, case, seed) for seed in range(seeds)]
            base = [played(run, cold(run), 2.0, NEVER) for run in runs]
            for profile, level, after in CANDIDATES:
                calibration.PROFILE, calibration.LEVEL = profile, level  # of this process alone
                ours = [played(run, start_of_outcomes(run), ALPHA, after) for run in runs]
                found.append(
                    {
                        "pool": table.name,
                        "case": case,
                        "profile": profile,
                        "level": level,
                        "halved_after": after,
                        **beside(ours, base),
                        "refuted": sum(mine[2] for mine in ours),
                    }
                )
    return found


def alphas(seeds: int = SEEDS) -> list[dict[str, Any]]:
    """A row for each pool, case, prior and alpha, as in `choices`; priors of outcomes, and of pairs alone."""
    found = []
    for table in tables():
        for case in (*CASES, "inverted"):
            runs = [drawn_run(table, case, seed) for seed in range(seeds)]
            base = [played(run, cold(run), 2.0, NEVER) for run in runs]
            for prior, start_of in (("outcomes", start_of_outcomes), ("pairs", start_of_pairs)):
                starts = [start_of(run) for run in runs]
                for alpha in ALPHAS:
                    ours = [played(run, start, alpha, 1000) for run, start in zip(runs, starts, strict=True)]
                    found.append(
                        {
                            "pool": table.name,
                            "case": case,
                            "prior": prior,
                            "alpha": alpha,
                            **beside(ours, base),
                        }
                    )
    return found


def false_alarms(runs: int = 100) -> list[dict[str, Any]]:
    """How often a true prior of five base models is refuted within 10,000 requests, with and without ageing.

    The truth is the prior's mean; or drawn from the prior; or the same for every prompt, as the prior has it;
    or the prior's mean with fractional rewards.
    """
    table = next(tables())
    found = []
    for kind in ("mean", "drawn", "flat", "fractions"):
        for after in (NEVER, 1000):
            refuted = [_refuted(table, kind, after, seed) for seed in range(runs)]
            within = {str(n): sum(0 <= at < n for at in refuted) for n in (2500, 10_000)}
            found.append({"truth": kind, "halved_after": after, "runs": runs, "refuted": within})
    return found


def _refuted(table: Table, kind: str, after: int, seed: int, count: float = 100.0, models: int = 5) -> int:
    random = np.random.Generator(np.random.PCG64(FIRST_SEED + seed))
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
    start = Start(precision, b, np.ones(models, bool), fallback(d))
    return play(start, x, drawn, alpha=ALPHA, halved_after=after)[2]
