"""The examples that users read, run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pilotage

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_readme_run_one_after_the_other(tmp_path: Path, monkeypatch) -> None:
    assert BLOCKS, "README.md must have a ```python block, got none"
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "readme"}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"README.md, block {number}", "exec"), names)


def test_the_examples_of_the_package_print_what_they_say() -> None:
    found = doctest.testmod(pilotage)
    assert found.attempted > 0
    assert found.failed == 0
