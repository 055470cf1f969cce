"""The pictures of a replay, each a matplotlib `Figure` of its own: nothing global is touched, nothing shown.

Every function takes a replay with at least one run and a width in inches, and raises `ImportError` if
matplotlib is not installed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pilotage.replay.report import canvas, curves, style
from pilotage.replay.report.calibration import calibration
from pilotage.replay.report.tradeoff import reward_against_cost
from pilotage.replay.runs import Replay, Run, picked
from pilotage.replay.summary import Interval, interval

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pilotage.arrays import Floats

__all__ = [
    "calibration", "deployment_spend", "estimate_error", "learning_regret", "model_shares",
    "reward_against_cost",
]  # fmt: skip

_POINTS = 80  # per curve: more cannot be seen
_WINDOWS = 24  # of the learning part, and of the deployment part
_NAMED = 8  # models with a colour of their own
_PANELS = 6  # policies whose choices are shown
_Layer: TypeAlias = "tuple[str, list[int], dict[str, Any]]"  # label, columns of the shares, look


def learning_regret(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Cumulative regret on the learning part at the middle budget, with a 95 % band over seeds.

    Raises
    ------
    ValueError
        If the learning part is empty.
    """
    if not all(len(split.learning) for split in replay.splits.values()):
        raise ValueError("learning part must hold at least 1 prompt, got 0")
    budget = style.middle_budget(replay)
    figure = canvas.new_figure(width, 3.2)
    axes = figure.add_subplot()
    handles = []
    for policy, look in style.looks(style.policies_of(replay)).items():
        runs = _runs(replay, policy, budget)
        regret = curves.band(
            [curves.cumulative_regret(replay.outcomes, replay.splits[run.seed], run) for run in runs]
        )
        handles.append(_draw_band(axes, regret, look, policy, _alpha(replay)))
    canvas.dress(
        axes,
        "learning prompts so far",
        "regret so far, reward",
        f"Budget: {style.budget_words(replay, budget)}",
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    canvas.legend_below(figure, handles)
    return figure


def deployment_spend(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Cumulative spend during deployment against the budget line, one panel per budget."""
    budgets = style.budgets_of(replay)
    figure, grid = canvas.panels(width, 2.5, len(budgets), 3 if width > 6 else 1)
    policies = style.policies_of(replay)
    handles: list[Artist] = []
    for axes, budget in zip(grid, budgets, strict=True):
        handles = []
        for policy, look in style.looks(policies).items():
            runs = _runs(replay, policy, budget)
            spend = curves.band(
                [curves.cumulative_spend(replay.outcomes, replay.splits[run.seed], run) for run in runs]
            )
            handles.append(_draw_band(axes, spend, look, policy, _alpha(replay)))
        line = curves.band(
            [curves.budget_line(run) for run in replay.runs if style.budget_key(run) == budget]
        ).mean
        axes.plot([0, len(line)], [0, line[-1]], color="0", linestyle=(0, (5, 2)), linewidth=1.3, zorder=4)
        handles.append(canvas.handle("budget", color="0", linestyle=(0, (5, 2)), linewidth=1.3))
        title = "budget " + style.budget_words(replay, budget).removesuffix(" of the best model's cost")
        left = width <= 6 or axes in grid[::3]
        canvas.dress(axes, "requests so far", "spend so far, US dollars" if left else "", title)
        axes.set_xlim(0, len(line))
        axes.set_ylim(bottom=0)
    canvas.legend_below(figure, handles)
    return figure


def model_shares(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Share of requests every model answers, from the first learning prompt on, for policies that learn."""
    from matplotlib.patches import Patch

    budget = style.middle_budget(replay)
    policies = [each for each in style.policies_of(replay) if each.split("+")[0] not in ("random", "mixture")]
    policies = (policies or style.policies_of(replay))[:_PANELS]
    shares = {policy: _shares(replay, policy, budget) for policy in policies}  # (2 * windows, K + 1) each
    layers = _layers(replay, np.mean([share.mean(axis=0) for share in shares.values()], axis=0))
    figure, grid = canvas.panels(width, 2.1, len(policies), 2 if width > 6 else 1)
    columns = len({axes.get_position().x0 for axes in grid})
    for i, (axes, policy) in enumerate(zip(grid, policies, strict=True)):
        _draw_layers(axes, replay, shares[policy], layers)
        canvas.dress(
            axes,
            "requests so far" if i >= len(policies) - columns else "",
            "" if i % columns else "share of requests, %",
        )
        axes.grid(visible=False)
        axes.set_title(
            canvas.literal(policy),
            fontsize=canvas.FONT,
            loc="left",
            pad=14,
            color=style.looks(policies)[policy].colour,
        )
    handles = [
        Patch(label=canvas.literal(name), edgecolor="0.6", linewidth=0.4, **look) for name, _, look in layers
    ]
    canvas.legend_below(figure, handles)
    figure.suptitle(
        canvas.literal(f"Budget: {style.budget_words(replay, budget)}"),
        fontsize=canvas.FONT,
        x=0.01,
        ha="left",
    )
    return figure


def estimate_error(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Realised mean cost against what the policy expected, and against the budget, per policy and budget."""
    budgets, policies = style.budgets_of(replay), style.policies_of(replay)
    height = 0.7 + 0.36 * len(policies)
    figure, grid = canvas.panels(width, height, 2, 2 if width > 6 else 1)
    labels = [canvas.literal(policy) for policy in policies]
    titles = ("realised cost / expected cost, %", "realised cost / budget, %")
    for j, (axes, title) in enumerate(zip(grid, titles, strict=True)):
        for row, (policy, look) in enumerate(style.looks(policies).items()):
            for i, budget in enumerate(budgets):
                ratio = _cost_ratio(replay, policy, budget, j == 0)
                y = row + 0.24 * (i - (len(budgets) - 1) / 2)
                axes.errorbar(
                    [100 * ratio.mean], [y], xerr=canvas.half_widths([ratio], 100), color=look.colour,
                    marker="o", markersize=_dot(i, len(budgets)), elinewidth=1, capsize=2,
                )  # fmt: skip
        canvas.dress(axes, title)
        axes.axvline(100, color="0", linestyle=(0, (5, 2)), linewidth=1.1, zorder=1)
        axes.set_yticks(range(len(policies)), labels if j == 0 or width <= 6 else [""] * len(labels))
        axes.set_ylim(len(policies) - 0.5, -0.5)
    canvas.legend_below(figure, [
        canvas.handle(style.budget_words(replay, budget), color=canvas.GREY, linestyle="", marker="o",
                markersize=_dot(i, len(budgets)))
        for i, budget in enumerate(budgets)
    ])  # fmt: skip
    return figure


def _runs(replay: Replay, policy: str, budget: float) -> list[Run]:
    return [run for run in replay.runs if run.policy == policy and style.budget_key(run) == budget]


def _draw_band(axes: Axes, curve: curves.Band, look: style.Look, label: str, alpha: float) -> Artist:
    """Draw a mean with its band; return the line."""
    at = curves.thin(len(curve.mean), _POINTS)
    mean, half = curve.mean[at], curve.half_width[at]
    (line,) = axes.plot(at + 1, mean, color=look.colour, linewidth=1.3, label=canvas.literal(label),
                        marker=look.marker, markersize=4,
                        markevery=(len(at) // 8, max(1, len(at) // 4)))  # fmt: skip
    if not np.isnan(half).any():
        axes.fill_between(at + 1, mean - half, mean + half, color=look.colour, alpha=alpha, linewidth=0)
    return line


def _alpha(replay: Replay) -> float:
    """Return how opaque bands are: many overlapping ones must stay light."""
    return 0.18 if len(style.policies_of(replay)) <= 5 else 0.07


def _shares(replay: Replay, policy: str, budget: float) -> Floats:
    """Return mean shares over seeds: windows of the learning part, then of the deployment part."""
    models = len(replay.outcomes.models)
    by_seed = [
        np.concatenate([curves.model_shares(part, models, _WINDOWS) for part in (run.learned, run.deployed)])
        for run in _runs(replay, policy, budget)
    ]
    return curves.band(by_seed).mean


def _layers(replay: Replay, importance: Floats) -> list[_Layer]:
    """Return what is stacked, from the bottom: models from cheap (light) to dear (dark), the rest, unserved.

    Parameters
    ----------
    importance : (K + 1,) mean shares; only the models that answer most are told apart
    """
    from matplotlib import colormaps

    models = len(replay.outcomes.models)
    names = style.short_names(replay.outcomes.models)
    cost, _ = curves.single_models(replay)
    named = (
        set(range(models))
        if models <= _NAMED
        else set(np.argsort(-importance[:models])[: _NAMED - 1].tolist())
    )
    order = [int(k) for k in np.argsort(cost, kind="stable") if int(k) in named]
    shades = colormaps["cividis"](np.linspace(0.97, 0.08, len(order)))
    layers: list[_Layer] = [
        (names[k], [k], {"facecolor": tuple(shade)}) for k, shade in zip(order, shades, strict=True)
    ]
    if len(named) < models:
        rest = [k for k in range(models) if k not in named]
        layers.append((f"{len(rest)} other models", rest, {"facecolor": "0.8"}))
    layers.append(("unserved", [models], {"facecolor": "white", "hatch": "////"}))
    return layers


def _draw_layers(axes: Axes, replay: Replay, shares: Floats, layers: Sequence[_Layer]) -> None:
    """Stack the shares window by window, and mark where learning ends."""
    split = next(iter(replay.splits.values()))
    learning, deployment = len(split.learning), len(split.deployment)
    edges = np.concatenate([
        np.linspace(0, learning, min(_WINDOWS, learning) + 1),
        learning + np.linspace(0, deployment, min(_WINDOWS, deployment) + 1)[1:],
    ])  # fmt: skip
    bottom = np.zeros(len(shares))
    for _, columns, look in layers:
        top = bottom + 100 * shares[:, columns].sum(axis=1)
        if (top > bottom).any():
            axes.fill_between(
                edges, np.append(bottom, bottom[-1]), np.append(top, top[-1]), step="post",
                edgecolor="0.6" if "hatch" in look else "white", linewidth=0.3, **look,
            )  # fmt: skip
        bottom = top
    axes.axvline(learning, color="0", linewidth=1.2)
    axes.set_xlim(0, edges[-1])
    axes.set_ylim(0, 100)
    parts = [("learning", learning / 2)] if learning else []
    for text, x in [*parts, ("deployment", learning + deployment / 2)]:
        axes.text(x, 102, text, fontsize=canvas.FONT - 1, ha="center", va="bottom", color=canvas.GREY)


def _cost_ratio(replay: Replay, policy: str, budget: float, expected: bool) -> Interval:
    """Return realised mean cost over the expected one, or over the budget; NaN where that is 0."""
    ratios = []
    for run in _runs(replay, policy, budget):
        realised = picked(replay.outcomes.cost, replay.splits[run.seed].deployment, run.deployed).mean()
        against = float(run.expected_cost.mean()) if expected else run.ceiling_usd
        ratios.append(float(realised) / against if against > 0 else math.nan)
    return interval(ratios)


def _dot(i: int, budgets: int) -> float:
    """Return the size of a budget's dots, points: the larger the budget, the larger the dot."""
    return 3.5 + 4.0 * i / max(1, budgets - 1)
