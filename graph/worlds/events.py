"""What people do with items: their own events, in blocks of users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from graph.worlds.catalogue import TYPES, Market
from graph.worlds.draws import Ints, Narrow, draw_columns, stream
from graph.worlds.parameters import EvRetail
from graph.worlds.people import People
from graph.worlds.seasons import season

TASTE, NOISE, INFLUENCE = 0, 1, 2
CAUSES = ("taste", "noise", "influence")
RELATIONS = (
    "viewed_product",
    "viewed_vehicle",
    "searched_topic",
    "favourited_vehicle",
    "bought_product",
    "test_drove_vehicle",
    "bought_vehicle",
)
KIND_OF = np.array([TYPES.index(name.split("_")[-1]) for name in RELATIONS])
VIEW_OF = np.array([0, 1, -1, 1, 0, 1, 1])
IS_ADOPTION = np.array([False, False, False, True, True, True, True])
_MIX = np.array([0.40, 0.15, 0.17, 0.05, 0.18, 0.03, 0.02])
_BLOCK = 50_000
_REDRAWS = 6


@dataclass(frozen=True, slots=True)
class Events:
    """Events of people with items, one entry each; e of them.

    Attributes:
        relation: uint8 (e,), position in ``RELATIONS``.
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
    """One value from several."""
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in Events.__slots__))


def own_events(parameters: EvRetail, market: Market, people: People, *, seed: int) -> Iterator[Events]:
    """Events that no tie caused, block of users by block of users.

    A user's events are noise (global popularity) with probability ``noise``; the others draw an interest from the
    user's taste, then an item from P(item | community, interest), among the items launched by then.
    """
    draw_item = _item_sampler(market)
    for block, first in enumerate(range(0, people.users, _BLOCK)):
        users = np.arange(first, min(first + _BLOCK, people.users))
        rng = stream(seed, "events", block)
        events = _timed(parameters, people, users, rng)
        events = _with_items(parameters, market, people, events, draw_item, rng=rng)
        yield _one_car(_funnel(parameters, events, rng))


def _timed(parameters: EvRetail, people: People, users: Ints, rng: np.random.Generator) -> Events:
    """How many events of which relation and when, without items."""
    seasons = season(parameters, purchases=False), season(parameters, purchases=True)
    mean = people.appetite[users] * seasons[0].left(people.signup[users])
    visit = rng.integers(parameters.first_visit_least, parameters.first_visit_most + 1, len(users))
    count = np.minimum(visit + np.floor(mean).astype(np.int64), parameters.activity_cap)
    count = np.where(people.fake[users], rng.integers(0, 3, len(users)), count)
    person = np.repeat(users, count)
    relation = np.searchsorted(np.cumsum(_MIX)[:-1], rng.random(len(person)), side="right").astype(np.uint8)
    fake = people.fake[person]
    relation[fake] = 0
    looking = seasons[0].draw(people.signup[person], rng)
    buying = seasons[1].draw(people.signup[person], rng)
    time = np.where(IS_ADOPTION[relation], buying, looking)
    cause = np.where(fake | (rng.random(len(person)) < parameters.noise), NOISE, TASTE).astype(np.uint8)
    return Events(relation, person.astype(np.int32), np.zeros(len(person), dtype=np.int32), time, cause)


Sampler = Callable[[int, np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def _item_sampler(market: Market) -> Sampler:
    tables = [(market.of(kind).by_taste(), market.of(kind).by_popularity()) for kind in TYPES]
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
    parameters: EvRetail,
    market: Market,
    people: People,
    events: Events,
    draw_item: Sampler,
    *,
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
    kinds = KIND_OF[events.relation]
    waiting = np.arange(len(events))
    for _ in range(_REDRAWS):
        for kind, name in enumerate(TYPES):
            rows = waiting[kinds[waiting] == kind]
            item[rows] = draw_item(kind, community[rows], interest[rows], rng)
            launch = market.of(name).launch[item[rows]] - parameters.start
            waiting = np.setdiff1d(waiting, rows[launch <= events.time[rows]], assume_unique=True)
    keep = np.ones(len(events), dtype=bool)
    keep[waiting] = False
    return Events(events.relation, events.person, item, events.time, events.cause).take(keep)


def _funnel(parameters: EvRetail, events: Events, rng: np.random.Generator) -> Events:
    """Let most adoptions concern an item that the same person has viewed before."""
    item, cause = events.item.copy(), events.cause.copy()
    for view in (RELATIONS.index("viewed_product"), RELATIONS.index("viewed_vehicle")):
        views = np.flatnonzero(events.relation == view)
        adopted = IS_ADOPTION[events.relation] & (VIEW_OF[events.relation] == view)
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


def _one_car(events: Events) -> Events:
    """At most one vehicle bought per person and window: the earliest; test drives of one vehicle once."""
    keep = np.ones(len(events), dtype=bool)
    for relation, per_item in ((RELATIONS.index("bought_vehicle"), 0), (RELATIONS.index("test_drove_vehicle"), 1)):
        rows = np.flatnonzero(events.relation == relation)
        order = rows[np.lexsort((events.time[rows], per_item * events.item[rows], events.person[rows]))]
        person, item = events.person[order], per_item * events.item[order]
        keep[order[1:][(person[1:] == person[:-1]) & (item[1:] == item[:-1])]] = False
    return events.take(keep)
