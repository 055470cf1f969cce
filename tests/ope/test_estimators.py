"""Estimates by hand, and intervals against the truth on tables where every model's reward is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.results.studies import DATA
from pilotage import Model, Router
from pilotage.encode import StaticEncoder
from pilotage.ope import Log, evaluate, greedy
from pilotage.ope.estimators import effective_sample_size, estimates
from pilotage.ope.outcome_model import cross_fit
from pilotage.ope.target import chances
from pilotage.replay.data import read_outcomes

SEEDS = 300


def test_by_hand(small: Log) -> None:
    # always b: w = 0, 0, 0, 5; ips = 5 * 1 / 4, snips = 5 / 5
    table, q = np.tile([0.0, 1.0], (4, 1)), np.tile([0.25, 0.5], (4, 1))
    found = estimates(table, small.chosen, small.propensity, small.reward, q)
    assert found.ips.value == pytest.approx(1.25)
    assert found.snips.value == pytest.approx(1.0)
    assert found.dr.value == pytest.approx(0.5 + 5 * (1.0 - 0.5) / 4)
    assert found.logged.value == pytest.approx(0.625)
    assert found.gain.value == pytest.approx(1.125 - 0.625)
    # ips: terms 0, 0, 0, 5, standard error 1.25, t(3) = 3.182446
    assert found.ips.high == pytest.approx(1.25 + 3.182446 * 1.25)
    assert effective_sample_size(np.array([0.0, 0.0, 0.0, 5.0])) == 1.0
    assert effective_sample_size(np.ones(7)) == 7.0


def test_the_log_s_own_policy_earns_what_was_logged(small: Log) -> None:
    own = np.tile([0.8, 0.2], (4, 1))
    found = evaluate(small, own)
    assert found.reward.ips.value == pytest.approx(0.625)
    assert found.reward.snips.value == pytest.approx(0.625)
    assert found.cost is not None
    assert found.cost.ips.value == pytest.approx(3.5e-4)
    assert found.effective == pytest.approx(4.0)


def test_the_outcome_model_never_sees_what_it_predicts() -> None:
    random = np.random.default_rng(0)
    x, chosen, y = random.normal(size=(40, 3)), random.integers(0, 2, 40), random.random(40)
    before = cross_fit(x, chosen, y, 2)
    changed = y.copy()
    changed[7] = 1.0 - y[7]
    after = cross_fit(x, chosen, changed, 2)
    assert (after[7] == before[7]).all()
    assert (after != before).any()


def test_a_model_nobody_called_is_expected_to_earn_the_mean() -> None:
    y = np.array([0.2, 0.4, 0.6, 0.8])
    q = cross_fit(np.zeros((4, 0)), np.zeros(4, dtype=np.int64), y, 2)
    for i in range(4):
        assert q[i, 1] == pytest.approx((y.sum() - y[i]) / 3)


def logged_by_topic(x: np.ndarray) -> np.ndarray:
    """Chances of 0.2 to 0.8, by the first component, of the first of two models."""
    first = 0.2 + 0.6 / (1.0 + np.exp(-1.5 * x[:, 0] / x[:, 0].std()))
    return np.column_stack([first, 1.0 - first])


@pytest.mark.parametrize(
    ("file", "models"),
    [
        ("routellm.parquet", None),
        ("zeroeval.parquet", ("gpt-4o-mini-2024-07-18", "claude-3-5-sonnet-20241022")),
    ],
)
def test_intervals_hold_the_truth_19_times_out_of_20(file: str, models: tuple[str, ...] | None) -> None:
    outcomes = read_outcomes(DATA / file, models)
    x = StaticEncoder().encode(list(outcomes.prompts)).astype(np.float64)
    written, asked = logged_by_topic(x), logged_by_topic(-x[:, 1:])
    truth = float((asked * outcomes.reward).sum(axis=1).mean())
    hits, widths, errors = np.zeros(3), np.zeros(3), np.zeros(3)
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        rows = random.integers(0, len(outcomes), 400)
        chosen = (random.random(400) > written[rows, 0]).astype(np.int64)
        log = Log.of(
            model=[outcomes.models[k] for k in chosen],
            reward=outcomes.reward[rows, chosen],
            propensity=written[rows, chosen],
            context=x[rows],
            models=outcomes.models,
        )
        found = evaluate(log, asked[rows]).reward
        for j, each in enumerate((found.ips, found.snips, found.dr)):
            hits[j] += each.low <= truth <= each.high
            widths[j] += each.high - each.low
            errors[j] += each.value - truth
    # 0.95 +- 4 standard errors of 300 draws is [0.90, 1.00]; a bias would be a fifth of a half width or more
    assert (hits / SEEDS >= 0.90).all(), hits / SEEDS
    assert (np.abs(errors) < 0.1 * widths).all()
    assert widths[2] < widths[1] < widths[0]  # what the outcome model, and the weights' mean, are worth


def test_the_naive_mean_misses_where_the_log_was_choosy() -> None:
    """What the estimates are for: b is only called where it fails."""
    random = np.random.default_rng(0)
    hard = random.random(4000) < 0.5
    chance_b = np.where(hard, 0.9, 0.1)
    is_b = random.random(4000) < chance_b
    reward = np.where(is_b, np.where(hard, 0.2, 1.0), 0.5)
    log = Log.of(
        model=["b" if each else "a" for each in is_b],
        reward=reward,
        propensity=np.where(is_b, chance_b, 1.0 - chance_b),
        context=np.column_stack([hard, ~hard]),
    )
    assert reward[is_b].mean() < 0.35
    found = evaluate(log, "always:b").reward
    for estimate in (found.ips, found.snips, found.dr):
        assert estimate.low < 0.6 < estimate.high
        assert estimate.low > 0.5


def test_targets(small: Log) -> None:
    assert chances(small, "uniform").tolist() == [[0.5, 0.5]] * 4
    assert chances(small, "always:b").tolist() == [[0.0, 1.0]] * 4
    assert chances(small, lambda context, names: names[len(context) > 3]).tolist() == [
        [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0],
    ]  # fmt: skip
    assert chances(small, lambda *_: {"a": 0.25, "b": 0.75}).tolist() == [[0.25, 0.75]] * 4


def test_a_router_is_asked_for_its_best_estimate_and_changes_nothing() -> None:
    router = Router([Model("a", 1e-6, 1e-6), Model("b", 1e-5, 1e-5)], dim=2)
    for x, model, reward in (([1.0, 0.0], "a", 0.3), ([1.0, 0.0], "b", 0.9), ([0.0, 1.0], "a", 0.9)):
        decision = router.decide(x)
        while decision.model != model:
            router.release(decision.id)
            router.feedback(decision.id, 0.0)
            decision = router.decide(x)
        router.settle(decision.id, 1e-4)
        router.feedback(decision.id, reward)
    before = router.estimate([1.0, 1.0])
    log = Log.of(
        model=["a", "a"],
        reward=[0.0, 1.0],
        propensity=[0.5, 0.5],
        context=[[1.0, 0.0], [0.0, 1.0]],
        models="ab",
    )
    assert chances(log, router).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert chances(log, greedy(router, price=1e6)).tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert router.estimate([1.0, 1.0]) == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("always:c", "target must be uniform or always:<model> with one of a, b, got 'always:c'"),
        ("best", "got 'best'"),
        (np.ones((4, 3)), r"target must have shape \(4, 2\), got \(4, 3\)"),
        (np.ones((4, 2)), "target must hold chances >= 0 that sum to 1, got .* in row 0"),
        (np.tile([1.5, -0.5], (4, 1)), "target must hold chances >= 0"),
        (np.full((4, 2), np.nan), "target must hold chances >= 0"),
        (lambda *_: "c", "target must choose among a, b, got 'c' in row 0"),
        (lambda *_: {"a": 0.5}, "target must give chances >= 0 that sum to 1"),
    ],
)
def test_a_target_that_is_none_is_refused(small: Log, target: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(small, target)  # type: ignore[arg-type]


def warnings_of(log: Log, target: object) -> str:
    return " | ".join(evaluate(log, target).warnings)  # type: ignore[arg-type]


def test_what_there_is_to_be_careful_about(small: Log) -> None:
    assert "worth 1 to this policy, fewer than 100" in warnings_of(small, "always:b")
    assert "one decision has 100 % of the weight" in warnings_of(small, "always:b")
    assert "candidates" not in warnings_of(small, "always:b")


def test_a_log_without_chance_says_so() -> None:
    sure = Log.of(model=["a"] * 200, reward=np.linspace(0, 1, 200), propensity=np.ones(200), models="ab")
    found = evaluate(sure, "always:b")
    text = " | ".join(found.warnings)
    assert "no logged decision is one that the policy would make" in text
    assert "100.0 % of the policy's choices had no chance in the log" in text
    assert "candidates were not logged" in text
    assert math.isnan(found.reward.snips.value)
    assert found.unsupported == 1.0
    assert evaluate(sure, "always:a").unsupported == 0.0


def test_propensities_that_are_not_what_they_say_are_noticed() -> None:
    random = np.random.default_rng(0)
    model = ["a" if each else "b" for each in random.random(2000) < 0.5]
    columns = {"model": model, "reward": random.random(2000), "candidates": [["a", "b"]] * 2000}
    honest = Log.of(**columns, propensity=np.full(2000, 0.5))
    lying = Log.of(**columns, propensity=np.full(2000, 0.8))
    assert warnings_of(honest, "always:a") == ""
    assert "propensities are not what they say" in warnings_of(lying, "always:a")
