"""The page of the study of priors is what its figures say."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pilotage as pg
from benchmarks.prior import twin
from benchmarks.prior.page import BLIND, PAGE, RESULTS, render
from pilotage.router import INFORMED_ALPHA
from tests.prior.conftest import LEVELS, MODELS, Topics, prompts, votes

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_method_was_judged_on_the_same_splits() -> None:
    methods = FOUND["accuracy"]
    assert BLIND in methods
    assert len({len(rows) for rows in methods.values()}) == 1
    assert len({len(scenario["seeds"]) for scenario in FOUND["mismatch"]["scenarios"]}) == 1
    assert all(row["largest_error"] < 1e-7 for row in FOUND["fold"])


@pytest.mark.parametrize("truth", [LEVELS, LEVELS[:, ::-1], 1.0 - LEVELS], ids=["right", "other", "wrong"])
def test_the_twin_that_constants_are_chosen_with_is_the_router(truth: np.ndarray) -> None:
    prior = pg.Prior.fit(votes(100, truth=LEVELS), Topics(), models=MODELS[:2])
    names = [*prior.models, "novice"]
    router = pg.Router([pg.Model(name, 0.0, 0.0) for name in names], encoder=Topics(), prior=prior)
    texts = prompts(1010)
    x = prior.projection.many(Topics().encode(texts))
    random = np.random.default_rng(0)
    reward = (random.random((len(texts), 3)) < truth[:, np.arange(len(texts)) % 2].T).astype(float)
    pool = (prior.pool_precision, prior.pool_precision @ prior.pool)
    fallback = (2.5 * np.eye(prior.dim), 2.5 * prior.projection.constant(0.5))
    precision, b = np.stack([*prior.precision, pool[0]]), np.stack([*prior.b, pool[1]])
    informed = np.array([True, True, False])
    chosen, theta, refuted = twin._play.py_func(
        precision, b, informed, *fallback, x, reward, INFORMED_ALPHA, 1000, np.full(len(x), -1)
    )
    for text, k, earned in zip(texts, chosen, reward, strict=True):
        decision = router.decide(text)
        assert decision.model == names[k]
        router.feedback(decision.id, earned[k])
    assert router.prior_refuted == (refuted >= 0)
    for k, (expected, _, _) in enumerate(router.estimate(texts[0]).values()):
        assert expected == pytest.approx(theta[k] @ x[0], abs=1e-9)
