"""The picture that matters most: mean reward against mean cost, with what is possible around it."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pilotage.replay.frontier import Frontier
from pilotage.replay.references import best_mixture
from pilotage.replay.report import canvas, curves, style
from pilotage.replay.report.labels import place_labels
from pilotage.replay.runs import Replay
from pilotage.replay.summary import policy_rows, reference_rows, summarise

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pilotage.arrays import Floats

_NAMED = 8  # models named beside their points; more get numbers
_MODEL: dict[str, Any] = {
    "linestyle": "", "marker": "o", "color": "0.2", "markersize": 4.5, "markerfacecolor": "white"
}  # fmt: skip
_REFERENCES: dict[str, dict[str, Any]] = {
    "envelope": {"color": "0.0", "linestyle": (0, (5, 2)), "linewidth": 1.4},
    "skyline": {"color": "0.3", "linestyle": (0, (3, 1.5, 1, 1.5)), "linewidth": 1.2, "marker": "*"},
    "oracle": {"color": "0.55", "linestyle": (0, (1, 1.5)), "linewidth": 1.4},
}


def reward_against_cost(replay: Replay, width: float = canvas.WIDE) -> Figure:
    """Mean reward and cost of every policy at every budget, single models, envelope, skyline and oracle."""
    figure = canvas.new_figure(width, 4.6)
    axes = figure.add_subplot()
    cost, reward = curves.single_models(replay)  # (K,), (K,)
    lines = _policy_points(replay)
    seen = np.concatenate([cost, *(line.x for line in lines.values())])
    low, high = float(seen[seen > 0].min(initial=math.inf)), float(seen.max())
    logarithmic = canvas.log_or_linear(axes, low, high)
    oracles = [reference.oracle for reference in replay.references]
    floor = _focus(axes, np.concatenate([reward, oracles, *(line.y for line in lines.values())]))

    handles = [_draw_points(axes, policy, line, floor) for policy, line in lines.items()]
    # A little above the cheapest model: its mean cost differs from seed to seed.
    ceilings = np.geomspace(1.03 * low, high, 60) if logarithmic else np.linspace(0, high, 60)
    references = _draw_references(axes, replay, ceilings)
    handles += [canvas.handle(name, **look) for name, look in _REFERENCES.items()]
    axes.plot(cost, reward, zorder=4, **_MODEL)
    canvas.dress(axes, "mean cost, US dollars per request", "mean reward per request")
    _cost_ticks(axes, replay, logarithmic, math.log10(high / low) if logarithmic else 0.0)

    names = style.short_names(replay.outcomes.models)
    order = [int(k) for k in np.argsort(cost, kind="stable")]
    names = [names[k] + (f" ({reward[k]:.2f})" if reward[k] < floor else "") for k in order]
    texts = names
    if len(names) > _NAMED:
        texts = [str(i + 1) if reward[k] >= floor else "" for i, k in enumerate(order)]
        handles += [canvas.handle(f"{i + 1} {name}", **_MODEL) for i, name in enumerate(names)]
    else:
        handles.append(canvas.handle("one model alone, no budget", **_MODEL))
    canvas.legend_below(figure, handles)
    figure.draw_without_rendering()
    drawn = [np.column_stack([line.x, line.y]) for line in lines.values()] + references
    points = np.column_stack([cost, np.maximum(reward, floor)])[order]
    place_labels(axes, points, texts, np.concatenate([_along(axes, line) for line in drawn]), canvas.FONT - 1)
    return figure


class _Points(NamedTuple):
    """One policy's mean costs and rewards, small budgets first, with half widths or None."""

    x: Floats
    y: Floats
    x_width: Floats | None
    y_width: Floats | None
    look: style.Look


def _policy_points(replay: Replay) -> dict[str, _Points]:
    summaries = sorted(summarise([*policy_rows(replay), *reference_rows(replay)]), key=style.budget_key)
    points = {}
    for policy, look in style.looks(style.policies_of(replay)).items():
        cost = [each.cost for each in summaries if each.policy == policy]
        reward = [each.reward for each in summaries if each.policy == policy]
        x, y = np.array([each.mean for each in cost]), np.array([each.mean for each in reward])
        points[policy] = _Points(x, y, canvas.half_widths(cost), canvas.half_widths(reward), look)
    return points


def _draw_points(axes: Axes, policy: str, points: _Points, floor: float) -> Artist:
    """Draw one policy; return its legend entry, with its lowest reward if that lies below the frame."""
    axes.errorbar(
        points.x, points.y, points.y_width, points.x_width,
        color=points.look.colour, marker=points.look.marker, markersize=5,
        linewidth=1.3, elinewidth=1, capsize=2, zorder=3,
    )  # fmt: skip
    lowest = float(points.y.min())
    label = policy if lowest >= floor else f"{policy} ({lowest:.2f})"
    return canvas.handle(label, color=points.look.colour, marker=points.look.marker, markersize=5)


def _draw_references(axes: Axes, replay: Replay, ceilings: Floats) -> list[Floats]:
    """Draw envelope and oracle over all ceilings, the skyline at the budgets; return their points."""
    parts = [split.deployment for split in replay.splits.values()]
    tables = [(replay.outcomes.reward[part], replay.outcomes.cost[part]) for part in parts]
    means = [(reward.mean(axis=0), cost.mean(axis=0)) for reward, cost in tables]
    frontiers = [Frontier(reward, cost) for reward, cost in tables]
    budgets = style.budgets_of(replay)
    known = [[each for each in replay.references if style.budget_key(each) == budget] for budget in budgets]

    def blind(ceiling: float) -> float:
        return float(np.mean([best_mixture(reward, cost, ceiling) @ reward for reward, cost in means]))

    def best(ceiling: float) -> float:
        return float(np.mean([frontier.bound(ceiling) for frontier in frontiers]))

    points = {
        "envelope": [(ceiling, blind(ceiling)) for ceiling in ceilings.tolist()],
        "skyline": [np.mean([(r.ceiling_usd, r.skyline) for r in each], axis=0) for each in known],
        "oracle": [(ceiling, best(ceiling)) for ceiling in ceilings.tolist()],
    }
    lines = {name: np.array(each, dtype=np.float64) for name, each in points.items()}  # (m, 2) each
    for name, line in lines.items():
        axes.plot(line[:, 0], line[:, 1], zorder=2, **_REFERENCES[name])
    return list(lines.values())


def _cost_ticks(axes: Axes, replay: Replay, logarithmic: bool, decades: float) -> None:
    """Write dollars below and, above, the share of the best model's cost."""
    best = float(np.mean([reference.best_model_cost for reference in replay.references]))
    canvas.plain_ticks(axes.xaxis, logarithmic, decades, style.scientific)
    if best > 0:
        to_share, to_usd = partial(np.multiply, 1 / best), partial(np.multiply, best)
        above = axes.secondary_xaxis("top", functions=(to_share, to_usd))
        canvas.plain_ticks(above.xaxis, logarithmic, decades, lambda share: f"{100 * share:.3g} %")
        above.set_xlabel("share of the best model's cost", fontsize=canvas.FONT)
        above.tick_params(which="both", labelsize=canvas.FONT - 1)


def _focus(axes: Axes, rewards: Floats) -> float:
    """Frame the rewards but those far below most, which would flatten the rest; return the floor."""
    top, middle, bottom = float(rewards.max()), float(np.median(rewards)), float(rewards.min())
    floor = max(bottom, middle - max(1.6 * (top - middle), 0.2 * top))
    floor = bottom if floor - bottom < 0.1 * (top - floor) else floor
    margin = 0.06 * (top - floor) or 0.05
    axes.set_ylim(floor - margin, top + margin)
    return floor - margin


def _along(axes: Axes, line: Floats) -> Floats:
    """Return 30 points along every piece of a line, (m, 2), straight as drawn, also on a log axis."""
    pixels = axes.transData.transform(line)
    steps = np.linspace(0, 1, 30)[:, None]
    pieces = [a + steps * (b - a) for a, b in pairwise(pixels)]
    return axes.transData.inverted().transform(np.concatenate([pixels, *pieces]))
