"""Preferences: which of two models answered a prompt better, and what was left out on the way here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Floats, Ints
from pilotage.replay.outcomes import Outcomes

WINNERS = ("model_a", "model_b")
HUMAN = "human"
TIE = "tie"  # Arena writes "tie", "tie (bothbad)" and "tie (inconsistent)", too


class Vote(NamedTuple):
    """One verdict as it was read.

    Attributes
    ----------
    prompt : text of the user's turns
    winner : "model_a", "model_b", or a word that begins with "tie"; anything else is unknown
    group : votes of one group are held out together; None: those of the same prompt
    task : what the prompt is about, or None
    key : what tells two votes apart that agree otherwise, such as who judged
    kind : of judge, "human" or what kind of machine; None where nobody said
    """

    prompt: object
    model_a: object
    model_b: object
    winner: object
    group: Hashable = None
    task: str | None = None
    key: Hashable = None
    kind: object = None


@dataclass(frozen=True)
class Preferences:
    """N pairs on P distinct prompts, K models.

    Attributes
    ----------
    name : what the data are called in the prior's file
    prompts : (P,) distinct texts
    models : (K,) names, sorted
    prompt, winner, loser : (N,) index into `prompts`, and into `models` twice
    group : (P,) prompts of one group are held out together
    task : (P,) what each prompt is about; None where nobody said
    dropped : how many rows were left out, by reason: `tie`, `unknown winner`, `empty prompt`, `other model`
        (not in the pool asked for), `same model`, `duplicate` (equal in every column), `other judge`,
        `incomplete` (an outcome is missing)
    reward : (P, K) in [0, 1], where every model's outcome was recorded, else None
    cost : (K,) mean US dollars of a call, where known, else None: the paper's proxy for a model's size
    """

    name: str
    prompts: tuple[str, ...]
    models: tuple[str, ...]
    prompt: Ints
    winner: Ints
    loser: Ints
    group: Ints
    task: tuple[str, ...] | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    reward: Floats | None = None
    cost: Floats | None = None

    def __post_init__(self) -> None:
        if len(self.models) < 2:
            names = ", ".join(map(repr, self.models)) or "none"
            raise ValueError(
                f"preferences must be between at least two models, got {names}{self._left_out()}"
            )
        if len(self.prompt) == 0:
            raise ValueError(f"preferences must hold at least one pair, got none{self._left_out()}")

    def __len__(self) -> int:
        return len(self.prompt)

    def _left_out(self) -> str:
        counts = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items())
        return f" (dropped: {counts})" if counts else ""

    def among(self, pool: Collection[str]) -> Preferences:
        """Only the pairs of two models of the pool; the others are dropped and counted."""
        if set(self.models) <= set(pool):
            return self
        kept = np.array([k for k, model in enumerate(self.models) if model in set(pool)], np.int64)
        index = np.full(len(self.models), -1)
        index[kept] = np.arange(len(kept))
        winner, loser = index[self.winner], index[self.loser]
        inside = (winner >= 0) & (loser >= 0)
        left_out = Counter(self.dropped) + Counter({"other model": int((~inside).sum())})
        return replace(
            self,
            models=tuple(self.models[k] for k in kept),
            prompt=self.prompt[inside],
            winner=winner[inside],
            loser=loser[inside],
            dropped=dict(left_out),
            reward=None if self.reward is None else self.reward[:, kept],
            cost=None if self.cost is None else self.cost[kept],
        )

    def inverted(self) -> Preferences:
        """The same with every verdict turned round: a prior that is wrong about everything."""
        reward = None if self.reward is None else 1.0 - self.reward
        return replace(self, winner=self.loser, loser=self.winner, reward=reward)


def from_votes(
    name: str,
    votes: Iterable[Vote],
    models: Iterable[str] | None = None,
    *,
    judges: str = "all",
) -> Preferences:
    """Preferences from single verdicts; what cannot be used is dropped and counted.

    Parameters
    ----------
    models : the pool; a vote about another model is dropped. None: whoever was voted on
    judges : "human" drops votes whose kind of judge is said to be another, "all" none
    """
    pool = None if models is None else set(models)
    left_out: Counter[str] = Counter()
    kept: list[Vote] = []
    seen: set[Hashable] = set()
    for vote in votes:
        reason = _unusable(vote, pool, judges)
        if reason is None and vote in seen:
            reason = "duplicate"
        if reason is not None:
            left_out[reason] += 1
            continue
        seen.add(vote)
        kept.append(vote)
    names = sorted({str(model) for vote in kept for model in (vote.model_a, vote.model_b)})
    model = {each: k for k, each in enumerate(names)}
    prompt = {text: i for i, text in enumerate(dict.fromkeys(vote.prompt for vote in kept))}
    groups: dict[Hashable, int] = {}
    group = np.zeros(len(prompt), np.int64)
    task = ["unknown"] * len(prompt)
    for vote in kept:
        i = prompt[vote.prompt]
        group[i] = groups.setdefault(("prompt", i) if vote.group is None else vote.group, len(groups))
        task[i] = vote.task or task[i]
    a_won = np.array([vote.winner == WINNERS[0] for vote in kept], bool)
    a = np.array([model[str(vote.model_a)] for vote in kept], np.int64)
    b = np.array([model[str(vote.model_b)] for vote in kept], np.int64)
    return Preferences(
        name=name,
        prompts=tuple(str(text) for text in prompt),
        models=tuple(names),
        prompt=np.array([prompt[vote.prompt] for vote in kept], np.int64),
        winner=np.where(a_won, a, b),
        loser=np.where(a_won, b, a),
        group=group,
        task=tuple(task) if set(task) != {"unknown"} else None,
        dropped=dict(left_out),
    )


def _unusable(vote: Vote, pool: set[str] | None, judges: str) -> str | None:
    """Why a vote says nothing here, or None."""
    if judges == HUMAN and vote.kind not in (None, HUMAN):
        return "other judge"
    if not (isinstance(vote.prompt, str) and vote.prompt.strip()):
        return "empty prompt"
    if not all(isinstance(model, str) and model for model in (vote.model_a, vote.model_b)):
        return "other model"
    if pool is not None and not {vote.model_a, vote.model_b} <= pool:
        return "other model"
    if vote.model_a == vote.model_b:
        return "same model"
    if isinstance(vote.winner, str) and vote.winner.startswith(TIE):
        return "tie"
    return None if vote.winner in WINNERS else "unknown winner"


def from_outcomes(outcomes: Outcomes, *, pairs: int = 50_000, seed: int = 0) -> Preferences:
    """Pairs from recorded scores: the better answer wins, and among equals the cheaper model's.

    Parameters
    ----------
    pairs : at most so many are drawn, without replacement; K models on P prompts give P K (K - 1) / 2
    seed : of that draw
    """
    order = sorted(range(len(outcomes.models)), key=lambda k: outcomes.models[k])
    reward, cost = outcomes.reward[:, order], outcomes.cost[:, order]
    first, second = np.triu_indices(len(order), 1)
    total = len(outcomes) * len(first)
    random = np.random.Generator(np.random.PCG64(seed))
    chosen = random.choice(total, pairs, replace=False) if total > pairs else np.arange(total)
    chosen.sort()
    row, pair = np.divmod(chosen, max(1, len(first)))
    a, b = first[pair], second[pair]
    worth = reward[row, a] - reward[row, b]
    saved = cost[row, b] - cost[row, a]
    a_won = (worth > 0) | ((worth == 0) & (saved > 0))
    b_won = (worth < 0) | ((worth == 0) & (saved < 0))
    told = a_won | b_won
    texts = {text: i for i, text in enumerate(dict.fromkeys(outcomes.prompts))}
    group = np.array([texts[text] for text in outcomes.prompts], np.int64)
    counts = {"tie": int((~told).sum()), "not drawn": total - len(chosen), "incomplete": outcomes.dropped}
    return Preferences(
        name=outcomes.name,
        prompts=outcomes.prompts,
        models=tuple(outcomes.models[k] for k in order),
        prompt=row[told],
        winner=np.where(a_won, a, b)[told],
        loser=np.where(a_won, b, a)[told],
        group=group,
        task=outcomes.task,
        dropped={reason: count for reason, count in counts.items() if count},
        reward=reward,
        cost=cost.mean(axis=0),
    )


def differing(preferences: Preferences) -> Preferences:
    """Only the pairs whose recorded rewards differ, not those that the price decided."""
    reward = preferences.reward
    if reward is None:
        return preferences
    prompt, winner, loser = preferences.prompt, preferences.winner, preferences.loser
    keep = reward[prompt, winner] != reward[prompt, loser]
    return replace(preferences, prompt=prompt[keep], winner=winner[keep], loser=loser[keep])


def strengths_of_wins(preferences: Preferences) -> NDArray[np.float64]:
    """Share of its pairs that each model won: (K,)."""
    models = len(preferences.models)
    won = np.bincount(preferences.winner, minlength=models).astype(np.float64)
    played = won + np.bincount(preferences.loser, minlength=models)
    return won / np.maximum(played, 1.0)


def require_no_judges(judges: str, what: str) -> None:
    """Refuse to count a machine's verdicts where no verdict says whose it is."""
    if judges != HUMAN:
        raise ValueError(f"judges must be left alone for {what}, which name no judges, got {judges!r}")
