"""How much a model's strength may depend on the prompt: chosen by the likelihood of held-out pairs.

Every fold of prompts is predicted by fits on the others, at each penalty. The penalty whose predictions are
likeliest over all folds serves the final fit. The accuracy that is reported of a fold is that of the penalty
which was best on the *other* folds, so that no fold is judged by a choice it took part in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.bradley_terry import LEVEL_PENALTY, fit_pairs, penalties
from pilotage.prior.folds import fold_of_prompts, pairs_of
from pilotage.prior.kernels import margins
from pilotage.prior.preferences import Preferences
from pilotage.prior.progress import Advance, silent
from pilotage.prior.vectors import Pairs

# On the profile, of unit embeddings. The last leaves Bradley-Terry: it is never worse than blind by much.
PENALTIES = (3.0, 10.0, 30.0, 100.0, 1e4)


@dataclass(frozen=True)
class Judged:
    """Held-out quality of pairwise predictions."""

    accuracy: float
    log_loss: float

    @staticmethod
    def of(margin: Floats) -> Judged:
        """From log-odds of the winner (N,); a tie is half right."""
        right = (margin > 0).mean() + 0.5 * (margin == 0).mean()
        return Judged(float(right), float(np.logaddexp(0.0, -margin).mean()))


@dataclass(frozen=True)
class Conditional:
    """A fitted conditional Bradley-Terry model.

    Attributes
    ----------
    profile : (K, d_e) coefficients of the unit embedding
    level : (K,) strengths
    penalty : the one chosen
    held_out, blind : of this model, and of Bradley-Terry, over all folds
    """

    profile: Floats
    level: Floats
    penalty: float
    held_out: Judged
    blind: Judged


def fit_conditional(
    preferences: Preferences, phi: Floats, *, seed: int, advance: Advance = silent
) -> Conditional:
    """phi : (P, d_e) unit-normalised embeddings of the prompts."""
    models = len(preferences.models)
    z = np.hstack([phi, np.ones((len(phi), 1))])
    fold = fold_of_prompts(preferences, seed)[preferences.prompt]
    margin = np.zeros((len(PENALTIES), len(preferences)))
    folds = int(fold.max()) + 1
    for f in range(folds):
        train, test = pairs_of(preferences, fold != f), pairs_of(preferences, fold == f)
        v = None
        for i in reversed(range(len(PENALTIES))):  # from the stiffest on: each starts where the last ended
            v = fit_pairs(z, train, models, penalties(PENALTIES[i], z.shape[1]), v)
            margin[i, fold == f] = margins(z, v, *test)
        advance(f"held-out pairs, fold {f + 1}", (f + 1) / (folds + 1))
    loss = np.logaddexp(0.0, -margin)  # (penalties, N)
    by_fold = np.stack([np.bincount(fold, each) for each in loss])  # (penalties, folds)
    others = by_fold.sum(axis=1, keepdims=True) - by_fold
    honest = margin[others.argmin(axis=0)[fold], np.arange(len(fold))]
    best = PENALTIES[int(by_fold.sum(axis=1).argmin())]
    everything = pairs_of(preferences, np.ones(len(fold), bool))
    v = fit_pairs(z, everything, models, penalties(best, z.shape[1]))
    advance("all pairs", 1.0)
    return Conditional(v[:, :-1], v[:, -1], best, Judged.of(honest), blind_held_out(preferences, seed))


def blind_held_out(preferences: Preferences, seed: int) -> Judged:
    """Bradley-Terry on the same folds: what is possible without looking at the prompt."""
    fold = fold_of_prompts(preferences, seed)[preferences.prompt]
    margin = np.zeros(len(preferences))
    for f in range(int(fold.max()) + 1):
        train, test = pairs_of(preferences, fold != f), pairs_of(preferences, fold == f)
        margin[fold == f] = blind_margins(train, test, len(preferences.models))
    return Judged.of(margin)


def blind_margins(train: Pairs, test: Pairs, models: int) -> Floats:
    """Log-odds of the winners of `test` by Bradley-Terry strengths from `train`."""
    one = np.ones((1, 1))
    blind_train, blind_test = ((np.zeros_like(pairs[0]), *pairs[1:]) for pairs in (train, test))
    found: Floats = margins(one, fit_pairs(one, blind_train, models, np.array([LEVEL_PENALTY])), *blind_test)
    return found
