"""What is held out: whole groups of prompts, never one vote on a prompt whose other votes were trained on."""

from __future__ import annotations

import numpy as np

from pilotage.prior.preferences import Preferences
from pilotage.replay.outcomes import Ints

FOLDS = 5


def fold_of_prompts(preferences: Preferences, seed: int, folds: int = FOLDS) -> Ints:
    """Fold of every prompt, (P,), in [0, folds); fewer where there are fewer groups."""
    groups = int(preferences.group.max()) + 1
    shuffled = np.random.Generator(np.random.PCG64(seed)).permutation(groups)
    fold: Ints = (shuffled % min(folds, groups))[preferences.group]
    return fold


def pairs_of(preferences: Preferences, keep: np.ndarray) -> tuple[Ints, Ints, Ints]:
    """(prompt, winner, loser) of the pairs where `keep` (N,) is true."""
    return preferences.prompt[keep], preferences.winner[keep], preferences.loser[keep]
