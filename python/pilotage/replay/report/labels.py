"""Text beside points, put where it hides nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pilotage.replay.report.canvas import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pilotage.arrays import Floats

_DISTANCES = (5.0, 10.0, 17.0, 26.0, 38.0, 52.0)  # points
_DIRECTIONS = (0, 180, 90, 270, 45, 135, 315, 225)  # degrees; the earlier the better
_PLACES = [(distance, math.radians(angle)) for distance in _DISTANCES for angle in _DIRECTIONS]
_LEADER = 17.0  # points; from here on a thin line leads back to the point


def place_labels(axes: Axes, points: Floats, texts: Sequence[str], drawn: Floats, size: float) -> None:
    """Write each text near its point, away from what is drawn and from the other texts.

    Greedy: every text takes the place that hides least, of 48 around its point, the nearest of equals. Lay
    the figure out before (`figure.draw_without_rendering()`), since places are compared in pixels.

    Parameters
    ----------
    points : (n, 2) in data coordinates
    texts : (n,); nothing is written for an empty one
    drawn : (m, 2) data coordinates of marks, and of points along lines, that should stay visible
    size : of the text, points
    """
    pixels = axes.figure.dpi / 72
    marks = axes.transData.transform(np.vstack([drawn, points]))  # (m + n, 2)
    frame = np.array(axes.get_window_extent().extents)  # (x0, y0, x1, y1), as every box below
    taken: list[Floats] = []
    for point, text in zip(points, texts, strict=True):
        if not text:
            continue
        text = literal(text)
        width, height = _extent(axes, text, size)
        anchor = axes.transData.transform(point)
        boxes = [_box(anchor, width, height, distance * pixels, angle) for distance, angle in _PLACES]
        chosen = int(np.argmin([_hidden(box, marks, taken, frame) for box in boxes]))
        taken.append(boxes[chosen])
        _write(axes, point, text, size, boxes[chosen], _PLACES[chosen][0] >= _LEADER)


def _extent(axes: Axes, text: str, size: float) -> tuple[float, float]:
    """Return width and height of a text, pixels."""
    probe = axes.text(0, 0, text, fontsize=size)
    extent = probe.get_window_extent()
    probe.remove()
    return extent.width, extent.height


def _box(anchor: Floats, width: float, height: float, distance: float, angle: float) -> Floats:
    """Return the box whose edge, not centre, lies `distance` away from the anchor in direction `angle`."""
    x = anchor[0] + math.cos(angle) * distance + (round(math.cos(angle)) - 1) * width / 2
    y = anchor[1] + math.sin(angle) * distance + (round(math.sin(angle)) - 1) * height / 2
    return np.array([x, y, x + width, y + height])


def _hidden(box: Floats, marks: Floats, taken: Sequence[Floats], frame: Floats) -> float:
    """Return how much a box hides: marks, and, worse, other texts and the frame's edge."""
    x0, y0, x1, y1 = box + np.array([-2.0, -2.0, 2.0, 2.0])
    inside = (marks[:, 0] > x0) & (marks[:, 0] < x1) & (marks[:, 1] > y0) & (marks[:, 1] < y1)
    texts = sum(min(x1, b[2]) > max(x0, b[0]) and min(y1, b[3]) > max(y0, b[1]) for b in taken)
    outside = x0 < frame[0] or y0 < frame[1] or x1 > frame[2] or y1 > frame[3]
    return float(inside.sum() + 100 * texts + 100 * outside)


def _write(axes: Axes, point: Floats, text: str, size: float, box: Floats, leader: bool) -> None:
    offset = (box[:2] - axes.transData.transform(point)) * 72 / axes.figure.dpi
    arrow = {"arrowstyle": "-", "color": "0.5", "linewidth": 0.6, "shrinkA": 0.0, "shrinkB": 3.0}
    label = axes.annotate(
        text,
        (float(point[0]), float(point[1])),
        xytext=(float(offset[0]), float(offset[1])),
        textcoords="offset points",
        fontsize=size,
        verticalalignment="bottom",
        arrowprops=arrow if leader else None,
    )
    label.set_in_layout(False)
