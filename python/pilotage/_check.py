"""Refusals at the boundary. Message pattern: argument, expected, received."""

from __future__ import annotations

import math
from numbers import Real

_MAX_COUNT = 2**63 - 1


def number(name: str, value: object) -> float:
    """`value` as a float; TypeError unless it is a real number."""
    if isinstance(value, float):
        return value
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got an integer beyond float64") from None


def nonnegative(name: str, value: object) -> float:
    """`value` as a float; ValueError unless finite and >= 0."""
    checked = number(name, value)
    if not (math.isfinite(checked) and checked >= 0.0):
        raise ValueError(f"{name} must be finite and >= 0, got {value!r}")
    return checked


def positive(name: str, value: object) -> float:
    """`value` as a float; ValueError unless finite and > 0."""
    checked = number(name, value)
    if not (math.isfinite(checked) and checked > 0.0):
        raise ValueError(f"{name} must be finite and > 0, got {value!r}")
    return checked


def unit_interval(name: str, value: object) -> float:
    """`value` as a float; ValueError unless in [0, 1]."""
    checked = number(name, value)
    if not 0.0 <= checked <= 1.0:
        raise ValueError(f"{name} must be in [0, 1], got {value!r}")
    return checked


def count(name: str, value: object, minimum: int = 1) -> int:
    """`value` as an int; TypeError unless integral, ValueError below `minimum` or beyond int64."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    checked = int(value.__index__())
    if checked < minimum:
        raise ValueError(f"{name} must be >= {minimum}, got {checked}")
    if checked > _MAX_COUNT:
        raise ValueError(f"{name} must be <= {_MAX_COUNT}, got {checked}")
    return checked
