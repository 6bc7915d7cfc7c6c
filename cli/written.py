"""What commands write back to the store: tables of derived rows, from the results that they keep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.session import Session
    from graph.segment.card import Cards
    from graph.store.protocol import ResultTable

# The steps of a build whose results are written; that of each target comes after the segments.
_RESULTS = ("segments", "kols", "seeds")
_OFFERS = "recommend-"
_OFFER = ("user_id", "item_type", "item_id", "rank", "score", "reason")


def membership_table(members: Sequence[Mapping[str, Any]], cards: Cards) -> ResultTable:
    """Who is in which segment, and how surely, from the rows of people; those without a segment are left out."""
    from graph.store.protocol import ResultTable

    names = {row["segment"]: row["name"] for row in cards.rows()}
    columns = ("person", "segment", "name", "certainty")
    rows = [{**row, "name": names[row["segment"]]} for row in members if row["segment"]]
    return ResultTable("segments", columns, [[row[c] for c in columns] for row in rows])


def offer_table(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> ResultTable:
    """What is recommended to whom, from rows with at least these columns."""
    from graph.store.protocol import ResultTable

    places = [list(columns).index(name) for name in _OFFER]
    return ResultTable("recommendations", _OFFER, [[row[place] for place in places] for row in rows])


def seed_table(rows: Sequence[Mapping[str, Any]]) -> ResultTable:
    """The seeds of a plan."""
    from graph.store.protocol import ResultTable

    columns = ("person", "rank", "gain", "cost")
    return ResultTable("seeds", columns, [[row[c] for c in columns] for row in rows])


def score_table(rows: Sequence[Mapping[str, Any]]) -> ResultTable:
    """The KOLs of a ranking."""
    from graph.store.protocol import ResultTable

    return ResultTable("scores", ("person", "rank", "score"), [[row["id"], row["rank"], row["score"]] for row in rows])


def keep_offers(folder: Path, rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> None:
    """Keep the recommendations of a build beside their summary."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = offer_table(rows, columns)
    parts = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.columns)
    pq.write_table(pa.table(dict(zip(table.columns, map(list, parts), strict=True))), folder / "offers.parquet")


def build_tables(session: Session, results: Mapping[str, str]) -> Iterator[tuple[str, ResultTable]]:
    """Result id and table of each result of a build.

    Args:
        session: The workspace.
        results: Name of a step to the name of its result.
    """
    for step in (_RESULTS[0], *(f"{_OFFERS}{target}" for target in session.targets()), *_RESULTS[1:]):
        if step in results:
            kind = step.replace(_OFFERS, "recommendations/")
            yield results[step], _table(session, step, session.workspace.results(kind) / results[step])


def _table(session: Session, step: str, folder: Path) -> ResultTable:
    """The table of a result; recommendations, rankings and plans were kept without the people to leave out."""
    if step == "segments":
        from cli.commands.segment import member_rows, read_segments

        segments, cards = read_segments(session, folder)
        return membership_table(member_rows(session, segments), cards)
    if step == "kols":
        return score_table(json.loads((folder / "kols.json").read_text("utf-8"))["kols"])
    if step == "seeds":
        return seed_table(json.loads((folder / "plan.json").read_text("utf-8"))["seeds"])
    import pyarrow.parquet as pq

    found = pq.read_table(folder / "offers.parquet")
    return offer_table(list(zip(*(found[name].to_pylist() for name in _OFFER), strict=True)), _OFFER)
