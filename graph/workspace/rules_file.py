"""Reads a rules file, and the lists of ids that it names."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from graph.errors import ConfigError
from graph.recommend.rules.parse import parse_rules
from graph.recommend.rules.rules import Rules
from graph.workspace.existing_file import existing_file
from graph.workspace.id_lists import read_ids


def read_rules(file: Path) -> Rules:
    """The rules of a TOML file; lists of ids that it names lie beside it, unless their names say where.

    Raises:
        DataError: the file, or a list of ids that it names, is not there or cannot be read.
        ConfigError: it is not TOML, or a key or a value in it is wrong.
    """
    existing_file(file, hint="name the rules file where it is, or unset it")
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}", hint="the file must be TOML in UTF-8; see docs/rules.md") from None

    def ids_in(name: str, what: Literal["person", "item"]) -> tuple[str, ...]:
        return tuple(read_ids(file.parent / name, what=what))

    return parse_rules(document, str(file), ids_in)
