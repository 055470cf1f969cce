"""The packaged encoder and its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotage.encode import StaticEncoder, static


@pytest.fixture(scope="session")
def assets() -> Path:
    return Path(static.__file__).parent / "assets" / "minilm-static"


@pytest.fixture(scope="session")
def encoder() -> StaticEncoder:
    return StaticEncoder()
