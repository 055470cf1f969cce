"""Paper and frame of every plot: no global state, quiet axes, legends outside, files as bytes."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from pilotage.arrays import Floats
    from pilotage.replay.summary import Interval

WIDE, NARROW = 7.2, 4.1  # inches: a page, a phone
FONT = 9.0  # points
GREY = "0.35"
_LEGEND_ROW = 0.2  # inches


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, inches.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('plots need matplotlib: pip install "pilotage[replay]"') from error
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def panels(width: float, height: float, count: int, columns: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` axes, at most `columns` side by side, each row `height` inches high."""
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    figure = new_figure(width, rows * height)
    return figure, [figure.add_subplot(rows, columns, i + 1) for i in range(count)]


def dress(axes: Axes, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Label the axes, thin the frame, draw a light grid."""
    axes.set_xlabel(xlabel, fontsize=FONT)
    axes.set_ylabel(ylabel, fontsize=FONT)
    if title:
        axes.set_title(literal(title), fontsize=FONT, loc="left")
    axes.tick_params(which="both", labelsize=FONT - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def literal(text: str) -> str:
    """Return text that matplotlib shows as it stands: no mathematics, no label hidden for a leading `_`."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def handle(label: str, **look: Any) -> Artist:
    """Return a legend entry drawn like `Line2D(**look)`."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=literal(label), **look)


def legend_below(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put one legend under everything, in as many columns as fit, and make the figure that much higher."""
    width, height = figure.get_size_inches()
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = min(len(handles), max(1, int((width - 0.1) / (0.6 + 0.072 * longest))))
    rows = math.ceil(len(handles) / columns)
    figure.set_size_inches(width, height + rows * _LEGEND_ROW)
    figure.legend(
        handles=list(handles),
        loc="outside lower center",
        ncols=columns,
        fontsize=FONT - 0.5,
        frameon=False,
        columnspacing=1.2,
        handlelength=1.8,
    )


def half_widths(intervals: Sequence[Interval], scale: float = 1.0) -> Floats | None:
    """Return half widths for error bars; None, for no bars, where one seed says nothing about spread."""
    widths = np.array([scale * each.half_width for each in intervals])
    return None if np.isnan(widths).any() else widths


def log_or_linear(axes: Axes, low: float, high: float) -> bool:
    """Make the x axis logarithmic where the data, (low, high), span more than a decade; say whether it is."""
    if not 0 < 10 * low < high:
        axes.set_xlim(0, high * 1.05 if high > 0 else 1)
        return False
    axes.set_xscale("log")
    axes.set_xlim(low / 1.35, high * 1.35)
    return True


def plain_ticks(axis: Axis, logarithmic: bool, decades: float, style: Callable[[float], str]) -> None:
    """Write tick labels by `style`; on a log axis at 1, 2 and 5 or, over many `decades`, at 1 alone."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    if logarithmic:
        axis.set_major_locator(
            LogLocator(subs=(1, 2, 5) if decades < 1.6 else (1, 3) if decades < 3 else (1,))
        )
        axis.set_minor_formatter(NullFormatter())
    else:
        axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: style(value)))


def to_svg(figure: Figure) -> bytes:
    """Return the figure as SVG, text as outlines, the same bytes for the same figure."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "pilotage"}):
        svg = _saved(figure, format="svg", metadata={"Date": None})
    # A hundredth of a point cannot be seen, and half of the file is digits after it.
    return re.sub(rb' d="[^"]*"', lambda path: re.sub(rb"(\.\d\d)\d+", rb"\1", path[0]), svg)


def to_png(figure: Figure, dpi: float = 160.0) -> bytes:
    """Return the figure as PNG."""
    return _saved(figure, format="png", dpi=dpi)


def _saved(figure: Figure, **options: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, **options)
    return file.getvalue()
