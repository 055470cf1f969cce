"""The reading of callgrind's counts, and the gate."""

from __future__ import annotations

import math

from benchmarks.instructions.count import CALLS, changes, per_call

LISTED = f"""
{1000 * CALLS:,} (90.0%)  ???:main [driver]
{700 * CALLS:,} (70.0%)  ???:pilotage::Decision count_decide<64, 11>(pilotage::Router&) [driver]
{20 * CALLS:,} ( 2.0%)  ???:(anonymous namespace)::count_text(pilotage::text::Encoder const&) [driver]
"""


def test_counts_are_those_of_one_call_by_operation_and_size() -> None:
    assert per_call(LISTED) == {"decide 64 11": 700, "text": 20}


def test_changes_are_shares_and_what_is_missing_on_a_side_is_a_change() -> None:
    changed = changes({"decide": 105, "new": 1}, {"decide": 100, "old": 1})
    assert changed == {"decide": 105 / 100 - 1.0, "new": math.inf, "old": math.inf}
