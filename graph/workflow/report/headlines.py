"""The answers that stand first in the report and at the end of a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graph.recommend.train import COMBINED
from graph.report.content import Headline
from graph.report.findings import ModelTable
from graph.workflow.items import item_name
from graph.workflow.plans import TAKERS, figure

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.influence.plan_io import KeptPlan
    from graph.segment.segmentation import Segmentation
    from graph.workflow.segments import Segments


def unit_of(plan: KeptPlan) -> str:
    """What the spread of a plan counts."""
    return TAKERS if plan.asked.get("product") else "people"


def segments_note(segments: Segmentation) -> str:
    """How far the segments can be relied on, as a sentence."""
    note = segments.reason[0].upper() + segments.reason[1:] + "."
    return f"{note} {segments.unassigned:,} people have too little data." if segments.unassigned else note


def headlines(
    graph: HeteroGraph,
    found: Segments | None,
    models: Sequence[ModelTable],
    kols: Sequence[Mapping[str, Any]],
    plan: KeptPlan | None,
) -> list[Headline]:
    """The answers that a head of growth reads first."""
    answers = [] if found is None else [_segments_headline(found)]
    answers += [one for table in models if (one := _model_headline(table)) is not None]
    if plan is not None and plan.seeds:
        answers.append(_plan_headline(graph, plan))
    if kols:
        first = kols[0]
        answers.append(
            Headline(
                f"{first['name'] or first['id']} ({first['tier'] or 'tier unknown'}) is the KOL with the best score.",
                f"{first['score']:.0f} points",
            )
        )
    return answers


def _segments_headline(found: Segments) -> Headline:
    if not found.segmentation.reliable:
        return Headline(segments_note(found.segmentation), "no segments")
    largest = next(iter(found.cards))
    return Headline(
        f"The largest, {largest.id} ({largest.name}), holds {largest.share:.0%} of the assigned people.",
        f"{len(found.cards)} segments",
    )


def _model_headline(table: ModelTable) -> Headline | None:
    """How good the model of a target is; None where too few people were judged."""
    best = next((r for r in table.rows if r.model == COMBINED and r.slice == "overall"), None)
    if best is None or not best.judged or best.value is None:
        return None
    lead = (table.verdict or "").split(" Chosen on validation")[0]
    return Headline(f"For the next {table.target} {lead[:1].lower()}{lead[1:]}", f"{best.value:.3f} {table.metric}")


def _plan_headline(graph: HeteroGraph, plan: KeptPlan) -> Headline:
    rivals = {r["name"]: r["spread"] for r in plan.rivals}
    top = rivals.get("top followers")
    compared = f", the seeds themselves {figure(plan.own)} of it"
    compared += f"; the accounts with most followers would reach {figure(top)}" if top is not None else ""
    cost = f" for ¥{plan.cost:,.0f}" if plan.cost else ""
    wanted = plan.asked.get("product")
    aim = f" for {item_name(graph, wanted)}" if wanted else ""
    return Headline(
        f"What {len(plan.seeds)} seeds{cost} reach{aim}{compared}.", f"{figure(plan.spread)} {unit_of(plan)}"
    )
