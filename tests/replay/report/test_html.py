"""The report: one file, all of it, and nothing that data could break."""

from __future__ import annotations

import base64
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from pilotage.replay.report import canvas, plots
from pilotage.replay.report.html import write_report
from pilotage.replay.runs import Replay

MakeReplay = Callable[..., Replay]
PICTURES = [getattr(plots, name) for name in plots.__all__]
MANY = [f"lab/model-{i}" for i in range(14)]
VOID = {"meta", "img", "source", "br", "link"}


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out, which take most of the time, where a test is about words."""
    monkeypatch.setattr("pilotage.replay.report.html._PICTURES", ())


class Page(HTMLParser):
    """Every tag with its attributes, every text, and whether tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\xa0", " ")

    def images(self) -> Iterator[tuple[str, bytes]]:
        for _, attributes in self.tags:
            for uri in (attributes.get("src"), attributes.get("srcset")):
                if uri:
                    found = re.fullmatch(r"data:image/(svg\+xml|png);base64,(.+)", uri)
                    assert found, f"not inside the file: {uri[:60]}"
                    yield found[1], base64.b64decode(found[2])


def written(replay: Replay, folder: Path) -> Page:
    write_report(replay, folder / "report.html")
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    return page


@pytest.mark.usefixtures("no_pictures")
def test_the_answer_comes_first(make_replay: MakeReplay, tmp_path: Path) -> None:
    text = written(make_replay(), tmp_path).text
    answer = text.index("With a budget of 25 % of the best model's cost, pilotage earned ")
    assert answer < text.index("Pictures") < text.index("All numbers") < text.index("Settings")
    assert re.search(
        r"earned \d+\.\d % \[-?\d+\.\d, \d+\.\d\] of the reward of the best model \(large\)", text
    )


@pytest.mark.usefixtures("no_pictures")
def test_policies_below_the_envelope_are_named(make_replay: MakeReplay, tmp_path: Path) -> None:
    # `random` serves nothing and earns 0 with certainty; every envelope is at 0.6.
    text = written(make_replay(policies=("random",)), tmp_path).text
    assert "Below the envelope at this budget: random." in text
    assert "random is 0.600 ±0.000 below the envelope and 0.700 ±0.000 below the skyline" in text


@pytest.mark.usefixtures("no_pictures")
def test_no_policy_below_the_envelope_is_said_too(make_replay: MakeReplay, tmp_path: Path) -> None:
    replay = make_replay()
    low = tuple(replace(reference, envelope=-1.0) for reference in replay.references)
    assert "No policy lies below the envelope" in written(replace(replay, references=low), tmp_path).text


def test_the_file_needs_nothing_else(make_replay: MakeReplay, tmp_path: Path) -> None:
    page = written(make_replay(), tmp_path)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert len(list(page.images())) == 12  # six pictures, for pages and for phones
    assert "url(" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    for kind, image in page.images():
        assert kind == "svg+xml"
        assert ElementTree.fromstring(image).tag == "{http://www.w3.org/2000/svg}svg"


def test_large_drawings_become_pixels(
    make_replay: MakeReplay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilotage.replay.report.html._LARGEST_SVG", 1000)
    picture = (plots.estimate_error, "title", "caption")
    monkeypatch.setattr("pilotage.replay.report.html._PICTURES", (picture,))
    for kind, image in written(make_replay(), tmp_path).images():
        assert kind == "png"
        assert image.startswith(b"\x89PNG")


def test_text_from_data_is_escaped(make_replay: MakeReplay, tmp_path: Path) -> None:
    hostile = "<script>alert('1')</script>\"&"
    replay = make_replay(models=(hostile, "_under$x$"), name=hostile, policies=("pilotage", "<b>p$olicy$"))
    page = written(replace(replay, settings={hostile: hostile}), tmp_path)
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert f"Replay of {hostile}" in page.text
    assert "<b>p$olicy$" in page.text


@pytest.mark.usefixtures("no_pictures")
def test_every_policy_and_budget_has_its_row(make_replay: MakeReplay, tmp_path: Path) -> None:
    write_report(make_replay(models=MANY, seeds=2), tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.count('<tr><td title="') == (4 + 14) * 3
    assert html.count('<tr class="reference">') == 4 * 3
    assert "7 (an outcome was missing)" in html


@pytest.mark.usefixtures("no_pictures")
def test_one_seed_claims_no_interval(make_replay: MakeReplay, tmp_path: Path) -> None:
    text = written(make_replay(seeds=1), tmp_path).text
    assert "One seed ran: no intervals." in text
    assert "nan" not in text


def test_ceilings_without_a_fraction(make_replay: MakeReplay, tmp_path: Path) -> None:
    assert "With a budget of $0.000230 per request" in written(make_replay(ceilings=(2.3e-4,)), tmp_path).text


def test_without_a_learning_part_there_is_no_picture_of_it(make_replay: MakeReplay, tmp_path: Path) -> None:
    replay = make_replay(learning=0)
    assert "What learning costs" not in written(replay, tmp_path).text
    with pytest.raises(ValueError, match="learning part must hold at least 1 prompt, got 0"):
        plots.learning_regret(replay)


def test_single_models_alone_have_a_report(make_replay: MakeReplay, tmp_path: Path) -> None:
    page = written(make_replay(policies=(), seeds=2), tmp_path)
    assert "always:lab/large earned" in page.text
    assert len(list(page.images())) == 12


def test_an_empty_replay_is_refused(make_replay: MakeReplay, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="replay must have at least 1 run, got 0"):
        write_report(replace(make_replay(), runs=()), tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [canvas.WIDE, canvas.NARROW])
@pytest.mark.parametrize("draw", PICTURES, ids=plots.__all__)
def test_everything_drawn_lies_within_the_figure(
    make_replay: MakeReplay, draw: Callable[..., Figure], width: float
) -> None:
    figure = draw(make_replay(models=MANY, seeds=2, fractions=(0.1, 0.5)), width)
    figure.draw_without_rendering()
    assert figure.get_size_inches()[0] == width
    edge = figure.bbox.padded(1)
    boxes = [legend.get_window_extent() for legend in figure.legends]
    boxes += [box for axes in figure.axes if (box := axes.get_tightbbox()) is not None]
    assert len(boxes) >= 2
    for box in boxes:
        assert edge.containsx(box.x0)
        assert edge.containsx(box.x1)
        assert edge.containsy(box.y0)
        assert edge.containsy(box.y1)


def test_labels_of_points_do_not_overlap(make_replay: MakeReplay) -> None:
    figure = plots.reward_against_cost(make_replay(models=MANY[:8]), canvas.NARROW)
    figure.draw_without_rendering()
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    assert len(texts) == 8
    # The boxes of texts with a leader line include the line; compare the texts alone.
    from matplotlib.text import Text

    boxes = [Text.get_window_extent(text) for text in texts]
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert not any(a.overlaps(b) for a, b in pairs)


def test_nothing_global_is_touched(make_replay: MakeReplay) -> None:
    import matplotlib

    def settings() -> list[object]:  # to ask for the backend would choose one, and import pyplot
        return [matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"]

    before = settings()
    canvas.to_svg(plots.reward_against_cost(make_replay()))
    assert settings() == before
    assert "matplotlib.pyplot" not in sys.modules


def test_the_same_replay_gives_the_same_drawing(make_replay: MakeReplay) -> None:
    one, two = (canvas.to_svg(plots.estimate_error(make_replay())) for _ in range(2))
    assert one == two


def test_without_matplotlib_the_message_says_what_to_install(
    make_replay: MakeReplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'plots need matplotlib: pip install "pilotage\[replay\]"'):
        plots.deployment_spend(make_replay())


def test_regret_is_drawn_as_computed(make_replay: MakeReplay) -> None:
    replay = make_replay(seeds=1, policies=("pilotage",), fractions=(0.25,))
    run, split = replay.runs[0], replay.splits[0]
    served = np.where(run.learned >= 0, replay.outcomes.reward[split.learning, run.learned], 0.0)
    total = (replay.outcomes.reward[split.learning].max(axis=1) - served).sum()
    (line,) = plots.learning_regret(replay).axes[0].lines
    assert np.asarray(line.get_ydata())[-1] == pytest.approx(total)
    assert np.asarray(line.get_xdata())[-1] == 20
