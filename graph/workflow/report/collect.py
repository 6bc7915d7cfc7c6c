"""The latest results of a workspace as the plain values that the report lays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.influence.kols.ranking_io import SHORTLIST, read_ranking
from graph.influence.plan_io import read_plan
from graph.notebook import html_table
from graph.recommend.recommendations_io import read_summary
from graph.report.content import Count, Fact, Market, Provenance, ReportContent, Skipped
from graph.report.findings import RecommendationRow
from graph.report.load_counts_io import read_load_counts
from graph.workflow.items import name_of
from graph.workflow.report.campaign_part import kol_row, overlap, plan_part
from graph.workflow.report.headlines import headlines, segments_note
from graph.workflow.report.latest import LatestResults
from graph.workflow.report.model_part import model_tables
from graph.workflow.report.segment_part import segment_card, segment_map, shown_segments
from graph.workspace.identity import version
from graph.zones import local_day

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.workspace.workspace import Workspace

_HOW_TO_READ = (
    "A segment is a group of people who behave alike. Lift says how much more often its people have something than "
    "people at large, and n says how many of them do.",
    "NDCG@10 judges a list of ten by how high it puts what people really chose next, among all items; 1 is perfect. "
    "Its intervals are 95% over people. Everything was chosen on validation data; the test was asked once.",
    "Spread is the expected number of people that word of mouth from the seeds reaches, the seeds themselves among "
    "them, under strengths learned from past reactions. For a product only reached people who are expected to take it "
    "in the coming period count, whether or not the word moved them. Its intervals are 90%.",
    "A KOL's score is the sum of its parts; followers are shown and never scored.",
)
_CAVEATS = (
    "Influence is learned from who reacts to whom. People who like the same things also follow each other, so it "
    "foretells and does not prove causes; only a test with a control group does.",
    "What was not recorded is unknown to every figure here: sales in other channels, ties on other platforms.",
)
_HEADLINE = ("figure", "sentence")


def collect_report(workspace: Workspace, skipped: Mapping[str, str]) -> ReportContent:
    """What the page says; a result that does not exist is left out.

    Args:
        workspace: The workspace.
        skipped: Step of a build to the sentence that says why it was skipped.

    Raises:
        PrerequisiteError: there is no snapshot.
    """
    graph = workspace.graph()
    results = LatestResults(workspace, graph)
    found, models = shown_segments(results), tuple(model_tables(results))
    ranking, plan = results.read("kols", read_ranking), results.read("seeds", read_plan)
    kols = ranking.kols[:SHORTLIST] if ranking else ()
    sample = tuple(_sample(results, graph))
    events = sum(map(graph.happened, graph.edge_sets))
    notes = dict.fromkeys(note for kept in (ranking, plan) if kept for note in kept.notes)
    return ReportContent(
        title="Market report",
        subtitle=f"{graph.count('Person'):,} people, {events:,} events",
        headlines=tuple(headlines(graph, found, models, kols, plan)),
        market=_market(graph),
        kols=tuple(map(kol_row, kols)),
        overlap=overlap(ranking),
        plan=plan_part(graph, plan),
        segments=() if found is None else tuple(segment_card(card, graph) for card in found.cards),
        segment_map=None if found is None else segment_map(found.segmentation, graph),
        segments_note=None if found is None else segments_note(found.segmentation),
        models=models,
        recommendations=sample,
        quality=read_load_counts(workspace.load_counts),
        rejects=tuple(_rejects(workspace)),
        skipped=tuple(Skipped(step, sentence) for step, sentence in {**skipped, **results.stale}.items()),
        how_to_read=_HOW_TO_READ,
        caveats=(*notes, *_CAVEATS),
        provenance=Provenance(
            results=tuple(Fact(name, value) for name, value in results.shown.items()),
            inputs=(Fact("snapshot", graph.fingerprint),),
            seed=workspace.seed,
            version=version(),
        ),
    )


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Attributes:
        file: The page.
        content: What it says.
    """

    file: Path
    content: ReportContent

    def to_frame(self) -> pd.DataFrame:
        """The headlines as a frame."""
        import pandas as pd

        return pd.DataFrame([(one.figure, one.sentence) for one in self.content.headlines], columns=list(_HEADLINE))

    def __repr__(self) -> str:
        return f"<Report: {self.file}, {len(self.content.headlines)} headlines>"

    def _repr_html_(self) -> str:
        rows = ((one.figure, one.sentence) for one in self.content.headlines)
        return html_table(str(self.file), _HEADLINE, rows)


def write_report(workspace: Workspace, file: Path | None, *, skipped: Mapping[str, str]) -> Report:
    """Collect the latest results and write the page whole.

    Args:
        workspace: The workspace.
        file: The page; None for the report of the workspace.
        skipped: See ``collect_report``.

    Returns:
        The report.
    """
    from graph.atomic_io import replace_file
    from graph.report.page import render

    report = Report(file or workspace.folder.report, collect_report(workspace, skipped))
    replace_file(report.file, render(report.content).encode("utf-8"))
    return report


def _market(graph: HeteroGraph) -> Market:
    periods = [e.period for e in graph.edge_sets.values() if e.period]
    return Market(
        nodes=tuple(Count(name, len(nodes)) for name, nodes in graph.nodes.items()),
        edges=tuple(Count(str(key), graph.happened(key)) for key in graph.edge_sets),
        first=local_day(min(first for first, _ in periods), graph.zone).isoformat() if periods else None,
        last=local_day(max(last for _, last in periods), graph.zone).isoformat() if periods else None,
        fingerprint=graph.fingerprint,
    )


def _sample(results: LatestResults, graph: HeteroGraph) -> list[RecommendationRow]:
    """A few recommendations of each target; a segment is shown only of people who may be profiled."""
    rows = []
    for target in results.workspace.targets():
        facts = results.read(f"recommendations/{target}", read_summary)
        for row in facts.sample if facts else ():
            user, item_type, item, rank, score, _, reason, segment, _ = row
            people, items = name_of(graph, "Person", user), name_of(graph, item_type, item)
            segment = None if user in results.unprofiled else segment
            rows.append(RecommendationRow(user, item, item_type.lower(), rank, score, reason, people, items, segment))
    return rows


def _rejects(workspace: Workspace) -> list[Count]:
    from graph.ingest.rejects.quarantine import Quarantine

    reasons = [str(r["reason"]) for r in Quarantine(workspace.quarantine).records()]
    return [Count(reason.replace("_", " "), reasons.count(reason)) for reason in sorted(set(reasons))]
