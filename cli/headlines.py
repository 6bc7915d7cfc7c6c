"""The answers that stand first in the report and at the end of a build, and the names that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.commands.campaign import TAKERS, figure
from graph.report import Headline, ModelTable

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.segment.card import Card
    from graph.segment.segmentation import Segmentation


def names_of(graph: HeteroGraph, node_type: str) -> Any:
    """Display names of all nodes of that type; None where there are none."""
    column: Any = graph.nodes[node_type].columns.get("name") if node_type in graph.nodes else None
    return column


def name_of(graph: HeteroGraph, node_type: str, node: str) -> str | None:
    """Display name of a node, None where it has none."""
    names = names_of(graph, node_type)
    if names is None:
        return None
    number = graph.ids(node_type).texts.find(node)
    return (names[number] or None) if number >= 0 else None


def item_name(graph: HeteroGraph, item: str) -> str:
    """Name and id of an item that may have its type before it."""
    kind, _, node = item.rpartition(":")
    types = [t for t in graph.schema.targets() if kind.lower() in ("", t.lower())]
    name = next((n for t in reversed(types) if (n := name_of(graph, t, node))), None)
    return f"{name} ({node})" if name else node


def unit_of(plan: dict[str, Any]) -> str:
    """What the spread of a plan counts."""
    return TAKERS if plan["asked"].get("product") else "people"


def segments_note(segments: Segmentation) -> str:
    """How far the segments can be relied on, as a sentence."""
    note = segments.reason[0].upper() + segments.reason[1:] + "."
    return f"{note} {segments.unassigned:,} people have too little data." if segments.unassigned else note


def headlines(
    graph: HeteroGraph,
    found: tuple[Segmentation, tuple[Card, ...]] | None,
    models: tuple[ModelTable, ...],
    kols: list[dict[str, Any]],
    plan: dict[str, Any] | None,
) -> list[Headline]:
    """The answers that a head of growth reads first."""
    said = []
    if found is not None and found[0].reliable:
        largest = found[1][0]
        said.append(
            Headline(
                f"The largest, {largest.id} ({largest.name}), holds {largest.share:.0%} of the assigned people.",
                f"{len(found[1])} segments",
            )
        )
    elif found is not None:
        said.append(Headline(segments_note(found[0]), "no segments"))
    for table in models:
        best = next((r for r in table.rows if r.model == "fusion" and r.slice == "overall"), None)
        if best is not None and best.judged and best.value is not None:
            lead = (table.verdict or "").split(" Chosen on validation")[0]
            said.append(
                Headline(
                    f"For the next {table.target} {lead[:1].lower()}{lead[1:]}", f"{best.value:.3f} {table.metric}"
                )
            )
    if plan and plan["seeds"]:
        rivals = {r["name"]: r["spread"] for r in plan["rivals"]}
        top = rivals.get("top followers")
        compared = f", the seeds themselves {figure(plan['own'])} of it"
        compared += f"; the accounts with most followers would reach {figure(top)}" if top is not None else ""
        cost = f" for ¥{plan['cost']:,.0f}" if plan["cost"] else ""
        wanted = plan["asked"].get("product")
        aim = f" for {item_name(graph, wanted)}" if wanted else ""
        said.append(
            Headline(
                f"What {len(plan['seeds'])} seeds{cost} reach{aim}{compared}.",
                f"{figure(plan['spread'])} {unit_of(plan)}",
            )
        )
    if kols:
        first = kols[0]
        said.append(
            Headline(
                f"{first['name'] or first['id']} ({first['tier'] or 'tier unknown'}) is the KOL with the best score.",
                f"{first['score']:.0f} points",
            )
        )
    return said
