"""The results page is what its figures say, of the data that is here."""

from __future__ import annotations

import json

import pytest

from benchmarks.results.page import PAGE, RESULTS, render
from benchmarks.results.run import checksum
from benchmarks.results.studies import ROOT, STUDIES

FOUND = json.loads(RESULTS.read_text("utf-8"))


def test_the_page_was_written_from_the_figures_and_not_by_hand() -> None:
    assert PAGE.read_text("utf-8") == render(FOUND)


def test_every_study_was_played() -> None:
    assert [study["title"] for study in FOUND["studies"]] == [study.title for study in STUDIES]


@pytest.mark.parametrize("study", FOUND["studies"], ids=lambda study: study["title"])
def test_the_data_is_the_data_that_was_played(study: dict) -> None:
    assert checksum(ROOT / study["data"]) == study["sha256"]
