"""Results as the tables of derived rows that are written back to the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.recommend.recommendations_io import KEPT, read_rows
from graph.store.protocol import ResultTable
from graph.workflow.segments import Segments, read_segments

if TYPE_CHECKING:
    from graph.workspace.workspace import Workspace

_RECOMMEND = "recommend-"


def membership_table(segments: Segments) -> ResultTable:
    """Who is in which segment, and how surely; people without a segment are left out."""
    names = {card.id: card.name for card in segments.cards}
    columns = ("person", "segment", "name", "certainty")
    rows = [{**row, "name": names[row["segment"]]} for row in segments.members() if row["segment"]]
    return ResultTable("segments", columns, [[row[c] for c in columns] for row in rows])


def offer_table(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> ResultTable:
    """What is recommended to whom, from rows with at least the columns ``KEPT``."""
    places = [list(columns).index(name) for name in KEPT]
    return ResultTable("recommendations", KEPT, [[row[place] for place in places] for row in rows])


def seed_table(rows: Iterable[Mapping[str, Any]]) -> ResultTable:
    """The seeds of a plan."""
    columns = ("person", "rank", "gain", "cost")
    return ResultTable("seeds", columns, [[row[c] for c in columns] for row in rows])


def score_table(rows: Iterable[Mapping[str, Any]]) -> ResultTable:
    """The KOLs of a ranking."""
    return ResultTable("scores", ("person", "rank", "score"), [[row["id"], row["rank"], row["score"]] for row in rows])


def result_tables(workspace: Workspace, results: Mapping[str, str]) -> Iterator[tuple[str, ResultTable]]:
    """Result id and table of each result of a build.

    Args:
        workspace: The workspace.
        results: Name of a step to the name of its result.
    """
    for step in ("segments", *(f"{_RECOMMEND}{target}" for target in workspace.targets()), "kols", "seeds"):
        if step in results:
            kind = step.replace(_RECOMMEND, "recommendations/")
            yield results[step], _table(workspace, step, workspace.folder.results(kind) / results[step])


def _table(workspace: Workspace, step: str, folder: Path) -> ResultTable:
    """The table of a result; recommendations, rankings and plans were kept without the people to leave out."""
    from graph.influence.kols.ranking_io import read_ranking
    from graph.influence.plan_io import read_plan

    if step == "segments":
        return membership_table(read_segments(workspace, folder))
    if step == "kols":
        return score_table(read_ranking(folder).kols)
    if step == "seeds":
        return seed_table(read_plan(folder).seeds)
    return offer_table(read_rows(folder), KEPT)
