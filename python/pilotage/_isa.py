"""Which instruction set the core's kernels use: the best that this machine runs, or PILOTAGE_CPU."""

from __future__ import annotations

import os

from pilotage import _core

if _chosen := os.environ.get("PILOTAGE_CPU"):
    try:
        _core.choose_isa(_chosen)
    except ValueError as error:
        raise ImportError(f"PILOTAGE_CPU: {error}") from None

isa: str = _core.isa()
