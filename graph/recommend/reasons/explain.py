"""Reasons: one sentence for each recommended row, stating edges that are in the graph.

Reasons are tried in the order visited, friend, together, alike, popular. One of the first four is given only if the
model can give it (``Fitted.reason_codes``): a ranking by popularity is not explained by what friends bought. What most
people share (an item, a brand, somebody whom everybody follows) does not set a person apart and is never a reason.
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
from graph.recommend.features import NOTHING, Features, Vocabulary, friend_weights, interest_weights, user_history
from graph.recommend.reasons.incidence import incidence
from graph.recommend.reasons.too_common import common_people, common_things, distinguishing_values
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
        features: The graph that the lists were made from.
        model: The model that ranked.
        unnamed: Numbers of people whose ids must not appear in any sentence.
    """

    features: Features
    model: Fitted
    unnamed: frozenset[int] = frozenset()

    @cached_property
    def _space(self) -> Vocabulary:
        return Vocabulary.of(self.features.graph)

    @cached_property
    def _keys(self) -> list[EdgeKey]:
        """Edge types from people to things, in the order in which they are quoted: strongest relations first."""
        rank = {relation: i for i, relation in enumerate(self.features.target.relations)}
        here = self.features.target.node_type
        return sorted(
            interest_weights(self.features.graph, self.features.target),
            key=lambda k: (k.target != here, self.publishes(k), rank.get(k.relation, len(rank)), k),
        )

    @cached_property
    def _starts(self) -> list[int]:
        return [self._space.span(key.target)[0] for key in self._keys]

    @cached_property
    def _publishing(self) -> npt.NDArray[np.bool_]:
        """Which of ``_keys`` say what somebody published, bool; that shows no interest of their own."""
        return np.array([self.publishes(key) for key in self._keys], np.bool_)

    def publishes(self, key: EdgeKey) -> bool:
        """Whether the relation says what somebody has published."""
        return self.features.graph.meaning(key).role == "publish"

    def verb(self, key: EdgeKey) -> str:
        """The relation as a verb for a sentence."""
        return self.features.graph.meaning(key).verb

    def explain(self, users: Int64, lists: Sequence[Int64]) -> list[Reason]:
        """A reason for every row of these lists, list by list."""
        if not len(users):
            return []
        block = _Block(self, users, lists)
        return [block.reason(place, int(item)) for place, items in enumerate(lists) for item in items.tolist()]

    @cached_property
    def handled(self) -> npt.NDArray[np.bool_]:
        """Items that somebody had, wanted or rated, returned or disliked ones included; bool (items,)."""
        handled = np.zeros(self.features.graph.count(self.features.target.node_type), np.bool_)
        for key in self.features.graph.keys(source=SOURCE, target=self.features.target.node_type):
            if self.features.graph.meaning(key).role in WANTING:
                handled[self.features.graph.edges(key).dst] = True
        return handled

    def name(self, node_type: str, number: int) -> str:
        """The display name of a thing, or its id."""
        nodes = self.features.graph.nodes[node_type]
        names = nodes.columns.get("name")
        text = names[number] if isinstance(names, TextArray) and node_type != SOURCE else ""
        return text or nodes.ids.texts[number]

    @cached_property
    def _things(self) -> tuple[npt.NDArray[np.bool_], int]:
        """Which things most people share, and how many people have any thing."""
        wanting = [
            pair
            for pair, published in zip(zip(self._keys, self._starts, strict=True), self._publishing, strict=True)
            if not published
        ]
        return common_things(self.features.graph, wanting, len(self._space))

    @cached_property
    def _followed_by_most(self) -> npt.NDArray[np.bool_]:
        return common_people(self.features.graph)

    @cached_property
    def _columns(self) -> list[tuple[str, list[str]]]:
        return distinguishing_values(self.features.graph, self.features.target, _ALIKE_COLUMNS)

    def shared(self, first: int, second: int) -> tuple[str, str] | None:
        """The first attribute with a value that the two items share and most items do not have."""
        for name, values in self._columns:
            if values[first] and values[first] == values[second]:
                return name, values[first]
        return None


class _Block:
    """Look-ups for the lists of some people, made once for all of them."""

    def __init__(self, explainer: Explainer, users: Int64, lists: Sequence[Int64]) -> None:
        self.explainer, self.users = explainer, users
        features = self.features = explainer.features
        self.level = user_history(features, users)
        self.first = explainer._space.span(features.target.node_type)[0]
        self.own = self._own_things()
        wanted = np.zeros(len(explainer._space), np.bool_)
        wanted[self.first + np.concatenate([*lists, np.zeros(0, np.int64)])] = True
        for things in self.own:
            wanted[list(things)] = True
        self.people = incidence(features, explainer._keys, explainer._starts, wanted)
        # Of several edge types between a person and a thing the first of ``_keys`` counts, and publishing comes last.
        self.wanting = self.people.without(explainer._publishing)
        self.common, self.interested = explainer._things
        self.friends: sp.csr_array = friend_weights(features, users)
        self.lists = lists
        self.similar_things: tuple[int, dict[int, int]] = (-1, {})

    def _own_things(self) -> list[dict[int, EdgeKey]]:
        """Each person's things, and the first edge type of ``_keys`` between the two."""
        own: list[dict[int, EdgeKey]] = [{} for _ in self.users]
        for key, start in zip(self.explainer._keys, self.explainer._starts, strict=True):
            rows = self.features.user_events(key, self.users)
            for place, thing in zip(rows.which.tolist(), (start + rows.dst).tolist(), strict=True):
                own[place].setdefault(thing, key)
        return own

    def reason(self, place: int, item: int) -> Reason:
        """Why this item for this person."""
        level = int(self.level[place])
        if level == NOTHING:
            return self._popular(item, code="new-person", start="Nothing is known about this person yet; ")
        possible = self.explainer.model.reason_codes(level)
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
        if key is None or self.explainer.publishes(key):
            return None
        user = int(self.users[place])
        rows = self.features.user_events(key, np.array([user]))
        times = math.ceil(float(rows.times[rows.dst == item].sum()))
        often = "" if times == 1 else " twice" if times == 2 else f" {times:,} times"
        more = "" if self.features.graph.meaning(key).recurring else " and does not own it yet"
        text = f"This person {self.explainer.verb(key)} it{often}{more}"
        return Reason("visited", text, (Support(key, user, item),))

    def _friend(self, place: int, item: int) -> Reason | None:
        user, row = int(self.users[place]), slice(self.friends.indptr[place], self.friends.indptr[place + 1])
        people, keys = self.people.of(self.first + item)
        friends = self.friends.indices[row]
        both = np.isin(people, friends) & ~self.explainer._followed_by_most[people]
        if not both.any() or self.common[self.first + item]:
            return None
        strength = self.friends.data[row][np.searchsorted(friends, people[both])]
        best = int(np.argmax(strength))
        friend, key = int(people[both][best]), self.explainer._keys[int(keys[both][best])]
        relation = next(
            k
            for k in self.features.graph.keys(source=SOURCE, target=SOURCE)
            if (self.features.user_events(k, np.array([user])).dst == friend).any()
        )
        others = f"; so it is with {int(both.sum()) - 1} more of them" if both.sum() > 1 else ""
        name = self.features.graph.nodes[SOURCE].ids.texts[friend]
        whom = f"{name}, whom this person {self.explainer.verb(relation)},"
        if friend in self.explainer.unnamed:
            whom = f"Somebody this person {self.explainer.verb(relation)}"
        text = f"{whom} {self.explainer.verb(key)} it{others}"
        return Reason("friend", text, (Support(relation, user, friend), Support(key, friend, item)))

    @cached_property
    def _similarity(self) -> sp.csr_array:
        """Similarity of all things and the listed items by common people: cosine, sparse (things, things).

        Only pairs with more people in common than expected by chance, |A| * |B| / people; what most people have is left
        out.
        """
        import scipy.sparse as sp

        people, size = self.wanting, len(self.explainer._space)
        shape = (size, self.features.graph.count(SOURCE))
        has = sp.csr_array((np.ones(len(people.people)), people.people, people.offsets), shape=shape)
        listed = np.zeros(size)
        listed[self.first : self.first + self.features.n_items] = 1.0
        telling = sp.diags_array(1.0 - self.common)
        # Two people are added to each side, so that a single common person does not make a perfect match.
        scale = sp.diags_array(1.0 / np.sqrt(np.diff(people.offsets) + 2.0))
        common = (telling @ (has @ (sp.diags_array(listed) @ has).T) @ telling).tocoo()
        size_of = np.diff(people.offsets)
        common.data *= common.data * self.interested > size_of[common.row] * size_of[common.col]
        return (scale @ common @ scale).tocsr()

    def _similar_things(self, place: int) -> dict[int, int]:
        """For each listed item of a person, the most similar own thing; items similar to none are left out."""
        things = sorted(self.own[place])
        items = self.lists[place].tolist()
        if not things or not items:
            return {}
        near = self._similarity[things][:, [self.first + item for item in items]].toarray()
        for column, item in enumerate(items):
            if self.first + item in self.own[place]:
                near[things.index(self.first + item), column] = 0.0
        best = near.argmax(axis=0)
        return {item: things[best[i]] for i, item in enumerate(items) if near[best[i], i] > 0}

    def _together(self, place: int, item: int) -> Reason | None:
        if self.similar_things[0] != place:
            self.similar_things = (place, self._similar_things(place))
        thing = self.similar_things[1].get(item)
        if thing is None:
            return None
        user, key = int(self.users[place]), self.own[place][thing]
        mine, my_keys = self.wanting.of(self.first + item)
        theirs, their_keys = self.wanting.of(thing)
        common = np.intersect1d(mine, theirs, assume_unique=True)
        common = common[common != user]
        if not len(common):
            return None
        witness, number = int(common[0]), thing - self.explainer._space.span(key.target)[0]
        to_item = self.explainer._keys[int(my_keys[np.searchsorted(mine, witness)])]
        to_thing = self.explainer._keys[int(their_keys[np.searchsorted(theirs, witness)])]
        crowd = "1 other person is" if len(common) == 1 else f"{len(common):,} other people are"
        name = self.explainer.name(key.target, number)
        text = f"{crowd} interested in both this and {name}, which this person {self.explainer.verb(key)}"
        support = (Support(key, user, number), Support(to_thing, witness, number), Support(to_item, witness, item))
        return Reason("together", text, support)

    def _alike(self, place: int, item: int) -> Reason | None:
        start, stop = self.explainer._space.span(self.features.target.node_type)
        for thing, key in self.own[place].items():
            if not start <= thing < stop or thing == start + item or self.common[thing]:
                continue
            if (same := self.explainer.shared(thing - start, item)) is not None:
                other = self.explainer.name(key.target, thing - start)
                attribute, verb = same[0].replace("_", " "), self.explainer.verb(key)
                text = f"Same {attribute} ({same[1]}) as {other}, which this person {verb}"
                return Reason("alike", text, (Support(key, int(self.users[place]), thing - start),))
        return None

    def _popular(self, item: int, *, code: str, start: str) -> Reason:
        people, keys = self.wanting.of(self.first + item)
        if not len(people):
            people, keys = self.people.of(self.first + item)
            code = "new-item" if code == "popular" else code
            text = "nobody has had to do with it yet"
            if self.explainer.handled[item]:
                text = "nobody has kept it or liked it so far"
            elif len(people):
                text = f"nobody has shown an interest in it yet, but {_crowd(len(people))} published about it"
        else:
            text = f"popular: {_crowd(len(people))} shown an interest in it"
        support = tuple(
            Support(self.explainer._keys[int(k)], int(p), item)
            for p, k in zip(people[:_EXAMPLES].tolist(), keys[:_EXAMPLES].tolist(), strict=True)
        )
        return Reason(code, _sentence(start + text), support)


def _crowd(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
