"""docs/queries.md is the library, written down; set GRAPHVINE_UPDATE=1 to write it anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import queries

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"

HEAD = """\
# Named queries

What growth teams ask every week, ready to run on either store. The list is made from the headers of the files in
`queries/`; `graphvine query list` names them, `graphvine query show NAME` prints the Cypher for Neo4j Browser.

- Each passes the guard of [cypher.md](cypher.md), as what is typed does, and goes to the store as it is shown.
- Values are data: they never become part of the query's text. A list is written `a,b,c`.
- An amount is in yuan. Days, weeks, months and hours are those of the market's time zone, which the first load takes
  from the mapping; a time carries its offset, such as `2026-01-31T23:30:00+08:00`. A date is a day of the calendar.
- A kind of event that a market does not have counts as none, so that a query about rentals answers nothing in a shop.
- Queries about results ask for what a command with `--write` has put into the store; `graphvine query run results`
  lists it.
"""
GROUPS = {
    "People": (
        "customer-360", "person-timeline", "look-alikes", "friends-who-own", "top-customers", "repeat-buyers",
        "wish-list", "upgrade-candidates", "dormant-fans", "who-to-invite", "test-drive-no-purchase",
    ),
    "Products and vehicles": (
        "products-by-month", "co-bought", "cold-products", "item-ratings", "category-funnel", "brand-funnel",
        "brand-switches", "competitor-switches", "vehicle-competitors", "vehicle-loyalty", "rental-patterns",
    ),
    "The market": (
        "activity-by-month", "cohort-retention", "city-overview", "channel-funnel-by-week", "campaign-results",
        "topic-trends", "topic-leaders", "topic-purchases",
    ),
    "KOLs and word of mouth": (
        "kol-scorecard", "kol-audience", "audience-overlap", "kol-exclusive-reach", "kol-silent-audience",
        "kol-promotes-audience-owns", "promotion-results", "word-of-mouth", "referrals", "who-brought-whom",
        "referral-tree",
    ),
    "Results of our own runs": (
        "results", "segment-sizes", "segment-people", "segment-profile", "segment-favourites", "segment-kols",
        "segment-overlap", "person-recommendations", "recommended-to", "take-up", "plan-seeds", "kol-ranking",
    ),
    "Data quality": (
        "check-relations", "check-missing-values", "check-amounts", "check-repeated-events", "check-before-signup",
        "check-referrals", "check-lonely",
    ),
}  # fmt: skip


def page() -> str:
    """The page."""
    parts = [HEAD]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += ["\n".join(section(queries.load(name))) for name in names]
    return "\n".join(parts)


def section(query: queries.Query) -> Iterator[str]:
    """What there is to say about one query."""
    yield f"### {query.name}\n"
    yield f"{query.purpose}\n"
    yield f"    graphvine query run {query.example}\n"
    if query.parameters:
        yield "| parameter | type | default | |"
        yield "| --- | --- | --- | --- |"
        yield from (f"| {p.name} | {p.type} | {default(p)} | {p.doc} |" for p in query.parameters)
        yield ""
    yield "| column | type | |"
    yield "| --- | --- | --- |"
    yield from (f"| {c.name} | {c.type} | {c.doc} |" for c in query.columns)
    yield ""


def default(parameter: queries.Parameter) -> str:
    """The default as it would be typed."""
    if parameter.default is None:
        return "must be given"
    value = parameter.default
    return f"`{','.join(value) if isinstance(value, list) else value}`" if value != "" else "nothing"


def test_every_query_is_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == list(queries.names())


def test_the_page_is_current() -> None:
    if os.environ.get("GRAPHVINE_UPDATE"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()
