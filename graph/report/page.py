"""Renders the report as one HTML file without scripts and without external files.

Order: main results, then KOLs, plan, segments and recommendations, then data quality and method.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graph.report.content import Headline, ReportContent
from graph.report.data_and_method import data_part, market_part, method_part, provenance_part
from graph.report.kols_and_plan import campaign_plan, kol_shortlist
from graph.report.markup import Html, absent, element, join
from graph.report.models_and_recommendations import model_part, recommendation_part
from graph.report.segments import segment_part
from graph.report.style import css

# Forbids loading and running anything, whatever texts the data contains.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

# Anchor, title and one line of explanation of each part, in reading order.
_OUTLINE = (
    ("answers", "Answers", "What came out, in a few sentences; everything below says what it rests on."),
    (
        "kols",
        "KOL shortlist",
        "Scored by what each one would bring to this market. Followers are shown and never scored.",
    ),
    (
        "plan",
        "Whom to seed",
        "Each seed counts only what it adds to those before it, so shared audiences are paid for once.",
    ),
    (
        "segments",
        "Segments",
        "Who belongs together. ×2 means twice as common as in the whole market; n is the people behind it.",
    ),
    (
        "models",
        "Models",
        "How well each way of recommending foresees what people did next, beside the simplest ways. "
        "Where intervals overlap widely, the difference is not settled.",
    ),
    (
        "recommendations",
        "Recommendations",
        "A sample of rows as exported. Every reason names something that is in the data.",
    ),
    ("data", "Data quality", "Every row that was read is accounted for."),
    ("method", "Method and caveats", "What the figures mean and what they do not."),
    ("provenance", "Provenance", "Enough to make this page again and to check that it is the same."),
)


class _Part(NamedTuple):
    anchor: str
    title: str
    lead: str
    body: Html


def render(content: ReportContent) -> str:
    """The report as one self-contained HTML5 document.

    Args:
        content: The content; a sentence replaces each absent part.

    Returns:
        HTML text, to be written as UTF-8, with inline style and SVG, no scripts and no external addresses. Equal
        content gives equal text.
    """
    parts = _parts(content)
    body = element(
        "body",
        element("a", "Skip to the answers", href="#answers", class_="skip"),
        element(
            "div",
            _header(content, parts),
            element("main", join((_section(part) for part in parts), between="\n")),
            element("footer", "Made by graphvine. The same inputs give the same page, byte for byte."),
            class_="page",
        ),
    )
    page = element("html", _head(content), "\n", body, lang=content.lang)
    return f"<!DOCTYPE html>\n{page}\n"


def _parts(content: ReportContent) -> list[_Part]:
    bodies = {
        "answers": join([_headlines(content.headlines), market_part(content.market)]),
        "kols": kol_shortlist(content.kols, content.overlap),
        "plan": campaign_plan(content.plan),
        "segments": segment_part(content.segments, content.segment_map, content.segments_note),
        "models": model_part(content.models),
        "recommendations": recommendation_part(content.recommendations),
        "data": data_part(content),
        "method": method_part(content.how_to_read, content.caveats),
        "provenance": provenance_part(content.provenance),
    }
    return [_Part(anchor, title, lead, bodies[anchor]) for anchor, title, lead in _OUTLINE]


def _head(content: ReportContent) -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", content.title),
        element("style", Html(css())),
    )


def _header(content: ReportContent, parts: Sequence[_Part]) -> Html:
    links = (element("li", element("a", part.title, href=f"#{part.anchor}")) for part in parts)
    return element(
        "header",
        element("h1", content.title),
        element("p", content.subtitle, class_="subtitle") if content.subtitle else None,
        element("nav", element("ul", *links), aria_label="Parts of the report"),
    )


def _section(part: _Part) -> Html:
    anchor, title, lead, body = part
    heading = element("h2", title, id=f"{anchor}-title")
    return element(
        "section", heading, element("p", lead, class_="lead"), body, id=anchor, aria_labelledby=f"{anchor}-title"
    )


def _headlines(headlines: Sequence[Headline]) -> Html:
    if not headlines:
        return absent("No headline was written; the parts below speak for themselves.")
    items = (
        element("li", element("strong", line.figure) if line.figure else None, line.sentence) for line in headlines
    )
    return element("ul", *items, class_="answers")
