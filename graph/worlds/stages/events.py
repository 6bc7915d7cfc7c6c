"""Own events of people with items (not caused by ties), in blocks of users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.catalogue import Market
from graph.worlds.stages.draws import Ints, Narrow, draw_columns, stream
from graph.worlds.stages.people import People
from graph.worlds.stages.seasons import Season, season

TASTE, NOISE, INFLUENCE = 0, 1, 2
CAUSES = ("taste", "noise", "influence")
_BLOCK = 50_000
_REDRAWS = 6


@dataclass(frozen=True, slots=True)
class Events:
    """e events of people with items.

    Attributes:
        relation: uint8 (e,), position in the relations of the shape.
        person: int32 (e,).
        item: int32 (e,), number within the item's type.
        time: int32 (e,), seconds since the start of the window.
        cause: uint8 (e,), position in ``CAUSES``.
    """

    relation: np.ndarray
    person: Narrow
    item: Narrow
    time: Narrow
    cause: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: np.ndarray) -> Events:
        """The chosen rows; positions or a mask."""
        return Events(*(getattr(self, name)[rows] for name in self.__slots__))


def concatenate(parts: list[Events]) -> Events:
    """Concatenate events."""
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in Events.__slots__))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seasons of viewing and of adoption, by the group of the person's community.

    Attributes:
        looking: Season of viewing, for everybody.
        buying: Season of adoption, per group.
        group: int64 (persons,), group of each person's community; 0 for fake accounts.
    """

    looking: Season
    buying: tuple[Season, ...]
    group: Ints

    @classmethod
    def of(cls, shape: Shape, parameters: Parameters, market: Market, *, people: People) -> Rhythm:
        """The rhythm of a market."""
        return cls(
            season(parameters, shape.calendars[0], purchases=False),
            tuple(season(parameters, calendar, purchases=True) for calendar in shape.calendars),
            market.group[np.maximum(people.community, 0)],
        )

    def adopt(self, person: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> Narrow:
        """An adoption time after ``after`` (UTC seconds) per person, in seconds since the start: int32 (n,)."""
        time = self.buying[0].draw(after, rng)
        for number, calendar in enumerate(self.buying[1:], 1):
            rows = np.flatnonzero(self.group[person] == number)
            time[rows] = calendar.draw(after[rows], rng)
        return time


class Extend(Protocol):
    """Adds events that follow from a block's own events: repeats, carts, companion purchases."""

    def __call__(
        self,
        parameters: Parameters,
        events: Events,
        *,
        market: Market,
        people: People,
        rhythm: Rhythm,
        rng: np.random.Generator,
    ) -> Events:
        """The events, followed by the added ones."""


def own_events(
    shape: Shape, parameters: Parameters, market: Market, *, people: People, extend: Extend | None, seed: int
) -> Iterator[Events]:
    """Generate events that are not caused by ties, in blocks of users.

    With probability ``noise`` an event ignores taste and draws an item by global popularity. Otherwise it draws an
    interest from the user's taste, then an item from P(item | community, interest). Items must have been launched by
    then.
    """
    draw_item = _item_sampler(shape, market)
    rhythm = Rhythm.of(shape, parameters, market, people=people)
    for block, first in enumerate(range(0, people.users, _BLOCK)):
        users = np.arange(first, min(first + _BLOCK, people.users))
        rng = stream(seed, "events", block)
        events = _timed(shape, parameters, people, rhythm, users, rng=rng)
        events = _with_items(shape, parameters, market, people, events, draw_item=draw_item, rng=rng)
        events = _once(shape, _funnel(shape, parameters, events, rng))
        if extend:
            events = extend(parameters, events, market=market, people=people, rhythm=rhythm, rng=rng)
        yield events


def _timed(
    shape: Shape, parameters: Parameters, people: People, rhythm: Rhythm, users: Ints, *, rng: np.random.Generator
) -> Events:
    """Number, relation and time of the events, without items."""
    mean = people.appetite[users] * rhythm.looking.left(people.signup[users])
    visit = rng.integers(parameters.first_visit_least, parameters.first_visit_most + 1, len(users))
    count = np.minimum(visit + np.floor(mean).astype(np.int64), parameters.activity_cap)
    count = np.where(people.fake[users], rng.integers(0, 3, len(users)), count)
    person = np.repeat(users, count)
    relation = np.searchsorted(np.cumsum(shape.mix)[:-1], rng.random(len(person)), side="right").astype(np.uint8)
    fake = people.fake[person]
    relation[fake] = 0
    looking = rhythm.looking.draw(people.signup[person], rng)
    buying = rhythm.adopt(person, people.signup[person], rng)
    time = np.where(shape.is_adoption[relation], buying, looking)
    cause = np.where(fake | (rng.random(len(person)) < parameters.noise), NOISE, TASTE).astype(np.uint8)
    return Events(relation, person.astype(np.int32), np.zeros(len(person), dtype=np.int32), time, cause)


Sampler = Callable[[int, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _item_sampler(shape: Shape, market: Market) -> Sampler:
    tables = [(market.of(kind).by_taste(), market.of(kind).by_popularity()) for kind in shape.kinds]
    width = market.interests.shape[1]

    def draw(kind: int, community: np.ndarray, interest: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Items by taste, or by popularity where ``interest`` is -1."""
        by_taste, by_popularity = tables[kind]
        liked = interest >= 0
        item = by_popularity.draw(np.zeros(len(interest), dtype=np.int64), rng)
        item[liked] = by_taste.draw(community[liked] * width + interest[liked], rng)
        return item

    return draw


def _with_items(
    shape: Shape,
    parameters: Parameters,
    market: Market,
    people: People,
    events: Events,
    *,
    draw_item: Sampler,
    rng: np.random.Generator,
) -> Events:
    """Draw items; an item not launched by then is drawn again, and the event dropped after six attempts."""
    interest = np.full(len(events), -1, dtype=np.int64)
    liked = np.flatnonzero(events.cause == TASTE)
    base = int(events.person[0]) if len(events) else 0
    block = people.taste[base : int(events.person[-1]) + 1] if len(events) else people.taste[:1]
    interest[liked] = draw_columns(block, events.person[liked] - base, rng)
    community = people.community[events.person]
    item = events.item.copy()
    kinds = shape.kind_of[events.relation]
    waiting = np.arange(len(events))
    for _ in range(_REDRAWS):
        for kind, name in enumerate(shape.kinds):
            rows = waiting[kinds[waiting] == kind]
            item[rows] = draw_item(kind, community[rows], interest[rows], rng)
            launch = market.of(name).launch[item[rows]] - parameters.start
            waiting = np.setdiff1d(waiting, rows[launch <= events.time[rows]], assume_unique=True)
    keep = np.ones(len(events), dtype=bool)
    keep[waiting] = False
    return Events(events.relation, events.person, item, events.time, events.cause).take(keep)


def _funnel(shape: Shape, parameters: Parameters, events: Events, rng: np.random.Generator) -> Events:
    """Give most adoptions an item that the person has viewed before."""
    item, cause = events.item.copy(), events.cause.copy()
    for view in sorted(set(shape.view_of.tolist()) - {-1}):
        views = np.flatnonzero(events.relation == view)
        adopted = shape.is_adoption[events.relation] & (shape.view_of[events.relation] == view)
        adoptions = np.flatnonzero(adopted & (rng.random(len(events)) < parameters.funnel))
        low = np.searchsorted(events.person[views], events.person[adoptions], side="left")
        high = np.searchsorted(events.person[views], events.person[adoptions], side="right")
        chosen = low + (rng.random(len(low)) * (high - low)).astype(np.int64)
        some = high > low
        adoptions, source = adoptions[some], views[chosen[some]]
        earlier = events.time[source] < events.time[adoptions]
        adoptions, source = adoptions[earlier], source[earlier]
        item[adoptions], cause[adoptions] = events.item[source], events.cause[source]
    return Events(events.relation, events.person, item, events.time, cause)


def _once(shape: Shape, events: Events) -> Events:
    """Keep only the earliest event where the relation allows one per person, or one per person and item."""
    keep = np.ones(len(events), dtype=bool)
    for number, relation in enumerate(shape.relations):
        if not relation.once:
            continue
        per_item = int(relation.once == "item")
        rows = np.flatnonzero(events.relation == number)
        order = rows[np.lexsort((events.time[rows], per_item * events.item[rows], events.person[rows]))]
        person, item = events.person[order], per_item * events.item[order]
        keep[order[1:][(person[1:] == person[:-1]) & (item[1:] == item[:-1])]] = False
    return events.take(keep)
