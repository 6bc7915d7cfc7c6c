"""docs/cli.md is the command tree, written down; set GRAPHVINE_UPDATE=1 to write it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from cli.app import app
from cli.exits import EPILOG

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def reference() -> str:
    """The page."""
    lines = ["# Commands", "", "Made from the command tree; `graphvine COMMAND --help` says the same.", "", EPILOG, ""]

    def walk(node: Any, path: tuple[str, ...]) -> None:
        children = getattr(node, "commands", None)
        if children:
            for name, child in children.items():
                walk(child, (*path, name))
            return
        lines.extend([f"## graphvine {' '.join(path)}", "", node.help.strip(), ""])
        for parameter in node.params:
            if getattr(parameter, "hidden", False) or parameter.name == "help":
                continue
            option = parameter.param_type_name == "option"
            names = (
                ", ".join((*parameter.opts, *parameter.secondary_opts))
                if option
                else (parameter.metavar or parameter.name.upper())
            )
            lines.append(f"- `{names}` {parameter.help or ''}".rstrip())
        lines.append("")

    walk(typer.main.get_command(app), ())
    return "\n".join(lines)


def test_the_command_reference_is_up_to_date() -> None:
    text = reference()
    if os.environ.get("GRAPHVINE_UPDATE"):
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text, "write it anew: GRAPHVINE_UPDATE=1 make test"
