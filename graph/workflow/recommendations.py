"""Recommend items to people of a workspace, by the model that serves, and keep the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.id_spelling import canonical_id
from graph.notebook import html_table
from graph.recommend.rows import COLUMNS as RANKED_COLUMNS
from graph.trust.lists import Purpose
from graph.workflow.models import serving_model
from graph.workflow.segments import Segments, segments_of
from graph.workspace.identity import fingerprint, result_id

if TYPE_CHECKING:
    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.recommend.rows import Recommendations
    from graph.text import Int64
    from graph.trust.mask import PeopleMask
    from graph.workspace.workspace import Workspace

COLUMNS = (*RANKED_COLUMNS, "segment_id", "model_id")
# Unknown ids of a file that a note names.
_NAMED = 20
# People and items of each that the report shows; the export has all of them.
_SAMPLE_PEOPLE, _SAMPLE_ITEMS = 4, 3


@dataclass(frozen=True)
class Offers:
    """Recommendations with the segment of each person and the model behind them.

    Attributes:
        found: The ranked rows.
        segments: Segment id of the person of each row; None where unknown or where the person must not be profiled.
        model: Name of the model.
    """

    found: Recommendations
    segments: tuple[str | None, ...]
    model: str

    def __len__(self) -> int:
        return len(self.found)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as tuples in the order of ``COLUMNS``."""
        return [(*row, segment, self.model) for row, segment in zip(self.found.rows(), self.segments, strict=True)]

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame with the columns ``COLUMNS``."""
        import pandas as pd

        return pd.DataFrame.from_records(self.rows, columns=list(COLUMNS))

    def __repr__(self) -> str:
        people = len(set(self.found.user_ids))
        return f"<Offers: {len(self):,} rows for {people:,} people, {self.found.item_type} by model {self.model}>"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], COLUMNS, self.rows)


def recommend_to(
    workspace: Workspace,
    graph: HeteroGraph,
    people: Int64,
    *,
    target: str | None,
    k: int,
    segments: Segments | None,
) -> Offers:
    """The k best items for each of these people who may be used for marketing.

    Args:
        workspace: The workspace.
        graph: Its latest snapshot.
        people: Numbers of people in it.
        target: What to recommend; None for the first target that has a model.
        k: Items for each person; fewer where somebody owns nearly everything.
        segments: Of this very graph, to show with each row; None for none.

    Raises:
        PrerequisiteError: there is no model.
    """
    from graph.recommend.model_io import load_model
    from graph.recommend.serving import recommend

    kind, folder = serving_model(workspace, target)
    note = workspace.listener.note
    note(f"by model {kind}/{folder.name}")
    mask = workspace.mask(graph.ids("Person"))
    if left := int(mask.barred(Purpose.MARKETING)[people].sum()):
        note(f"people left out, as they may not be used for marketing: {left:,} of {len(people):,}")
    found = recommend(load_model(folder).model, graph, people, k, exclude=mask.numbers(Purpose.MARKETING))
    if not len(found):
        note("nobody is left to recommend to")
    new = {user for user, reason in zip(found.user_ids, found.reasons, strict=True) if reason.code == "new-person"}
    if new:
        note(f"people without any history: {len(new):,}; their lists say so")
    return Offers(found, tuple(_segment_ids(found.users, segments, mask)), folder.name)


def _segment_ids(users: Int64, segments: Segments | None, mask: PeopleMask) -> Iterator[str | None]:
    """Segment of each of these people; None where it is unknown or the person must not be profiled."""
    unprofiled = mask.barred(Purpose.PROFILING)
    for number in users.tolist():
        label = -1 if segments is None or unprofiled[number] else int(segments.segmentation.labels[number])
        yield None if segments is None or label < 0 else segments.segmentation.ids[label]


def everybody_of(graph: HeteroGraph) -> Int64:
    """Everybody with the role User, or everybody where nobody has it."""
    users = graph.role("User")
    return np.flatnonzero(users) if users.any() else np.arange(graph.count("Person"))


def people_of(
    workspace: Workspace,
    graph: HeteroGraph,
    *,
    ids: Sequence[str] = (),
    file: Path | None = None,
    segment: str | None = None,
) -> Int64:
    """Numbers of the people asked for, in one of three ways; without any of them everybody's.

    Args:
        workspace: The workspace.
        graph: Its latest snapshot.
        ids: Person ids in any usual form.
        file: File of ids; those that are not in the graph are noted and left out.
        segment: Id of a segment.

    Raises:
        DataError: an id is unknown.
        PrerequisiteError: there is no such segment, or there are no segments of this graph.
    """
    from graph.workspace.id_lists import read_ids

    people = graph.ids("Person")
    if segment is not None:
        return segments_of(workspace, graph).segmentation.members(segment)
    if file is not None:
        listed = read_ids(file)
        if unknown := [text for text in listed if people.texts.find(text) < 0]:
            named = ", ".join(map(repr, unknown[:_NAMED]))
            more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
            workspace.listener.note(
                f"{len(unknown):,} of {len(listed):,} ids in {file} are not in the graph: {named}{more}"
            )
        return people.numbers(listed, missing="drop")
    if ids:
        return people.numbers(list(dict.fromkeys(map(canonical_id, ids))))
    return everybody_of(graph)


def keep_offers(
    workspace: Workspace, graph: HeteroGraph, offers: Offers, *, target: str, segments: Segments | None
) -> Path:
    """Keep recommendations for everybody under their result id, and make them the latest of the target.

    Args:
        workspace: The workspace.
        graph: What they were made from.
        offers: From ``recommend_to`` for ``everybody_of``.
        target: From ``Workspace.target``.
        segments: Those that ``recommend_to`` was given.

    Returns:
        The folder of the result.
    """
    from graph.recommend.recommendations_io import Summary, write_recommendations

    rows = offers.rows
    first = Counter(row[2] for row in rows if row[3] == 1)
    favourite = min(first, key=lambda item: (-first[item], item)) if first else None
    people = list(dict.fromkeys(row[0] for row in rows))
    shown = set(people[:: max(1, len(people) // _SAMPLE_PEOPLE)][:_SAMPLE_PEOPLE])
    sample = [row for row in rows if row[0] in shown and row[3] <= _SAMPLE_ITEMS]
    mask = workspace.mask(graph.ids("Person"))
    inputs = {"snapshot": graph.fingerprint, "model": offers.model, **mask.left_out}
    if segments is not None:
        inputs["segments"] = fingerprint(segments.segmentation.as_dict())
        if unprofiled := mask.fingerprint(Purpose.PROFILING):
            inputs["unprofiled"] = unprofiled
    name = result_id("recommend", {"target": target, "k": workspace.settings.recommend.k}, inputs, workspace.seed)
    kind = f"recommendations/{target}"
    folder = workspace.folder.results(kind) / name
    write_recommendations(folder, rows, COLUMNS, Summary(inputs, len(rows), favourite, sample))
    workspace.folder.publish(kind, name)
    return folder
