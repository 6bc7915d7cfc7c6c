"""Recommend items to people of a workspace, by the model that serves, and keep the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.id_spelling import canonical_id
from graph.notebook import html_table
from graph.recommend.rows import COLUMNS as RANKED_COLUMNS
from graph.trust.lists import Purpose
from graph.workflow.item_facts import FACT_COLUMNS, ItemFacts
from graph.workflow.models import serving_model
from graph.workflow.rules import apply_rules, configured_rules, rules_fingerprint
from graph.workflow.segments import Segments, segments_of
from graph.workspace.identity import fingerprint, result_id

if TYPE_CHECKING:
    import pandas as pd

    from graph.hetero import HeteroGraph
    from graph.recommend.base import Fitted
    from graph.recommend.rows import Recommendations
    from graph.recommend.rules.applied import Applied
    from graph.recommend.rules.rules import Rules
    from graph.recommend.rules.tally import Counts
    from graph.recommend.serving import Serving
    from graph.text import Int64
    from graph.trust.mask import PeopleMask
    from graph.workspace.workspace import Workspace

# The facts of an item stand beside its id.
_BESIDE = RANKED_COLUMNS.index("item_id") + 1
COLUMNS = (*RANKED_COLUMNS[:_BESIDE], *FACT_COLUMNS, *RANKED_COLUMNS[_BESIDE:], "segment_id", "model_id")
# Places of the columns of a sample for the report, which names items itself.
_SAMPLED = [place for place, name in enumerate(COLUMNS) if name not in FACT_COLUMNS]
# Code of the reason that nothing is known about the person.
_NEW = "new-person"
# Unknown ids of a file that a note names.
_NAMED = 20
# People and items of each that the report shows; the export has all of them.
_SAMPLE_PEOPLE, _SAMPLE_ITEMS = 4, 3


@dataclass(frozen=True)
class Offers:
    """Recommendations with the facts of each item, the segment of each person and the model behind them.

    Attributes:
        found: The ranked rows.
        facts: What is known of the items.
        segments: Segment id of the person of each row; None where unknown or where the person must not be profiled.
        model: Name of the model.
        counts: What the rules have refused, see ``graph.recommend.rules.tally``; empty without rules.
    """

    found: Recommendations
    facts: ItemFacts
    segments: tuple[str | None, ...]
    model: str
    counts: Counts

    def __len__(self) -> int:
        return len(self.found)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as tuples in the order of ``COLUMNS``."""
        items = self.found.items.tolist()
        return [
            (*row[:_BESIDE], *self.facts.values(item), *row[_BESIDE:], segment, self.model)
            for row, item, segment in zip(self.found.rows(), items, self.segments, strict=True)
        ]

    @property
    def new_people(self) -> set[str]:
        """Ids of the people of whom nothing is known."""
        pairs = zip(self.found.user_ids, self.found.reasons, strict=True)
        return {user for user, reason in pairs if reason.code == _NEW}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame with the columns ``COLUMNS``."""
        import pandas as pd

        return pd.DataFrame.from_records(self.rows, columns=list(COLUMNS))

    def __repr__(self) -> str:
        people = len(set(self.found.user_ids))
        return f"<Offers: {len(self):,} rows for {people:,} people, {self.found.item_type} by model {self.model}>"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], COLUMNS, self.rows)


@dataclass(frozen=True, eq=False)
class Recommending:
    """A model on the graph of a workspace, with the rules in force: recommends to any people.

    Attributes:
        workspace: The workspace.
        graph: Its latest snapshot.
        target: The target, as ``Workspace.target`` gives it.
        name: Name of the model.
        model: The model.
        segments: Of this very graph, to show with each row; None for none.
        rules: The rules; None for none.
        applied: The rules on the graph; None for none.
        mask: Who may be used for what.
    """

    workspace: Workspace
    graph: HeteroGraph
    target: str
    name: str
    model: Fitted
    segments: Segments | None
    rules: Rules | None
    applied: Applied | None
    mask: PeopleMask

    @property
    def inputs(self) -> dict[str, str]:
        """Name to fingerprint of everything that the rows for somebody are made from."""
        inputs = {"snapshot": self.graph.fingerprint, "model": self.name, **self.mask.left_out}
        if self.segments is not None:
            inputs["segments"] = fingerprint(self.segments.segmentation.as_dict())
            if unprofiled := self.mask.fingerprint(Purpose.PROFILING):
                inputs["unprofiled"] = unprofiled
        return inputs | rules_fingerprint(self.rules)

    @property
    def types(self) -> dict[str, type]:
        """The type of each of ``COLUMNS``."""
        facts = ItemFacts.of(self.graph, self.model.target.node_type).types
        return dict.fromkeys(COLUMNS, str) | {"rank": int, "score": float} | facts

    @cached_property
    def _serving(self) -> Serving:
        from graph.recommend.serving import Serving

        gone = frozenset(self.mask.numbers(Purpose.MARKETING).tolist())
        return Serving(self.model, self.graph, gone, gone if self.applied is None else gone | self.applied.unnamed)

    def offers(self, people: Int64, k: int) -> Offers:
        """The k best items for each of these people who may be used for marketing and whom the rules allow."""
        applied = None if self.applied is None else self.applied.afresh()
        found = self._serving.recommend(people, k, rules=applied)
        counts: Counts = {} if applied is None else applied.tally.counts
        if counts:
            left = len(people) - counts["people"]["asked"]
            counts["people"] = {**counts["people"], "asked": len(people), "left out": left}
        segments = tuple(_segment_ids(found.users, self.segments, self.mask))
        return Offers(found, ItemFacts.of(self.graph, found.item_type), segments, self.name, counts)


def recommending(
    workspace: Workspace,
    graph: HeteroGraph,
    *,
    target: str | None,
    segments: Segments | None,
    rules: Rules | None = None,
) -> Recommending:
    """What recommends in a workspace: the model that serves, under the rules in force.

    Args:
        workspace: The workspace.
        graph: Its latest snapshot.
        target: What to recommend; None for the first target that has a model.
        segments: Of this very graph, to show with each row; None for none.
        rules: Take the place of those of the settings; None for these.

    Raises:
        PrerequisiteError: there is no model, or nothing has a value in the column of a rule.
        ConfigError: a rule is wrong, or names a column that there is not.
        DataError: the rules, or a list of ids, cannot be read.
    """
    from graph.recommend.model_io import load_model

    kind, folder = serving_model(workspace, target)
    workspace.listener.note(f"by model {kind}/{folder.name}")
    mask, model = workspace.mask(graph.ids("Person")), load_model(folder, verify=True).model
    rules = configured_rules(workspace, kind) if rules is None else rules
    applied = None if rules is None else apply_rules(workspace, graph, model.target, rules)
    return Recommending(workspace, graph, kind, folder.name, model, segments, rules, applied, mask)


def recommend_to(found: Recommending, people: Int64, k: int) -> Offers:
    """The k best items for each of these people who may be used for marketing, with notes on what was left out.

    Args:
        found: From ``recommending``.
        people: Numbers of people in its graph.
        k: Items for each person; fewer where somebody owns nearly everything, or where the rules leave fewer.
    """
    left_out_note(found, people)
    offers = found.offers(people, k)
    tell_result(found.workspace, rows=len(offers), new=len(offers.new_people), counts=offers.counts)
    return offers


def left_out_note(found: Recommending, people: Int64) -> None:
    """Note how many of these people get nothing, as they may not be used for marketing."""
    if left := int(found.mask.barred(Purpose.MARKETING)[people].sum()):
        found.workspace.listener.note(
            f"people left out, as they may not be used for marketing: {left:,} of {len(people):,}"
        )


def tell_result(workspace: Workspace, *, rows: int, new: int, counts: Counts) -> None:
    """Note what a reader of the rows should know: of how many, nothing was known; and what the rules did."""
    from graph.recommend.rules.tally import told

    if counts:
        workspace.listener.note(told(counts))
    if not rows:
        workspace.listener.note("nobody is left to recommend to")
    if new:
        workspace.listener.note(f"people without any history: {new:,}; their lists say so")


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


def keep_offers(found: Recommending, offers: Offers) -> Path:
    """Keep recommendations for everybody under their result id, and make them the latest of the target.

    Args:
        found: What recommended.
        offers: From ``recommend_to`` for ``everybody_of``, with the k of the settings.

    Returns:
        The folder of the result.
    """
    from graph.recommend.recommendations_io import Summary, write_recommendations

    rows, workspace = offers.rows, found.workspace
    user, item, rank = (COLUMNS.index(name) for name in ("user_id", "item_id", "rank"))
    first = Counter(row[item] for row in rows if row[rank] == 1)
    favourite = min(first, key=lambda one: (-first[one], one)) if first else None
    people = list(dict.fromkeys(row[user] for row in rows))
    shown = set(people[:: max(1, len(people) // _SAMPLE_PEOPLE)][:_SAMPLE_PEOPLE])
    sampled = (row for row in rows if row[user] in shown and row[rank] <= _SAMPLE_ITEMS)
    sample = [[row[place] for place in _SAMPLED] for row in sampled]
    asked = {"target": found.target, "k": workspace.settings.recommend.k}
    name = result_id("recommend", asked, found.inputs, workspace.seed)
    kind = f"recommendations/{found.target}"
    folder = workspace.folder.results(kind) / name
    write_recommendations(folder, rows, COLUMNS, Summary(found.inputs, len(rows), favourite, sample))
    workspace.folder.publish(kind, name)
    return folder
