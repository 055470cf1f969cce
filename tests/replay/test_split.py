"""One shuffle, cut in three."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.replay.split import default_tuning, split_outcomes


def test_parts_by_hand() -> None:
    split = split_outcomes(22, seed=0, ratio="10:1", tuning=11)
    assert [len(split.tuning), len(split.learning), len(split.deployment)] == [11, 10, 1]
    assert split.estimation is split.tuning


def test_half_and_half() -> None:
    split = split_outcomes(7, seed=0)
    assert [len(split.tuning), len(split.learning), len(split.deployment)] == [0, 3, 4]
    assert split.estimation is split.learning


def test_the_parts_follow_one_pcg64_shuffle() -> None:
    order = np.random.Generator(np.random.PCG64(5)).permutation(20)
    split = split_outcomes(20, seed=5, ratio="3:1", tuning=4)
    assert np.concatenate([split.tuning, split.learning, split.deployment]).tolist() == order.tolist()
    assert split.learning.dtype == np.int64


def test_seeds_differ_and_repeat() -> None:
    first, again, other = (split_outcomes(100, seed).learning.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@given(
    n=st.integers(2, 500),
    a=st.integers(1, 20),
    b=st.integers(1, 20),
    tuning=st.integers(0, 50),
    seed=st.integers(0, 10),
)
def test_every_prompt_is_in_exactly_one_part(n: int, a: int, b: int, tuning: int, seed: int) -> None:
    learning = (n - tuning) * a // (a + b)
    if learning < 1:
        with pytest.raises(ValueError, match="prompts must be enough to leave one"):
            split_outcomes(n, seed, f"{a}:{b}", tuning)
        return
    split = split_outcomes(n, seed, f"{a}:{b}", tuning)
    assert sorted([*split.tuning, *split.learning, *split.deployment]) == list(range(n))
    assert (len(split.tuning), len(split.learning)) == (tuning, learning)
    assert len(split.deployment) >= 1


@pytest.mark.parametrize("ratio", ["", "1", "1:0", "0:1", "1:1:1", "a:b", "-1:2", "1.5:1", " 1:1", "1:1\n"])
def test_nonsense_ratios_are_refused(ratio: str) -> None:
    with pytest.raises(ValueError, match=r"ratio must be two positive whole numbers such as '10:1', got "):
        split_outcomes(100, seed=0, ratio=ratio)
    with pytest.raises(ValueError, match="ratio must be two positive whole numbers"):
        default_tuning(ratio, 100)


def test_too_few_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"prompts must be .*, got 10, of which 0 for tuning, .* 1:10"):
        split_outcomes(10, seed=0, ratio="1:10")
    with pytest.raises(ValueError, match="got 10, of which 9 for tuning, the rest split 1:1"):
        split_outcomes(10, seed=0, tuning=9)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        split_outcomes(10, seed=-1)
    with pytest.raises(ValueError, match="tuning must be at least 0, got -2"):
        split_outcomes(10, seed=0, tuning=-2)


@pytest.mark.parametrize(
    ("ratio", "n", "tuning"),
    [("1:1", 36_000, 0), ("10:1", 36_000, 1000), ("10:1", 1766, 176), ("20:2", 1766, 176), ("9:1", 1766, 0)],
)
def test_default_tuning_is_the_papers(ratio: str, n: int, tuning: int) -> None:
    assert default_tuning(ratio, n) == tuning
