"""The steps of the whole job: what each reads, what it makes, and when it has nothing to work on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.commands.model import train_model
from cli.data.group import publish_snapshot
from cli.data.load import load_files
from cli.data.sources import mapped_sources
from cli.emit import Encoding, Format, Output, Table, emit, write_whole
from cli.options import StoreName
from cli.people import mask_inputs
from cli.session import Session, clock
from cli.steps import Step, file_digest, fingerprint
from cli.written import keep_offers
from graph.errors import PrerequisiteError
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph

NEEDED = frozenset({"load", "snapshot", "report"})
_LOADED = ("file", "type", "read", "created", "updated", "unchanged", "duplicate", "quarantined", "implied")
# Enough rows for a page; the export has all of them.
_SAMPLE_PEOPLE, _SAMPLE_ITEMS = 4, 3


def build_steps(
    session: Session,
    *,
    mapping: Path | None,
    data: Path | None,
    absent: dict[str, str],
    done: Mapping[str, Mapping[str, Any]],
    write: bool = False,
) -> list[Step]:
    """The steps in order.

    Args:
        session: The workspace.
        mapping: Mapping file, where it is not the configured one.
        data: Folder of the data files, where it is not the configured one.
        absent: Filled while building: step to the sentence that says why it was skipped; the report shows it.
        done: Filled while building: step to its last run.
        write: Whether the results are written back to the store.
    """
    settings = session.settings
    people = mask_inputs(session)
    campaign = {"campaign": settings.campaign.model_dump_json()}

    # Hashed once a build, and before the first step: what changes meanwhile has not been read.
    sources = cache(partial(_sources, session, mapping, data))
    chosen = {session.target(name) for name in settings.recommend.targets}
    targets = [target for target in session.targets() if target in chosen or not chosen]
    steps = [
        Step(
            "load",
            (),
            sources,
            partial(_load, session, mapping, data, sources),
            # A server keeps what it holds; whether it is still there is told when it is read.
            exists=lambda _: session.store_name is not StoreName.EMBEDDED or session.workspace.store.exists(),
        ),
        Step(
            "snapshot",
            ("load",),
            lambda: {"hidden": " ".join(sorted(session.hidden))},
            lambda: publish_snapshot(session, None)[1].name,
            **_there(session, "snapshots"),
        ),
        Step(
            "segments",
            ("snapshot",),
            lambda: {"settings": settings.segment.model_dump_json(), **people},
            partial(_segments, session),
            **_there(session, "segments"),
            export=_export_file(session, "segments"),
        ),
    ]
    for target in targets:
        model = f"model-{target}"
        missing = partial(_no_items, session, target)
        steps.append(
            Step(
                model,
                ("snapshot",),
                dict,
                partial(_model, session, target),
                missing,
                **_there(session, f"models/{target}"),
            )
        )
        steps.append(
            Step(
                f"recommend-{target}",
                ("snapshot", "segments", model),
                lambda: {"k": str(settings.recommend.k), **people},
                partial(_recommend, session, target),
                missing,
                **_there(session, f"recommendations/{target}"),
                export=_export_file(session, f"recommendations-{target}"),
            )
        )
    after = ("snapshot", *(f"model-{t}" for t in targets), *(f"recommend-{t}" for t in targets))
    no_ties = partial(_no_ties, session)
    steps += [
        Step(
            "kols",
            after,
            lambda: campaign | people,
            partial(_kols, session),
            no_ties,
            **_there(session, "kols"),
            export=_export_file(session, "kols"),
        ),
        Step(
            "seeds",
            after,
            lambda: campaign | people,
            partial(_seeds, session),
            no_ties,
            **_there(session, "seeds"),
            export=_export_file(session, "seeds"),
        ),
        Step(
            "report",
            ("load", "snapshot", "segments", *after[1:], "kols", "seeds"),
            lambda: {"absent": json.dumps(absent, sort_keys=True), **people},
            partial(_report, session, absent),
            exists=lambda _: (session.workspace.root / "report.html").exists(),
        ),
    ]
    if write:
        after = ("load", "segments", *after[1:], "kols", "seeds")
        steps.append(Step("write", after, lambda: {"store": session.place, **people}, partial(_write, session, done)))
    return steps


def _write(session: Session, done: Mapping[str, Mapping[str, Any]]) -> str:
    """Write back what the steps have found."""
    from cli.written import build_tables

    tables = list(build_tables(session, {name: str(facts["result"]) for name, facts in done.items()}))
    for name, table in tables:
        session.write_back([table], name)
    return fingerprint([name for name, _ in tables])


def _sources(session: Session, mapping: Path | None, data: Path | None) -> dict[str, str]:
    """Name of every data file, and of the user's schema, to its content and mapping."""
    found = mapped_sources(session, mapping, data)
    schema = session.workspace.root / "schema.toml"
    store = {} if session.store_name is StoreName.EMBEDDED else {"store": session.place}
    facts = {f"{i} {s.name}": f"{file_digest(s.file)} {s.mapping.digest()}" for i, s in enumerate(found)}
    return facts | store | ({"schema": file_digest(schema)} if schema.exists() else {})


def _there(session: Session, kind: str) -> dict[str, Any]:
    """What a step says of its results: whether one is still there, and how it becomes the latest."""
    return {
        "exists": lambda result: (session.workspace.results(kind) / result).exists(),
        "publish": lambda result: session.workspace.publish(kind, result),
    }


def _graph(session: Session) -> HeteroGraph | None:
    try:
        return session.graph()
    except PrerequisiteError:
        return None


def _no_items(session: Session, target: str) -> str | None:
    graph = _graph(session)
    node_type = session.schema.target(target)
    if graph is None or any(True for _ in graph.keys(source="Person", target=node_type)):
        return None
    return f"nobody in this market has anything to do with a {target}"


def _no_ties(session: Session) -> str | None:
    from graph.influence import tie_keys

    graph = _graph(session)
    return None if graph is None or tie_keys(graph) else "nobody in this market follows, refers or reacts to anybody"


def _load(session: Session, mapping: Path | None, data: Path | None, sources: Callable[[], Mapping[str, str]]) -> str:
    # What is loaded is told by what the files hold, not by how much: a corrected cell must reach every later step.
    digest = fingerprint(sources())
    counts = load_files(session, mapped_sources(session, mapping, data), clock())
    facts = [{name: getattr(count, name) for name in _LOADED} for count in counts]
    write_whole(session.load_note, json.dumps(facts, ensure_ascii=False, indent=1).encode() + b"\n")
    return digest


def _export_file(session: Session, name: str) -> Path:
    return session.workspace.root / "exports" / f"{name}.csv"


def _export(session: Session, name: str, table: Table) -> None:
    """A CSV in exports/ that Excel opens as it is."""
    emit(table, Output(Format.CSV, _export_file(session, name), Encoding.UTF8_SIG))


def _segments(session: Session) -> str:
    from cli.commands.segment import MEMBER_COLUMNS, find_segments, latest_segments, member_rows

    folder = find_segments(session, resolution=None)
    segments, _ = latest_segments(session)
    _export(session, "segments", Table.of(member_rows(session, segments), MEMBER_COLUMNS))
    return folder.name


def _model(session: Session, target: str) -> str:
    return train_model(session, target, gnn=True).name


def _recommend(session: Session, target: str) -> str:
    """Recommendations for everybody, as an export and as a summary for the report."""
    from collections import Counter

    from cli.audience import left_out
    from cli.commands.recommend import COLUMNS, everybody_of, latest_or_none, recommend_rows
    from cli.runs import result_id
    from graph.atomic_io import atomic_folder, write_json

    graph = session.graph()
    segments = latest_or_none(session, graph)
    rows, model = recommend_rows(
        session,
        graph,
        segments,
        everybody_of(graph),
        target=target,
        k=session.settings.recommend.k,
    )
    _export(session, f"recommendations-{target}", Table(COLUMNS, rows))
    first = Counter(row[2] for row in rows if row[3] == 1)
    favourite = min(first, key=lambda item: (-first[item], item)) if first else None
    people = list(dict.fromkeys(row[0] for row in rows))
    shown = set(people[:: max(1, len(people) // _SAMPLE_PEOPLE)][:_SAMPLE_PEOPLE])
    sample = [row for row in rows if row[0] in shown and row[3] <= _SAMPLE_ITEMS]
    mask = session.mask(graph.ids("Person"))
    inputs = {"snapshot": graph.fingerprint, "model": model, **left_out(mask)}
    if segments is not None:
        inputs["segments"] = fingerprint(segments.as_dict())
        if unprofiled := mask.fingerprint(Purpose.PROFILING):
            inputs["unprofiled"] = unprofiled
    name = result_id("recommend", {"target": target, "k": session.settings.recommend.k}, inputs, session.seed)
    kind = f"recommendations/{target}"
    facts = {"inputs": inputs, "rows": len(rows), "favourite": favourite, "sample": sample}
    with atomic_folder(session.workspace.results(kind) / name) as draft:
        write_json(draft / "summary.json", facts)
        keep_offers(draft, rows, COLUMNS)
    session.workspace.publish(kind, name)
    return name


def _wanted(session: Session) -> str | None:
    """The item that the campaign is for: the configured one, else the one that most people are recommended first.

    Of several targets the last in the schema counts: a type of one's own, else vehicles, else products.
    """
    if session.settings.campaign.product:
        return session.settings.campaign.product
    for target in reversed(session.targets()):
        try:
            folder = session.workspace.latest(f"recommendations/{target}", command="graphvine build")
        except PrerequisiteError:
            continue
        favourite = json.loads((folder / "summary.json").read_text("utf-8"))["favourite"]
        if favourite is not None:
            return f"{session.schema.target(target)}:{favourite}"
    return None


def _kols(session: Session) -> str:
    from cli.audience import gather
    from cli.commands.kol import keep_ranking, rank_audience

    product = _wanted(session)
    audience = gather(session, product=product, segment=None)
    ranking = rank_audience(session, audience)
    rows = list(ranking.rows())
    _export(session, "kols", Table.of(rows))
    return keep_ranking(session, audience, ranking, product=product).name


def _seeds(session: Session) -> str:
    import numpy as np

    from cli.audience import gather
    from cli.commands.campaign import choose, keep_plan, plan_rows
    from graph.influence import person_cost

    product, settings = _wanted(session), session.settings.campaign
    audience = gather(session, product=product, segment=None)
    priced = not np.isnan(person_cost(audience.graph)).all()
    budget = settings.budget if priced and settings.budget else None
    seeds = None if budget is not None else settings.seeds
    chosen = choose(session, audience, seeds=seeds, budget=budget)
    _export(session, "seeds", Table.of(plan_rows(audience, chosen)))
    return keep_plan(session, audience, chosen, seeds=seeds, budget=budget, product=product, segment=None).name


def _report(session: Session, absent: dict[str, str]) -> str:
    from cli.commands.report import write_report

    return file_digest(write_report(session, None, absent=absent))[:16]
