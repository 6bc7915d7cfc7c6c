"""Target: which items are recommended, and which events say that somebody wants one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.columns import UNDATED
from graph.errors import PrerequisiteError
from graph.event_times import date_only_moments, holdout_starts
from graph.events import Events
from graph.hetero import HeteroGraph
from graph.schema import PERSON, EdgeKey
from graph.schema.roles import Meaning, Role
from graph.text import Int64

SOURCE = PERSON
# Roles in stages of falling commitment: had or rated a thing, wants it, looked at it. A car is bought once in years, so
# that the wish for one shows in test drives. What somebody publishes is an advertisement and no wish of their own, and
# what a campaign did shows whom it chose, not what they want: both are left out.
STAGES: tuple[frozenset[Role], ...] = (
    frozenset({"acquire", "rate"}), frozenset({"intend"}), frozenset({"browse"}),
)  # fmt: skip
# Stages join the positives until every second active person has one on average.
_ENOUGH_PER_PERSON = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """What is recommended to people.

    Attributes:
        node_type: Type of the recommended items.
        stages: Relations from people to them, in stages of falling commitment; only what the graph has.
        depth: The first ``depth`` stages are the positives: their events are what a model predicts.
        owned: The strongest stage at training, which made an item the person's own; nothing that recurs.

    >>> Target("Vehicle", (("BOUGHT",), ("TEST_DROVE",), ("VIEWED",)), depth=2, owned=("BOUGHT",)).positives
    ('BOUGHT', 'TEST_DROVE')
    """

    node_type: str
    stages: tuple[tuple[str, ...], ...]
    depth: int
    owned: tuple[str, ...]

    @property
    def relations(self) -> tuple[str, ...]:
        """All relations, by falling commitment."""
        return tuple(relation for stage in self.stages for relation in stage)

    @property
    def positives(self) -> tuple[str, ...]:
        """The relations whose events are to be predicted."""
        return tuple(relation for stage in self.stages[: self.depth] for relation in stage)

    def excluded_relations(self, graph: HeteroGraph) -> list[EdgeKey]:
        """Edge types whose items are never recommended to the person again.

        ``owned``, and relations of this graph that say had (and do not recur) or rated, known at training or not.
        """
        keys = graph.keys(source=SOURCE, target=self.node_type)
        return [key for key in keys if key.relation in self.owned or _excludes(graph.meaning(key))]

    def key(self, relation: str) -> EdgeKey:
        """The edge type of that relation."""
        return EdgeKey(SOURCE, relation, self.node_type)

    def to_json(self) -> dict[str, Any]:
        """The target as JSON values."""
        return {
            "node_type": self.node_type,
            "stages": [list(stage) for stage in self.stages],
            "depth": self.depth,
            "owned": list(self.owned),
        }

    @staticmethod
    def of_json(facts: dict[str, Any]) -> Target:
        """The target that ``to_json`` described."""
        stages = tuple(tuple(stage) for stage in facts["stages"])
        return Target(facts["node_type"], stages, int(facts["depth"]), tuple(facts["owned"]))


def choose_target(graph: HeteroGraph, node_type: str) -> Target:
    """The target for items of this type, from the relations that the graph has.

    Stages join from the strongest down until there is one positive event for every two people who have touched such
    an item: with plenty of purchases only purchases count, with few of them test drives and favourites do too. Both
    are counted on what was known when the test period of such a target starts; without such a period, on everything.
    The strongest stage that is present makes an item owned, unless the relation recurs.

    Args:
        graph: The graph to train on.
        node_type: ``Product``, ``Vehicle`` or another type that people have relations with.

    Raises:
        PrerequisiteError: nobody has a relation with such an item.
    """
    keys = list(graph.keys(source=SOURCE, target=node_type))
    stages = tuple(
        kept
        for roles in STAGES
        if (kept := tuple(k.relation for k in keys if graph.meaning(k).role in roles and not graph.meaning(k).undoes))
    )
    if not stages:
        raise PrerequisiteError(
            f"nobody in the graph has looked at, bought or rated a {node_type}", hint="load such events first"
        )
    present = [relation for stage in stages for relation in stage]
    lasting = tuple(r for r in stages[0] if not graph.meaning(EdgeKey(SOURCE, r, node_type)).recurring)
    target = Target(node_type, stages, len(stages), lasting)
    for depth in range(1, len(stages) + 1):
        target = Target(node_type, stages, depth, lasting)
        events = first_events(graph, target)
        cuts = period_cuts(graph, events)
        before = graph if cuts is None else graph.until(cuts[1])
        active = len(np.unique(np.concatenate([before.events(target.key(r)).src for r in present])))
        if len(first_events(before, target).users) >= max(_ENOUGH_PER_PERSON * active, 1):
            break
    return target


def _excludes(meaning: Meaning) -> bool:
    return (meaning.role == "acquire" and not meaning.recurring) or meaning.role == "rate"


def interest_events(graph: HeteroGraph, key: EdgeKey) -> Events:
    """The events of an edge type without those with things that the person disliked."""
    found = graph.events(key)
    disliked = graph.disliked(key.target)
    if not len(disliked):
        return found
    pairs = found.src * graph.count(key.target) + found.dst
    place = np.minimum(np.searchsorted(disliked, pairs), len(disliked) - 1)
    return found.take(disliked[place] != pairs)


@dataclass(frozen=True, slots=True)
class FirstEvents:
    """The first event of each (person, item, stage) among the positives, sorted by (user, item, stage); e of them.

    Attributes:
        users: int64 (e,).
        items: int64 (e,).
        stage: int64 (e,), 0 is the strongest.
        time: int64 (e,), UTC seconds of the first such event; ``UNDATED`` where any of them is undated.
    """

    users: Int64
    items: Int64
    stage: Int64
    time: Int64

    def take(self, where: Any) -> FirstEvents:
        """The chosen rows; positions or a mask."""
        return FirstEvents(self.users[where], self.items[where], self.stage[where], self.time[where])


def first_events(graph: HeteroGraph, target: Target) -> FirstEvents:
    """When each person first reached each stage of the positives with each item; what is disliked is no positive."""
    parts = []
    for stage, relations in enumerate(target.stages[: target.depth]):
        for relation in relations:
            found = interest_events(graph, target.key(relation))
            parts.append((found.src, found.dst, np.full(len(found), stage, np.int64), found.moments))
    users, items, stages, times = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((times, stages, items, users))
    events = FirstEvents(users[order], items[order], stages[order], times[order])
    if not len(order):
        return events
    new = np.ones(len(order), np.bool_)
    new[1:] = (
        (events.users[1:] != events.users[:-1])
        | (events.items[1:] != events.items[:-1])
        | (events.stage[1:] != events.stage[:-1])
    )
    return events.take(new)


def period_cuts(graph: HeteroGraph, events: FirstEvents) -> tuple[int, int] | None:
    """Starts of the validation and the test period, UTC seconds: see ``holdout_starts``.

    None where no more than half of the events are dated, or where no two moments leave enough on every side. A cut
    lies at the start of a day where any relation of the graph knows dates only.
    """
    times = events.time[events.time != UNDATED]
    if 2 * len(times) <= len(events.time):
        return None
    dated = [e.time[e.time != UNDATED] for e in graph.edge_sets.values() if e.time is not None]
    return holdout_starts(times, marks=np.unique(np.concatenate([date_only_moments(part) for part in dated])))
