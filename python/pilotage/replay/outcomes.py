"""Recorded outcomes: what every model earned and cost on every prompt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilotage.arrays import Floats, Ints

COST = "|total_cost"  # ends the name of a model's column of costs


@dataclass(frozen=True)
class Outcomes:
    """A full-information table: N prompts, K models, every score and every cost known.

    Attributes
    ----------
    name : what the data set is called in tables and reports (the file's stem)
    prompts : (N,) the texts
    models : (K,) names, in the file's column order
    reward : (N, K) in [0, 1]
    cost : (N, K) US dollars, >= 0
    row : (N,) row of the input file that each prompt came from
    input_tokens : (N,) recorded counts, or an estimate from the text where `tokens_recorded` is False
    output_tokens : (N, K) recorded counts, or None
    task : (N,) the task each prompt belongs to, or None
    dropped : how many rows of the file were left out because an outcome was missing
    gaps : (K,) in how many rows of the file each model's was; () where nobody counted
    unpriced : columns of scores in [0, 1] that are no models, since they have no column of costs
    """

    name: str
    prompts: tuple[str, ...]
    models: tuple[str, ...]
    reward: Floats
    cost: Floats
    row: Ints
    input_tokens: Ints
    tokens_recorded: bool
    output_tokens: Ints | None = None
    task: tuple[str, ...] | None = None
    dropped: int = 0
    gaps: tuple[int, ...] = ()
    unpriced: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.prompts)

    def take(self, rows: Ints) -> Outcomes:
        """The table of some prompts, by their positions (n,), in that order."""
        return replace(
            self,
            prompts=tuple(self.prompts[i] for i in rows),
            reward=self.reward[rows],
            cost=self.cost[rows],
            row=self.row[rows],
            input_tokens=self.input_tokens[rows],
            output_tokens=None if self.output_tokens is None else self.output_tokens[rows],
            task=None if self.task is None else tuple(self.task[i] for i in rows),
        )
