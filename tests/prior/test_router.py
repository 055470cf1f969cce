"""A router that starts from a prior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import pilotage as pg
from pilotage import _core
from pilotage.encode import StaticEncoder
from pilotage.prior import Prior
from pilotage.router import DEFAULT_ALPHA, INFORMED_ALPHA
from tests.prior.conftest import LEVELS, MODELS, Topics, prompts, votes
from tests.replay.topics import topics

POOL = [pg.Model(name, 0.0, 0.0) for name in MODELS]


@pytest.fixture(scope="module")
def prior() -> Prior:
    return Prior.fit(votes(truth=LEVELS), Topics())


def play(router: pg.Router, right: np.ndarray, n: int, seed: int = 0) -> float:
    """Mean chance of being right over n requests, rewards drawn from `right` (K, topics)."""
    random = np.random.default_rng(seed)
    total = 0.0
    for i, prompt in enumerate(prompts(n)):
        decision = router.decide(prompt)
        chance = right[MODELS.index(decision.model), i % 2]
        router.settle(decision.id, cost=0.0)
        router.feedback(decision.id, float(random.random() < chance))
        total += chance
    return total / n


@pytest.mark.parametrize("setting", ["calibrated", "paper"])
def test_it_starts_where_the_prior_says(setting: str, tmp_path: Path) -> None:
    prior = Prior.fit(votes(truth=LEVELS), Topics(), setting=setting)
    prior.save(tmp_path / "prior.safetensors")
    router = pg.Router(POOL, encoder=Topics(), prior=tmp_path / "prior.safetensors")
    assert router.dim == prior.dim
    x = prior.projection.one(Topics().encode(["sum 7"])[0])
    for name, (reward, width, _) in router.estimate("sum 7").items():
        k = prior.models.index(name)
        assert reward == pytest.approx(prior.theta[k] @ x)
        assert width == pytest.approx(np.sqrt(x @ np.linalg.solve(prior.precision[k], x)))


def test_the_first_requests_go_to_the_right_models(prior: Prior) -> None:
    informed = play(pg.Router(POOL, encoder=Topics(), prior=prior), LEVELS, 60)
    cold = play(pg.Router(POOL, encoder=Topics()), LEVELS, 60)
    assert informed > 0.8
    assert informed > cold + 0.05


def test_a_model_the_prior_does_not_know_starts_from_the_pools_mean(prior: Prior) -> None:
    router = pg.Router([*POOL, pg.Model("novice", 0.0, 0.0)], encoder=Topics(), prior=prior, strength=99.0)
    x = prior.projection.one(Topics().encode(["talk 3"])[0])
    found = router.estimate("talk 3")
    assert found["novice"][0] == pytest.approx(prior.pool @ x)
    assert found["novice"][1] == pytest.approx(np.sqrt(x @ np.linalg.solve(prior.pool_precision, x)))
    assert found["novice"][1] > 3 * found["bard"][1]
    router.add(pg.Model("latecomer", 0.0, 0.0))
    assert router.estimate("talk 3")["latecomer"] == found["novice"]


def test_a_wrong_prior_is_refuted_and_soon_forgotten() -> None:
    wrong = Prior.fit(votes(truth=LEVELS), Topics())
    router = pg.Router(POOL, encoder=Topics(), prior=wrong, strength=1.0)
    rewards = 1.0 - LEVELS
    play(router, rewards, 80)
    assert router.prior_refuted
    cold = pg.Router(POOL, encoder=Topics(), strength=1.0)
    assert play(router, rewards, 300, seed=1) > play(cold, rewards, 380, seed=1) - 0.05
    # what it holds now is what a router without a prior would have learned from the same rewards
    router.add(pg.Model("latecomer", 0.0, 0.0))
    assert router.estimate("talk 3")["latecomer"] == pytest.approx((0.5, 1.0, 0.0))


def test_a_newcomers_rewards_do_not_refute_a_right_prior(prior: Prior) -> None:
    certain = replace(prior, pool_precision=40.0 * np.eye(prior.dim), pool=2.0 * prior.pool)
    router = pg.Router([*POOL, pg.Model("novice", 0.0, 0.0)], encoder=Topics(), prior=certain)
    for prompt in prompts(60):
        decision = router.decide(prompt)
        # the others do as they are expected to
        reward = 0.0 if decision.model == "novice" else float(np.clip(decision.expected_reward, 0.0, 1.0))
        router.feedback(decision.id, reward)
    x = prior.projection.one(Topics().encode(["talk 3"])[0])
    assert (
        router.estimate("talk 3")["novice"][0] < certain.pool @ x - 0.1
    )  # it was tried, and a disappointment
    assert not router.prior_refuted


def test_a_prior_ages_to_a_sixteenth(prior: Prior) -> None:
    router = pg.Router(POOL, encoder=Topics(), prior=prior, alpha=0.0)
    twins = {}
    for k, name in enumerate(prior.models):
        precision = (prior.precision[k] + 15 * 2.5 * np.eye(prior.dim)) / 16
        b = (prior.b[k] + 15 * 2.5 * prior.projection.constant(0.5)) / 16
        twins[name] = _core.Posterior(_core.ModelPrior.of_statistics(precision, b))
    for prompt in prompts(8010):
        decision = router.decide(prompt)
        reward = float(np.clip(decision.expected_reward, 0.0, 1.0))
        router.feedback(decision.id, reward)
        twins[decision.model].update(prior.projection.one(Topics().encode([prompt])[0]), reward)
    assert not router.prior_refuted
    x = prior.projection.one(Topics().encode(["sum 5"])[0])
    for name, (reward, width, _) in router.estimate("sum 5").items():
        assert (reward, width) == pytest.approx((twins[name].mean(x), twins[name].width(x)))


def test_a_refuted_prior_leaves_what_rewards_alone_teach() -> None:
    prior = Prior.fit(votes(truth=LEVELS), Topics())
    router = pg.Router(POOL, encoder=Topics(), prior=prior, strength=1.0)
    twins = {name: _core.Posterior(prior.projection.constant(0.5), 1.0) for name in MODELS}
    for i, prompt in enumerate(prompts(60)):
        decision = router.decide(prompt)
        reward = float(1.0 - LEVELS[MODELS.index(decision.model), i % 2] > 0.5)
        router.feedback(decision.id, reward)
        twins[decision.model].update(prior.projection.one(Topics().encode([prompt])[0]), reward)
    assert router.prior_refuted
    x = prior.projection.one(Topics().encode(["sum 5"])[0])
    for name, (reward, width, _) in router.estimate("sum 5").items():
        assert (reward, width) == pytest.approx((twins[name].mean(x), twins[name].width(x)))


def test_a_right_prior_stands_and_so_does_one_as_in_the_paper(prior: Prior) -> None:
    router = pg.Router(POOL, encoder=Topics(), prior=prior)
    play(router, LEVELS, 300)
    assert not router.prior_refuted
    paper = Prior.fit(votes(truth=LEVELS), Topics(), setting="paper")
    router = pg.Router(POOL, encoder=Topics(), prior=paper, score="pilot", alpha=2.0)
    play(router, 1.0 - LEVELS, 100)
    assert not router.prior_refuted


@pytest.mark.parametrize(("setting", "alpha"), [("calibrated", INFORMED_ALPHA), ("paper", DEFAULT_ALPHA)])
def test_a_calibrated_prior_spares_some_of_the_exploring(
    setting: Literal["calibrated", "paper"], alpha: float
) -> None:
    fitted = Prior.fit(votes(100, truth=LEVELS), Topics(), setting=setting)

    def called(**settings: float) -> list[str]:
        router = pg.Router(POOL, encoder=Topics(), prior=fitted, **settings)
        models = []
        for i, prompt in enumerate(prompts(200)):
            decision = router.decide(prompt)
            router.feedback(decision.id, 1.0 - float(LEVELS[MODELS.index(decision.model), i % 2]))
            models.append(decision.model)
        return models

    other = DEFAULT_ALPHA if alpha == INFORMED_ALPHA else INFORMED_ALPHA
    assert called() == called(alpha=alpha) != called(alpha=other)


def test_the_bound_does_not_narrow_with_a_calibrated_prior(prior: Prior) -> None:
    routers = [pg.Router(POOL, encoder=Topics(), prior=prior, **given) for given in ({}, {"alpha": 1.0})]
    for prompt in prompts(1200):
        first, second = (router.decide(prompt) for router in routers)
        assert first.model == second.model
        for router, decision in zip(routers, (first, second), strict=True):
            router.feedback(decision.id, 0.4)


def test_a_prior_must_know_somebody(prior: Prior) -> None:
    strangers = [pg.Model(name, 0.0, 0.0) for name in ("Sage", "bard-2")]
    message = "must know at least one model of the pool, 'Sage', 'bard-2', got one of 'bard', 'clerk', 'sage'"
    with pytest.raises(ValueError, match=message):
        pg.Router(strangers, encoder=Topics(), prior=prior)
    pg.Router([*strangers, POOL[0]], encoder=Topics(), prior=prior)


def test_refusals(prior: Prior, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"must be of the router's encoder, 'minilm-static' .*, got one of 'topics'"
    ):
        pg.Router(POOL, prior=prior)
    with pytest.raises(ValueError, match="prior must be None when dim is given"):
        pg.Router(POOL, prior=prior, dim=6)
    with pytest.raises(TypeError, match=r"prior must be a path or a pilotage\.Prior, got 3"):
        pg.Router(POOL, encoder=Topics(), prior=3)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError, match="prior must name an existing file"):
        pg.Router(POOL, encoder=Topics(), prior=tmp_path / "none")


def test_a_projection_folds_into_the_token_table() -> None:
    prior = Prior.fit(topics(200), dim=5)
    assert prior.dim == 6
    router = pg.Router([pg.Model(name, 0.0, 0.0) for name in prior.models], prior=prior)
    text = "What is 12 plus 30, and why?"
    embedding = StaticEncoder().encode([text])[0].astype(np.float64)
    folded, plain = router.estimate(text), router.estimate(embedding, input_tokens=len(text) / 4)
    for name in prior.models:
        assert folded[name] == pytest.approx(plain[name], abs=1e-5)
    assert StaticEncoder().projected(prior.projection.matrix).encode([text]).shape == (1, 5)
