"""Settings of a workspace as values, with their defaults; callers read them from files and the environment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graph.trust.lists import DoubtPolicy

# The kinds of store; ``Workspace.store`` opens each, and ``StoreName`` in cli/options.py offers them.
StoreKind = Literal["embedded", "neo4j"]


class Section(BaseModel):
    """A group of settings; frozen, and without unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Section):
    """Where the files are."""

    mapping: str = Field("mapping.toml", description="Mapping file, relative to the workspace.")
    directory: str = Field("", description="Folder of the data files; empty: the mapping file's own folder.")
    lock_timeout: float = Field(10.0, ge=0, description="Seconds to wait for another process that holds the store.")


class SegmentSettings(Section):
    """How segments are found."""

    resolution: float | None = Field(None, gt=0, description="Modularity resolution; unset: chosen from the data.")


class RecommendSettings(Section):
    """What is recommended."""

    targets: tuple[str, ...] = Field(
        (), description="What build trains models for: product, vehicle, your own types; empty: all that people want."
    )
    k: int = Field(10, ge=1, description="Items per person.")
    rules: str | dict[str, str] = Field(
        "", description="Rules file, relative to the workspace; or a table with one for each target."
    )
    people_per_part: int = Field(
        20_000,
        ge=1,
        description="People whose rows are made and kept at a time; an interrupted run goes on after them.",
    )


class CampaignSettings(Section):
    """Whom build seeds."""

    seeds: int = Field(10, ge=1, description="Number of seeds where costs are unknown or the budget is 0.")
    budget: float = Field(50_000.0, ge=0, description="Budget in yuan; 0: plan by number of seeds.")
    product: str = Field(
        "", description="Item that the campaign is for; empty: what most people are recommended first."
    )


class ConsentSettings(Section):
    """Who has consented to what; where one of these is set, whoever has not agreed to a purpose is left out of it."""

    file: str = Field("", description="Table with person, purpose and granted, relative to the workspace.")
    column: str = Field("", description="Column of Person with the purposes agreed to, or yes or no.")


class SensitiveSettings(Section):
    """Which sensitive columns and edge types are used all the same, and why."""

    columns: tuple[str, ...] = Field((), description="Names such as Person.health or Person-TREATED_AT-Clinic.")
    reason: str = Field("", description="Why they may be used; kept in every manifest.")


class Neo4jSettings(Section):
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


class Settings(Section):
    """All settings."""

    seed: int = Field(7, ge=0, description="Seed of everything random.")
    store: StoreKind = Field("embedded", description="Where the market is: embedded or neo4j.")
    exclude: str = Field("", description="File of person ids that must not be contacted, relative to the workspace.")
    exclude_unknown: DoubtPolicy = Field("stop", description="What to do about ids on it that are in doubt.")
    data: DataSettings = DataSettings()
    segment: SegmentSettings = SegmentSettings()
    recommend: RecommendSettings = RecommendSettings()
    campaign: CampaignSettings = CampaignSettings()
    consent: ConsentSettings = ConsentSettings()
    sensitive: SensitiveSettings = SensitiveSettings()
    neo4j: Neo4jSettings = Neo4jSettings()
