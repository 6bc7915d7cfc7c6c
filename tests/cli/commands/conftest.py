"""How the tests of the commands run one and read its rows; ``town`` is in ``tests/cli/conftest.py``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.app import run_command

Ask = Callable[..., tuple[str, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command; returns what it wrote to stdout and to stderr."""

    def run(*words: str | Path, code: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        found = run_command([str(word) for word in words])
        told = capsys.readouterr()
        assert found == code, told.err
        assert "Traceback" not in told.err
        return told.out, told.err

    return run


def records(out: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(out)))
