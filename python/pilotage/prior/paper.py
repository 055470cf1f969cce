"""The setting `paper`: two phases as published, A_0 = lambda I with lambda = 1 / accuracy.

`accuracy` of a model is the share of its pairs that the learned vectors order right; pairs held out for early
stopping included. Held-out figures come from a run of its own, which never saw the pairs it is judged by.
"""

from __future__ import annotations

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.conditional import Judged, blind_margins
from pilotage.prior.folds import fold_of_prompts, pairs_of, require_questions
from pilotage.prior.learned import Learned
from pilotage.prior.preferences import Preferences, strengths_of_wins
from pilotage.prior.progress import Advance, part, silent
from pilotage.prior.triplet import Triplets, train_projection
from pilotage.prior.vectors import Pairs, advantages, train_vectors
from pilotage.projection import Projection

DEFAULT_DIM = 64
FOLDS = 10
_FEWEST = 4  # questions: two folds to judge by, one to stop at, one to learn from


def learn(preferences: Preferences, phi: Floats, *, dim: int | None, seed: int, advance: Advance) -> Learned:
    """phi : (P, d_e) unit-normalised."""
    require_questions(preferences, _FEWEST)
    dim = min(DEFAULT_DIM, phi.shape[1]) if dim is None else dim
    size = sizes(preferences)
    fold = fold_of_prompts(preferences, seed, FOLDS)[preferences.prompt]

    def both(train: np.ndarray, stop: np.ndarray, advance: Advance) -> tuple[Projection, Floats]:
        return two_phases(
            phi,
            pairs_of(preferences, train),
            pairs_of(preferences, stop),
            size,
            dim=dim,
            seed=seed,
            advance=advance,
        )

    tested = fold < 2
    projection, theta = both(~tested & (fold != 2), fold == 2, part(advance, 0.0, 0.5))
    held = pairs_of(preferences, tested)
    judged = Judged.of(advantages(theta, projection.many(phi), held))
    blind = Judged.of(blind_margins(pairs_of(preferences, ~tested), held, len(size)))
    projection, theta = both(fold != 0, fold == 0, part(advance, 0.5, 1.0))
    accuracy = accuracies(theta, projection.many(phi), preferences)
    strength = 1.0 / np.maximum(accuracy, 0.5)  # lambda in (1, 2]
    return Learned(
        projection,
        precision=strength[:, None, None] * np.eye(dim),
        b=strength[:, None] * theta,
        pool=theta.mean(axis=0),
        pool_precision=np.eye(dim),  # as LinUCB starts, and PILOT where lambda is not known
        metrics={
            "heldout_accuracy": judged.accuracy,
            "heldout_log_loss": judged.log_loss,
            "heldout_pairs": len(held[0]),
            "bradley_terry_accuracy": blind.accuracy,
            "bradley_terry_log_loss": blind.log_loss,
            "strength": dict(zip(preferences.models, strength.round(4).tolist(), strict=True)),
        },
    )


def two_phases(
    phi: Floats,
    train: Pairs,
    held_out: Pairs,
    size: Floats,
    *,
    dim: int,
    seed: int,
    advance: Advance = silent,
) -> tuple[Projection, Floats]:
    """The projection, without a constant, and theta (K, m)."""
    matrix, offset = train_projection(
        phi,
        Triplets(*train, size),
        Triplets(*held_out, size),
        dim=dim,
        offset=True,
        seed=seed,
        advance=part(advance, 0.0, 0.7),
    )
    projection = Projection(phi.shape[1], 0.0, matrix, offset)
    theta = train_vectors(
        projection.many(phi), train, held_out, len(size), seed=seed, advance=part(advance, 0.7, 1.0)
    )
    return projection, theta


def accuracies(theta: Floats, psi: Floats, preferences: Preferences) -> Floats:
    """Share of each model's pairs that theta orders right: (K,)."""
    pairs = (preferences.prompt, preferences.winner, preferences.loser)
    right = (advantages(theta, psi, pairs) > 0).astype(np.float64)
    models = len(preferences.models)
    ordered = np.bincount(pairs[1], right, models) + np.bincount(pairs[2], right, models)
    played = np.bincount(pairs[1], minlength=models) + np.bincount(pairs[2], minlength=models)
    accuracy: Floats = ordered / np.maximum(played, 1)
    return accuracy


def sizes(preferences: Preferences) -> Floats:
    """(K,) what a model's size is judged by: what it costs; its share of wins where a cost is not known."""
    if preferences.cost is not None:
        return preferences.cost
    from pilotage.prices import packaged_prices

    known = packaged_prices()
    if all(model in known for model in preferences.models):
        return np.array([sum(known[model]) for model in preferences.models])
    return strengths_of_wins(preferences)
