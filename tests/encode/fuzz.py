"""Compares the core's text encoder with `tokenizers`: python -m tests.encode.fuzz [SECONDS] [SEED]

First every code point, spelled out, alone and among combining characters; then noise until the time is over.
Stops at the first difference and shows the text.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from pilotage.encode import static
from tests.encode.oracle import COMBINING, MARKS, PIECES, TEXTURE, Oracle, chunks

ASSETS = Path(static.__file__).parent / "assets" / "minilm-static"
RANGE = 0x4000
LOW, _, _, HIGH, *_ = COMBINING
PATTERNS = (
    "{}",
    "a{}b",
    "a{}\u0301b",
    f"a{HIGH}{{}}{LOW}b",
    f"a{LOW}{{}}{HIGH}b",
    f"{HIGH}\u0301{{}}\u0f71{LOW}",
)


def every_code_point() -> None:
    for start in range(0, 0x110000, RANGE):
        code_points = range(start, start + RANGE)
        kept = (chr(c) for c in code_points if not 0xD800 <= c < 0xE000)
        oracle = Oracle.spelling([*kept, *COMBINING, *MARKS, "ab"])
        for pattern in PATTERNS:
            oracle.check(chunks(code_points, pattern))


def noise(seconds: float, seed: int) -> int:
    rng = random.Random(seed)
    oracles = [Oracle.packaged(ASSETS), Oracle.packaged(ASSETS, 3072, 512)]
    oracles.append(Oracle.spelling(COMBINING + MARKS + TEXTURE.replace("\ud800\udc00", "") + "".join(PIECES)))
    known = [token.removeprefix("##") for token in oracles[0].slow.get_vocab()]
    end, texts = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        pieces = [*COMBINING, *MARKS, *TEXTURE, *PIECES, *rng.choices(known, k=50)]
        pieces += [chr(rng.randrange(0x110000)) for _ in range(50)]
        batch = ["".join(rng.choices(pieces, k=int(rng.paretovariate(0.7)) % 3000)) for _ in range(100)]
        for oracle in oracles:
            oracle.check(batch)
        texts += len(batch)
    return texts


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()
    every_code_point()
    print(f"every code point agrees in {len(PATTERNS)} surroundings")
    print(f"{noise(seconds, seed)} texts of noise agree (seed {seed})")
