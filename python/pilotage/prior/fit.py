"""Fitting a prior: reads, embeds, and hands over to the setting asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pilotage import _check
from pilotage.arrays import Floats
from pilotage.encode import Encoder, as_encoder
from pilotage.prior import calibrated, paper
from pilotage.prior.preferences import Preferences
from pilotage.prior.prior import Prior
from pilotage.prior.progress import Advance, part
from pilotage.prior.reading import Source, read_preferences

_SETTINGS = ("calibrated", "paper")
_PLOTTED = 400  # prompts kept for the plot
_BATCH = 1024


def fit(
    source: Source,
    encoder: object,
    *,
    models: Iterable[str] | None,
    setting: str,
    dim: int | None,
    judges: str,
    level: float,
    seed: int,
    advance: Advance,
) -> Prior:
    """See `Prior.fit`."""
    if setting not in _SETTINGS:
        raise ValueError(f"setting must be 'calibrated' or 'paper', got {setting!r}")
    if not 0.0 < _check.number("level", level) < 1.0:
        raise ValueError(f"level must be in (0, 1), got {level!r}")
    seed = _check.count("seed", seed, minimum=0)
    preferences = read_preferences(source, models, judges=judges, seed=seed)
    embedding = as_encoder(encoder)
    if dim is not None and _check.count("dim", dim) > embedding.dim:
        raise ValueError(f"dim must be at most {embedding.dim}, the encoder's, got {dim}")
    phi = unit_embeddings(embedding, preferences, part(advance, 0.0, 0.1))
    rest = part(advance, 0.1, 1.0)
    if setting == "paper":
        learned = paper.learn(preferences, phi, dim=dim, seed=seed, advance=rest)
    else:
        learned = calibrated.learn(preferences, phi, dim=dim, level=level, seed=seed, advance=rest)
    advance("fitted", 1.0)
    metrics: dict[str, Any] = {
        "setting": setting,
        "data": preferences.name,
        "models": list(preferences.models),
        "pairs": len(preferences),
        "prompts": len(preferences.prompts),
        "dropped": dict(preferences.dropped),
        "dim": learned.projection.dim,
        "seed": seed,
        **learned.metrics,
    }
    return Prior(
        setting=setting,  # type: ignore[arg-type]
        encoder=embedding.name,
        encoder_checksum=getattr(embedding, "checksum", None),
        projection=learned.projection,
        models=preferences.models,
        precision=learned.precision,
        b=learned.b,
        pool=learned.pool,
        pool_precision=learned.pool_precision,
        data=preferences.name,
        metrics=metrics,
        **_sample(preferences, phi, learned.projection, seed),
    )


def unit_embeddings(encoder: Encoder, preferences: Preferences, advance: Advance) -> Floats:
    """(P, d_e), rows of length one, or zero for a prompt without a known token."""
    texts = list(preferences.prompts)
    parts = []
    for i in range(0, len(texts), _BATCH):
        parts.append(np.asarray(encoder.encode(texts[i : i + _BATCH]), dtype=np.float64))
        done = min(i + _BATCH, len(texts))
        advance(f"embedded {done} of {len(texts)} prompts", done / len(texts))
    phi = np.concatenate(parts)
    if not np.isfinite(phi).all():
        row = int(np.isfinite(phi).all(axis=1).argmin())
        bad = phi[row][~np.isfinite(phi[row])][0]
        raise ValueError(f"encoder {encoder.name!r} must return finite numbers, got {bad} for prompt {row}")
    phi /= np.maximum(np.linalg.norm(phi, axis=1, keepdims=True), 1e-12)
    return phi


def _sample(preferences: Preferences, phi: Floats, projection: Any, seed: int) -> dict[str, Any]:
    """Some queries for the plot."""
    random = np.random.Generator(np.random.PCG64(seed))
    rows = np.sort(random.choice(len(phi), min(_PLOTTED, len(phi)), replace=False))
    names = [preferences.task[row] for row in rows] if preferences.task else ["queries"] * len(rows)
    tasks, index = np.unique(names, return_inverse=True)
    psi = projection.many(phi[rows])[:, : projection.psi_dim]
    return {
        "queries": psi.astype(np.float32),
        "tasks": tuple(map(str, tasks)),
        "query_task": index.astype(np.int64),
    }
