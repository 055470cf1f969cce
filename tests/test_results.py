"""The results page is what its figures say, of the data that is here."""

from __future__ import annotations

import json

import pytest

from benchmarks.results.page import PAGE, RESULTS, render
from benchmarks.results.run import AGAIN, checksum, play_again
from benchmarks.results.studies import BUDGETS, PACKAGED, ROOT, STUDIES, Study

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_study_was_played() -> None:
    assert [study["title"] for study in FOUND["studies"]] == [study.title for study in STUDIES]


@pytest.mark.parametrize("study", FOUND["studies"], ids=lambda study: study["title"])
def test_the_data_is_the_data_that_was_played(study: dict) -> None:
    assert checksum(ROOT / study["data"]) == study["sha256"]


@pytest.mark.parametrize(
    "study", [each for each in STUDIES if each.path.parent == PACKAGED], ids=lambda study: study.title
)
def test_what_is_played_today_is_what_stands_there(study: Study) -> None:
    """A change of the package that moves a decision needs `make results`."""
    (kept,) = (each["again"] for each in FOUND["studies"] if each["title"] == study.title)
    assert len(kept) == AGAIN * len(study.ceilings or BUDGETS)
    for now, then in zip(play_again(study), kept, strict=True):
        assert now == pytest.approx(then, rel=1e-12)  # sums may round otherwise on another machine
