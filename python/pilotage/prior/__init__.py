"""What preferences teach before the first request: a projection, and where each model starts."""

from __future__ import annotations

from pilotage.prior.preferences import Preferences
from pilotage.prior.prior import Prior
from pilotage.prior.reading import read_preferences

__all__ = ["Preferences", "Prior", "read_preferences"]
