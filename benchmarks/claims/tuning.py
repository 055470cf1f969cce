"""What is chosen on a seed's tuning prompts: Epoch-Greedy's window, and the settings of `pilotage, tuned`.

Nobody learns or is judged on these prompts. They are cut in two halves, `SHUFFLES` times: one to learn from,
one to judge on. The windows tried are the paper's; the search over settings is that of `pilotage tune`.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.engine import play
from pilotage.replay.learners import EpochGreedy
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.policies import Policy, policy_of
from pilotage.replay.prices import list_prices
from pilotage.replay.references import best_model
from pilotage.replay.runs import Split, picked
from pilotage.replay.table import Limit, Table
from pilotage.tune import Setting, tune

WINDOWS = (10, 50, 100, 500)
BUDGET = 0.25
SHUFFLES = 10


def window(outcomes: Outcomes, table: Table, rows: Ints) -> int:
    """The window that earns most at 25 % of the best model's cost under `dual`; of equals the first."""
    earned = np.zeros(len(WINDOWS))
    for seed in range(SHUFFLES):
        order = np.random.Generator(np.random.PCG64(seed)).permutation(rows).astype(np.int64)
        split = Split(order[:0], order[: len(order) // 2], order[len(order) // 2 :])
        cost = float(outcomes.cost[split.deployment, best_model(outcomes, split.deployment)].mean())
        prices = list_prices(outcomes, split.learning)
        for i, width in enumerate(WINDOWS):
            more = {"tried": with_window(policy_of("epoch-greedy+dual"), width, "tried")}
            (run,) = play(table, split, prices, "tried", [Limit(BUDGET, BUDGET * cost)], seed=seed, more=more)
            earned[i] += picked(outcomes.reward, split.deployment, run.deployed).mean()
    return WINDOWS[int(earned.argmax())]


def with_window(policy: Policy, width: int, name: str) -> Policy:
    """Epoch-Greedy under any cost policy, exploring one of so many prompts."""
    return Policy(name, budget=policy.budget, learner=partial(EpochGreedy, width))


def setting(outcomes: Outcomes, embeddings: Floats, rows: Ints) -> Setting:
    """What `pilotage tune` chooses at that budget."""
    return tune(outcomes, embeddings, np.sort(rows), [BUDGET], shuffles=SHUFFLES)[0]
