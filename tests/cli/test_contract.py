"""The command line's contract: streams, exit codes, help, and what a start loads."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from cli.app import app, run_command

HEAVY = ("torch", "pandas", "networkx", "neo4j", "duckdb", "numba", "scipy", "pyarrow")


def commands() -> list[tuple[str, ...]]:
    """Every command of the tree, as words."""

    def walk(node: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        children = getattr(node, "commands", None)
        if not children:
            return [path]
        return [leaf for name, child in children.items() for leaf in walk(child, (*path, name))]

    return walk(typer.main.get_command(app), ())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["data", "--help"], ["data", "load", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from cli.app import run_command; code = run_command(sys.argv[1:]);"
        f"print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert done.stdout


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example_and_exit_codes(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run_command([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example: graphvine " + " ".join(words) in text
    assert "Exit codes:" in text


@pytest.mark.parametrize("arguments", [["nonsense"], ["data"], ["data", "load", "--nonsense"], ["data", "synth"]])
def test_wrong_usage_exits_with_2_and_leaves_stdout_alone(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == 2
    told = capsys.readouterr()
    assert told.out == "" or arguments == ["data"]
