"""The page of the roofline is what its figures say; its formulas, by hand; its verdicts can fail."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from benchmarks.latency.run import SIZES as MEASURED
from benchmarks.roofline import goals as set_goals
from benchmarks.roofline.goals import SIZES, goals
from benchmarks.roofline.needs import (
    OURS,
    Ceilings,
    Need,
    bound,
    decide,
    feedback,
    resident,
    strips,
    strips_of_precision,
    tiled,
)
from benchmarks.roofline.page import CALLS, PAGE, PICTURE, RESULTS, render, rows
from benchmarks.roofline.picture import digest, draw

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_the_picture_is_of_the_figures() -> None:
    assert digest(FOUND) in PICTURE.read_text("utf-8")


def test_a_picture_shows_every_call_of_ours(tmp_path) -> None:
    path = tmp_path / "roofline.svg"
    found = changed(lambda found: found["sizes"].pop())
    draw(found, path)
    drawn = path.read_text("utf-8")
    assert digest(found) in drawn
    assert digest(FOUND) not in drawn
    assert drawn.count(">384, 3<") == len(CALLS)
    assert ">384, 11<" not in drawn


def test_every_size_was_measured() -> None:
    assert SIZES == MEASURED
    for measured in ("sizes", "unlimited", "beside"):
        assert [(size["d"], size["K"]) for size in FOUND[measured]] == list(SIZES)
    ours = [row for row in rows(FOUND) if row.need.way == OURS]
    assert [(row.call, row.d, row.K) for row in ours] == [(call, d, K) for call in CALLS for d, K in SIZES]
    assert all(row.measured is not None and row.measured > 0.0 for row in ours)


# d = 16, K = 2: one strip, tiles of 8 columns x 16 rows, of which the second begins at row 8.
def test_needs_by_hand() -> None:
    assert strips(16) == 1
    assert tiled(16) == 8 * 16 + 8 * 16
    whole, halves, ours = decide(16, 2)
    assert whole.bytes == 8 * 2 * (16 * 16 + 16)  # A^-1 and theta
    assert whole.float64 == 2 * (2 * 16 * 16 + 2 * 16) + 2 * 2 * 16  # A^-1 x, x'(A^-1 x), theta' x
    assert halves.bytes == 8 * 2 * (136 + 16)
    assert ours.bytes == 2 * 2 * (256 + 16) + 8 * 2 * 2 * 16  # tiles, one term; theta, diagonal
    assert (ours.float64, ours.int16) == (2 * 2 * 2 * 16, 2 * 2 * (256 + 16))
    whole, halves, ours = feedback(16, "v4")
    assert whole.bytes == 5 * 8 * 16 * 16
    assert halves.bytes == 5 * 8 * 136
    # A^-1, all of both matrices written, A^-1 read twice for the mirror and the mirror written, two terms
    assert ours.bytes == 8 * 136 + 4 * 8 * 136 + (2 * 8 + 2) * 136 + 8 * 2 * 16
    # In two parts: all read, a strip read, written in full, searched, read again, and written; and one of A
    parts = (2 + 4) * tiled(384)
    half = 384 * 385 // 2
    strip = (2 * parts + 3 * 8 * half) / 8 + 2 * 8 * half / 12
    assert feedback(384, "v4")[-1].bytes == pytest.approx(parts + strip + 8 * 20 * 384)
    assert feedback(384, "v3")[-1].bytes > feedback(384, "v4")[-1].bytes


def test_strips_and_tiles_are_those_of_the_core() -> None:
    assert [strips(d) for d in (8, 64, 255, 256, 384, 4096)] == [1, 2, 7, 8, 8, 8]
    assert [strips_of_precision(d) for d in (8, 64, 239, 240, 384, 4096)] == [1, 3, 11, 12, 12, 12]
    assert tiled(384) == sum(8 * int(np.ceil((384 - j) / 16)) * 16 for j in range(0, 384, 8))
    assert tiled(384) >= 384 * 383 / 2


def test_what_must_stay_in_a_cache_depends_on_what_comes_between() -> None:
    ours = decide(64, 11)[-1].bytes
    both = ours + feedback(64, "v4")[-1].bytes
    assert resident("decide", -1, 64, 11, "v4") == resident("feedback", -1, 64, 11, "v4") == both
    assert resident("decide_many", -1, 64, 11, "v4") == ours / 11


def test_bounds_by_hand() -> None:
    ceilings = Ceilings([(1e3, 100.0), (1e5, 1.0)], float64=10.0, int16=40.0)
    assert ceilings.bandwidth(10.0) == 100.0
    assert ceilings.bandwidth(1e4) == pytest.approx(10.0)
    assert ceilings.bandwidth(1e9) == 1.0
    need = Need("", bytes=5e4, float64=1e4, int16=8e4)
    assert bound(need, ceilings, 1e3) == pytest.approx((0.5, 3.0))
    assert bound(need, ceilings, 1e3).by == "arithmetic"
    assert bound(need, ceilings, 1e5).least == pytest.approx(50.0)
    assert bound(need, ceilings, 1e5).by == "memory"


def test_ceilings_are_the_best_of_all_instruction_sets() -> None:
    def isa(float64: float, int16: float, peak: float) -> dict[str, Any]:
        return {
            "float64": [[1024, float64]],
            "int16": [[1024, int16]],
            "peak": {"float64": peak, "int16": 4 * peak},
        }

    found = {"isas": {"v3": isa(10.0, 30.0, 5.0), "v4": isa(20.0, 15.0, 4.0)}}
    assert Ceilings.of(found) == ([(1024, 30.0)], 5.0, 20.0)


def test_closer_bounds_rule_out_more_models_and_none_the_best() -> None:
    for size in FOUND["unlimited"]:
        shares = list(size["ruled_out"].values())
        assert shares == sorted(shares, reverse=True)
        assert 0.0 <= shares[-1] <= shares[0] <= 1.0 - 1.0 / size["K"] + 1e-9


def changed(change) -> dict[str, Any]:
    found = copy.deepcopy(FOUND)
    change(found)
    return found


def all_met(found: dict[str, Any]) -> None:
    for i, size in enumerate(found["sizes"]):
        just = {"decide": set_goals.DECIDE[i], "feedback": set_goals.FEEDBACK[i], "decide_many": 20.0}
        size["router"] |= just
        found["unlimited"][i] |= just
        size["busy"]["decide"] |= {"median": 1.0, "p99": set_goals.TAIL}
        size["busy"]["rewards_a_second"] = set_goals.RATE
    for size in found["beside"]:
        times = {"pilotage": 1.0, "numba": 1.0, "paretobandit": set_goals.PARETO[size["d"], size["K"]]}
        for side, calls in size["sides"].items():
            for figures in calls.values():
                figures["median"] = times[side]
    found |= {"text": 20.0, "import": 20.0, "wheel": 10.0}


def _slow(found: dict[str, Any], call: str) -> None:
    found["sizes"][3]["router"][call] *= 1.01


def _slow_unlimited(found: dict[str, Any]) -> None:
    found["unlimited"][3]["decide"] *= 1.01


def _late(found: dict[str, Any]) -> None:
    found["sizes"][0]["busy"]["decide"]["p99"] += 0.01


def _heavy(found: dict[str, Any]) -> None:
    found["wheel"] += 0.01


def _outrun(found: dict[str, Any], side: str, call: str) -> None:
    found["beside"][3]["sides"][side][call]["median"] *= 0.99


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: _slow(found, "decide"),
        _slow_unlimited,
        lambda found: _slow(found, "feedback"),
        lambda found: _slow(found, "decide_many"),
        _late,
        _heavy,
        lambda found: _outrun(found, "numba", "cycle"),
        lambda found: _outrun(found, "paretobandit", "decide"),
    ],
)
def test_a_goal_missed_by_a_little_is_not_met(spoil) -> None:
    found = changed(all_met)
    assert all(goal.met for goal in goals(found))
    assert "**not met**" not in render(found)
    assert "All are met." in render(found)
    spoil(found)
    assert render(found).count("**not met**") == 1
    assert "All are met." not in render(found)


def test_a_tail_beside_fewer_rewards_is_no_goal() -> None:
    found = changed(all_met)
    found["sizes"][1]["busy"] |= {"rewards_a_second": set_goals.RATE - 1.0}
    tails = [goal.size for goal in goals(found) if goal.call == set_goals.TAILS]
    assert tails == [size for size in SIZES if size != SIZES[1]]


def test_what_more_models_in_play_cost_is_computed() -> None:
    found = changed(_slow_unlimited)
    found["sizes"][3]["router"]["decide"] = 30.0
    found["unlimited"][3]["decide"] = 37.5
    assert "it is 7.5 us more than under a budget, where 16 bits leave fewer models open." in render(found)


def test_a_reason_is_computed() -> None:
    found = changed(lambda found: _slow(found, "decide"))
    slowest = found["sizes"][3]
    slowest["core"]["decide"]["median"] = 1e3
    slowest["router"]["decide"] = 1_001.0
    reasons = render(found).partition("## What bounds")[2].partition("\n## ")[0]
    (reason,) = (line for line in reasons.splitlines() if line.startswith("- **decide at d = 384, K = 11.**"))
    assert reason.endswith("; from C++ it is 1000.0 us, in another run.")
    for isa in found["ceilings"]["isas"].values():
        isa["int16"] = isa["float64"] = [[size, 1e9] for size, _ in isa["float64"]]
    assert "most of the 1001.0 us is neither" in render(found)
