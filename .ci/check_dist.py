"""Checks that a sdist and a wheel hold what git tracks, all that is needed and nothing more.

usage: check_dist.py DIRECTORY, from the root of the repository
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

LICENCES = {"licenses/LICENSE", "licenses/NOTICE"}


def tracked(*paths: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *paths], check=True, capture_output=True, text=True)
    return set(listed.stdout.split("\0")) - {""}


def only(directory: Path, pattern: str) -> Path:
    (found,) = directory.glob(pattern)
    return found


def check(what: str, missing: set[str], unexpected: set[str]) -> None:
    if missing or unexpected:
        sys.exit(f"{what}: missing {sorted(missing)}, unexpected {sorted(unexpected)}")


def check_sdist(path: Path) -> None:
    root = path.name.removesuffix(".tar.gz")
    with tarfile.open(path) as archive:
        names = {member.name.removeprefix(f"{root}/") for member in archive.getmembers() if member.isfile()}
    wanted = {"pyproject.toml", "CMakeLists.txt", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE"}
    wanted |= tracked("cpp", "python")
    check(path.name, wanted - names, names - wanted - {"PKG-INFO"})


def check_wheel(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    info = "-".join(path.name.split("-")[:2]) + ".dist-info/"
    metadata = {name.removeprefix(info) for name in names if name.startswith(info)}
    files = {name for name in names if not name.startswith(info)}
    module = {name for name in files if name.startswith("pilotage/_core.") and name.endswith(".so")}
    wanted = {name.removeprefix("python/") for name in tracked("python")}
    check(path.name, (wanted - files) | (LICENCES - metadata), files - wanted - module)
    if len(module) != 1:
        sys.exit(f"{path.name}: must hold one compiled module, got {sorted(module)}")


if __name__ == "__main__":
    dist = Path(sys.argv[1])
    check_sdist(only(dist, "*.tar.gz"))
    check_wheel(only(dist, "*.whl"))
