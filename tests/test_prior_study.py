"""The page of the study of priors is what its figures say."""

from __future__ import annotations

import json

from benchmarks.prior.page import BLIND, PAGE, RESULTS, render

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_method_was_judged_on_the_same_splits() -> None:
    methods = FOUND["accuracy"]
    assert BLIND in methods
    assert len({len(rows) for rows in methods.values()}) == 1
    assert len({len(scenario["seeds"]) for scenario in FOUND["mismatch"]["scenarios"]}) == 1
    assert all(row["largest_error"] < 1e-7 for row in FOUND["fold"])
