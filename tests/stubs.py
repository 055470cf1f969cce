"""Prints the type stub of the compiled core: `python -m tests.stubs > python/pilotage/_core.pyi`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

MODULE = "pilotage._core"

# pybind11 accepts more than should be written, and words it differently from version to version.
PLAIN = {
    r"typing\.SupportsFloat \| typing\.SupportsIndex": "float",
    r"typing\.SupportsInt \| typing\.SupportsIndex": "int",
    r'typing\.Annotated\[(numpy\.typing\.NDArray\[numpy\.float64\]), "[^"]*"\]': r"\1",
    r"[ ]+$": "",
}


def generate() -> str:
    """The stub of the module as it was compiled."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pybind11_stubgen", MODULE, "--output-dir", folder, "--exit-code"]
        subprocess.run(command, check=True, capture_output=True)
        stub = Path(folder, *MODULE.split(".")).with_suffix(".pyi").read_text("utf-8")
    for written, plain in PLAIN.items():
        stub = re.sub(written, plain, stub, flags=re.MULTILINE)
    return stub


if __name__ == "__main__":
    sys.stdout.write(generate())
