"""A prior on disk: one safetensors file, its numbers as tensors, all else as metadata."""

from __future__ import annotations

import json
import os
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pilotage.prior.prior import Prior
from pilotage.projection import Projection

FORMAT = "pilotage.prior/1"
_TENSORS = ("precision", "b", "pool", "pool_precision", "queries", "query_task")


def write(prior: Prior, path: str | PathLike[str]) -> None:
    """See `Prior.save`."""
    _safetensors()
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(getattr(prior, name)) for name in _TENSORS}
    for name in ("matrix", "offset"):
        array = getattr(prior.projection, name)
        if array is not None:
            tensors[name] = array
    metadata = {
        "format": FORMAT,
        "setting": prior.setting,
        "encoder": prior.encoder,
        "encoder_checksum": prior.encoder_checksum or "",
        "encoder_dim": str(prior.projection.embedding_dim),
        "intercept": repr(prior.projection.intercept),
        "dim": str(prior.dim),
        "models": json.dumps(prior.models),
        "tasks": json.dumps(prior.tasks),
        "data": prior.data,
        "metrics": json.dumps(prior.metrics),
    }
    target = Path(path)
    part = target.with_name(target.name + ".part")
    part.write_bytes(_ordered(save(tensors, metadata)))
    os.replace(part, target)


def _ordered(file: bytes) -> bytes:
    """The same file, its header sorted: safetensors writes metadata in no fixed order.

    Layout: length of the header (8 bytes, little-endian), the header (JSON), the tensors, aligned to 8 bytes.
    """
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[start:]


def read(path: str | PathLike[str]) -> Prior:
    """See `Prior.load`."""
    _safetensors()
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"prior must name an existing file, got {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, not a mapping
    except (SafetensorError, OSError) as error:
        raise ValueError(f"prior must be a whole safetensors file, got {path}: {error}") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"prior must have the format {FORMAT}, got {metadata.get('format')!r} in {path}")
    try:
        return _prior(metadata, tensors)
    except (KeyError, ValueError) as error:
        raise ValueError(f"prior must hold what {FORMAT} holds, got {path}: {error}") from error


def _prior(metadata: dict[str, str], tensors: dict[str, Any]) -> Prior:
    projection = Projection(
        int(metadata["encoder_dim"]),
        float(metadata["intercept"]),
        tensors.get("matrix"),
        tensors.get("offset"),
    )
    setting = metadata["setting"]
    if setting not in ("calibrated", "paper"):
        raise ValueError(f"setting must be 'calibrated' or 'paper', got {setting!r}")
    return Prior(
        setting=setting,  # type: ignore[arg-type]
        encoder=metadata["encoder"],
        encoder_checksum=metadata["encoder_checksum"] or None,
        projection=projection,
        models=tuple(json.loads(metadata["models"])),
        data=metadata["data"],
        metrics=json.loads(metadata["metrics"]),
        tasks=tuple(json.loads(metadata["tasks"])),
        **{name: tensors[name] for name in _TENSORS},
    )


def _safetensors() -> None:
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise ImportError('prior files need safetensors: pip install "pilotage[text]"') from error
