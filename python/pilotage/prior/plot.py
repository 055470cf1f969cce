"""The space of a prior as a picture: queries by task, models as points."""

from __future__ import annotations

from pathlib import Path

from pilotage.prior.card import plane
from pilotage.prior.prior import Prior


def plot(prior: Prior, path: Path) -> None:
    """Write a PNG, SVG or PDF, by the suffix. ValueError for a prior without a sample of queries."""
    if len(prior.queries) < 2 or prior.projection.psi_dim < 2:
        raise ValueError(f"prior must hold at least two queries in two dimensions, got {prior.queries.shape}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('plots need matplotlib: pip install "pilotage[replay]"') from error
    queries, models = plane(prior)
    figure = Figure(figsize=(8, 6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for i, task in enumerate(prior.tasks):
        own = queries[prior.query_task == i]
        axes.scatter(own[:, 0], own[:, 1], s=12, alpha=0.6, label=task, color=f"C{i % 10}")
    axes.scatter(models[:, 0], models[:, 1], marker="*", s=130, color="black", label="models")
    for name, (x, y) in zip(prior.models, models, strict=True):
        axes.annotate(name, (x, y), textcoords="offset points", xytext=(6, 4), fontsize=8)
    axes.set(
        xlabel="first component of the queries", ylabel="second component", title=f"prior from {prior.data}"
    )
    axes.legend(fontsize=8, frameon=False)
    figure.savefig(path)
