"""Refusals at the boundary. Message pattern: argument, expected, received."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from numpy.typing import NDArray

EACH_TENANT = "*"  # of a budget: every tenant has an account of its own
_MAX_COUNT = 2**63 - 1


def number(name: str, value: object) -> float:
    """`value` as a float; TypeError unless it is a real number."""
    if isinstance(value, float):
        return value
    if not isinstance(value, (int, Real)):  # int first: an abstract class takes long to ask
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got an integer beyond float64") from None


def name(argument: str, value: object) -> str:
    """`value` as a str; TypeError unless it is one, ValueError where it is empty."""
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a str, got {value!r}")
    if not value:
        raise ValueError(f"{argument} must not be empty, got ''")
    return value


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


def discount(name: str, value: object) -> float:
    """`value` as a float; ValueError unless in (0, 1]."""
    checked = number(name, value)
    if not 0.0 < checked <= 1.0:
        raise ValueError(f"{name} must be in (0, 1], got {value!r}")
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


def vector(argument: str, value: object, dim: int) -> NDArray[np.float64]:
    """A contiguous float64 vector of `dim` finite elements."""
    if type(value) is not np.ndarray or value.dtype != np.float64:
        if isinstance(value, (str, bytes)):
            raise TypeError(f"{argument} must be a vector of {dim} numbers, got {type(value).__name__}")
        try:
            value = np.asarray(value)
        except ValueError:
            raise ValueError(f"{argument} must have shape ({dim},), got rows of unequal length") from None
        if value.dtype.kind not in "fiu":
            raise TypeError(f"{argument} must hold real numbers, got dtype {value.dtype}")
    if value.shape != (dim,):
        raise ValueError(f"{argument} must have shape ({dim},), got {value.shape}")
    return np.ascontiguousarray(value, dtype=np.float64)


def decision_id(value: object) -> int:
    """`value` as an id; -1, which was never given out, for any other integer."""
    if type(value) is not int:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"id must be an integer, got {value!r}")
        value = int(value.__index__())
    return value if 0 <= value <= _MAX_COUNT else -1


def tenant(value: object) -> str:
    """`value` as the name of a tenant."""
    if name("tenant", value) == EACH_TENANT:
        raise ValueError(f"tenant must be the name of one, got {value!r}")
    return str(value)
