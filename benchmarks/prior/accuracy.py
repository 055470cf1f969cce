"""Who wins a vote? Held-out accuracy on MT-bench: human votes, a fifth of the questions left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.results.studies import DATA
from pilotage.arrays import Floats
from pilotage.encode import StaticEncoder
from pilotage.prior import Preferences, read_preferences
from pilotage.prior.adam import Adam
from pilotage.prior.bradley_terry import fit_pairs
from pilotage.prior.conditional import blind_margins, fit_conditional
from pilotage.prior.fit import unit_embeddings
from pilotage.prior.folds import fold_of_prompts, pairs_of
from pilotage.prior.kernels import margins
from pilotage.prior.paper import sizes, two_phases
from pilotage.prior.progress import silent
from pilotage.prior.vectors import Pairs, advantages

VOTES = DATA / "mtbench_preferences.parquet"
# RouteLLM's dimension, decay, batch and Adam; its rate, 3e-4, ten times over, as there are far fewer votes
# here; at most its epochs, stopped when the held-out loss has not fallen for five.
_RANK, _RATE, _DECAY, _BATCH, _EPOCHS, _PATIENCE = 128, 3e-3, 1e-5, 64, 100, 5


def play(seeds: int) -> dict[str, list[dict[str, float]]]:
    """{method: [{"accuracy", "log_loss"} of every seed]}: a seed leaves a fifth of the questions out."""
    preferences = read_preferences(VOTES)
    phi = unit_embeddings(StaticEncoder(), preferences, silent)
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(seeds):
        fold = fold_of_prompts(preferences, seed)[preferences.prompt]
        train, test = pairs_of(preferences, fold != 0), pairs_of(preferences, fold == 0)
        for name, method in METHODS.items():
            margin = method(preferences, phi, fold != 0, train, test, seed)
            right = (margin > 0).mean() + 0.5 * (margin == 0).mean()
            row = {"accuracy": float(right), "log_loss": float(np.logaddexp(0.0, -margin).mean())}
            found.setdefault(name, []).append(row)
    return found


Method = Callable[[Preferences, Floats, np.ndarray, Pairs, Pairs, int], Floats]


def _calibrated(
    preferences: Preferences, phi: Floats, keep: np.ndarray, train: Pairs, test: Pairs, seed: int
) -> Floats:
    """Conditional Bradley-Terry; its penalty is chosen within the training questions."""
    past = Preferences(
        preferences.name, preferences.prompts, preferences.models, *train, group=preferences.group
    )
    fitted = fit_conditional(past, phi, seed=seed)
    return margins(phi, fitted.profile, *test) + fitted.level[test[1]] - fitted.level[test[2]]


def _blind(
    preferences: Preferences, phi: Floats, keep: np.ndarray, train: Pairs, test: Pairs, seed: int
) -> Floats:
    return blind_margins(train, test, len(preferences.models))


def _logistic(
    preferences: Preferences, phi: Floats, keep: np.ndarray, train: Pairs, test: Pairs, seed: int
) -> Floats:
    """Logistic regression of the vote on the embedding, for every model; the customary penalty of 1."""
    z = np.hstack([phi, np.ones((len(phi), 1))])
    return margins(z, fit_pairs(z, train, len(preferences.models), np.ones(z.shape[1])), *test)


def _paper(
    preferences: Preferences, phi: Floats, keep: np.ndarray, train: Pairs, test: Pairs, seed: int
) -> Floats:
    """Both phases; a tenth of the training questions stop them."""
    stop = fold_of_prompts(preferences, seed + 1, 10)[train[0]] == 0
    parts = [tuple(array[rows] for array in train) for rows in (~stop, stop)]
    projection, theta = two_phases(phi, *parts, sizes(preferences), dim=phi.shape[1], seed=seed)
    return advantages(theta, projection.many(phi), test)


def _factorised(
    preferences: Preferences, phi: Floats, keep: np.ndarray, train: Pairs, test: Pairs, seed: int
) -> Floats:
    """As in RouteLLM (Ong et al. 2024): w'(v_m o W phi), by Adam; a tenth of the questions stop it."""
    random = np.random.Generator(np.random.PCG64(seed))
    w = random.normal(size=(_RANK, phi.shape[1])) / np.sqrt(phi.shape[1])
    v = random.normal(size=(len(preferences.models), _RANK))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    u = random.normal(size=_RANK) / np.sqrt(_RANK)
    adam = Adam([w, v, u], _RATE)
    stop = fold_of_prompts(preferences, seed + 1, 10)[train[0]] == 0
    fit_on, stop_on = (tuple(array[rows] for array in train) for rows in (~stop, stop))
    best, best_loss, since = (w.copy(), v.copy(), u.copy()), np.inf, 0
    for _ in range(_EPOCHS):
        order = random.permutation(len(fit_on[0]))
        for start in range(0, len(order), _BATCH):
            q, i, j = (array[order[start : start + _BATCH]] for array in fit_on)
            psi, difference = phi[q] @ w.T, v[i] - v[j]
            pull = -1.0 / (1.0 + np.exp((difference * psi) @ u)) / len(q)  # d loss / d margin
            by_model = np.zeros_like(v)
            step = pull[:, None] * psi * u
            np.add.at(by_model, i, step)
            np.add.at(by_model, j, -step)
            d_w = (pull[:, None] * difference * u).T @ phi[q] + _DECAY * w
            adam.step([d_w, by_model + _DECAY * v, pull @ (difference * psi) + _DECAY * u])
        loss = float(np.logaddexp(0.0, -_bilinear(phi, w, v, u, stop_on)).mean())
        if loss < best_loss:
            best, best_loss, since = (w.copy(), v.copy(), u.copy()), loss, 0
        else:
            since += 1
            if since >= _PATIENCE:
                break
    return _bilinear(phi, *best, test)


def _bilinear(phi: Floats, w: Floats, v: Floats, u: Floats, pairs: Pairs) -> Floats:
    prompt, winner, loser = pairs
    found: Floats = ((v[winner] - v[loser]) * (phi[prompt] @ w.T)) @ u
    return found


METHODS: dict[str, Method] = {
    "calibrated: conditional Bradley-Terry": _calibrated,
    "Bradley-Terry, blind to the prompt": _blind,
    "paper: triplets and cosines": _paper,
    "logistic regression on the embedding": _logistic,
    "matrix factorisation, as in RouteLLM": _factorised,
}
