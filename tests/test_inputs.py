"""How many tokens a call reads, where its prompt was not counted: by hand, by its twin, by what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from pilotage import Budget, BudgetExhausted, Model, Router
from tests.reference import Inputs

READER = Model(
    "reader", 1e-5, 0.0, expected_output_tokens=10
)  # a cent for 1,000 tokens read, nothing written


def router(budget: Budget | None = None, **keywords) -> Router:
    return Router([READER], budget, **{"encoder": lambda text: [1.0, float(len(text))], **keywords})


def read(subject: Router, prompt: str) -> tuple[float, float]:
    """Tokens that a call is expected to read, and those that are paid for."""
    decision = subject.decide(prompt, max_tokens=1)
    subject.release(decision.id)
    expected = subject.estimate(prompt)["reader"][2]
    assert decision.expected_cost == pytest.approx(expected, abs=1e-9)
    assert subject.decide_many([prompt], max_tokens=1)[0].expected_cost == decision.expected_cost
    return expected / 1e-5, decision.reserved / 1e-5


def test_by_hand() -> None:
    subject = router()
    assert read(subject, "x" * 1024) == (256.0, 256.0)
    subject.settle(subject.decide("x" * 1024).id, tokens=(1156, 0))
    # 900 more than was estimated, and two calls before that read what was
    assert read(subject, "x" * 1024) == pytest.approx((556.0, 1156.0))
    assert read(subject, "x" * 400) == pytest.approx((400.0, 1000.0))


def test_counts_are_believed_and_costs_tell_nothing_of_them() -> None:
    subject = router()
    subject.settle(subject.decide("x", input_tokens=1).id, tokens=(1000, 0))
    subject.settle(subject.decide("x" * 1024).id, cost=0.5)
    assert read(subject, "x" * 1024) == (256.0, 256.0)
    subject.settle(subject.decide("x" * 1024).id, tokens=(1024, 0))
    assert subject.decide("x", input_tokens=100).expected_cost == 0.001
    fixed = router(learn_costs=False)
    fixed.settle(fixed.decide("x" * 1024).id, tokens=(1024, 0))
    assert read(fixed, "x" * 1024) == (256.0, 256.0)


def test_a_call_is_never_expected_below_its_estimate() -> None:
    subject = router()
    for _ in range(100):
        subject.settle(subject.decide("x" * 1024).id, tokens=(0, 0))
    assert read(subject, "x" * 1024) == (256.0, 256.0)


@pytest.mark.parametrize("seed", range(3))
def test_estimates_equal_their_specification(seed: int) -> None:
    random = np.random.default_rng(seed)
    subject, twin = router(), Inputs()
    for i in range(300):
        length = int(random.integers(1, 4000))
        estimate = -(-length // 4)
        system, share = (0, 1.2) if i < 150 else (1000, 1.0)
        tokens = int(system + share * estimate * random.uniform(0.8, 1.2))
        subject.settle(subject.decide("x" * length).id, tokens=(tokens, 0))
        twin.add(estimate, tokens)
        found = read(subject, "x" * 400)
        assert found == pytest.approx(twin.of(100.0), abs=2e-4)  # whole nano-dollars


def test_a_system_prompt_is_learned() -> None:
    subject, random = router(), np.random.default_rng(0)
    for _ in range(100):
        length = int(random.integers(256, 512))
        subject.settle(subject.decide("x" * length).id, tokens=(1000 + length // 4, 0))
    for length in (256, 384, 512):
        expected, high = read(subject, "x" * length)
        assert expected == pytest.approx(1000 + length / 4, rel=0.05)
        assert high == pytest.approx(1000 + length / 4, rel=0.05)


def test_a_hard_limit_holds_with_calls_under_way_once_settlements_told_what_they_read() -> None:
    subject, random = router(Budget(20.0)), np.random.default_rng(1)
    for _ in range(64):
        length = int(random.integers(256, 512))
        subject.settle(subject.decide("x" * length).id, tokens=(1000 + length // 4, 0))
    calls: list[tuple[int, int]] = []
    refused = False
    while not refused:
        length = int(random.integers(256, 512))
        try:
            calls.append((subject.decide("x" * length).id, 1000 + length // 4))
        except BudgetExhausted:
            refused = True
    for id, tokens in calls:
        subject.settle(id, tokens=(tokens, 0))
    assert 19.0 < subject.budget.settled <= 20.0


@pytest.mark.parametrize("odd", ["ok", "x" * 40_000])
def test_one_odd_call_refuses_nobody(odd: str) -> None:
    subject, random = router(Budget(10.0)), np.random.default_rng(2)
    for i in range(100):
        prompt = odd if i == 60 else "x" * 4 * int(random.integers(25, 400))
        tokens = 400_000 if i == 60 else len(prompt) // 4 + 100
        subject.settle(subject.decide(prompt).id, tokens=(tokens, 0))
    for length in (25, 100, 400):
        assert read(subject, "x" * 4 * length) == pytest.approx((length + 100.0,) * 2)
    left = subject.budget.remaining or 0.0
    for _ in range(int(left / 0.002)):
        subject.settle(subject.decide("x" * 400).id, tokens=(200, 0))
    with pytest.raises(BudgetExhausted) as refused:
        subject.decide("x" * 400)
    assert refused.value.needed == pytest.approx(0.002)


def test_what_others_read_is_not_taken_off_a_bill_that_does_not_hold_it() -> None:
    """One caller sends a long conversation and tells the counts, another its prompts, and costs alone."""
    model = Model("m", 1e-6, 4e-6, expected_output_tokens=200)
    random = np.random.default_rng(3)
    subject = Router([model], encoder=lambda text: [1.0])
    for _ in range(300):
        written = int(random.integers(150, 250))
        subject.settle(subject.decide("x" * 400).id, tokens=(5100, written))
        written = int(random.integers(150, 250))
        subject.settle(subject.decide("x" * 400).id, cost=100e-6 + written * 4e-6)
    calibration = subject.costs["m"]
    # on average every other call reads 5,000 tokens more; what they write is learned of both
    assert subject.estimate("x" * 400, input_tokens=100)["m"][2] == pytest.approx(
        100e-6 + 200 * 4e-6, rel=0.1
    )
    assert calibration.settled == 600


def test_absurd_counts_are_charged_and_not_learned_from() -> None:
    subject = Router([Model("free", 0.0, 0.0)], encoder=lambda text: [1.0])
    for tokens in (1e300, 1e12):
        assert subject.settle(subject.decide("x").id, tokens=(tokens, 0)) == "applied"
    subject.set_prices("free", 1e-5, 0.0)
    assert subject.decide("x").expected_cost == 1e-5


def test_a_tokenizer_counts_where_nobody_else_did() -> None:
    subject = router(tokenizer=lambda text: len(text.split()))
    prompt = "to be or not to be"
    assert subject.decide(prompt).expected_cost == pytest.approx(6e-5)
    assert subject.decide_many([prompt])[0].expected_cost == pytest.approx(6e-5)
    assert subject.plan([prompt], 1.0).cost == pytest.approx(6e-5)
    assert subject.adopt(prompt, "reader").expected_cost == pytest.approx(6e-5)
    assert subject.decide(prompt, input_tokens=9).expected_cost == pytest.approx(9e-5)


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        (
            {"tokenizer": 3},
            TypeError,
            "tokenizer must be a function from a text to its tokens, or None, got 3",
        ),
        (
            {"tokenizer": len, "dim": 2, "encoder": None},
            ValueError,
            "tokenizer must be None when dim is given",
        ),
    ],
)
def test_refused_tokenizers(keywords, error, message) -> None:
    with pytest.raises(error, match=message):
        router(**keywords)


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        ([1, 2], TypeError, r"what tokenizer returns must be a number, got \[1, 2\]"),
        (-1, ValueError, "what tokenizer returns must be finite and >= 0, got -1"),
        (float("nan"), ValueError, "what tokenizer returns must be finite and >= 0, got nan"),
    ],
)
def test_what_a_tokenizer_returns_is_checked(tokens, error, message) -> None:
    subject = router(tokenizer=lambda text: tokens)
    for call in (
        lambda: subject.decide("x"),
        lambda: subject.decide_many(["x"]),
        lambda: subject.plan(["x"], 1),
    ):
        with pytest.raises(error, match=message):
            call()
