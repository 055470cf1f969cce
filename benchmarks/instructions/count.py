"""Counts the instructions of a call, and compares them with the committed baseline.

    make callgrind                                                       # builds the driver, then runs this
    python -m benchmarks.instructions.count DRIVER [--write]             # --write: the baseline anew

A count says nothing of memory, but it is the same on a busy machine: a call that takes 5 % more or fewer
instructions than the baseline fails, and asks for a new one. The baseline is of the compiler that its file
names; with another, counts are shown and not judged.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

BASELINE = Path(__file__).parent / "baseline.json"
CALLS = 200  # kCounted in cpp/benchmarks/instructions.cpp
TOLERANCE = 0.05
COUNTED = re.compile(r"^\s*([\d,]+)\s.*\bcount_(\w+?)(?:<(\d+), (\d+)>)?\(", re.MULTILINE)


def count(driver: Path) -> dict[str, int]:
    """Instructions of one call, by operation and size: {"decide 64 11": 12345}."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}", str(driver)]
        subprocess.run(valgrind, check=True)
        annotate = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(output)]
        listed = subprocess.run(annotate, check=True, capture_output=True, text=True).stdout
    return per_call(listed)


def per_call(listed: str) -> dict[str, int]:
    """What callgrind_annotate lists, of the functions that are counted."""
    counts: dict[str, int] = {}
    for total, operation, *size in COUNTED.findall(listed):
        name = " ".join([operation, *filter(None, size)])
        counts[name] = max(counts.get(name, 0), round(int(total.replace(",", "")) / CALLS))
    return dict(sorted(counts.items()))


def changes(counts: dict[str, int], baseline: dict[str, int]) -> dict[str, float]:
    """The share by which each operation changed; infinite for what only one of the two has."""
    names = sorted({*counts, *baseline})
    both = {name for name in names if name in counts and name in baseline}
    return {name: counts[name] / baseline[name] - 1.0 if name in both else math.inf for name in names}


def compiler(driver: Path) -> str:
    """What compiled the driver, as it stands in the file."""
    command = ["readelf", "--string-dump=.comment", str(driver)]
    comments = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"(GCC: \(.*?\)|clang version) (\d+)", comments)
    return f"{found[1].split(' ')[0].strip(':')} {found[2]}" if found else "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("driver", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    counts, built_by = count(args.driver), compiler(args.driver)
    if args.write:
        BASELINE.write_text(
            json.dumps({"compiler": built_by, "instructions": counts}, indent=1) + "\n", "utf-8"
        )
    baseline = json.loads(BASELINE.read_text("utf-8"))
    expected = baseline["instructions"]
    changed = changes(counts, expected)
    for name, change in changed.items():
        print(f"{name:16}{counts.get(name, 0):>12,}{expected.get(name, 0):>12,}{change:>+9.1%}")
    failed = [name for name, change in changed.items() if abs(change) > TOLERANCE]
    if built_by != baseline["compiler"]:
        print(f"not compared: compiled by {built_by}, the baseline by {baseline['compiler']}")
    elif failed:
        sys.exit(f"instructions changed by more than {TOLERANCE:.0%}: {', '.join(failed)}")


if __name__ == "__main__":
    main()
