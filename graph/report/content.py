"""What a report says, as plain values: whoever holds the results fills these in, and the page only lays them out.

Every part may be absent (None or an empty tuple); the page then says so in a sentence. None of the values is a wall
time, so that the same results give the same bytes. Shares are fractions in [0, 1], money is in yuan, and a number that
is not known is None, never a stand-in.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.report.findings import (
    KolRow,
    ModelTable,
    Overlap,
    Plan,
    RecommendationRow,
    SegmentCard,
    SegmentMap,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it is, both as text that is shown as it stands."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of something."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Headline:
    """One answer of the briefing.

    Attributes:
        sentence: The answer, a whole sentence.
        figure: The number that carries it, shown large: ``1,930 people``; None for none.
    """

    sentence: str
    figure: str | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """What the graph holds.

    Attributes:
        nodes: Count per node type.
        edges: Count per relation.
        first: First day with an event, ISO; None without times.
        last: Last day with an event.
        fingerprint: Of the snapshot that everything was computed from.
    """

    nodes: tuple[Count, ...] = ()
    edges: tuple[Count, ...] = ()
    first: str | None = None
    last: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class LoadCount:
    """Rows of one file; read = created + updated + unchanged + duplicate + quarantined."""

    file: str
    read: int
    created: int
    updated: int
    unchanged: int
    duplicate: int
    quarantined: int

    @property
    def adds_up(self) -> bool:
        """Whether the equation holds."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.quarantined


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that did not run, and the sentence that says why."""

    step: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the figures come from.

    Attributes:
        results: Name of each result and its result id.
        inputs: Name of each input and its fingerprint.
        seed: Of all random streams.
        version: Of the code.
    """

    results: tuple[Fact, ...] = ()
    inputs: tuple[Fact, ...] = ()
    seed: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that one report says.

    Attributes:
        title: Of the page.
        subtitle: One line under it.
        lang: BCP 47 language of the page's own words.
        headlines: Three to six answers.
        market: What the graph holds.
        kols: The shortlist, best first.
        overlap: Shared audiences of the shortlist.
        plan: Whom to seed.
        segments: Cards, largest first.
        segment_map: Ties between segments.
        segments_note: ``no reliable segments: ...``, or another sentence about all of them.
        models: One table per target.
        recommendations: A sample of rows.
        quality: Load counts per file.
        rejects: Quarantined rows by reason.
        skipped: Steps that did not run.
        how_to_read: Sentences.
        caveats: Sentences.
        provenance: Result ids, seed, code and inputs.
    """

    title: str
    subtitle: str | None = None
    lang: str = "en"
    headlines: tuple[Headline, ...] = ()
    market: Market | None = None
    kols: tuple[KolRow, ...] = ()
    overlap: Overlap | None = None
    plan: Plan | None = None
    segments: tuple[SegmentCard, ...] = ()
    segment_map: SegmentMap | None = None
    segments_note: str | None = None
    models: tuple[ModelTable, ...] = ()
    recommendations: tuple[RecommendationRow, ...] = ()
    quality: tuple[LoadCount, ...] = ()
    rejects: tuple[Count, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    how_to_read: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    provenance: Provenance | None = None
