"""Sixty questions that analysts ask the hand-made market, in Cypher for Neo4j 5, with their right answers.

Each answer is worked out in plain Python from the constants of ``market``; no query engine takes part. Where the order
of rows is not settled by the question, ``ordered`` is false. Numbers are to be compared with a tolerance of 1e-9.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean
from typing import Any, TypeVar

from tests.queries.questions import market as m
from tests.queries.questions.market import Event

Rows = list[list[Any]]
Answer = Callable[[], Rows]
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Question:
    """One question: what it is about, its text and parameters, and how to work out the right rows.

    Attributes:
        title: What the analyst wants to know.
        text: The query.
        parameters: Values of the query's parameters.
        ordered: Whether the order of the rows counts.
        answer: Works out the expected rows.
    """

    title: str
    text: str
    parameters: dict[str, Any]
    ordered: bool
    answer: Answer


QUESTIONS: list[Question] = []


def question(title: str, text: str, *, ordered: bool = True, **parameters: Any) -> Callable[[Answer], Answer]:
    """Add a question whose answer is the decorated function."""

    def add(answer: Answer) -> Answer:
        QUESTIONS.append(Question(title, text.strip() + "\n", parameters, ordered, answer))
        return answer

    return add


PERSON = {p.id: p for p in m.PEOPLE}
PRODUCT = {x.id: x for x in m.PRODUCTS}
VEHICLE = {v.id: v for v in m.VEHICLES}
TOPIC = {t.id: t for t in m.TOPICS}
CAMPAIGN = {c.id: c for c in m.CAMPAIGNS}
CHANNEL = {c.id: c for c in m.CHANNELS}
NODES: dict[str, Any] = {**PERSON, **PRODUCT, **VEHICLE, **TOPIC, **CAMPAIGN, **CHANNEL}
USERS = [p for p in m.PEOPLE if "User" in p.roles]
KOLS = [p for p in m.PEOPLE if "KOL" in p.roles]


def has_role(person: str, role: str) -> bool:
    return role in PERSON[person].roles


def grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The rows in groups, each group in the order of the rows."""
    groups: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def missing_last(value: Any) -> tuple[bool, Any]:
    """A sort key that puts a missing value last, as ascending order does."""
    return (value is None, 0 if value is None else value)


def known(values: Iterable[T | None]) -> list[T]:
    return [v for v in values if v is not None]


def sum_of(events: Iterable[Event]) -> float:
    return sum(known(e.weight for e in events))


def mean_of(values: Iterable[float | None]) -> float | None:
    given = known(values)
    return fmean(given) if given else None


def rounded(value: float, places: int) -> float:
    """The value rounded half away from zero in decimal notation."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def moment_of(event: Event) -> datetime:
    assert event.time is not None
    return event.time


def whole_days(first: datetime, second: datetime) -> int:
    """Whole days from the first moment to the second, which is not earlier."""
    assert second >= first
    return (second - first).days


def month_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m")


def bought_by(person: str) -> set[str]:
    return {b.target for b in m.BOUGHT_PRODUCT if b.source == person}


def followers_of(person: str) -> list[str]:
    return [f.source for f in m.FOLLOWS_PERSON if f.target == person]


def trails(start: str, edges: Iterable[tuple[str, str]], longest: int) -> Iterator[list[str]]:
    """All paths of one step or more from a node along the directed edges that use no edge twice, as lists of nodes."""
    edges = list(edges)

    def extend(path: list[str], used: frozenset[int]) -> Iterator[list[str]]:
        for i, (a, b) in enumerate(edges):
            if a == path[-1] and i not in used:
                yield [*path, b]
                if len(path) < longest:
                    yield from extend([*path, b], used | {i})

    yield from extend([start], frozenset())
