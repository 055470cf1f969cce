"""A log of four decisions whose estimates can be worked out by hand."""

from __future__ import annotations

import pytest

from pilotage.ope import Log


@pytest.fixture
def small() -> Log:
    """Two models drawn with chances 0.8 and 0.2."""
    return Log.of(
        model=["a", "a", "a", "b"],
        reward=[1.0, 0.0, 0.5, 1.0],
        propensity=[0.8, 0.8, 0.8, 0.2],
        candidates=[{"a", "b"}] * 4,
        cost=[1e-4, 1e-4, 2e-4, 1e-3],
        context=["one", "two", "three", 'é "four"\nlines'],
    )
