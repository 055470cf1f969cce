"""Measures the machine's ceilings and where our calls lie below them: `make roofline`, two to three minutes.

Writes results.json, README.md and roofline.svg beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import zlib
from importlib import metadata
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter_ns as now
from typing import Any

import numpy as np

from benchmarks.contest import CHECKED, TAUGHT, RouterSide
from benchmarks.latency.run import SIZES, play
from benchmarks.latency.whole import batch, figures, in_turn
from benchmarks.results.run import machine
from benchmarks.roofline.beside import beside
from benchmarks.roofline.page import PAGE, PICTURE, RESULTS, render
from benchmarks.roofline.picture import draw
from benchmarks.traffic import Request, demo_traffic
from pilotage import Budget, Model, Router
from pilotage.replay.data import demo_outcomes

CALLS = 5_000  # that are timed, but for those in turn
TEXTS = range(150, 191)  # characters
IMPORTS = 15
COMPARED = 10_000  # choices, by the driver: `make latency` compares a million
FACTORS = (1.0, 1.1, 1.25, 1.5, 2.0)  # of a width: how far a bound of it is above it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("drivers", type=Path, help="the folder of pilotage_ceilings and pilotage_latency")
    drivers = parser.parse_args().drivers
    printed = subprocess.run(
        [drivers / "pilotage_ceilings"], check=True, capture_output=True, text=True
    ).stdout
    ceilings = json.loads(printed)
    found: dict[str, Any] = {
        "machine": machine(),
        "cpu": _cpu(),
        "caches": _caches(),
        "ceilings": ceilings,
        "sizes": [_size(drivers, d, K, ceilings["kernels"]) for d, K in SIZES],
        "unlimited": [_unlimited(d, K) for d, K in SIZES],
        "beside": [{"d": d, "K": K, "sides": beside(d, K)} for d, K in SIZES],
        "text": _text(),
        "import": _import(),
        "wheel": _wheel(),
        "load": round(os.getloadavg()[1], 1),
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(render(found), encoding="utf-8")
    draw(found, PICTURE)


def _size(drivers: Path, d: int, K: int, isa: str) -> dict[str, Any]:
    """Microseconds of the core, driven from C++, and of the router, from Python."""
    core = play(drivers / "pilotage_latency", d, K, isa, COMPARED)
    if core["choices"]["different"]:
        raise SystemExit("choices must be those by all widths in full")
    times, router, contexts = in_turn(d, K)
    decide, settle, feedback, *_ = figures(times)
    of_router = {
        "decide": decide,
        "settle": settle,
        "feedback": feedback,
        "decide_many": batch(router, contexts),
    }
    return {
        "d": d,
        "K": K,
        "core": core["calls"],
        "busy": core["busy"],
        "open": core["choices"]["open"],
        "router": of_router,
    }


def _unlimited(d: int, K: int) -> dict[str, Any]:
    """The router without a budget, as in `make bench`: all models are in play."""
    listed, requests = demo_traffic(d, K)
    side = RouterSide(listed, d)
    for request in islice(cycle(requests), TAUGHT):
        side.serve(request)
    times: dict[str, list[float]] = {"decide": [], "feedback": []}
    for request in islice(cycle(requests), CALLS):
        start = now()
        side.decide(request.x)
        times["decide"].append((now() - start) / 1e3)
    for request in islice(cycle(requests), CALLS):
        due = side.outstanding(request)
        start = now()
        side.feedback(*due)
        times["feedback"].append((now() - start) / 1e3)
    return {
        "d": d,
        "K": K,
        **{call: float(np.median(each)) for call, each in times.items()},
        "decide_many": batch(side.router, [request.x for request in requests]),
        "ruled_out": _ruled_out(side, requests),
    }


def _ruled_out(side: RouterSide, requests: list[Request]) -> dict[str, float]:
    """The share of models that bounds of widths would rule out, by how far a bound is above its width."""
    mean, width = np.array([side.estimate(request.x) for request in requests[:CHECKED]]).swapaxes(0, 1)
    best = (mean + width).max(axis=1, keepdims=True)  # alpha = 1
    return {str(factor): float(np.mean(mean + factor * width < best)) for factor in FACTORS}


def _text() -> float:
    """Microseconds from a prompt to a decision among four models, under a paced budget."""
    prompts = [prompt for prompt in demo_outcomes().prompts if len(prompt) in TEXTS]
    models = [Model(f"model-{k}", 1e-6 * 2.0**k, 4e-6 * 2.0**k) for k in range(4)]
    router = Router(models, Budget(usd=1e3, requests=10**6))
    times = []
    for _, prompt in zip(range(CALLS), cycle(prompts), strict=False):
        start = now()
        router.decide(prompt)
        times.append((now() - start) / 1e3)
    return float(np.median(times))


def _import() -> float:
    """Milliseconds of `import pilotage` where numpy is imported already."""
    code = (
        "import numpy, time; start = time.perf_counter(); import pilotage; print(time.perf_counter() - start)"
    )
    command = [sys.executable, "-c", code]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(IMPORTS)
    ]
    return 1e3 * statistics.median(map(float, runs))


def _wheel() -> float:
    """Megabytes of what is installed, compressed file by file as in a wheel."""
    files = [file for file in metadata.files("pilotage") or [] if file.suffix != ".pyc"]
    return sum(len(zlib.compress(file.locate().read_bytes())) for file in files) / 1e6


def _caches() -> dict[str, int]:
    """Bytes by level, as far as the system says."""
    folders = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")
    read = [
        {name: (f / name).read_text("utf-8").strip() for name in ("level", "type", "size")} for f in folders
    ]
    sizes = {
        f"L{cache['level']}": 1024 * int(cache["size"].removesuffix("K"))
        for cache in read
        if cache["type"] != "Instruction"
    }
    return dict(sorted(sizes.items()))


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


if __name__ == "__main__":
    main()
