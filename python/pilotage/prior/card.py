"""A prior as a page for people: what it is of, how good it was on held-out pairs, and a map of its space."""

from __future__ import annotations

import string
from collections.abc import Iterator

import numpy as np

from pilotage.arrays import Floats
from pilotage.prior.prior import Prior

_WIDTH, _HEIGHT = 72, 22
_MARKS = "·:+o°~^=*%"
_NAMED = tuple(string.ascii_uppercase + string.digits)


def card(prior: Prior) -> str:
    """Several lines of text, without colour."""
    return "\n".join([*_facts(prior), "", *_models(prior), *_map(prior)])


def _facts(prior: Prior) -> Iterator[str]:
    metrics = prior.metrics
    checksum = f", checksum {prior.encoder_checksum[:12]}" if prior.encoder_checksum else ""
    projection = prior.projection
    shape = (
        "the embedding itself"
        if projection.matrix is None
        else f"{projection.embedding_dim} -> {projection.psi_dim}"
    )
    constant = f"constant {projection.intercept:g}" if projection.intercept else "no constant"
    yield f"prior        {prior.setting}, from {prior.data}"
    yield f"encoder      {prior.encoder} ({projection.embedding_dim}{checksum})"
    yield f"context      d = {prior.dim}: {shape}, {constant}"
    if "pairs" in metrics:
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in metrics.get("dropped", {}).items())
        kept = f"{metrics['pairs']:,} on {metrics['prompts']:,} prompts"
        yield f"pairs        {kept}; dropped: {dropped or 'none'}"
    if "heldout_accuracy" in metrics:
        yield (
            f"held out     accuracy {metrics['heldout_accuracy']:.3f}, "
            f"log loss {metrics['heldout_log_loss']:.3f}; "
            f"Bradley-Terry {metrics['bradley_terry_accuracy']:.3f}, {metrics['bradley_terry_log_loss']:.3f}"
        )
    if "pseudo_count" in metrics:
        strength = f"{metrics['pseudo_count']:.0f} rewards of each model"
        yield f"strength     counts as {strength}, around a mean reward of {metrics['mean_reward']:.3g}"


def _models(prior: Prior) -> Iterator[str]:
    """Each model at the middle of the sample: what it starts from there, and how sure."""
    psi = prior.queries.astype(np.float64)
    centre = psi.mean(axis=0) if len(psi) else np.zeros(prior.projection.psi_dim)
    x = np.append(centre, [prior.projection.intercept] * (prior.dim - len(centre)))
    theta = prior.theta
    width = max(len(name) for name in prior.models)
    yield f"   {'model':{width}}  expects  width"
    for k in np.argsort(-(theta @ x), kind="stable"):
        spread = float(np.sqrt(x @ np.linalg.solve(prior.precision[k], x)))
        yield f" {_letter(int(k))} {prior.models[k]:{width}}  {theta[k] @ x:7.3f}  {spread:5.3f}"


def _map(prior: Prior) -> Iterator[str]:
    """Queries and models in the plane of the queries' two leading components."""
    if len(prior.queries) < 2 or prior.projection.psi_dim < 2:
        return
    queries, models = plane(prior)
    points = np.concatenate([queries, models])
    low, high = points.min(axis=0), points.max(axis=0)
    cell = (points - low) / np.maximum(high - low, 1e-12) * (_WIDTH - 1, _HEIGHT - 1)
    grid = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    marks = [_MARKS[task % len(_MARKS)] for task in prior.query_task] + [
        _letter(k) for k in range(len(models))
    ]
    for (column, row), mark in zip(np.rint(cell).astype(int), marks, strict=True):
        grid[_HEIGHT - 1 - row][column] = mark
    yield ""
    yield "┌" + "─" * _WIDTH + "┐"
    yield from ("│" + "".join(row) + "│" for row in grid)
    yield "└" + "─" * _WIDTH + "┘"
    legend = [f"{_MARKS[i % len(_MARKS)]} {task}" for i, task in enumerate(prior.tasks)]
    yield "queries: " + "  ".join(legend) + "; models: letters"


def plane(prior: Prior) -> tuple[Floats, Floats]:
    """(Q, 2) queries, and (K, 2) theta of the models, relative to their mean, scaled to the queries."""
    psi = prior.queries.astype(np.float64)
    centre = psi.mean(axis=0)
    _, _, axes = np.linalg.svd(psi - centre, full_matrices=False)
    theta = prior.theta[:, : prior.projection.psi_dim]
    relative = theta - theta.mean(axis=0)
    shown, moved = (psi - centre) @ axes[:2].T, relative @ axes[:2].T
    reach = np.abs(shown).max() / max(float(np.abs(moved).max()), 1e-12)
    return shown, moved * 0.8 * reach


def _letter(k: int) -> str:
    return _NAMED[k % len(_NAMED)]
