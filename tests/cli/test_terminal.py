"""Progress is a line that is overwritten, on a terminal only, and never in a pipe."""

from __future__ import annotations

import sys

import pytest

from cli.terminal import Terminal


def old_terminal(verbosity: int = 0) -> Terminal:
    """A terminal whose command has been at work for a while."""
    terminal = Terminal(verbosity)
    terminal._started -= 10
    return terminal


def test_a_pipe_gets_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = old_terminal()
    terminal.progress("loading", 5, 10)
    terminal.detail("fit gnn")
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_that_the_next_line_removes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    terminal = old_terminal()
    terminal.progress("loading", 5, 10)
    terminal.detail("fit gnn")
    terminal.note("done")
    err = capsys.readouterr().err
    assert "loading [##########..........] 5/10" in err
    assert "\r\x1b[Kfit gnn" in err
    assert err.endswith("\r\x1b[Knote: done\n")


def test_a_short_command_and_a_quiet_one_show_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    Terminal().detail("quick")
    old_terminal(-1).detail("quiet")
    assert capsys.readouterr().err == ""
