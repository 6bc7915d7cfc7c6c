"""Commands that are proposed carry the options that they need."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from cli.app import app
from cli.proposals import TAKE_EXCLUDE, TAKE_SHARED, TAKE_STORE, TAKE_WORKSPACE, Given, completed

GIVEN = Given(" -w 'a b'", " --store neo4j", " --shared", " --exclude f.txt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("finish it: graphvine data load", "finish it: graphvine data load -w 'a b' --store neo4j --shared"),
        ("graphvine data load -w m", "graphvine data load --store neo4j --shared -w m"),
        ("graphvine segment show S1", "graphvine segment show -w 'a b' --exclude f.txt S1"),
        (
            "graphvine recommend --store embedded --all",
            "graphvine recommend -w 'a b' --exclude f.txt --store embedded --all",
        ),
        (
            "wipe: graphvine store wipe; then: graphvine data load",
            "wipe: graphvine store wipe -w 'a b' --store neo4j;"
            " then: graphvine data load -w 'a b' --store neo4j --shared",
        ),
        ("graphvine build m", "graphvine build --store neo4j --shared --exclude f.txt m"),
        ("make one: graphvine init DIR", "make one: graphvine init DIR"),
        ("graphvine is a program", "graphvine is a program"),
        ("labels that graphvine uses: 1 :Person", "labels that graphvine uses: 1 :Person"),
    ],
)
def test_what_is_missing_is_added(text: str, expected: str) -> None:
    assert completed(text, GIVEN) == expected


def test_nothing_is_added_without_options() -> None:
    assert completed("finish it: graphvine data load", Given()) == "finish it: graphvine data load"


def test_the_options_are_those_of_the_command_tree() -> None:
    taking: dict[str, set[str]] = {"-w": set(), "--store": set(), "--shared": set(), "--exclude": set()}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        for name, child in (getattr(node, "commands", None) or {}).items():
            walk(child, (*path, name))
        for parameter in node.params:
            for option in taking.keys() & set(parameter.opts):
                taking[option].add(" ".join(path))

    walk(typer.main.get_command(app), ())
    assert (taking["-w"], taking["--store"]) == (TAKE_WORKSPACE, TAKE_STORE)
    assert (taking["--shared"], taking["--exclude"]) == (TAKE_SHARED, TAKE_EXCLUDE)
