"""The packaged price map: what chat models charge per token."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path


@lru_cache(maxsize=1)
def packaged_prices() -> dict[str, tuple[float, float]]:
    """name -> (input, output) US dollars per token, from the price map in the package."""
    text = (files("pilotage") / "assets" / "prices.csv").read_text("utf-8")
    rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    next(rows)
    return {name: (float(price_in), float(price_out)) for name, price_in, price_out in rows}


def read_litellm_prices(path: str | Path) -> Iterator[tuple[str, float, float]]:
    """(name, input, output) for every chat model with a price in LiteLLM's price map (JSON).

    `python -m pilotage.prices PRICE_MAP.json` prints them in the layout of the packaged file.
    """
    entries = json.loads(Path(path).read_text("utf-8"))
    for name, entry in sorted(entries.items()):
        price_in, price_out = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
        if entry.get("mode") in ("chat", "responses") and price_in and price_out and name != "sample_spec":
            yield name, float(price_in), float(price_out)


if __name__ == "__main__":
    print("model,input_cost_per_token,output_cost_per_token")
    for row in read_litellm_prices(sys.argv[1]):
        print(f"{row[0]},{row[1]:.6g},{row[2]:.6g}")
