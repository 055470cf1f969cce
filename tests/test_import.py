"""What `import pilotage` brings, and what it leaves for later."""

from __future__ import annotations

import importlib.resources
import os
import subprocess
import sys

import pytest

import pilotage

RUNS = 10
LAZY = ("polars", "matplotlib", "rich", "model2vec", "tokenizers", "importlib.metadata", "csv", "argparse")


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_costs_little_more_than_numpy() -> None:
    timed = (
        "import numpy, time; start = time.perf_counter(); import pilotage; print(time.perf_counter() - start)"
    )
    assert min(float(python(timed)) for _ in range(RUNS)) < 0.030


def test_extras_are_imported_when_they_are_used() -> None:
    loaded = python(
        "import numpy, sys; before = set(sys.modules); import pilotage; print(*set(sys.modules) - before)"
    )
    assert "pilotage.router" in loaded.split()
    assert not set(LAZY) & set(loaded.split())


def test_a_router_of_vectors_needs_no_encoder() -> None:
    code = "import pilotage, sys; pilotage.Router(['gpt-4o'], dim=2).decide([1, 0]); print(*sys.modules)"
    assert not {"pilotage.encode", "model2vec", "tokenizers"} & set(python(code).split())


def test_the_fastest_kernels_are_used_unless_others_are_asked_for() -> None:
    code = "import pilotage; print(pilotage.isa)"
    for isa in pilotage._core.isas():
        found = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PILOTAGE_CPU": isa}, check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert found.stdout.strip() == isa
    plain = {name: value for name, value in os.environ.items() if name != "PILOTAGE_CPU"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=plain, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == pilotage._core.isas()[-1]


def test_kernels_that_there_are_not_are_refused() -> None:
    refused = subprocess.run(
        [sys.executable, "-c", "import pilotage"],
        env={**os.environ, "PILOTAGE_CPU": "v9"}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "ImportError: PILOTAGE_CPU: isa must be one that this machine runs (" in refused.stderr


def test_the_version_is_the_installed_distribution_s(tmp_path, monkeypatch) -> None:
    metadata = tmp_path / "pilotage-12.3.4.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: pilotage\nVersion: 12.3.4\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert pilotage.__version__ == "12.3.4"


def test_what_is_public() -> None:
    assert pilotage.__all__ == sorted(pilotage.__all__)
    for name in pilotage.__all__:
        value = getattr(pilotage, name)
        assert isinstance(value, str) or value.__module__.startswith("pilotage")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pilotage' has no attribute 'Routr'"):
        _ = pilotage.Routr


def test_type_hints_ship() -> None:
    package = importlib.resources.files("pilotage")
    assert (package / "py.typed").is_file()
    assert (package / "_core.pyi").is_file()
