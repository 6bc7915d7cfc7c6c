"""Settings: command line, then GRAPHVINE_SECTION__KEY, then graphvine.toml, then the defaults here."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import ConfigError

_PREFIX = "GRAPHVINE_"
# Settings of several values, with commas between them.
_LISTS = frozenset({("recommend", "targets"), ("neo4j", "plugins"), ("sensitive", "columns")})
# The workspace is an option, and the others belong to the tests.
_NO_SETTINGS = frozenset(
    {
        "GRAPHVINE_WORKSPACE",
        "GRAPHVINE_CACHE",
        "GRAPHVINE_DATA",
        "GRAPHVINE_NEO4J_VERSION",
        "GRAPHVINE_REQUIRE",
        "GRAPHVINE_UPDATE",
    }
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(_Section):
    """Where the files are."""

    mapping: str = Field("mapping.toml", description="Mapping file, relative to the workspace.")
    directory: str = Field("", description="Folder of the data files; empty: the mapping file's own folder.")
    lock_timeout: float = Field(10.0, ge=0, description="Seconds to wait for another process that holds the store.")


class SegmentSettings(_Section):
    """How segments are found."""

    resolution: float | None = Field(None, gt=0, description="Modularity resolution; unset: chosen from the data.")


class RecommendSettings(_Section):
    """What is recommended."""

    targets: tuple[str, ...] = Field(
        (), description="What build trains models for: product, vehicle, your own types; empty: all that people want."
    )
    k: int = Field(10, ge=1, description="Items per person.")


class CampaignSettings(_Section):
    """Whom build seeds."""

    seeds: int = Field(10, ge=1, description="Number of seeds where costs are unknown or the budget is 0.")
    budget: float = Field(50_000.0, ge=0, description="Budget in yuan; 0: plan by number of seeds.")
    product: str = Field(
        "", description="Item that the campaign is for; empty: what most people are recommended first."
    )


class ConsentSettings(_Section):
    """Who has consented to what; where one of these is set, whoever has not agreed to a purpose is left out of it."""

    file: str = Field("", description="Table with person, purpose and granted, relative to the workspace.")
    column: str = Field("", description="Column of Person with the purposes agreed to, or yes or no.")


class SensitiveSettings(_Section):
    """Which sensitive columns and edge types are used all the same, and why."""

    columns: tuple[str, ...] = Field((), description="Names such as Person.health or Person-TREATED_AT-Clinic.")
    reason: str = Field("", description="Why they may be used; kept in every manifest.")


class Neo4jSettings(_Section):
    """Where the Neo4j database is; NEO4J_URI and its like win, and a password is never a setting."""

    uri: str = Field("bolt://localhost:7687", description="Address of the server.")
    username: str = Field("neo4j", description="User.")
    database: str = Field("neo4j", description="Database; Community has one for users.")
    credentials: str = Field(
        "", description="File of mode 600 with NEO4J_PASSWORD=... and others like it, relative to the workspace."
    )
    plugins: tuple[str, ...] = Field(
        (), description="Readers of plugins that queries may call, like apoc.text.* or gds.*.stream; none: no plugin."
    )


class Settings(_Section):
    """All settings."""

    seed: int = Field(7, ge=0, description="Seed of everything random.")
    store: Literal["embedded", "neo4j"] = Field("embedded", description="Where the market is: embedded or neo4j.")
    exclude: str = Field("", description="File of person ids that must not be contacted, relative to the workspace.")
    exclude_unknown: Literal["stop", "ok"] = Field("stop", description="What to do about ids on it that are in doubt.")
    data: DataSettings = DataSettings()
    segment: SegmentSettings = SegmentSettings()
    recommend: RecommendSettings = RecommendSettings()
    campaign: CampaignSettings = CampaignSettings()
    consent: ConsentSettings = ConsentSettings()
    sensitive: SensitiveSettings = SensitiveSettings()
    neo4j: Neo4jSettings = Neo4jSettings()


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
                    raise ConfigError(f"{name}: {part} is no section", hint=f"known: {', '.join(_known(()))}")
            section[path[-1]] = value.split(",") if path in _LISTS else value
            origin[path] = name
    _hold_no_secret(values.get("neo4j"))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        path = tuple(str(part) for part in problem["loc"])
        named = next(
            (text for place, text in origin.items() if path[: len(place)] == place or place[: len(path)] == path), None
        )
        where = named or f"{file}: {'.'.join(path)}"
        if problem["type"] == "extra_forbidden":
            known = _known(path[:-1])
            near = difflib.get_close_matches(path[-1], known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ConfigError(f"{where}: unknown setting", hint=hint) from None
        raise ConfigError(
            f"{where}: {problem['msg'].lower()}, not {problem['input']!r}",
            hint="the graphvine.toml that `graphvine init` writes shows every setting",
        ) from None
    if settings.sensitive.columns and not settings.sensitive.reason.strip():
        raise ConfigError(
            f"{file}: sensitive.columns is set without a reason",
            hint='say why they may be used, for the record: reason = "..." in the section [sensitive]',
        )
    return settings


def _hold_no_secret(section: Any) -> None:
    """Refuse a password among the settings, which every run folder repeats; the error does not."""
    if isinstance(section, dict) and ("password" in section or "@" in str(section.get("uri", ""))):
        raise ConfigError(
            "a password for Neo4j is no setting",
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
