"""The sides of the roofline's contest believe alike after it, at a small size."""

from __future__ import annotations

import pytest

from benchmarks.roofline import beside


def test_all_sides_are_timed_and_believe_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "TAUGHT", 200)
    monkeypatch.setattr(beside, "TURN", 20)
    monkeypatch.setattr(beside, "TURNS", 2)
    monkeypatch.setattr(beside, "CHECKED", 30)
    found = beside.beside(8, 3)
    assert {"pilotage", "numba"} <= set(found)
    assert list(found["pilotage"]) == ["decide", "settle", "feedback", "cycle"]
    assert list(found["numba"]) == ["decide", "feedback", "cycle"]
    for calls in found.values():
        for figures in calls.values():
            assert 0.0 < figures["median"] <= figures["p99"] <= figures["p99.9"]
