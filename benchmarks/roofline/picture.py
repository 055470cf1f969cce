"""results.json -> roofline.svg."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from benchmarks.roofline.needs import OURS, Ceilings
from benchmarks.roofline.page import CALLS, rows

LEAST, MOST = 0.1, 20.0  # operations a byte
COLOURS = {"decide": "tab:blue", "feedback": "tab:orange", "decide_many": "tab:green"}


def digest(found: dict[str, Any]) -> str:
    """Of the figures: stands in the picture, which is thereby known to be of them."""
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def draw(found: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    ceilings = Ceilings.of(found["ceilings"])
    settings = {
        "svg.hashsalt": "roofline",
        "svg.fonttype": "none",
        "font.size": 9,
        "font.family": "sans-serif",
    }
    with pyplot.rc_context(settings):
        figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
        for name, size in _levels(found["caches"], ceilings):
            slope = ceilings.bandwidth(size)
            top = min(MOST, ceilings.int16 / slope)
            axes.plot([LEAST, top], [LEAST * slope, top * slope], color="grey", linewidth=0.8)
            axes.text(
                LEAST * 1.05, LEAST * slope * 1.12, f"{name}, {slope:.0f} GB/s", color="grey", fontsize=7
            )
        for kind in ("float64", "int16"):
            for isa, peaks in found["ceilings"]["isas"].items():
                peak = peaks["peak"][kind]
                axes.axhline(peak, color="black", linewidth=0.8, linestyle="-" if kind == "int16" else "--")
                axes.text(MOST * 0.95, peak * 1.04, f"{kind}, {isa}: {peak:.0f}", fontsize=7, ha="right")
        for row in rows(found):
            if row.need.way != OURS or row.measured is None:
                continue
            x, y = row.need.operations / row.need.bytes, row.need.operations / row.measured / 1e3
            filled = COLOURS[row.call] if row.call != "decide_many" else "none"
            axes.scatter(x, y, s=22, facecolor=filled, edgecolor=COLOURS[row.call], zorder=3)
            offset = {"decide": -2, "feedback": -2, "decide_many": 4}[row.call]
            align = "right" if row.call == "decide" else "left"
            place = (5 if align == "left" else -5, offset)
            axes.annotate(
                f"{row.d}, {row.K}", (x, y), place, textcoords="offset points", fontsize=6, ha=align
            )
        for call in CALLS:
            axes.scatter([], [], s=22, facecolor=COLOURS[call], label=f"{call} at d, K")
        axes.set(xscale="log", yscale="log", xlim=(LEAST, MOST))
        axes.set(xlabel="operations a byte", ylabel="operations a nanosecond")
        axes.legend(loc="lower right", frameon=False)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None, "Description": digest(found)})
        pyplot.close(figure)
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def _levels(caches: dict[str, int], ceilings: Ceilings) -> list[tuple[str, float]]:
    """A size that each cache holds, and the largest that was measured."""
    inside = [(name, size / 2) for name, size in caches.items()]
    if len(inside) > 2:  # the last may be shared by many: what one core gets begins beyond the one before
        inside[2:] = [(name, min(size, 16 * inside[1][1])) for name, size in inside[2:]]
    largest = ceilings.reads[-1][0]
    return [*inside, (f"{largest / 2**30:g} GB", largest)]
