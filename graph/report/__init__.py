"""Renders a report: plain values (``ReportContent``) to one self-contained HTML page.

Reads no store, file or clock, so equal content gives equal text.
"""

from graph.report.content import Count, Fact, Headline, LoadCount, Market, Provenance, ReportContent, Skipped
from graph.report.findings import (
    Comparison,
    CurvePoint,
    KolRow,
    Lift,
    Member,
    ModelRow,
    ModelTable,
    Overlap,
    Plan,
    PlanSeed,
    Points,
    RecommendationRow,
    SegmentCard,
    SegmentMap,
    Spend,
    Weight,
)
from graph.report.page import render

__all__ = [
    "Comparison",
    "Count",
    "CurvePoint",
    "Fact",
    "Headline",
    "KolRow",
    "Lift",
    "LoadCount",
    "Market",
    "Member",
    "ModelRow",
    "ModelTable",
    "Overlap",
    "Plan",
    "PlanSeed",
    "Points",
    "Provenance",
    "RecommendationRow",
    "ReportContent",
    "SegmentCard",
    "SegmentMap",
    "Skipped",
    "Spend",
    "Weight",
    "render",
]
