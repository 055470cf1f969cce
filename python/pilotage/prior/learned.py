"""What a setting learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.arrays import Floats
from pilotage.projection import Projection


@dataclass(frozen=True)
class Learned:
    """The numbers of a `Prior`, as named there, with what there is to say about them."""

    projection: Projection
    precision: Floats
    b: Floats
    pool: Floats
    pool_precision: Floats
    metrics: Mapping[str, Any]
