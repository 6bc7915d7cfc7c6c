"""ReportContent: everything that a report shows, as plain values.

Every part may be absent (None or an empty tuple); the page then has a sentence instead. There are no wall times, so
that equal results give equal bytes. Shares are fractions in [0, 1], money is in yuan, and unknown numbers are None.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.report.findings import KolRow, ModelTable, Overlap, Plan, RecommendationRow, SegmentCard, SegmentMap


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, both as text to show."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Count:
    """A name and a number."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the main results at the top of the report.

    Attributes:
        sentence: The result as a whole sentence.
        figure: Its main number, shown large: ``1,930 people``; or None.
    """

    sentence: str
    figure: str | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """Size and period of the graph.

    Attributes:
        nodes: Count per node type.
        edges: Count per relation.
        first: First day with an event, ISO; None without times.
        last: Last day with an event.
        fingerprint: Fingerprint of the snapshot that everything was computed from.
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
        """Whether the equation is true."""
        return self.read == self.created + self.updated + self.unchanged + self.duplicate + self.quarantined


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step that did not run, and the reason as a sentence."""

    step: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of the numbers.

    Attributes:
        results: Name of each result and its result id.
        inputs: Name of each input and its fingerprint.
        seed: Seed of all random numbers.
        version: Version of the code.
    """

    results: tuple[Fact, ...] = ()
    inputs: tuple[Fact, ...] = ()
    seed: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Content of a report.

    Attributes:
        title: Title of the page.
        subtitle: One line below the title.
        lang: BCP 47 language of the page's own words.
        headlines: Three to six main results.
        market: Size and period of the graph.
        kols: The shortlist, best first.
        overlap: Shared audiences of the shortlist.
        plan: The campaign plan.
        segments: Cards, largest first.
        segment_map: Ties between segments.
        segments_note: ``no reliable segments: ...``, or another sentence about all of them.
        models: One table per target.
        recommendations: A sample of rows.
        quality: Load counts per file.
        rejects: Quarantined rows by reason.
        skipped: Steps that did not run.
        how_to_read: Explanations, one sentence each.
        caveats: Caveats, one sentence each.
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
