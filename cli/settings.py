"""Read the settings of a workspace: GRAPHVINE_SECTION__KEY wins over graphvine.toml, which wins over the defaults.

Options on the command line win over all of these; ``Session`` holds them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph.errors import ConfigError, nearest
from graph.workspace.settings import Settings

_PREFIX = "GRAPHVINE_"
# Settings of several values, with commas between them.
_LISTS = frozenset({("recommend", "targets"), ("neo4j", "plugins"), ("sensitive", "columns")})
# These are not settings: the workspace is an option, and the others configure the tests.
_NO_SETTINGS = frozenset({
    "GRAPHVINE_WORKSPACE", "GRAPHVINE_CACHE", "GRAPHVINE_DATA", "GRAPHVINE_NEO4J_VERSION", "GRAPHVINE_REQUIRE",
    "GRAPHVINE_UPDATE", "GRAPHVINE_THREADS",
})  # fmt: skip


def read_settings(file: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a workspace.

    Raises:
        ConfigError: the file or the environment holds an unknown key or a value out of range.
    """
    values: dict[str, Any] = {}
    if file.exists():
        try:
            values = tomllib.loads(file.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{file}: {error}", hint="the file must be TOML in UTF-8") from None
    origin: dict[tuple[str, ...], str] = {}
    for name, value in sorted((environment if environment is not None else os.environ).items()):
        if name.startswith(_PREFIX) and name not in _NO_SETTINGS:
            path = tuple(name.removeprefix(_PREFIX).lower().split("__"))
            section = values
            for part in path[:-1]:
                section = section.setdefault(part, {})
                if not isinstance(section, dict):
                    raise ConfigError(f"{name}: {part} is not a section", hint=f"known: {', '.join(_known(()))}")
            section[path[-1]] = value.split(",") if path in _LISTS else value
            origin[path] = name
    _hold_no_secret(values.get("neo4j"))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise _invalid(error, file, origin) from None
    if settings.sensitive.columns and not settings.sensitive.reason.strip():
        raise ConfigError(
            f"{file}: sensitive.columns is set without a reason",
            hint='say why they may be used, for the record: reason = "..." in the section [sensitive]',
        )
    return settings


def _invalid(error: ValidationError, file: Path, origin: Mapping[tuple[str, ...], str]) -> ConfigError:
    """The first problem of the settings, with the file or the variable that it comes from."""
    problem = error.errors()[0]
    path = tuple(str(part) for part in problem["loc"])
    named = next(
        (text for place, text in origin.items() if path[: len(place)] == place or place[: len(path)] == path), None
    )
    where = named or f"{file}: {'.'.join(path)}"
    if problem["type"] == "extra_forbidden":
        return ConfigError(f"{where}: unknown setting", hint=nearest(path[-1], _known(path[:-1])))
    return ConfigError(
        f"{where}: {problem['msg'].lower()}, not {problem['input']!r}",
        hint="the graphvine.toml that `graphvine init` writes shows every setting",
    )


def _hold_no_secret(section: Any) -> None:
    """Refuse a password among the settings, since every run folder keeps a copy of them; the error does not show it."""
    if isinstance(section, dict) and ("password" in section or "@" in str(section.get("uri", ""))):
        raise ConfigError(
            "a password for Neo4j is not a setting",
            hint="set NEO4J_PASSWORD, or name a file of mode 600 as credentials in the section [neo4j]",
        )


def _known(path: tuple[str, ...]) -> list[str]:
    model: Any = Settings
    for part in path:
        field = model.model_fields.get(part)
        if field is None or not hasattr(field.annotation, "model_fields"):
            break
        model = field.annotation
    return sorted(model.model_fields)
