"""The terminal table: what it says, in which order, and that it fits."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pilotage.replay.outcomes import Outcomes
from pilotage.replay.report import style
from pilotage.replay.report.table import percent, print_table, sign, signed
from pilotage.replay.runs import UNSERVED, Reference, Replay, Run, Split
from pilotage.replay.summary import Interval

pytest.importorskip("rich")
from rich.console import Console

MakeReplay = Callable[..., Replay]


def printed(replay: Replay, width: int = 80) -> str:
    file = io.StringIO()
    print_table(replay, Console(file=file, width=width))
    return file.getvalue()


def by_hand() -> Replay:
    """Two deployment prompts: `large` earns 1 and costs $4, `small` earns 0.5 and costs $1."""
    outcomes = Outcomes(
        name="hand",
        prompts=("a", "b"),
        models=("lab/small", "lab/large"),
        reward=np.array([[0.5, 1.0], [0.5, 1.0]]),
        cost=np.array([[1.0, 4.0], [1.0, 4.0]]),
        row=np.arange(2),
        input_tokens=np.ones(2, dtype=np.int64),
        tokens_recorded=True,
    )
    none = np.array([], dtype=np.int64)
    runs = tuple(
        Run(policy, seed, 0.5, 2.0, none, np.array(deployed), np.ones(2))
        for policy, deployed in (("pilot", [0, UNSERVED]), ("pilotage", [0, 0]))
        for seed in (0, 1)
    )
    references = tuple(Reference(seed, 0.5, 2.0, 0.6, 0.45, 1.0, "lab/large", 1.0, 4.0) for seed in (0, 1))
    splits = {seed: Split(none, none, np.array([0, 1])) for seed in (0, 1)}
    return Replay(outcomes, splits, runs, references, settings={})


def test_rows_by_hand() -> None:
    lines = [" ".join(line.split()) for line in printed(by_hand()).splitlines()]
    # pilotage earns 0.5 of 1, at $1 of $4; pilot serves one of two, earns 0.25 at $0.5: as `small` does.
    best = "pilotage 0.500 ±0.000 50.0 25.0 0 100.0 -0.100 ±0.000* +0.050 ±0.000*"
    other = "pilot 0.250 ±0.000 25.0 12.5 0 50.0 -0.350 ±0.000* -0.200 ±0.000*"
    assert lines.index(best) < lines.index(other)
    # Envelope and skyline stand at the whole budget, half of the best model's cost.
    assert "envelope 0.600 60.0 50.0" in lines
    assert "skyline 0.450 45.0 50.0" in lines
    assert "best: large 1.000 100.0 100.0" in lines
    assert "Budget: 50 % of the best model's cost" in lines


def test_money_saved_by_hand() -> None:
    # `large` once, for $4: 0.5 of the reward for $2 a request, which `small` earns for $1
    replay = by_hand()
    runs = tuple(replace(run, deployed=np.array([1, UNSERVED])) for run in replay.runs)
    lines = [" ".join(line.split()) for line in printed(replace(replay, runs=runs)).splitlines()]
    assert "pilotage 0.500 ±0.000 50.0 50.0 -100* 50.0 -0.100 ±0.000* +0.050 ±0.000*" in lines
    dear = replace(replay.outcomes, cost=replay.outcomes.cost * (1.0, 100.0))
    assert "<-999*" in printed(replace(replay, runs=runs, outcomes=dear))


def test_one_table_per_budget_from_small_to_large(make_replay: MakeReplay) -> None:
    text = printed(make_replay(fractions=(0.5, 0.1)))
    assert text.index("Budget: 10 %") < text.index("Budget: 50 %")
    assert text.count("oracle") == 2


def test_ceilings_are_in_dollars(make_replay: MakeReplay) -> None:
    assert "Budget: $0.000230 per request" in printed(make_replay(ceilings=(2.3e-4,)))


def test_a_ceiling_survives_its_mean_over_seeds(make_replay: MakeReplay) -> None:
    # The mean of three times 2.3e-4 is not 2.3e-4, in floating point.
    assert np.mean([2.3e-4] * 3) != 2.3e-4
    assert "pilotage" in printed(make_replay(ceilings=(2.3e-4,), seeds=3))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_console(make_replay: MakeReplay, width: int) -> None:
    names = [f"organisation/a-very-long-model-name-number-{i}" for i in range(14)]
    text = printed(make_replay(models=names), width)
    assert max(map(len, text.splitlines())) <= width
    # Names give way, figures never do: 18 policies, 3 budgets, and no figure ends in an ellipsis.
    rows = [line for line in text.splitlines() if "±" in line and "interval" not in line]
    assert len(rows) == 18 * 3
    assert all("…" not in line.split("±")[1] for line in rows)


def test_one_seed_shows_means_without_intervals(make_replay: MakeReplay) -> None:
    rows = [line for line in printed(make_replay(seeds=1)).splitlines() if line.startswith("pilotage")]
    assert len(rows) == 3
    assert all("±" not in row and "*" not in row and "nan" not in row for row in rows)


def test_names_are_no_markup(make_replay: MakeReplay) -> None:
    text = printed(make_replay(models=("lab/[red]x", "y"), name="[bold]data"), 100)
    assert "[bold]data" in text
    assert "always:[red]x" in text


def test_without_a_terminal_the_text_is_plain(
    make_replay: MakeReplay, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(make_replay())
    text = capsys.readouterr().out
    assert "pilotage" in text
    assert "\x1b" not in text


def test_without_rich_the_message_says_what_to_install(
    make_replay: MakeReplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ImportError, match=r'tables need rich: pip install "pilotage\[replay\]"'):
        print_table(make_replay())


@pytest.mark.parametrize(
    ("mean", "half_width", "expected"),
    [(0.2, 0.1, "+"), (-0.2, 0.1, "-"), (0.1, 0.2, ""), (-0.1, 0.1, ""), (0.3, math.nan, "")],
)
def test_a_sign_needs_an_interval_that_excludes_zero(mean: float, half_width: float, expected: str) -> None:
    assert sign(Interval(mean, half_width)) == expected


def test_differences_carry_their_sign() -> None:
    assert signed(Interval(0.012, 0.001)) == "+0.012 ±0.001"
    assert signed(Interval(-0.01, math.nan)) == "-0.010"
    assert signed(Interval(math.nan, math.nan)) == "-"
    assert signed(Interval(-0.0001, 0.001)) == "+0.000 ±0.001"
    assert percent(-1e-9) == "0.0 %"


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.000233, "$0.000233"), (12.5, "$12.5"), (0.0, "$0"), (1234.0, "$1,234"), (-0.5, "-$0.500")],
)
def test_dollars(amount: float, text: str) -> None:
    assert style.usd(amount) == text


def test_short_names_stay_unique() -> None:
    assert style.short_names(["a/x", "b/x", "c/y", "z"]) == ["a/x", "b/x", "y", "z"]


def test_shortening_keeps_both_ends() -> None:
    assert style.shorten("mistral-v0.1", 9) == "mist…v0.1"
    assert style.shorten("short", 9) == "short"


def test_policies_look_different_and_keep_their_look() -> None:
    alone = style.looks(["pilot", "other"])
    together = style.looks(["pilotage", "linucb", "pilot+zcl", "pilot", *map(str, range(40))])
    assert alone["pilot"] == together["pilot"]
    assert len({(look.colour, look.marker) for look in together.values()}) == 44
