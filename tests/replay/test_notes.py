"""What is said of the data: by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pilotage.replay.notes import left_out, notes
from pilotage.replay.run import Plan, run_replay
from pilotage.replay.runs import Replay, Split
from tests.replay.topics import encode, topics

PLAN = Plan(policies=("random",), fractions=(0.5,), seeds=2)


def test_nothing_to_say() -> None:
    assert notes(run_replay(topics(40), PLAN, encoder=encode)) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"unpriced": ("a",)}, ["'a' is left out: there is no column 'a|total_cost'"]),
        (
            {"unpriced": ("a", "b")},
            ["'a', 'b' are left out: there is no column '<model>|total_cost' for any of them"],
        ),
        ({"dropped": 1}, ["1 row is left out: a score or a cost is missing"]),
        (
            {"dropped": 1500, "gaps": (3, 1499)},
            ["1,500 rows are left out: a score or a cost is missing, most often of 'dear' (1,499)"],
        ),
    ],
)
def test_what_is_left_out(given: dict, said: list[str]) -> None:
    assert list(left_out(replace(topics(8), **given))) == said


def test_both_files_leave_rows_out() -> None:
    first = replace(topics(20, seed=1), models=("dear", "cheap"), dropped=3, gaps=(3, 0))
    second = replace(topics(20), dropped=4, gaps=(4, 1), unpriced=("x",))
    found = run_replay(second, PLAN, learn=first, encoder=encode).outcomes
    assert (found.dropped, found.gaps, found.unpriced) == (7, (4, 4), ("x",))


def repeated(make_replay: Callable[..., Replay], splits: dict[int, Split]) -> list[str]:
    """Of prompts a b a c a."""
    replay = make_replay(seeds=len(splits))
    texts = ("a", "b", "a", "c", "a")
    return notes(replace(replay, outcomes=replace(replay.outcomes, prompts=texts, dropped=0), splits=splits))


def split(*parts: list[int]) -> Split:
    return Split(*(np.array(part, dtype=np.int64) for part in parts))


def test_prompts_that_are_learned_from_and_served(make_replay: Callable[..., Replay]) -> None:
    learned, tuned, apart = (
        split([], [0, 1], [2, 3, 4]),
        split([0], [3], [1, 2]),
        split([], [0, 2, 4], [1, 3]),
    )
    told = "3 prompts have the text of another one: of 3 that are served, learned from, too: 2"
    assert repeated(make_replay, {0: learned}) == [told]
    assert repeated(make_replay, {0: tuned}) == [told.replace("of 3", "of 2").replace(": 2", ": 1")]
    assert repeated(make_replay, {0: apart}) == []  # nothing is met twice
    assert repeated(make_replay, {0: learned, 1: apart}) == [told.replace(": 2", ": 1.0 on average")]
