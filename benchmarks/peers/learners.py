"""Vowpal Wabbit, contextualbandits and RouteLLM's matrix factorisation as learners under our cost policy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.learners import Factorisation
from pilotage.replay.learners.learner import Learner, Random
from pilotage.replay.policies import BUDGET_POLICIES, Policy


class Vowpal:
    """Vowpal Wabbit's contextual bandit with action features (`--cb_adf`), epsilon-greedy by hand.

    Interactions of the context with the model's name; rewards as costs. Ours to say who explores, since its
    predictions here are scores, which a budget needs.

    Parameters
    ----------
    epsilon : share of the learning prompts that explore
    options : more of its command line
    """

    def __init__(self, epsilon: float = 0.1, options: str = "") -> None:
        self._epsilon, self._options = epsilon, options

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        import vowpalwabbit

        self._vw = vowpalwabbit.Workspace(f"--cb_adf -q XM --quiet {self._options}")
        self._models = reward.shape[1]
        called = np.empty(len(x), dtype=np.int64)
        for i, context in enumerate(x):
            best = int(self._scores(context).argmax())
            k = int(random.integers(self._models)) if random.random() < self._epsilon else best
            chance = self._epsilon / self._models + (1.0 - self._epsilon) * (k == best)
            self._vw.learn(self._lines(context, (k, -float(reward[i, k]), chance)))
            called[i] = k
        return called

    def estimate(self, x: Floats) -> Floats:
        return np.stack([self._scores(context) for context in x])

    def _scores(self, context: Floats) -> Floats:
        """Expected rewards, (K,)."""
        found = self._vw.predict(self._lines(context, None))
        return -np.asarray(found, dtype=np.float64)

    def _lines(self, context: Floats, label: tuple[int, float, float] | None) -> list[str]:
        shared = "shared |X " + " ".join(f"{j}:{v:.6g}" for j, v in enumerate(context))
        lines = [f"|M m{k}" for k in range(self._models)]
        if label is not None:
            k, loss, chance = label
            lines[k] = f"0:{loss:.6g}:{chance:.6g} {lines[k]}"
        return [shared, *lines]


class OnlineLinUCB:
    """`contextualbandits.online.LinUCB`: one row after the other; deployed without its bonus.

    Parameters
    ----------
    alpha : width of its bound; 1 is its default
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self._alpha = alpha

    def learn(self, x: Floats, reward: Floats, cost: Floats, random: Random) -> Ints:
        from contextualbandits.online import LinUCB

        seed = int(random.integers(2**31))
        self._bandit = LinUCB(reward.shape[1], alpha=self._alpha, random_state=seed, njobs=1)
        called = np.empty(len(x), dtype=np.int64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for i in range(len(x)):
                row = x[i : i + 1]
                k = int(self._bandit.predict(row)[0]) if i else int(random.integers(reward.shape[1]))
                self._bandit.partial_fit(row, np.array([k]), reward[i, k : k + 1])
                called[i] = k
        return called

    def estimate(self, x: Floats) -> Floats:
        # `reset_alpha(0)`, the public way to leave the bonus out, raises NameError in 0.3.30.
        return np.asarray(self._bandit._oracles.exploit(x), dtype=np.float64)


CUTS = 2  # of the prompts that nobody is judged on, to choose by
Grid = Mapping[str, Callable[[], Learner]]

# What is tried, by what it is called on the page; the first of each are the defaults.
GRIDS: dict[str, Grid] = {
    "vowpal": {
        f"{options or 'no option'}, epsilon {epsilon:g}": partial(Vowpal, epsilon, options)
        for options in ("", "-l 0.02", "--coin", "--coin --cb_type dr")
        for epsilon in (0.1, 0.3, 1.0)
    },
    "contextualbandits": {
        f"alpha {alpha:g}": partial(OnlineLinUCB, alpha) for alpha in (1.0, 3.0, 10.0, 30.0)
    },
    "routellm's mf": {
        f"{epochs} epochs, decay {decay:g}": partial(Factorisation, epochs=epochs, decay=decay)
        for epochs in (100, 20)
        for decay in (1e-5, 1e-3, 1e-2)
    },
}


def policy(name: str, make: Callable[[], Learner]) -> Policy:
    """With our default cost policy."""
    return Policy(name, budget=BUDGET_POLICIES["dual"], learner=make)
