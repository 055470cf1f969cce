"""Refusals at the boundary. Message pattern: argument, expected, received."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

EACH_TENANT = "*"  # of a budget: every tenant has an account of its own
HIGHEST_PRICE = 1000.0  # US dollars per token; see `Model`
_MAX_COUNT = 2**63 - 1
_BYTES = (str, bytes, bytearray, memoryview)  # sequences, but not of numbers


def number(name: str, value: object) -> float:
    """`value` as a float; TypeError unless it is a real number, which True and False are not."""
    if isinstance(value, float):
        return value
    # int first: an abstract class takes long to ask
    if isinstance(value, bool) or not isinstance(value, (int, Real)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got an integer beyond float64") from None


def name(argument: str, value: object) -> str:
    """`value` as a str; TypeError unless it is one, ValueError where it is empty or no text."""
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a str, got {value!r}")
    if not value:
        raise ValueError(f"{argument} must not be empty, got ''")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # a lone surrogate, which the core's UTF-8 has no room for
            raise ValueError(f"{argument} must be text, got {value!r}") from None
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


def price(name: str, value: object) -> float:
    """`value` as a float; ValueError unless in [0, HIGHEST_PRICE]."""
    checked = nonnegative(name, value)
    if checked > HIGHEST_PRICE:
        raise ValueError(f"{name} must be <= {HIGHEST_PRICE:g} US dollars per token, got {value!r}")
    return checked


def max_tokens(value: object) -> float:
    """`value` as a float; ValueError unless finite and >= 1."""
    checked = number("max_tokens", value)
    if not 1.0 <= checked < math.inf:
        raise ValueError(f"max_tokens must be finite and >= 1, got {value!r}")
    return checked


def reward(value: object) -> float:
    """`value` as a float: right or wrong counts as 1 or 0."""
    return float(value) if isinstance(value, (bool, np.bool_)) else number("reward", value)


def flag(name: str, value: object) -> bool:
    """`value` as a bool; TypeError unless it is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def pair(value: Any) -> tuple[float, float]:
    """Tokens read and written as floats; TypeError unless it is a sequence of two numbers."""
    if isinstance(value, np.ndarray):
        fits = value.shape == (2,)
    else:  # tuple first: an abstract class takes long to ask
        fits = isinstance(value, (tuple, Sequence)) and not isinstance(value, _BYTES) and len(value) == 2
    if not fits:
        raise TypeError(f"tokens must be a pair (input, output), got {value!r:.60}")
    return number("input of tokens", value[0]), number("output of tokens", value[1])


def length(argument: str, value: Any, of: str) -> int:
    """How many elements a sequence has; TypeError for what has no elements, a mapping, or bytes."""
    if hasattr(value, "__getitem__") and not isinstance(value, (*_BYTES, Mapping)):
        try:
            return len(value)  # TypeError where it has none, as an array without an axis
        except TypeError:
            pass
    raise TypeError(f"{argument} must be a sequence of {of}, got {value!r:.60}")


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
        if hasattr(value, "mask"):
            unmasked(argument, value)
        try:
            value = np.asarray(value)
        except ValueError:
            raise ValueError(f"{argument} must have shape ({dim},), got rows of unequal length") from None
        if value.dtype.kind not in "fiu":
            raise TypeError(f"{argument} must hold real numbers, got dtype {value.dtype}")
    if value.shape != (dim,):
        raise ValueError(f"{argument} must have shape ({dim},), got {value.shape}")
    return np.ascontiguousarray(value, dtype=np.float64)


def unmasked(argument: str, value: object) -> None:
    """TypeError for a masked array, or rows that are: numpy drops the mask and takes what is below it."""
    for each in (value, *(value if isinstance(value, (list, tuple)) else ())):
        if hasattr(each, "mask") and isinstance(each, np.ma.MaskedArray):  # `np.ma` takes long to import
            raise TypeError(f"{argument} must not be masked, got a masked array: fill or drop what is masked")


def decision_id(value: object) -> int:
    """`value` as an id; -1, which was never given out, for any other integer."""
    if type(value) is not int:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"id must be an integer, got {value!r}")
        value = int(value.__index__())
    return value if 0 <= value <= _MAX_COUNT else -1


def tenant(value: object, argument: str = "tenant") -> str:
    """`value` as the name of a tenant."""
    if name(argument, value) == EACH_TENANT:
        raise ValueError(f"{argument} must be the name of one, got {value!r}")
    return str(value)
