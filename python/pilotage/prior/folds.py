"""What is held out: whole groups of prompts, never one vote on a prompt whose other votes were trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pilotage.arrays import Ints
from pilotage.prior.preferences import Preferences

FOLDS = 5


def fold_of_prompts(preferences: Preferences, seed: int, folds: int = FOLDS) -> Ints:
    """Fold of every prompt, (P,), in [0, folds); fewer where there are fewer groups. Every fold has pairs."""
    group, asked = _groups(preferences)
    rank = np.random.Generator(np.random.PCG64(seed)).permutation(len(asked))
    order = np.lexsort((rank, ~asked))  # groups without a pair come last, so that no fold is left to them
    rank[order] = np.arange(len(asked))
    fold: Ints = (rank % min(folds, int(asked.sum())))[group]
    return fold


def require_questions(preferences: Preferences, least: int) -> None:
    """Refuse preferences on too few questions to hold some of them out."""
    questions = int(_groups(preferences)[1].sum())
    if questions < least:
        raise ValueError(
            f"preferences must be on at least {least} questions, some of which are held out, got {questions}"
        )


def _groups(preferences: Preferences) -> tuple[Ints, NDArray[np.bool_]]:
    """Index (P,) of each prompt's group without gaps, and which groups (G,) have a pair."""
    found, group = np.unique(preferences.group, return_inverse=True)
    asked = np.zeros(len(found), bool)
    asked[group[preferences.prompt]] = True
    return group, asked


def pairs_of(preferences: Preferences, keep: np.ndarray) -> tuple[Ints, Ints, Ints]:
    """(prompt, winner, loser) of the pairs kept: where a mask (N,) is true, or rows."""
    return preferences.prompt[keep], preferences.winner[keep], preferences.loser[keep]
