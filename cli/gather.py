"""The latest results of a workspace as the plain values that the report lays out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cli.audience import left_out
from cli.commands.kol import SHORTLIST
from cli.headlines import headlines, item_name, name_of, segments_note, unit_of
from cli.session import Session
from graph.errors import PrerequisiteError
from graph.report import (
    Comparison,
    Count,
    CurvePoint,
    Fact,
    KolRow,
    Lift,
    LoadCount,
    Market,
    Member,
    ModelRow,
    ModelTable,
    Overlap,
    Plan,
    PlanSeed,
    Points,
    Provenance,
    RecommendationRow,
    ReportContent,
    SegmentCard,
    SegmentMap,
    Skipped,
    Spend,
    Weight,
)
from graph.schema import MARKET
from graph.trust.lists import Purpose
from graph.zones import local_day

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.segment.card import Card
    from graph.segment.segmentation import Segmentation

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
_SHOWN_ASPECTS = ("tag", "category", "brand", "vehicle", "product", "kol", "city")
_SHOWN_LIFTS = 2


def gather_content(session: Session, absent: dict[str, str]) -> ReportContent:
    """What the page says; a result that does not exist is left out, and ``absent`` says why."""
    from cli.runs import version

    graph = session.graph()
    results = _Results(session, graph)
    found = _segments(results)
    models = tuple(_models(results))
    ranking = results.facts("kols", "kols.json")
    kols: list[dict[str, Any]] = ranking["kols"][:SHORTLIST] if ranking else []
    plan = results.facts("seeds", "plan.json")
    sample = tuple(_sample(results, graph))
    events = sum(map(graph.happened, graph.edge_sets))
    return ReportContent(
        title="Market report",
        subtitle=f"{graph.count('Person'):,} people, {events:,} events",
        headlines=tuple(headlines(graph, found, models, kols, plan)),
        market=_market(graph),
        kols=tuple(_kol_row(row) for row in kols),
        overlap=_overlap(ranking),
        plan=_plan_part(graph, plan),
        segments=() if found is None else tuple(_card(card, graph) for card in found[1]),
        segment_map=None if found is None else _segment_map(found[0], graph),
        segments_note=None if found is None else segments_note(found[0]),
        models=models,
        recommendations=sample,
        quality=tuple(_quality(session)),
        rejects=tuple(_rejects(session)),
        skipped=tuple(Skipped(step, sentence) for step, sentence in {**absent, **results.stale}.items()),
        how_to_read=_HOW_TO_READ,
        caveats=(
            *dict.fromkeys(note for facts in (ranking, plan) if facts for note in facts.get("notes", ())),
            *_CAVEATS,
        ),
        provenance=Provenance(
            results=tuple(Fact(name, value) for name, value in results.shown.items()),
            inputs=(Fact("snapshot", graph.fingerprint),),
            seed=session.seed,
            version=version(),
        ),
    )


class _Results:
    """The latest results of a workspace, as far as they were made from the snapshot that the report is about.

    A result for marketing also has to be made without the people who are left out today.

    Attributes:
        unprofiled: Ids of the people whose segment may not be shown today, whatever a result holds.
        shown: Kind of result to its name.
        stale: Kind of result to a sentence, where the latest one belongs to another snapshot or leaves others out.
    """

    def __init__(self, session: Session, graph: HeteroGraph) -> None:
        self.session, self.snapshot = session, graph.fingerprint
        mask = session.mask(graph.ids("Person"))
        self.left_out = left_out(mask)
        self.unprofiled = mask.ids(Purpose.PROFILING)
        self.shown: dict[str, str] = {}
        self.stale: dict[str, str] = {}

    def folder(self, kind: str) -> Path | None:
        """The folder of the latest result, whatever snapshot it was made from."""
        try:
            return self.session.workspace.latest(kind, command="graphvine build")
        except PrerequisiteError:
            return None

    def accept(self, kind: str, folder: Path, snapshot: str) -> bool:
        """Whether the result may be shown; remembers the answer."""
        if snapshot == self.snapshot:
            self.shown[kind] = folder.name
            return True
        self.stale[kind] = "the latest result belongs to another snapshot; graphvine build makes it anew"
        return False

    def facts(self, kind: str, name: str) -> dict[str, Any] | None:
        """The JSON of the latest result, or None where there is none of this snapshot."""
        folder = self.folder(kind)
        if folder is None:
            return None
        found: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
        inputs = found["inputs"]
        if self.left_out and inputs.get("left_out") != self.left_out["left_out"]:
            self.stale[kind] = "it was made when other people were left out; graphvine build makes it anew"
            return None
        return found if self.accept(kind, folder, inputs["snapshot"]) else None


def _market(graph: HeteroGraph) -> Market:
    periods = [e.period for e in graph.edge_sets.values() if e.period]
    return Market(
        nodes=tuple(Count(name, len(nodes)) for name, nodes in graph.nodes.items()),
        edges=tuple(Count(str(key), graph.happened(key)) for key in graph.edge_sets),
        first=local_day(min(first for first, _ in periods), graph.zone).isoformat() if periods else None,
        last=local_day(max(last for _, last in periods), graph.zone).isoformat() if periods else None,
        fingerprint=graph.fingerprint,
    )


def _segments(results: _Results) -> tuple[Segmentation, tuple[Card, ...]] | None:
    from cli.commands.segment import read_segments

    folder = results.folder("segments")
    if folder is None:
        return None
    segments, cards = read_segments(results.session, folder)
    return (segments, tuple(cards)) if results.accept("segments", folder, segments.fingerprint) else None


def _card(card: Card, graph: HeteroGraph) -> SegmentCard:
    own = [name.lower() for name in graph.nodes if name not in MARKET.nodes]
    return SegmentCard(
        id=card.id,
        name=card.name,
        size=card.size,
        share=card.share,
        confidence=card.confidence,
        lifts=tuple(
            Lift(t.label, t.aspect, t.lift, t.people, t.of)
            for aspect in (*_SHOWN_ASPECTS, *own)
            for t in card.top(aspect)[:_SHOWN_LIFTS]
        ),
        typical=tuple(Member(m.person, name_of(graph, "Person", m.person)) for m in card.typical),
        influential=tuple(Member(m.person, name_of(graph, "Person", m.person)) for m in card.influential),
        spend=None if card.spend is None else Spend(card.spend.total, card.spend.total / card.size, card.spend.buyers),
        note="It recurs too seldom in resamples to act on unseen." if card.exploratory else None,
    )


def _segment_map(segments: Segmentation, graph: HeteroGraph) -> SegmentMap | None:
    from graph.influence import tie_keys

    count = len(segments)
    flows = np.zeros((count, count), np.int64)
    labels = np.asarray(segments.labels)
    for key in tie_keys(graph):
        events = graph.events(key)
        one, two = labels[events.src], labels[events.dst]
        known = (one >= 0) & (two >= 0)
        np.add.at(flows, (one[known], two[known]), np.rint(events.times[known]).astype(np.int64))
    if not flows.any():
        return None
    return SegmentMap(segments.ids, tuple(segments.sizes.tolist()), tuple(tuple(row) for row in flows.tolist()))


def _models(results: _Results) -> list[ModelTable]:
    from graph.recommend.model_io import read_about

    tables = []
    for target in results.session.targets():
        folder = results.folder(f"models/{target}")
        if folder is None:
            continue
        about = read_about(folder)["about"]
        if not results.accept(f"models/{target}", folder, about["graph"]):
            continue
        rows = tuple(
            ModelRow(r["model"], r["slice"], r["ndcg"], r["ndcg_low"], r["ndcg_high"], r["users"], r["judged"])
            for r in about["metrics"]
        )
        weights = tuple(Weight(name, float(np.mean(values))) for name, values in about["weights"].items())
        verdict = (
            f"{_lead(about)} Chosen on validation: {about['fusion']}. Predicted: {', '.join(about['positives'])}; "
        )
        verdict += f"{about['split']['note']}."
        tables.append(ModelTable(target, f"NDCG@{about['k']}", rows, "fusion", weights, verdict))
    return tables


def _lead(about: dict[str, Any]) -> str:
    """How the fusion stands to the best of its voters on the test, as a sentence."""
    overall = {r["model"]: r for r in about["metrics"] if r["slice"] == "overall"}
    fusion = overall.pop("fusion")
    if not fusion["judged"] or fusion["ndcg"] is None:
        return f"{fusion['users']} people are too few to judge by."
    best = max(overall.values(), key=lambda r: r["ndcg"])
    gap = next(d for d in about["differences"] if d["slice"] == "overall" and d["against"] == best["model"])
    if gap["low"] == gap["high"] == 0:
        return (
            f"The simple model {best['model']} won on validation and is used alone; it scores {best['ndcg']:.3f}, "
            f"popularity {overall['popularity']['ndcg']:.3f}."
        )
    return (
        f"The fusion scores {fusion['ndcg']:.3f}; the best single voter, {best['model']}, {best['ndcg']:.3f} "
        f"(95% of the difference: {gap['low']:+.3f} to {gap['high']:+.3f}); popularity "
        f"{overall['popularity']['ndcg']:.3f}."
    )


def _kol_row(row: dict[str, Any]) -> KolRow:
    plain = {name: row[name] for name in KolRow.__dataclass_fields__ if name in row}
    parts = tuple(
        Points(name.removeprefix("points_"), value)
        for name, value in row.items()
        if name.startswith("points_") and value is not None
    )
    return KolRow(**plain, parts=parts)


def _overlap(found: dict[str, Any] | None) -> Overlap | None:
    if not found or len(found["shared"]) < 2:
        return None
    names = tuple(k["name"] or k["id"] for k in found["kols"][:SHORTLIST])
    return Overlap(names, tuple(tuple(row) for row in found["shared"]))


def _plan_part(graph: HeteroGraph, plan: dict[str, Any] | None) -> Plan | None:
    if plan is None:
        return None
    asked = plan["asked"]
    limits = [f"at most ¥{asked['budget']:,.0f}"] if asked.get("budget") is not None else []
    limits += [f"{asked['seeds']} seeds"] if asked.get("seeds") is not None else []
    about = [f"for {item_name(graph, asked['product'])}"] if asked.get("product") else []
    about += [f"in {asked['segment']}"] if asked.get("segment") else []
    return Plan(
        seeds=tuple(
            PlanSeed(s["rank"], s["person"], s["name"], s["cost"], s["gain"], s["cumulative_cost"], s["spread"])
            for s in plan["seeds"]
        ),
        curve=tuple(
            CurvePoint(s["rank"], s["cumulative_cost"], s["spread"], s["low"], s["high"]) for s in plan["seeds"]
        ),
        comparisons=tuple(
            Comparison(r["name"], r["seeds"], r["cost"], r["spread"], r["low"], r["high"]) for r in plan["rivals"]
        ),
        certificate=plan["certificate"],
        knee=_knee(plan["seeds"]),
        unit=unit_of(plan),
        question=", ".join(limits + about),
    )


def _knee(seeds: list[dict[str, Any]]) -> int | None:
    """The point of the spread curve that lies farthest above the straight line between its ends."""
    if len(seeds) < 3:
        return None
    spread = np.array([0.0, *(s["spread"] for s in seeds)])
    costs = [s["cumulative_cost"] for s in seeds]
    along = np.array([0.0, *costs]) if all(costs) else np.arange(len(spread), dtype=np.float64)
    above = spread - along * (spread[-1] / along[-1])
    best = int(np.argmax(above))
    return best if 0 < best < len(seeds) and above[best] > 0 else None


def _sample(results: _Results, graph: HeteroGraph) -> list[RecommendationRow]:
    rows = []
    for target in results.session.targets():
        facts = results.facts(f"recommendations/{target}", "summary.json")
        for row in facts["sample"] if facts else []:
            user, item_type, item, rank, score, _, reason, segment, _ = row
            people, items = name_of(graph, "Person", user), name_of(graph, item_type, item)
            segment = None if user in results.unprofiled else segment
            rows.append(RecommendationRow(user, item, item_type.lower(), rank, score, reason, people, items, segment))
    return rows


def _quality(session: Session) -> list[LoadCount]:
    file = session.load_note
    names = LoadCount.__dataclass_fields__
    try:
        return [LoadCount(**{n: c[n] for n in names}) for c in json.loads(file.read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _rejects(session: Session) -> list[Count]:
    from graph.ingest.rejects.quarantine import Quarantine

    reasons = [str(r["reason"]) for r in Quarantine(session.quarantine).records()]
    return [Count(reason.replace("_", " "), reasons.count(reason)) for reason in sorted(set(reasons))]
