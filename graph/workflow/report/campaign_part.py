"""KOLs and the plan as the report shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.influence.kols.ranking_io import SHORTLIST
from graph.report.findings import Comparison, CurvePoint, KolRow, Overlap, Plan, PlanSeed, Points
from graph.workflow.items import item_name
from graph.workflow.report.headlines import unit_of

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.influence.kols.ranking_io import KeptRanking
    from graph.influence.plan_io import KeptPlan


def kol_row(row: Mapping[str, Any]) -> KolRow:
    """A KOL of the shortlist, with the points of each known component."""
    plain = {name: row[name] for name in KolRow.__dataclass_fields__ if name in row}
    parts = tuple(
        Points(name.removeprefix("points_"), value)
        for name, value in row.items()
        if name.startswith("points_") and value is not None
    )
    return KolRow(**plain, parts=parts)


def overlap(found: KeptRanking | None) -> Overlap | None:
    """Shared audiences of the shortlist; None where it has fewer than two KOLs."""
    if found is None or len(found.shared) < 2:
        return None
    names = tuple(k["name"] or k["id"] for k in found.kols[:SHORTLIST])
    return Overlap(names, tuple(tuple(row) for row in found.shared))


def plan_part(graph: HeteroGraph, plan: KeptPlan | None) -> Plan | None:
    """Whom to seed, and what that brings beside the usual rules."""
    if plan is None:
        return None
    asked = plan.asked
    limits = [f"at most ¥{asked['budget']:,.0f}"] if asked.get("budget") is not None else []
    limits += [f"{asked['seeds']} seeds"] if asked.get("seeds") is not None else []
    about = [f"for {item_name(graph, asked['product'])}"] if asked.get("product") else []
    about += [f"in {asked['segment']}"] if asked.get("segment") else []
    return Plan(
        seeds=tuple(
            PlanSeed(s["rank"], s["person"], s["name"], s["cost"], s["gain"], s["cumulative_cost"], s["spread"])
            for s in plan.seeds
        ),
        curve=tuple(CurvePoint(s["rank"], s["cumulative_cost"], s["spread"], s["low"], s["high"]) for s in plan.seeds),
        comparisons=tuple(
            Comparison(r["name"], r["seeds"], r["cost"], r["spread"], r["low"], r["high"]) for r in plan.rivals
        ),
        certificate=plan.certificate,
        knee=_knee(plan.seeds),
        unit=unit_of(plan),
        question=", ".join(limits + about),
    )


def _knee(seeds: Sequence[Mapping[str, Any]]) -> int | None:
    """The point of the spread curve that lies farthest above the straight line between its ends."""
    if len(seeds) < 3:
        return None
    spread = np.array([0.0, *(s["spread"] for s in seeds)])
    costs = [s["cumulative_cost"] for s in seeds]
    along = np.array([0.0, *costs]) if all(costs) else np.arange(len(spread), dtype=np.float64)
    above = spread - along * (spread[-1] / along[-1])
    best = int(np.argmax(above))
    return best if 0 < best < len(seeds) and above[best] > 0 else None
