"""Times the core's calls from C++ and prints a table: `make latency`."""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.traffic import demo_traffic
from pilotage._core import isas

SIZES = ((64, 3), (64, 11), (384, 3), (384, 11))
ISAS = tuple(dict.fromkeys((isas()[0], isas()[-1])))  # the slowest kernels and the fastest that run here
FIGURES = ("mean", "median", "p99", "p99.9")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver", type=Path)
    driver = parser.parse_args().driver
    print("| d | K | kernels | call |", " | ".join(FIGURES), "|")
    print("|---|---|---|---" * 2, "|", sep="")
    compared = different = 0
    opened = []
    for d, K in SIZES:
        for isa in ISAS:
            run = play(driver, d, K, isa)
            busy = f"decide, {run['busy']['rewards_a_second']:,.0f} rewards a second"
            calls = {**run["calls"], busy: run["busy"]["decide"]}
            for call, times in calls.items():
                row = " | ".join(f"{times[key]:.2f}" for key in FIGURES)
                print(f"| {d} | {K} | {isa} | {call} | {row} |")
            first, later = run["choices"]["open_cold"], run["choices"]["open"]
            opened.append(f"d = {d}, K = {K}, {isa}: {first:.2f} and {later:.2f}")
            compared += run["choices"]["compared"]
            different += run["choices"]["different"]
    print("\nmodels left open by 16 bits, of the first 1,000 decisions and of the second half of 125,000:")
    print(*opened, sep="\n")
    print(f"\nof {compared:,} choices, {different:,} differ from those by all widths in full")
    if different:
        raise SystemExit("choices must be those by all widths in full")


def play(driver: Path, d: int, K: int, isa: str, compared: int | None = None) -> dict[str, Any]:
    """What the driver prints; `compared` choices, or as many as it compares by itself."""
    _, requests = demo_traffic(d, K)
    with TemporaryDirectory() as folder:
        contexts = Path(folder) / "contexts"
        np.array([request.x for request in requests]).tofile(contexts)
        command = [str(driver), str(contexts), str(d), str(K), isa]
        command += [] if compared is None else [str(compared)]
        found: dict[str, Any] = json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout
        )
        return found


if __name__ == "__main__":
    main()
