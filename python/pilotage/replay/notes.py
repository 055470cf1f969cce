"""What a reader of a replay's figures must know of its data: what was left out, and what was met twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pilotage.arrays import Ints
from pilotage.replay.outcomes import COST, Outcomes
from pilotage.replay.runs import Replay


def notes(replay: Replay) -> list[str]:
    """Sentences without a full stop; none where there is nothing to say."""
    return [*left_out(replay.outcomes), *_repeated(replay)]


def left_out(outcomes: Outcomes) -> Iterator[str]:
    """Which models and how many rows of the file are not there, and why."""
    if len(outcomes.unpriced) == 1:
        (name,) = outcomes.unpriced
        yield f"{name!r} is left out: there is no column {name + COST!r}"
    elif outcomes.unpriced:
        names = ", ".join(map(repr, outcomes.unpriced))
        yield f"{names} are left out: there is no column '<model>{COST}' for any of them"
    if outcomes.dropped:
        told = f"{outcomes.dropped:,} {'row is' if outcomes.dropped == 1 else 'rows are'} left out"
        most = int(np.argmax(outcomes.gaps)) if outcomes.gaps else None
        who = "" if most is None else f", most often of {outcomes.models[most]!r} ({outcomes.gaps[most]:,})"
        yield f"{told}: a score or a cost is missing{who}"


def _repeated(replay: Replay) -> Iterator[str]:
    """Texts are what policies see: a prompt that is there twice may be learned from and judged on."""
    which = _texts(replay.outcomes.prompts)
    splits = replay.splits.values()
    met = [
        int(np.isin(which[split.deployment], which[[*split.tuning, *split.learning]]).sum())
        for split in splits
    ]
    if any(met):
        again = int((np.bincount(which)[which] > 1).sum())
        served = len(next(iter(splits)).deployment)
        mean = (
            f"{np.mean(met):,.{1 if np.mean(met) < 10 else 0}f} on average" if len(met) > 1 else f"{met[0]:,}"
        )
        yield (
            f"{again:,} prompts have the text of another one: of {served:,} that are served, "
            f"learned from, too: {mean}"
        )


def _texts(prompts: Sequence[str]) -> Ints:
    """(N,) the same number for the same text."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in prompts], dtype=np.int64)
