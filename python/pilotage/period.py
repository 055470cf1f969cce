"""Periods of a budget, and when the next one begins."""

from __future__ import annotations

import re
from datetime import datetime, timezone

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONDAY = 345_600  # 5 January 1970, 00:00 UTC, in seconds since the epoch: weeks begin on Mondays
_FORM = re.compile(r"([1-9][0-9]{0,3})(s|m|h|d|w|mo)")


def check(period: object) -> str:
    """A period as it was given.

    Raises
    ------
    TypeError, ValueError : not a string, or not a number of s, m, h, d, w or mo
    """
    if not isinstance(period, str):
        raise TypeError(f"period must be a str such as '1d', got {period!r}")
    if _FORM.fullmatch(period) is None:
        raise ValueError(f"period must be a number of s, m, h, d, w or mo, such as '1d', got {period!r}")
    return period


def next_boundary(period: str, now: float) -> float:
    """The first boundary after `now`, seconds since the epoch.

    Boundaries are those of UTC: full hours, midnights, Mondays, firsts of a month. Of several units together
    they are counted from Monday 5 January 1970, of several months from January 1970.
    """
    return _boundary(period, now, 1)


def start_of_last(period: str, now: float) -> float:
    """When the period before that of `now` began, seconds since the epoch; it may be negative."""
    return _boundary(period, now, -1)


def _boundary(period: str, now: float, ahead: int) -> float:
    """Where the period begins that is so many after that of `now`."""
    match = _FORM.fullmatch(period)
    assert match is not None
    count, unit = int(match[1]), match[2]
    if unit == "mo":
        start = datetime.fromtimestamp(now, timezone.utc)
        months = (start.year - 1970) * 12 + start.month - 1
        year, month = divmod((months // count + ahead) * count, 12)
        return datetime(1970 + year, month + 1, 1, tzinfo=timezone.utc).timestamp()
    length = count * _SECONDS[unit]
    return ((now - _MONDAY) // length + ahead) * length + _MONDAY
