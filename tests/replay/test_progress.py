"""Progress: seen on a terminal, silent elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from pilotage.replay.progress import progress, shares


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_silent_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(2) as advance:
        advance("pilot, seed 0")
        advance("pilot, seed 1")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_count_and_description(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(2) as advance:
        advance("pilot, [seed] 0")
        advance("pilot, [seed] 1")
    assert "2/2" in terminal.getvalue()
    assert "pilot, [seed] 1" in terminal.getvalue()  # shown as it stands, not read as markup
    assert capsys.readouterr().out == ""


def test_work_that_is_not_counted_says_how_much_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", terminal)
    with shares() as advance:
        advance("half", 0.5)
    half = terminal.getvalue()
    assert "50/100" in half
    assert "100/100" not in half
    with shares() as advance:
        advance("fold 1", 0.99)
        advance("fitted", 1.0)
    assert "100/100" in terminal.getvalue()
    assert "fitted" in terminal.getvalue()


def test_a_terminal_without_rich_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress(1) as advance:
        advance("pilot")
    assert terminal.getvalue() == ""


def test_errors_pass_through() -> None:
    with pytest.raises(RuntimeError, match="inside"), progress(1):
        raise RuntimeError("inside")


def test_a_negative_total_is_refused() -> None:
    with pytest.raises(ValueError, match="total must be at least 0, got -1"), progress(-1):
        pass
