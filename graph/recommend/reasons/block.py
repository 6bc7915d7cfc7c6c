"""The reasons of the lists of some people: look-ups are made for all rows at once, sentences row by row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.recommend.features import HISTORY_LEVELS, NOTHING, friend_weights, user_history
from graph.recommend.packed import Packed, expand, first_of_rows
from graph.recommend.reasons.explain import Explainer
from graph.recommend.reasons.friend_edges import FriendEdges
from graph.recommend.reasons.incidence import incidence
from graph.recommend.rows import Reason, Support
from graph.recommend.target import SOURCE
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


_EXAMPLES = 3


def explain(explainer: Explainer, users: Int64, lists: Sequence[Int64]) -> list[Reason]:
    """A reason for every row of these lists, list by list.

    Args:
        explainer: The graph that the lists were made from, and the model.
        users: int64 (u,), numbers of people.
        lists: The items of each.
    """
    return _Block(explainer, users, lists).reasons() if len(users) else []


class _Block:
    """The rows of some people; r rows, each a person and an item.

    Args:
        explainer: The graph and the model.
        users: int64 (u,), numbers of people.
        lists: The items of each.
    """

    def __init__(self, explainer: Explainer, users: Int64, lists: Sequence[Int64]) -> None:
        self.explainer, self.users, self.features = explainer, users, explainer.features
        self.things, self.people_count = len(explainer.space), explainer.features.graph.count(SOURCE)
        self.first = explainer.space.span(self.features.target.node_type)[0]
        self.place = np.repeat(np.arange(len(users)), [len(items) for items in lists])
        self.item = np.concatenate([*lists, np.zeros(0, np.int64)]).astype(np.int64)
        self.thing = self.first + self.item
        self._read_own_events()
        wanted = np.zeros(self.things, np.bool_)
        wanted[self.thing] = True
        wanted[self.own.second] = True
        self.people = incidence(self.features, explainer.keys, explainer.starts, wanted)
        # Of several edge types between a person and a thing the first of ``keys`` counts, and publishing comes last.
        self.wanting = self.people.without(explainer.publishing)
        self.common, self.interested = explainer.things

    def _read_own_events(self) -> None:
        """Each person's things, with the first edge type between the two and how often it happened."""
        parts: list[tuple[Int64, Int64, npt.NDArray[np.float64]]] = []
        for number, (key, start) in enumerate(zip(self.explainer.keys, self.explainer.starts, strict=True)):
            rows = self.features.user_events(key, self.users)
            parts.append((rows.which * self.things + start + rows.dst, np.full(len(rows.dst), number), rows.times))
        nothing = np.zeros(0, np.int64)
        packed, key_of, times = (
            np.concatenate(part) for part in zip(*parts, (nothing, nothing, np.zeros(0)), strict=True)
        )
        self._own_by_key = [Packed(np.unique(part[0]), self.things) for part in parts]
        distinct, at, where = np.unique(packed, return_index=True, return_inverse=True)
        self.own = Packed(distinct, self.things)
        self.own_key = key_of[at].astype(np.int64)
        same = key_of == self.own_key[where]
        self.own_times = np.bincount(where[same], times[same], minlength=len(distinct))
        # In the order in which edge types are quoted, for the reason that looks for the first thing that is alike.
        self.own_order = at

    def reasons(self) -> list[Reason]:
        """A reason for every row."""
        level = user_history(self.features, self.users)
        found: list[Reason | None] = [None] * len(self.item)
        new = level[self.place] == NOTHING
        for row in np.flatnonzero(new).tolist():
            found[row] = self._popular(row, code="new-person", start="Nothing is known about this person yet; ")
        codes = [self.explainer.model.reason_codes(number) for number in range(len(HISTORY_LEVELS))]
        left = np.flatnonzero(~new)
        evidence = self.explainer.model.evidence(self.features, self.users[self.place], self.item)
        for code, look in (
            ("visited", self._visited),
            ("friend", self._friend),
            ("together", self._together),
            ("alike", self._alike),
        ):
            possible = np.array([code in known for known in codes])[level[self.place[left]]]
            if code in evidence:
                # Where it did not raise the score it is no reason, though it is true.
                possible &= ~(evidence[code][left] <= 0)
            for row, reason in look(left[possible]).items():
                found[row] = reason
            left = left[[found[row] is None for row in left.tolist()]]
        for row in left.tolist():
            found[row] = self._popular(row, code="popular", start="")
        return [reason for reason in found if reason is not None]

    def _visited(self, rows: Int64) -> dict[int, Reason]:
        """The person had to do with the item before."""
        at, there = self.own.find(self.place[rows], self.thing[rows])
        there[there] = ~self.explainer.publishing[self.own_key[at[there]]]
        rows, found = rows[there], {}
        edges = self._own_edges(rows, thing=self.thing[rows])
        for row, number, amount in zip(
            rows.tolist(), self.own_key[at[there]].tolist(), self.own_times[at[there]].tolist(), strict=True
        ):
            key, times = self.explainer.keys[number], math.ceil(amount)
            often = "" if times == 1 else " twice" if times == 2 else f" {times:,} times"
            more = "" if self.features.graph.meaning(key).recurring else " and does not own it yet"
            text = f"This person {self.explainer.verb(key)} it{often}{more}"
            found[row] = Reason("visited", text, tuple(edges[row]))
        return found

    @cached_property
    def _friends(self) -> sp.csr_array:
        """Weights of ties of these people, (u, people)."""
        return friend_weights(self.features, self.users)

    def _friend(self, rows: Int64) -> dict[int, Reason]:
        """The closest friend who has the item, and how many more have it."""
        rows = rows[~self.common[self.thing[rows]]]
        which, at = expand(self._friends.indptr[self.place[rows]], self._friends.indptr[self.place[rows] + 1])
        friend = self._friends.indices[at].astype(np.int64)
        there = self._people_of_things.find(self.thing[rows[which]], friend)[1]
        there &= ~self.explainer.followed_by_most[friend]
        which, friend, strength = which[there], friend[there], self._friends.data[at[there]]
        closest = np.lexsort((friend, -strength, which))
        row, friend = rows[which[closest]], friend[closest]
        edges = FriendEdges(self.features, self.users, self.explainer.keys, self.explainer.starts).between(
            row, self.place[row], friend, self.thing[row]
        )
        first = first_of_rows(row)
        names = self.features.graph.ids(SOURCE).ids(friend[first].tolist()) if len(first) else []
        number = np.diff([*first.tolist(), len(row)])
        found = {}
        for here, name, count in zip(row[first].tolist(), names, number.tolist(), strict=True):
            tie, key = edges[here][0], next(edge.key for edge in edges[here] if edge.key.target != SOURCE)
            whom = f"{name}, whom this person {self.explainer.verb(tie.key)},"
            if tie.dst in self.explainer.unnamed:
                whom = f"Somebody this person {self.explainer.verb(tie.key)}"
            others = f"; so it is with {count - 1} more of them" if count > 1 else ""
            found[here] = Reason("friend", f"{whom} {self.explainer.verb(key)} it{others}", tuple(edges[here]))
        return found

    @cached_property
    def _people_of_things(self) -> Packed:
        """The entries of ``people`` as (thing, person)."""
        thing = np.repeat(np.arange(self.things), np.diff(self.people.offsets))
        return Packed(thing * self.people_count + self.people.people, self.people_count)

    def _together(self, rows: Int64) -> dict[int, Reason]:
        """Other people have both the item and the own thing that is most like it."""
        low, high = self.own.bounds(self.place[rows])
        which, at = expand(low, high)
        thing = self.own.second[at]
        value = self._similarity(thing, self.thing[rows[which]])
        kept = (value > 0) & (thing != self.thing[rows[which]])
        which, at, thing, value = which[kept], at[kept], thing[kept], value[kept]
        here = rows[which]
        lost = self.explainer.model.losses(self.features, self.users[self.place[here]], thing, self.item[here])
        if lost is None:
            # What is more like this item than like the other items on the list says most about it.
            pair = np.unique(self.place[here] * self.things + thing, return_inverse=True)[1]
            lost = value / np.bincount(pair, value)[pair]
        told = lost > 0
        which, at, thing, value, lost = which[told], at[told], thing[told], value[told], lost[told]
        best = first_of_rows(which, -value * np.sqrt(lost), thing)
        rows, mine, key_of = rows[which[best]], thing[best], self.own_key[at[best]]
        shared = _Shared(self, self.thing[rows], mine)
        found = {}
        for number, (row, thing_of_mine, key_at) in enumerate(
            zip(rows.tolist(), mine.tolist(), key_of.tolist(), strict=True)
        ):
            user, item, key = int(self.users[self.place[row]]), int(self.item[row]), self.explainer.keys[key_at]
            count, witness, to_item, to_thing = shared.of(number, user)
            if not count:
                continue
            node = thing_of_mine - self.explainer.space.span(key.target)[0]
            crowd = "Somebody else is" if count == 1 else f"{count:,} other people are"
            name = self.explainer.name(key.target, node)
            text = f"{crowd} interested in both this and {name}, which this person {self.explainer.verb(key)}"
            keys = self.explainer.keys
            support = (
                Support(key, user, node),
                Support(keys[to_thing], witness, node),
                Support(keys[to_item], witness, item),
            )
            found[row] = Reason("together", text, support)
        return found

    def _similarity(self, left: Int64, right: Int64) -> npt.NDArray[np.float64]:
        """Similarity of pairs of things by common people, cosine, float64 (pairs,).

        0 for pairs with no more people in common than expected by chance, |A| * |B| / people, and for what most people
        have.
        """
        import scipy.sparse as sp

        offsets = self.wanting.offsets
        size = np.diff(offsets)
        has = sp.csr_array(
            (np.ones(len(self.wanting.people)), self.wanting.people, offsets), shape=(self.things, self.people_count)
        )
        lefts, rights = np.unique(left), np.unique(right)
        both = (has[lefts] @ has[rights].T).tocsr()
        both.sort_indices()
        rows = np.repeat(np.arange(len(lefts)), np.diff(both.indptr))
        at, there = Packed(rows * len(rights) + both.indices, len(rights)).find(
            np.searchsorted(lefts, left), np.searchsorted(rights, right)
        )
        common = np.where(there, both.data[at] if len(both.data) else 0.0, 0.0)
        usable = ~self.common[left] & ~self.common[right] & (common * self.interested > size[left] * size[right])
        # Two people are added to each side, so that a single common person does not make a perfect match.
        scale = 1.0 / np.sqrt(size + 2.0)
        return np.where(usable, scale[left] * common * scale[right], 0.0)

    def _alike(self, rows: Int64) -> dict[int, Reason]:
        """The item shares the value of an attribute with own things, which most items do not have."""
        start, stop = self.explainer.space.span(self.features.target.node_type)
        which, at = expand(*self.own.bounds(self.place[rows]))
        thing = self.own.second[at]
        usable = (start <= thing) & (thing < stop) & (thing != self.thing[rows[which]]) & ~self.common[thing]
        which, at, other = which[usable], at[usable], thing[usable] - start
        found: dict[int, Reason] = {}
        for name, values, number in self.explainer.attributes:
            same = (number[other] == number[self.item[rows[which]]]) & (number[other] >= 0)
            order = np.lexsort((self.own_order[at[same]], which[same]))
            entry = np.flatnonzero(same)[order]
            row = rows[which[entry]]
            edges = self._own_edges(row, thing=other[entry] + start)
            for here, first in zip(row[at_first := first_of_rows(row)].tolist(), entry[at_first].tolist(), strict=True):
                if here in found:
                    continue
                key, like = edges[here][0].key, self.explainer.name(self.features.target.node_type, int(other[first]))
                count = len({edge.dst for edge in edges[here]}) - 1
                more = f"; so it is with {count:,} more of theirs" if count else ""
                value, attribute = values[int(self.item[here])], name.replace("_", " ")
                text = f"Same {attribute} ({value}) as {like}, which this person {self.explainer.verb(key)}{more}"
                found[here] = Reason("alike", text, tuple(edges[here]))
        return found

    def _own_edges(self, rows: Int64, *, thing: Int64) -> dict[int, list[Support]]:
        """All edges between the people of some rows and a thing for each: row to edges, entry by entry.

        Args:
            rows: int64 (e,), the rows, repeated for each thing, ascending.
            thing: int64 (e,), numbers of the things.
        """
        keys, place = self.explainer.keys, self.place[rows]
        there = [part.find(place, thing)[1] for part in self._own_by_key]
        entry = np.concatenate([np.flatnonzero(flags) for flags in there])
        number = np.repeat(np.arange(len(keys)), [np.count_nonzero(flags) for flags in there])
        order = np.lexsort((number, entry))
        entry, number = entry[order], number[order]
        node = thing[entry] - np.array(self.explainer.starts, np.int64)[number]
        result: dict[int, list[Support]] = {}
        for row, key_at, user, dst in zip(
            rows[entry].tolist(), number.tolist(), self.users[place[entry]].tolist(), node.tolist(), strict=True
        ):
            result.setdefault(row, []).append(Support(keys[key_at], user, dst))
        return result

    def _popular(self, row: int, *, code: str, start: str) -> Reason:
        item, thing = int(self.item[row]), int(self.thing[row])
        people, keys = self.wanting.of(thing)
        if not len(people):
            people, keys = self.people.of(thing)
            code = "new-item" if code == "popular" else code
            text = "nobody has had to do with it yet"
            if self.explainer.handled[item]:
                text = "nobody has kept it or liked it so far"
            elif len(people):
                text = f"nobody has shown an interest in it yet, but {_crowd(len(people))} published about it"
        else:
            text = f"popular: {_crowd(len(people))} shown an interest in it"
        support = tuple(
            Support(self.explainer.keys[int(k)], int(p), item)
            for p, k in zip(people[:_EXAMPLES].tolist(), keys[:_EXAMPLES].tolist(), strict=True)
        )
        return Reason(code, _sentence(start + text), support)


class _Shared:
    """People who have both things of each of some pairs; pairs that occur twice are looked up once."""

    def __init__(self, block: _Block, items: Int64, things: Int64) -> None:
        packed = items * block.things + things
        distinct, self.number = np.unique(packed, return_inverse=True)
        self.found = [
            self._common(block, int(pair) // block.things, int(pair) % block.things) for pair in distinct.tolist()
        ]

    @staticmethod
    def _common(block: _Block, item: int, thing: int) -> tuple[Int64, Int64, Int64]:
        """The people, and for each the edge types to the item and to the thing."""
        mine, my_keys = block.wanting.of(item)
        theirs, their_keys = block.wanting.of(thing)
        people, first, second = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
        return people.astype(np.int64), my_keys[first], their_keys[second]

    def of(self, pair: int, user: int) -> tuple[int, int, int, int]:
        """How many people but the user have both, the first of them, and their edge types to item and thing."""
        people, to_item, to_thing = self.found[int(self.number[pair])]
        at = int(np.searchsorted(people, user))
        own = at < len(people) and int(people[at]) == user
        count, witness = len(people) - own, int(own and at == 0)
        if not count:
            return 0, -1, -1, -1
        return count, int(people[witness]), int(to_item[witness]), int(to_thing[witness])


def _crowd(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
