"""Prints the type stub of the compiled core: `python -m tests.stubs > python/pilotage/_core.pyi`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import GetSetDescriptorType, MemberDescriptorType

from pilotage import _core

MODULE = "pilotage._core"

# pybind11 accepts more than should be written, and words it differently from version to version.
PLAIN = {
    r"typing\.SupportsFloat \| typing\.SupportsIndex": "float",
    r"typing\.SupportsInt \| typing\.SupportsIndex": "int",
    r'typing\.Annotated\[(numpy\.typing\.NDArray\[numpy\.float64\]), "[^"]*"\]': r"\1",
    r"list\[typing\.Any \| None\]": "list[Decision | None]",
    r"(def (?:adopt|restore_decision)\(.*\)) -> typing\.Any": r"\1 -> Decision",
    r"[ ]+$": "",
}


def generate() -> str:
    """The stub of the module as it was compiled."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pybind11_stubgen", MODULE, "--output-dir", folder, "--exit-code"]
        subprocess.run(command, check=True, capture_output=True)
        stub = Path(folder, *MODULE.split(".")).with_suffix(".pyi").read_text("utf-8")
    stub = stub.replace("from pilotage import Decision\n", "")
    stub = stub.replace("class Router:\n", decision() + "class Router:\n")
    for written, plain in PLAIN.items():
        stub = re.sub(written, plain, stub, flags=re.MULTILINE)
    return stub


def decision() -> str:
    """The class that is made by hand: each member's documentation is its type."""
    doc = str(_core.Decision.__doc__).strip().replace("\n", "\n    ")
    lines = ["@typing.final", "class Decision:", f'    """\n    {doc}\n    """']
    for name, member in sorted(vars(_core.Decision).items()):
        if isinstance(member, (MemberDescriptorType, GetSetDescriptorType)):
            lines += ["    @property", f"    def {name}(self) -> {member.__doc__}:", "        ..."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(generate())
