"""What a call needs, by formula: bytes moved, operations, and what bounds it under a machine's ceilings.

A multiplication and an addition are two operations. Bytes are what a call must move between the core and a
cache or memory: what is read, and what is written after it was read, twice. Elements of a matrix alone and
the vectors that go with them; ids, money and the lock are not counted.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp, log
from typing import Any, NamedTuple

DOUBLE, WHOLE, LOW = 8, 2, 4  # bytes of a float64, of a whole number in 16 bits, of 32 bits more
TILE_COLUMNS, TILE_ROWS = 8, 16  # cpp/include/pilotage/kernels.hpp
SPLIT_FROM, SPLITTING = 192, ("v4",)  # cpp/include/pilotage/striped_matrix.hpp, and whose kernels split


class Need(NamedTuple):
    """Of one call."""

    way: str
    bytes: float
    float64: float  # operations
    int16: float

    @property
    def operations(self) -> float:
        return self.float64 + self.int16


WHOLE_MATRICES, HALVES, OURS = "float64, whole matrices", "float64, lower halves", "pilotage"


def strips(d: int) -> int:
    """Strips of A^-1, of which a reward writes one: cpp/src/striped_matrix.cpp."""
    return min(max(d // 32, 1), 8)


def strips_of_precision(d: int) -> int:
    """And of A, which is seldom read."""
    return min(max(d // 20, 1), 12)


def tiled(d: int) -> int:
    """Whole numbers of a mirror: the lower triangle in tiles, their padding included."""
    return sum(TILE_COLUMNS * -(-(d - j) // TILE_ROWS) * TILE_ROWS for j in range(0, d, TILE_COLUMNS))


def decide(d: int, K: int) -> list[Need]:
    """theta' x and x' A^-1 x of K models."""
    means = 2 * K * d
    half = d * (d + 1) // 2
    vectors = K * 2 * d  # theta, and the diagonal of A^-1
    whole = K * (tiled(d) + strips(d) * d)  # and the latest terms, which the strips lack
    return [
        Need(WHOLE_MATRICES, DOUBLE * K * (d * d + d), 2 * K * d * (d + 1) + means, 0),
        Need(HALVES, DOUBLE * K * (half + d), 2 * K * half + means, 0),
        Need(OURS, WHOLE * whole + DOUBLE * vectors, 2 * vectors, 2 * whole),
    ]


def feedback(d: int, kernels: str) -> list[Need]:
    """A^-1 x, and rank-one terms added to A and to A^-1."""
    half = d * (d + 1) // 2
    n, kept = strips(d), strips_of_precision(d)
    if d >= SPLIT_FROM and kernels in SPLITTING:
        # A strip is widened, searched for its largest element, and narrowed again.
        parts = (WHOLE + LOW) * tiled(d)
        read, written = parts, (2 * parts + 3 * DOUBLE * half) / n
    else:
        # Of A^-1 a strip, its largest element, and its mirror.
        read, written = DOUBLE * half, (2 * DOUBLE + 2 * DOUBLE + WHOLE) * half / n
    written += 2 * DOUBLE * half / kept
    terms = (n + kept) * d
    return [
        Need(WHOLE_MATRICES, DOUBLE * (d * d + 2 * 2 * d * d), 2 * 3 * d * d, 0),
        Need(HALVES, DOUBLE * (half + 2 * 2 * half), 4 * half + 2 * 2 * half, 0),
        # A strip takes n terms at once, so that the operations are those of the halves.
        Need(OURS, read + written + DOUBLE * terms, 4 * half + 2 * 2 * half + 2 * terms, 0),
    ]


def resident(call: str, way: int, d: int, K: int, kernels: str) -> float:
    """Bytes that are passed through before the same are needed again: a cache must hold them to be of use.

    A batch is weighed a model after the other; decisions and rewards in turn pass through what both need.
    """
    if call == "decide_many":
        return decide(d, K)[way].bytes / K
    return decide(d, K)[way].bytes + feedback(d, kernels)[way].bytes


class Ceilings(NamedTuple):
    """The best of every instruction set that the machine has."""

    reads: list[tuple[float, float]]  # bytes, GB/s
    float64: float  # operations a nanosecond
    int16: float

    @staticmethod
    def of(found: dict[str, Any]) -> Ceilings:
        """found: what `pilotage_ceilings` printed."""
        isas = found["isas"].values()
        sizes = [size for size, _ in next(iter(isas))["float64"]]
        reads = [
            (size, max(isa[kind][i][1] for isa in isas for kind in ("float64", "int16")))
            for i, size in enumerate(sizes)
        ]
        peaks = {kind: max(isa["peak"][kind] for isa in isas) for kind in ("float64", "int16")}
        return Ceilings(reads, **peaks)

    def bandwidth(self, size: float) -> float:
        """GB/s where so many bytes are read over and over; between the sizes that were measured, in logs."""
        if size <= self.reads[0][0]:
            return self.reads[0][1]
        for (below, slow), (above, fast) in pairwise(self.reads):
            if size <= above:
                share = log(size / below) / log(above / below)
                return exp((1.0 - share) * log(slow) + share * log(fast))
        return self.reads[-1][1]


class Bound(NamedTuple):
    """The least microseconds of a call."""

    memory: float
    arithmetic: float

    @property
    def least(self) -> float:
        return max(self)

    @property
    def by(self) -> str:
        return "memory" if self.memory >= self.arithmetic else "arithmetic"


def bound(need: Need, ceilings: Ceilings, resident: float) -> Bound:
    """resident: bytes that are passed through between one call and the next."""
    arithmetic = need.float64 / ceilings.float64 + need.int16 / ceilings.int16
    return Bound(need.bytes / ceilings.bandwidth(resident) / 1e3, arithmetic / 1e3)
