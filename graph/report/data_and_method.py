"""The report's parts on data quality, method and origin of the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from graph.report.content import Count, Fact, LoadCount, Market, Provenance, ReportContent, Skipped
from graph.report.formats import decimal, percent
from graph.report.markup import Column, Html, absent, bullets, element, join, table

_COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "quarantined")


def market_part(market: Market | None) -> Html:
    """Size and period of the graph, as one row of numbers."""
    if market is None:
        return absent("The counts of the market are not known.")
    period = f"{market.first} – {market.last}" if market.first and market.last else "no times in the data"
    nodes = [(count.name, decimal(count.count)) for count in market.nodes]
    shown = [*nodes, ("relationships", decimal(sum(count.count for count in market.edges))), ("period", period)]
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in shown)
    mark = element("p", "Data fingerprint ", element("code", market.fingerprint)) if market.fingerprint else None
    return element("div", element("dl", *pairs, class_="figures"), mark, class_="panel")


def data_part(content: ReportContent) -> Html:
    """Load counts, rejected rows, relations, and skipped steps."""
    edges = content.market.edges if content.market else ()
    left = [_rejects(content.rejects, content.quality), _relations(edges)]
    parts = [_loads(content.quality), element("div", *left, class_="two"), _skipped(content.skipped)]
    return join(parts)


def _loads(quality: Sequence[LoadCount]) -> Html:
    if not quality:
        return absent("No file was loaded in this run, so there are no row counts here.")
    columns = [Column("file"), *(Column(name, number=True) for name in _COUNTS), Column("adds up")]
    rows = [[load.file, *(f"{getattr(load, name):,}" for name in _COUNTS), _sums(load)] for load in quality]
    if len(quality) > 1:
        totals = LoadCount("all files", **{name: sum(getattr(load, name) for load in quality) for name in _COUNTS})
        rows.append([totals.file, *(f"{getattr(totals, name):,}" for name in _COUNTS), _sums(totals)])
    said = "Rows per file: read = created + updated + unchanged + duplicate + quarantined"
    return element("div", table(said, columns, rows), class_="panel")


def _sums(load: LoadCount) -> Html:
    return element("span", "yes") if load.adds_up else element("span", "⚠ no", class_="flag")


def _rejects(rejects: Sequence[Count], quality: Sequence[LoadCount]) -> Html:
    if not rejects:
        none = bool(quality) and not any(load.quarantined for load in quality)
        return absent("No row was quarantined." if none else "The reasons of quarantined rows are not known.")
    total = sum(count.count for count in rejects)
    columns = [Column("reason"), Column("rows", number=True), Column("share", number=True)]
    rows = [[c.name, decimal(c.count), percent(c.count / total if total else None)] for c in rejects]
    return element("div", table("Quarantined rows by reason", columns, rows), class_="panel")


def _relations(edges: Sequence[Count]) -> Html:
    if not edges:
        return absent("The counts per relation are not known.")
    columns = [Column("relation"), Column("relationships", number=True)]
    rows = [[count.name, decimal(count.count)] for count in edges]
    return element("div", table("Relationships by relation", columns, rows), class_="panel")


def _skipped(skipped: Sequence[Skipped]) -> Html:
    heading = element("h3", "Steps that were skipped")
    if not skipped:
        return element("div", heading, element("p", "No skipped step was recorded."), class_="panel")
    rows = [[row.step, row.sentence] for row in skipped]
    return element(
        "div",
        heading,
        table("Skipped steps", [Column("step"), Column("why")], rows, caption_shown=False),
        class_="panel",
    )


def method_part(how_to_read: Sequence[str], caveats: Sequence[str]) -> Html:
    """How to read the page, and caveats."""
    read = bullets(how_to_read) if how_to_read else element("p", "No reading notes were given.")
    beware = bullets(caveats) if caveats else element("p", "No caveats were recorded.")
    panels = [
        element("div", element("h3", title), body, class_="panel")
        for title, body in (("How to read this", read), ("Caveats", beware))
    ]
    return element("div", *panels, class_="two")


def provenance_part(provenance: Provenance | None) -> Html:
    """Origin of the numbers."""
    if provenance is None:
        return absent("No provenance was recorded; treat the figures as unverified.")
    seed = str(provenance.seed) if provenance.seed is not None else "unknown"
    run = [Fact("code version", provenance.version or "unknown"), Fact("seed", seed)]
    groups = (("Run", run), ("Results", provenance.results), ("Inputs", provenance.inputs))
    parts = []
    for title, facts in groups:
        body = _pairs(facts) if facts else element("p", "Not recorded.")
        parts += [element("h3", title), body]
    return element("div", *parts, class_="panel")


def _pairs(facts: Sequence[Fact]) -> Html:
    terms = [join([element("dt", fact.name), element("dd", element("code", fact.value))], between="") for fact in facts]
    return element("dl", *terms, class_="pairs")
