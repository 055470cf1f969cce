"""The committed stub says what the compiled core offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests import stubs

ROOT = Path(__file__).parents[1]


def test_the_stub_is_the_generated_one() -> None:
    committed = (ROOT / "python" / "pilotage" / "_core.pyi").read_text("utf-8")
    assert committed == stubs.generate(), "python/pilotage/_core.pyi must be generated anew: make stubs"


def test_the_stub_agrees_with_the_module() -> None:
    allowed = Path(__file__).with_name("stubs-allowed.txt")
    command = [sys.executable, "-m", "mypy.stubtest", stubs.MODULE, "--allowlist", str(allowed)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
