"""The steps of a build, in order: what each reads, what it makes, and when a market lacks what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError
from graph.workflow.loading.load import load_files
from graph.workflow.loading.snapshot import publish_snapshot
from graph.workflow.loading.sources import mapped_sources
from graph.workflow.models import Trainers, kind_of, serving_name, train_model
from graph.workflow.promotion import serve_first, settle
from graph.workflow.rules import check_rules, configured_rules, rules_fingerprint
from graph.workflow.step_record import Step
from graph.workflow.write_back import result_tables
from graph.workspace.identity import file_digest, fingerprint
from graph.zones import UTC, local_day

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.workspace.workspace import Workspace

# A build fails where one of these fails; the other steps are skipped where a market lacks what they need.
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
        trainers: Trainers of models that need torch.
        export: Writes a table to a file of ``exports/``; takes the file, the names of the columns, and the rows.
        skipped: Name of each skipped step to the sentence that says why; the report shows it. This and ``done`` are the
            dictionaries of the ``BuildRecord``, which change while the build runs.
        done: Name of each step to the key and the result of its last run.
        write: Whether the last step writes the results back to the store, where queries find them.
        counts: Filled while the build runs: each target that was recommended to what the rules have refused.
    """

    workspace: Workspace
    mapping: Path | None
    data: Path | None
    as_of: int
    trainers: Trainers
    export: Export
    skipped: Mapping[str, str]
    done: Mapping[str, Mapping[str, Any]]
    write: bool = False
    counts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def sources(self) -> dict[str, str]:
        """What the load depends on: name to hash.

        One entry for each data file (hashes of its content and of its mapping), one for the user's ``schema.toml``
        where there is one, and the address of the database where the store is a server. The hashes are taken once,
        before the first step: a file that changes while the build runs is then loaded again by the next build.
        """
        found = mapped_sources(self.workspace, self.mapping, self.data)
        schema = self.workspace.folder.root / "schema.toml"
        store = {} if self.workspace.is_embedded else {"store": self.workspace.place}
        facts = {f"{i} {s.name}": f"{file_digest(s.file)} {s.mapping.digest()}" for i, s in enumerate(found)}
        return facts | store | ({"schema": file_digest(schema)} if schema.exists() else {})


def build_steps(job: Job) -> list[Step]:
    """All steps in the order in which they run: a step comes after those whose results it reads."""
    workspace = job.workspace
    targets = _targets(workspace)
    for target in targets:
        configured_rules(workspace, target)  # a mistake in a file of rules is told before anything takes minutes
    people = workspace.people_sources.fingerprints()
    after = ("snapshot", *(f"model-{t}" for t in targets), *(f"recommend-{t}" for t in targets))
    steps = [*_first_steps(job, people)]
    for target in targets:
        steps += _target_steps(job, target, people)
    steps += [*_campaign_steps(job, after, people), _report_step(job, after, people)]
    if job.write:
        written = ("load", "segments", *after[1:], "kols", "seeds")
        steps.append(Step("write", written, lambda: {"store": _identity(workspace), **people}, partial(_write, job)))
    return steps


def _targets(workspace: Workspace) -> list[str]:
    """What the settings say is to be recommended; without that everything that can be."""
    chosen = {workspace.target(name) for name in workspace.settings.recommend.targets}
    return [target for target in workspace.targets() if target in chosen or not chosen]


def _first_steps(job: Job, people: Mapping[str, str]) -> Iterator[Step]:
    workspace = job.workspace
    yield Step(
        "load",
        (),
        lambda: job.sources,
        partial(_load, job),
        exists=lambda _: _is_loaded(workspace),
        expired=partial(_no_longer_future, job),
    )
    yield Step(
        "snapshot",
        ("load",),
        # The store may have been loaded outside of a build too, for instance by a replay of refused records.
        lambda: {"hidden": " ".join(sorted(workspace.hidden)), "store": _origin(workspace)},
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
    """The two steps of a node type that can be recommended: train a model, and recommend to everybody by it."""
    workspace, model = job.workspace, f"model-{target}"
    models = workspace.folder.results(kind_of(target))
    missing = partial(_no_items, workspace, target)
    yield Step(
        model,
        ("snapshot",),
        lambda: {name: str(value) for name, value in job.trainers.names.items()},
        partial(_model, job, target),
        missing,
        exists=lambda result: (models / result).exists(),
        # Which model serves was decided when it was trained, and may have been changed since by a command.
        publish=lambda result: serve_first(workspace, target, models / result, at=job.as_of),
    )
    yield Step(
        f"recommend-{target}",
        ("snapshot", "segments", model),
        lambda: {
            "k": str(workspace.settings.recommend.k),
            **people,
            **rules_fingerprint(configured_rules(workspace, target)),
            "serves": serving_name(workspace, target),
        },
        partial(_recommend, job, target),
        missing,
        **_kept(workspace, f"recommendations/{target}"),
        export=workspace.folder.export(f"recommendations-{target}"),
    )


def _campaign_steps(job: Job, after: tuple[str, ...], people: Mapping[str, str]) -> Iterator[Step]:
    """The two steps of a campaign: rank the KOLs, and choose the seeds.

    Args:
        job: The job.
        after: Steps whose results both read: the snapshot, the models and the recommendations.
        people: Fingerprints of the files that say who must be left out.
    """
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
        lambda: {"skipped": json.dumps(dict(job.skipped), sort_keys=True), **people},
        partial(_report, job),
        exists=lambda _: job.workspace.folder.report.exists(),
    )


def _kept(workspace: Workspace, kind: str) -> dict[str, Any]:
    """``exists`` and ``publish`` of a step whose results are folders of the workspace of that kind, by name."""
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
    """Load all files; returns the hash of what was loaded, so that a corrected cell makes every later step run again.

    Where records were refused because they lie in the future, the day of the load is added, see ``_no_longer_future``.
    """
    from graph.report.load_counts_io import write_load_counts

    digest, workspace = fingerprint(job.sources), job.workspace
    done = load_files(workspace, mapped_sources(workspace, job.mapping, job.data), job.as_of)
    write_load_counts(workspace.load_counts, done.rows())
    return f"{digest} {_day(job)}" if any(count.future for count in done.counts) else digest


def _no_longer_future(job: Job, loaded: str) -> str | None:
    """Why the files are loaded again although they are the same: a later day may accept what lay in the future.

    Days are those of UTC, and a build loads again for this reason at most once a day.
    """
    day = loaded.partition(" ")[2]
    return "records that lay in the future may be accepted now" if day and day != _day(job) else None


def _day(job: Job) -> str:
    return local_day(job.as_of, UTC).isoformat()


def _origin(workspace: Workspace) -> str:
    """Which store it is and the number of its last load, as one text."""
    origin = workspace.store().origin()
    return f"{origin.store} {origin.load}"


def _identity(workspace: Workspace) -> str:
    """Where the store is, and its name: what was written back to a store that was wiped since is written again."""
    return f"{workspace.place} {workspace.store().origin().store}"


def _is_loaded(workspace: Workspace) -> bool:
    """Whether the store still holds what was loaded: its file is there, or the database was not wiped."""
    return workspace.folder.store.exists() if workspace.is_embedded else bool(workspace.store().origin().store)


def _export(job: Job, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    job.export(job.workspace.folder.export(name), columns, [[row[column] for column in columns] for row in rows])


def _segments(job: Job) -> str:
    from graph.workflow.segments import MEMBER_COLUMNS, find_segments, read_segments

    folder = find_segments(job.workspace)
    _export(job, "segments", MEMBER_COLUMNS, list(read_segments(job.workspace, folder).members()))
    return folder.name


def _model(job: Job, target: str) -> str:
    # A mistake in the rules of any target is told before training takes minutes.
    for other in _targets(job.workspace):
        rules = configured_rules(job.workspace, other)
        if rules is not None and _no_items(job.workspace, other) is None:
            check_rules(job.workspace, job.workspace.graph(), job.workspace.schema.target(other), rules)
    folder = train_model(job.workspace, target, trainers=job.trainers)
    settle(job.workspace, target, folder, at=job.as_of)
    return folder.name


def _recommend(job: Job, target: str) -> str:
    from graph.workflow.recommendations import COLUMNS, everybody_of, keep_offers, recommend_to, recommending
    from graph.workflow.segments import segments_or_none

    workspace = job.workspace
    graph = workspace.graph()
    found = recommending(workspace, graph, target=target, segments=segments_or_none(workspace, graph))
    offers = recommend_to(found, everybody_of(graph), workspace.settings.recommend.k)
    job.counts[target] = offers.counts
    job.export(workspace.folder.export(f"recommendations-{target}"), COLUMNS, offers.rows)
    return keep_offers(found, offers).name


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
    """The item that the campaign is for: the configured one, else the item that is first in most people's list.

    Where several node types are recommended, it is an item of the type that the schema names last: a type that the user
    has added, else a vehicle, else a product. None where nothing was recommended.
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

    return file_digest(write_report(job.workspace, None, skipped=job.skipped).file)[:16]


def _write(job: Job) -> str:
    """Write back what the steps have found."""
    tables = list(result_tables(job.workspace, {name: str(facts["result"]) for name, facts in job.done.items()}))
    for name, table in tables:
        job.workspace.write_back([table], name)
    return fingerprint([name for name, _ in tables])
