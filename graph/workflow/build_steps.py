"""The steps of the whole job: what each reads, what it makes, and when it has nothing to work on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError
from graph.workflow.loading.load import load_files
from graph.workflow.loading.snapshot import publish_snapshot
from graph.workflow.loading.sources import mapped_sources
from graph.workflow.steps import Step
from graph.workflow.write_back import result_tables
from graph.workspace.identity import file_digest, fingerprint

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.recommend.base import Recommender
    from graph.workspace.workspace import Workspace

# Steps without which a build fails; the others are skipped where a market lacks what they need.
NEEDED = frozenset({"load", "snapshot", "report"})
Export = Callable[[Path, Sequence[str], Sequence[Sequence[Any]]], None]


@dataclass(frozen=True)
class Job:
    """What a build is asked to do.

    Attributes:
        workspace: The workspace.
        mapping: Mapping file; None for the configured one.
        data: Folder of the data files; None for the configured one.
        as_of: Events from this moment on lie in the future and are refused, UTC seconds.
        further: Name to maker of voters besides the default ones, such as the graph neural network.
        export: Writes columns and rows to a file of ``exports/``.
        absent: Step to the sentence that says why it was skipped; filled while building, and shown by the report.
        done: Step to its last run; filled while building.
        write: Whether the results are written back to the store.
    """

    workspace: Workspace
    mapping: Path | None
    data: Path | None
    as_of: int
    further: Mapping[str, Callable[[], Recommender]]
    export: Export
    absent: Mapping[str, str]
    done: Mapping[str, Mapping[str, Any]]
    write: bool = False

    @cached_property
    def sources(self) -> dict[str, str]:
        """Name of every data file, and of the user's schema, to its content and mapping.

        Hashed once a build and before the first step: what changes meanwhile has not been read.
        """
        found = mapped_sources(self.workspace, self.mapping, self.data)
        schema = self.workspace.folder.root / "schema.toml"
        store = {} if self.workspace.is_embedded else {"store": self.workspace.place}
        facts = {f"{i} {s.name}": f"{file_digest(s.file)} {s.mapping.digest()}" for i, s in enumerate(found)}
        return facts | store | ({"schema": file_digest(schema)} if schema.exists() else {})


def build_steps(job: Job) -> list[Step]:
    """The steps in order."""
    workspace = job.workspace
    chosen = {workspace.target(name) for name in workspace.settings.recommend.targets}
    targets = [target for target in workspace.targets() if target in chosen or not chosen]
    people = workspace.people_sources.fingerprints()
    after = ("snapshot", *(f"model-{t}" for t in targets), *(f"recommend-{t}" for t in targets))
    steps = [*_first_steps(job, people)]
    for target in targets:
        steps += _target_steps(job, target, people)
    steps += [*_campaign_steps(job, after, people), _report_step(job, after, people)]
    if job.write:
        written = ("load", "segments", *after[1:], "kols", "seeds")
        steps.append(Step("write", written, lambda: {"store": workspace.place, **people}, partial(_write, job)))
    return steps


def _first_steps(job: Job, people: Mapping[str, str]) -> Iterator[Step]:
    workspace = job.workspace
    yield Step(
        "load",
        (),
        lambda: job.sources,
        partial(_load, job),
        # A server keeps what it holds; whether it is still there turns out when it is read.
        exists=lambda _: not workspace.is_embedded or workspace.folder.store.exists(),
    )
    yield Step(
        "snapshot",
        ("load",),
        lambda: {"hidden": " ".join(sorted(workspace.hidden))},
        lambda: publish_snapshot(workspace, None)[1].name,
        **_kept(workspace, "snapshots"),
    )
    yield Step(
        "segments",
        ("snapshot",),
        lambda: {"settings": workspace.settings.segment.model_dump_json(), **people},
        partial(_segments, job),
        **_kept(workspace, "segments"),
        export=workspace.folder.export("segments"),
    )


def _target_steps(job: Job, target: str, people: Mapping[str, str]) -> Iterator[Step]:
    """Train a model of a target, and recommend to everybody by it."""
    workspace, model = job.workspace, f"model-{target}"
    missing = partial(_no_items, workspace, target)
    yield Step(
        model,
        ("snapshot",),
        lambda: {"further": " ".join(job.further)},
        partial(_model, job, target),
        missing,
        **_kept(workspace, f"models/{target}"),
    )
    yield Step(
        f"recommend-{target}",
        ("snapshot", "segments", model),
        lambda: {"k": str(workspace.settings.recommend.k), **people},
        partial(_recommend, job, target),
        missing,
        **_kept(workspace, f"recommendations/{target}"),
        export=workspace.folder.export(f"recommendations-{target}"),
    )


def _campaign_steps(job: Job, after: tuple[str, ...], people: Mapping[str, str]) -> Iterator[Step]:
    """Rank the KOLs, and plan whom to seed."""
    workspace = job.workspace
    for name, run in (("kols", _kols), ("seeds", _seeds)):
        yield Step(
            name,
            after,
            lambda: {"campaign": workspace.settings.campaign.model_dump_json(), **people},
            partial(run, job),
            partial(_no_ties, workspace),
            **_kept(workspace, name),
            export=workspace.folder.export(name),
        )


def _report_step(job: Job, after: tuple[str, ...], people: Mapping[str, str]) -> Step:
    return Step(
        "report",
        ("load", "snapshot", "segments", *after[1:], "kols", "seeds"),
        lambda: {"absent": json.dumps(dict(job.absent), sort_keys=True), **people},
        partial(_report, job),
        exists=lambda _: job.workspace.folder.report.exists(),
    )


def _kept(workspace: Workspace, kind: str) -> dict[str, Any]:
    """How a step finds its results: whether one is still there, and how it becomes the latest."""
    return {
        "exists": lambda result: (workspace.folder.results(kind) / result).exists(),
        "publish": lambda result: workspace.folder.publish(kind, result),
    }


def _graph(workspace: Workspace) -> HeteroGraph | None:
    try:
        return workspace.graph()
    except PrerequisiteError:
        return None


def _no_items(workspace: Workspace, target: str) -> str | None:
    graph = _graph(workspace)
    node_type = workspace.schema.target(target)
    if graph is None or any(True for _ in graph.keys(source="Person", target=node_type)):
        return None
    return f"nobody in this market has anything to do with a {target}"


def _no_ties(workspace: Workspace) -> str | None:
    from graph.influence.learning.audience import tie_keys

    graph = _graph(workspace)
    return None if graph is None or tie_keys(graph) else "nobody in this market follows, refers or reacts to anybody"


def _load(job: Job) -> str:
    """Load, and name the result by what the files hold: a corrected cell must reach every later step."""
    from graph.report.load_counts_io import write_load_counts

    digest, workspace = fingerprint(job.sources), job.workspace
    done = load_files(workspace, mapped_sources(workspace, job.mapping, job.data), job.as_of)
    write_load_counts(workspace.load_counts, done.rows())
    return digest


def _export(job: Job, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    job.export(job.workspace.folder.export(name), columns, [[row[column] for column in columns] for row in rows])


def _segments(job: Job) -> str:
    from graph.workflow.segments import MEMBER_COLUMNS, find_segments, read_segments

    folder = find_segments(job.workspace)
    _export(job, "segments", MEMBER_COLUMNS, list(read_segments(job.workspace, folder).members()))
    return folder.name


def _model(job: Job, target: str) -> str:
    from graph.workflow.models import train_model

    return train_model(job.workspace, target, further=job.further).name


def _recommend(job: Job, target: str) -> str:
    from graph.workflow.recommendations import COLUMNS, everybody_of, keep_offers, recommend_to
    from graph.workflow.segments import segments_or_none

    workspace = job.workspace
    graph = workspace.graph()
    segments, k = segments_or_none(workspace, graph), workspace.settings.recommend.k
    offers = recommend_to(workspace, graph, everybody_of(graph), target=target, k=k, segments=segments)
    job.export(workspace.folder.export(f"recommendations-{target}"), COLUMNS, offers.rows)
    return keep_offers(workspace, graph, offers, target=target, segments=segments).name


def _kols(job: Job) -> str:
    from graph.workflow.campaign_inputs import campaign_inputs
    from graph.workflow.kols import keep_ranking, rank_kols_of

    workspace, product = job.workspace, _product(job.workspace)
    inputs = campaign_inputs(workspace, product=product, segment=None)
    ranking = rank_kols_of(workspace, inputs)
    rows = list(ranking.rows())
    _export(job, "kols", tuple(rows[0]) if rows else (), rows)
    return keep_ranking(workspace, inputs, ranking, product=product).name


def _seeds(job: Job) -> str:
    import numpy as np

    from graph.influence.person_attributes import person_cost
    from graph.workflow.campaign_inputs import campaign_inputs
    from graph.workflow.plans import choose_seeds, keep_plan, plan_rows

    workspace, product, settings = job.workspace, _product(job.workspace), job.workspace.settings.campaign
    inputs = campaign_inputs(workspace, product=product, segment=None)
    priced = not np.isnan(person_cost(inputs.graph)).all()
    budget = settings.budget if priced and settings.budget else None
    seeds = None if budget is not None else settings.seeds
    chosen = choose_seeds(workspace, inputs, seeds=seeds, budget=budget)
    rows = plan_rows(inputs, chosen)
    _export(job, "seeds", tuple(rows[0]) if rows else (), rows)
    return keep_plan(workspace, inputs, chosen, seeds=seeds, budget=budget, product=product, segment=None).name


def _product(workspace: Workspace) -> str | None:
    """The item that the campaign is for: the configured one, else the one that most people are recommended first.

    Of several targets the last in the schema counts: a type of one's own, else vehicles, else products.
    """
    from graph.recommend.recommendations_io import read_summary

    if workspace.settings.campaign.product:
        return workspace.settings.campaign.product
    for target in reversed(workspace.targets()):
        folder = workspace.folder.latest_or_none(f"recommendations/{target}")
        favourite = None if folder is None else read_summary(folder).favourite
        if favourite is not None:
            return f"{workspace.schema.target(target)}:{favourite}"
    return None


def _report(job: Job) -> str:
    from graph.workflow.report.collect import write_report

    return file_digest(write_report(job.workspace, None, absent=job.absent).file)[:16]


def _write(job: Job) -> str:
    """Write back what the steps have found."""
    tables = list(result_tables(job.workspace, {name: str(facts["result"]) for name, facts in job.done.items()}))
    for name, table in tables:
        job.workspace.write_back([table], name)
    return fingerprint([name for name, _ in tables])
