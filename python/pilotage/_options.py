"""What the commands ask of their options. Message pattern: option, expected, received."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path


def names(text: str) -> list[str]:
    """Names between commas, at least one, none twice."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError(f"expected at least one name, got {text!r}")
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"expected every name once, got {text!r}")
    return found


def amounts(text: str) -> list[float]:
    """Numbers between commas, all above 0, none twice."""
    try:
        found = [float(number) for number in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0.0 < number < math.inf for number in found):
        raise argparse.ArgumentTypeError(f"expected numbers above 0 such as 0.1,0.25, got {text!r}")
    if len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"expected every number once, got {text!r}")
    return found


def whole(least: int) -> Callable[[str], int]:
    """A whole number, `least` or more."""

    def parsed(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"expected a whole number >= {least}, got {text!r}")
        return number

    return parsed


def ratio(text: str) -> str:
    """Two positive whole numbers with a colon between them."""
    if re.fullmatch(r"[1-9]\d{0,5}:[1-9]\d{0,5}", text) is None:
        raise argparse.ArgumentTypeError(f"expected two positive whole numbers such as 10:1, got {text!r}")
    return text


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path | None]) -> None:
    """Refuse what cannot be written before anything is computed; None is an option that was not given."""
    written = [path for path in outputs if path is not None]
    named = [path.resolve() for path in (*written, *(path for path in inputs if path is not None))]
    for path in written:
        if named.count(path.resolve()) > 1:
            raise ValueError(f"{path} must be a file of its own, got it as another input or output too")
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{path} must be in an existing directory, got {path.parent}")
        if path.is_dir():
            raise ValueError(f"{path} must be a file to write, got a directory")
