"""Reasons: one plain sentence for each recommended row, resting on edges that are in the graph.

A reason is looked for in the order past visit, friend, together, alike, popular; it may speak of something only where a
voter with a say in the ranking looks at it, so that a popularity list does not pretend to know the person. What most
share (an item, a brand, somebody whom everybody follows) says nothing about a person and is not quoted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.features import NOTHING, View, Vocabulary, interest_weights, levels, ties
from graph.recommend.reasons.incidence import incidence
from graph.recommend.reasons.too_common import crowded_people, crowded_things, telling_values
from graph.recommend.rows import Reason, Support
from graph.recommend.target import SOURCE
from graph.schema import EdgeKey
from graph.schema.roles import WANTING
from graph.text import Int64, TextArray

if TYPE_CHECKING:
    import scipy.sparse as sp

_EXAMPLES = 3
_ALIKE_COLUMNS = ("model", "brand", "body", "energy_type", "category", "price_band")


@dataclass(frozen=True, eq=False)
class Explainer:
    """Finds reasons in one graph for the lists of one model.

    Attributes:
        view: The graph that the lists were drawn from.
        model: The model that ranked.
        unnamed: Numbers of people whose ids no sentence may hold.
    """

    view: View
    model: Fitted
    unnamed: frozenset[int] = frozenset()

    @cached_property
    def _space(self) -> Vocabulary:
        return Vocabulary.of(self.view.graph)

    @cached_property
    def _keys(self) -> list[EdgeKey]:
        """Edge types from people to things, the strongest relations to the target first."""
        rank = {relation: i for i, relation in enumerate(self.view.target.relations)}
        here = self.view.target.node_type
        return sorted(
            interest_weights(self.view.graph, self.view.target),
            key=lambda k: (k.target != here, self.publishes(k), rank.get(k.relation, len(rank)), k),
        )

    @cached_property
    def _starts(self) -> list[int]:
        return [self._space.span(key.target)[0] for key in self._keys]

    @cached_property
    def _publishing(self) -> npt.NDArray[np.bool_]:
        """Which of the edge types say what somebody has published, not what somebody is interested in."""
        return np.array([self.publishes(key) for key in self._keys], np.bool_)

    def publishes(self, key: EdgeKey) -> bool:
        """Whether the relation says what somebody has published."""
        return self.view.graph.meaning(key).role == "publish"

    def verb(self, key: EdgeKey) -> str:
        """The relation as it stands in a sentence."""
        return self.view.graph.meaning(key).verb

    def explain(self, users: Int64, lists: Sequence[Int64]) -> list[Reason]:
        """A reason for every row of these lists, list by list."""
        if not len(users):
            return []
        block = _Block(self, users, lists)
        return [block.reason(place, int(item)) for place, items in enumerate(lists) for item in items.tolist()]

    @cached_property
    def handled(self) -> npt.NDArray[np.bool_]:
        """Items that somebody had, wanted or rated, whether that still stands or not; bool (items,)."""
        told = np.zeros(self.view.graph.count(self.view.target.node_type), np.bool_)
        for key in self.view.graph.keys(source=SOURCE, target=self.view.target.node_type):
            if self.view.graph.meaning(key).role in WANTING:
                told[self.view.graph.edges(key).dst] = True
        return told

    def name(self, node_type: str, number: int) -> str:
        """The display name of a thing, or its id."""
        nodes = self.view.graph.nodes[node_type]
        names = nodes.columns.get("name")
        text = names[number] if isinstance(names, TextArray) and node_type != SOURCE else ""
        return text or nodes.ids.texts[number]

    @cached_property
    def _things(self) -> tuple[npt.NDArray[np.bool_], int]:
        """Which things most people have to do with, and how many people have to do with any."""
        wanting = [
            pair
            for pair, said in zip(zip(self._keys, self._starts, strict=True), self._publishing, strict=True)
            if not said
        ]
        return crowded_things(self.view.graph, wanting, len(self._space))

    @cached_property
    def _heard(self) -> npt.NDArray[np.bool_]:
        return crowded_people(self.view.graph)

    @cached_property
    def _columns(self) -> list[tuple[str, list[str]]]:
        return telling_values(self.view.graph, self.view.target, _ALIKE_COLUMNS)

    def shared(self, first: int, second: int) -> tuple[str, str] | None:
        """The first attribute in which two items agree and most do not, with its value."""
        for name, values in self._columns:
            if values[first] and values[first] == values[second]:
                return name, values[first]
        return None


class _Block:
    """Look-ups for the lists of some people, made once."""

    def __init__(self, explainer: Explainer, users: Int64, lists: Sequence[Int64]) -> None:
        self.e, self.users = explainer, users
        view = self.view = explainer.view
        self.level = levels(view, users)
        self.first = explainer._space.span(view.target.node_type)[0]
        self.own = self._own_things()
        wanted = np.zeros(len(explainer._space), np.bool_)
        wanted[self.first + np.concatenate([*lists, np.zeros(0, np.int64)])] = True
        for things in self.own:
            wanted[list(things)] = True
        self.people = incidence(view, explainer._keys, explainer._starts, wanted)
        # Where somebody is joined by several edge types the lowest counts, and those of publishing come last.
        self.wanting = self.people.without(explainer._publishing)
        self.crowded, self.interested = explainer._things
        self.tied: sp.csr_array = ties(view, users)
        self.lists = lists
        self.companions: tuple[int, dict[int, int]] = (-1, {})

    def _own_things(self) -> list[dict[int, EdgeKey]]:
        """Each person's things with the edge type that joins them, the strongest where there are several."""
        own: list[dict[int, EdgeKey]] = [{} for _ in self.users]
        for key, start in zip(self.e._keys, self.e._starts, strict=True):
            rows = self.view.rows(key, self.users)
            for place, thing in zip(rows.which.tolist(), (start + rows.dst).tolist(), strict=True):
                own[place].setdefault(thing, key)
        return own

    def reason(self, place: int, item: int) -> Reason:
        """Why this item for this person."""
        level = int(self.level[place])
        if level == NOTHING:
            return self._popular(item, code="new-person", start="Nothing is known about this person yet; ")
        possible = self.e.model.reason_codes(level)
        for code, look in (
            ("visited", self._visited),
            ("friend", self._friend),
            ("together", self._together),
            ("alike", self._alike),
        ):
            if code in possible and (found := look(place, item)) is not None:
                return found
        return self._popular(item, code="popular", start="")

    def _visited(self, place: int, item: int) -> Reason | None:
        key = self.own[place].get(self.first + item)
        if key is None or self.e.publishes(key):
            return None
        user = int(self.users[place])
        rows = self.view.rows(key, np.array([user]))
        times = math.ceil(float(rows.times[rows.dst == item].sum()))
        often = "" if times == 1 else " twice" if times == 2 else f" {times:,} times"
        more = "" if self.view.graph.meaning(key).recurring else " and does not own it yet"
        text = f"This person {self.e.verb(key)} it{often}{more}"
        return Reason("visited", text, (Support(key, user, item),))

    def _friend(self, place: int, item: int) -> Reason | None:
        user, row = int(self.users[place]), slice(self.tied.indptr[place], self.tied.indptr[place + 1])
        people, keys = self.people.of(self.first + item)
        friends = self.tied.indices[row]
        both = np.isin(people, friends) & ~self.e._heard[people]
        if not both.any() or self.crowded[self.first + item]:
            return None
        strength = self.tied.data[row][np.searchsorted(friends, people[both])]
        best = int(np.argmax(strength))
        friend, key = int(people[both][best]), self.e._keys[int(keys[both][best])]
        tie = next(
            k
            for k in self.view.graph.keys(source=SOURCE, target=SOURCE)
            if (self.view.rows(k, np.array([user])).dst == friend).any()
        )
        others = f"; so it is with {int(both.sum()) - 1} more of them" if both.sum() > 1 else ""
        name = self.view.graph.nodes[SOURCE].ids.texts[friend]
        whom = f"{name}, whom this person {self.e.verb(tie)},"
        if friend in self.e.unnamed:
            whom = f"Somebody this person {self.e.verb(tie)}"
        text = f"{whom} {self.e.verb(key)} it{others}"
        return Reason("friend", text, (Support(tie, user, friend), Support(key, friend, item)))

    @cached_property
    def _common(self) -> sp.csr_array:
        """How many people have to do with both a thing and a listed item, over the whole space of things.

        Only where they are more than chance alone brings together; what most people have is left out.
        """
        import scipy.sparse as sp

        people, size = self.wanting, len(self.e._space)
        shape = (size, self.view.graph.count(SOURCE))
        has = sp.csr_array((np.ones(len(people.people)), people.people, people.offsets), shape=shape)
        listed = np.zeros(size)
        listed[self.first : self.first + self.view.n_items] = 1.0
        told = sp.diags_array(1.0 - self.crowded)
        # Two extra people on either side keep one chance companion from looking like a perfect match.
        scale = sp.diags_array(1.0 / np.sqrt(np.diff(people.offsets) + 2.0))
        common = (told @ (has @ (sp.diags_array(listed) @ has).T) @ told).tocoo()
        size_of = np.diff(people.offsets)
        common.data *= common.data * self.interested > size_of[common.row] * size_of[common.col]
        return (scale @ common @ scale).tocsr()

    def _companions(self, place: int) -> dict[int, int]:
        """For each listed item of a person the own thing that most of the same people have to do with."""
        things = sorted(self.own[place])
        items = self.lists[place].tolist()
        if not things or not items:
            return {}
        near = self._common[things][:, [self.first + item for item in items]].toarray()
        for column, item in enumerate(items):
            if self.first + item in self.own[place]:
                near[things.index(self.first + item), column] = 0.0
        best = near.argmax(axis=0)
        return {item: things[best[i]] for i, item in enumerate(items) if near[best[i], i] > 0}

    def _together(self, place: int, item: int) -> Reason | None:
        if self.companions[0] != place:
            self.companions = (place, self._companions(place))
        thing = self.companions[1].get(item)
        if thing is None:
            return None
        user, key = int(self.users[place]), self.own[place][thing]
        mine, my_keys = self.wanting.of(self.first + item)
        theirs, their_keys = self.wanting.of(thing)
        common = np.intersect1d(mine, theirs, assume_unique=True)
        common = common[common != user]
        if not len(common):
            return None
        witness, number = int(common[0]), thing - self.e._space.span(key.target)[0]
        to_item = self.e._keys[int(my_keys[np.searchsorted(mine, witness)])]
        to_thing = self.e._keys[int(their_keys[np.searchsorted(theirs, witness)])]
        crowd = "1 other person is" if len(common) == 1 else f"{len(common):,} other people are"
        name = self.e.name(key.target, number)
        text = f"{crowd} interested in both this and {name}, which this person {self.e.verb(key)}"
        support = (Support(key, user, number), Support(to_thing, witness, number), Support(to_item, witness, item))
        return Reason("together", text, support)

    def _alike(self, place: int, item: int) -> Reason | None:
        start, stop = self.e._space.span(self.view.target.node_type)
        for thing, key in self.own[place].items():
            if not start <= thing < stop or thing == start + item or self.crowded[thing]:
                continue
            if (same := self.e.shared(thing - start, item)) is not None:
                other = self.e.name(key.target, thing - start)
                text = f"Same {same[0].replace('_', ' ')} ({same[1]}) as {other}, which this person {self.e.verb(key)}"
                return Reason("alike", text, (Support(key, int(self.users[place]), thing - start),))
        return None

    def _popular(self, item: int, *, code: str, start: str) -> Reason:
        people, keys = self.wanting.of(self.first + item)
        if not len(people):
            people, keys = self.people.of(self.first + item)
            code = "new-item" if code == "popular" else code
            text = "nobody has had to do with it yet"
            if self.e.handled[item]:
                text = "nobody has kept it or liked it so far"
            elif len(people):
                text = f"nobody has shown an interest in it yet, but {_crowd(len(people))} published about it"
        else:
            text = f"popular: {_crowd(len(people))} shown an interest in it"
        support = tuple(
            Support(self.e._keys[int(k)], int(p), item)
            for p, k in zip(people[:_EXAMPLES].tolist(), keys[:_EXAMPLES].tolist(), strict=True)
        )
        return Reason(code, _sentence(start + text), support)


def _crowd(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
