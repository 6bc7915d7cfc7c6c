"""Features of people and items, computed from a graph for the people asked about.

``Features`` holds a graph and a target and gives events, ages and positions. The functions below it make arrays of
them: ``interests`` (people by things), ``friend_weights`` (people by people), ``user_history`` (how much is known).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.event_times import DAY, decay_by_age, time_step
from graph.events import Events, signed_counts
from graph.hetero import HeteroGraph
from graph.recommend.barred import Barred
from graph.recommend.packed import expand
from graph.recommend.ranking import tie_order
from graph.recommend.target import SOURCE, Target, interest_events
from graph.schema import EdgeKey
from graph.schema.roles import CAMPAIGN, WANTING
from graph.text import Int64, TextArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
# What an event of each stage counts, against 1 for the strongest stage. Chosen by hand; only the order matters much,
# since the weight of each voter is fitted on validation data. ``_OTHER_INTEREST`` is that of events with other things.
_STAGE_INTEREST = (1.0, 0.8, 0.5)
_OTHER_INTEREST = 0.5
_BLOCK = 192
# Upper bounds of the ages of events, in horizons (see ``horizon``); a last age holds what is older or undated.
AGE_BOUNDS = (0.15, 0.5, 1.5, 5.0)
AGES = len(AGE_BOUNDS) + 1


@dataclass(frozen=True, slots=True)
class UserEvents:
    """Events of the people asked about, person by person in canonical order; e of them.

    Attributes:
        which: int64 (e,), position in the list of people.
        dst: int64 (e,), node at the other end of the event.
        at: int64 (e,), position of the event in ``Features.events`` of its edge type.
        times: float64 (e,), how often it happened.
        liking: float64 (e,), how well it was liked, in [0, 1]; 1 where that is no rating.
    """

    which: Int64
    dst: Int64
    at: Int64
    times: Floats
    liking: Floats


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The ids that a model's tables are numbered by: all node types except people, one type after the other.

    Attributes:
        ids: Node type to its ids in byte order, in order of type.
    """

    ids: Mapping[str, TextArray]

    @staticmethod
    def of(graph: HeteroGraph) -> Vocabulary:
        """The vocabulary of a graph; people are left out, so that no model stores a person."""
        return Vocabulary({name: nodes.ids.texts for name, nodes in graph.nodes.items() if name != SOURCE})

    def __len__(self) -> int:
        return sum(len(texts) for texts in self.ids.values())

    def span(self, node_type: str) -> tuple[int, int]:
        """First number of that type and the number after its last; both 0 where the type is unknown."""
        start = 0
        for name, texts in self.ids.items():
            if name == node_type:
                return start, start + len(texts)
            start += len(texts)
        return 0, 0

    def places(self, node_type: str, texts: TextArray) -> Int64:
        """The number of each of these ids of that type, int64 (n,); -1 for ids that are unknown."""
        start, stop = self.span(node_type)
        if start == stop:
            return np.full(len(texts), -1, np.int64)
        known = self.ids[node_type]
        if np.array_equal(known.offsets, texts.offsets) and np.array_equal(known.data, texts.data):
            return np.arange(start, stop, dtype=np.int64)
        numbers = {text: start + i for i, text in enumerate(known.to_list())}
        return np.array([numbers.get(text, -1) for text in texts.to_list()], np.int64).reshape(len(texts))


@dataclass(frozen=True, eq=False)
class Features:
    """A graph prepared for scoring one target. It caches look-ups, so make one for each call and drop it afterwards.

    Attributes:
        graph: The graph to score from, which may be newer than the one a model was fitted on.
        target: What is recommended.
        latest: What a model has computed last for some people, by the id of the model: the people and the values. A
            model that is asked about the same people again reads it instead of computing it anew.
    """

    graph: HeteroGraph
    target: Target
    latest: dict[int, tuple[Int64, Any]] = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def n_items(self) -> int:
        """Number of items in the graph, known to the model or not."""
        return self.graph.count(self.target.node_type)

    @property
    def now(self) -> int:
        """The moment that ages are counted from, ``HeteroGraph.now``, UTC seconds; 0 where nothing is dated."""
        return self.graph.now or 0

    def events(self, key: EdgeKey) -> Events:
        """The events of this type without those with things that the person disliked."""
        if key not in self._kept:
            self._kept[key] = interest_events(self.graph, key)
        return self._kept[key]  # type: ignore[no-any-return]

    def user_events(self, key: EdgeKey, users: Int64) -> UserEvents:
        """The events of this type of these people."""
        events = self.events(key)
        which, at = _of_people(events.src, users)
        return UserEvents(which, np.asarray(events.dst[at]), at, events.times[at], events.liking[at])

    def age_weights(self, key: EdgeKey, at: Int64, half_life: float) -> Floats:
        """0.5 ** (age / half-life) of the events at these positions, see ``decay_by_age``; half-life in seconds."""
        time = self.events(key).time
        if time is None:
            return np.ones(len(at))
        kept = self._kept.get((key, half_life))
        if kept is None:
            kept = self._kept[key, half_life] = decay_by_age(time, now=self.now, half_life=half_life)
        return np.asarray(kept[at], np.float64)

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gave the first time that it was asked for under this key; it must depend on nobody's number."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def ages(self, key: EdgeKey, unit: float) -> Int64:
        """Age of every event of this type as an index into the ages, int64 (E,), 0 for the youngest.

        Args:
            key: Edge type.
            unit: Seconds that ``AGE_BOUNDS`` are multiplied by, > 0.
        """
        kept = self._kept.get(("ages", key, unit))
        if kept is None:
            moments = self.events(key).moments
            age = np.where(moments == UNDATED, np.inf, self.now - moments.astype(np.float64))
            kept = np.searchsorted(np.array(AGE_BOUNDS) * unit, age, side="right").astype(np.int64)
            self._kept["ages", key, unit] = kept
        return np.asarray(kept, np.int64)

    def as_float64(self, table: npt.NDArray[np.floating[Any]]) -> Floats:
        """The table in float64, converted once: that takes as long as a product with some dozens of people."""
        found: tuple[Any, Floats] = self.kept(("float64", id(table)), lambda: (table, table.astype(np.float64)))
        return found[1]

    @property
    def tie_order(self) -> Int64:
        """Position of each item among items of equal score, int64 (n,): ``ranking.tie_order`` of the items' ids."""
        if "tie_order" not in self._kept:
            self._kept["tie_order"] = tie_order(self.graph.ids(self.target.node_type).texts)
        return self._kept["tie_order"]  # type: ignore[no-any-return]

    def positions(self, vocabulary: Vocabulary, node_type: str) -> Int64:
        """The model's number of each node of that type, int64 (n,); -1 for nodes that the model has not seen."""
        kept = self._kept.get((id(vocabulary), node_type))
        if kept is None:
            texts = self.graph.ids(node_type).texts if node_type in self.graph.nodes else TextArray.of([])
            kept = vocabulary.places(node_type, texts)
            self._kept[id(vocabulary), node_type] = kept
        return kept

    def align_scores(self, scores: Floats, vocabulary: Vocabulary) -> Floats:
        """Scores of the model's items (u, m) as scores of the graph's items (u, n).

        Items that the model does not know get the person's lowest score, or 0 where that is positive.
        """
        start, stop = vocabulary.span(self.target.node_type)
        position = self.positions(vocabulary, self.target.node_type)
        if len(position) == stop - start and bool((position == np.arange(start, stop)).all()):
            return scores
        result = np.repeat(scores.min(axis=1, initial=0.0)[:, None], len(position), axis=1)
        known = position >= 0
        result[:, known] = scores[:, position[known] - start]
        return result

    def align_columns(self, scores: sp.csr_array, vocabulary: Vocabulary) -> sp.csr_array:
        """Scores of the model's items (u, m), >= 0, as scores of the graph's items (u, n), indices in order.

        Items that the model does not know have no entry.
        """
        import scipy.sparse as sp

        start, stop = vocabulary.span(self.target.node_type)
        position = self.positions(vocabulary, self.target.node_type)
        if not (len(position) == stop - start and bool((position == np.arange(start, stop)).all())):
            number = np.full(stop - start, -1, np.int64)
            known = position >= 0
            number[position[known] - start] = np.flatnonzero(known)
            entries = scores.tocoo()
            kept = number[entries.col] >= 0
            pairs = entries.row[kept], number[entries.col[kept]]
            scores = sp.coo_array((entries.data[kept], pairs), shape=(scores.shape[0], len(position))).tocsr()
        scores.sort_indices()
        return scores

    def excluded_items(self, users: Int64) -> tuple[Int64, Int64]:
        """Items that are never recommended to these people, as two arrays: positions in ``users``, and items.

        These are items that they have (and did not return) and items that they rated, liked or not.
        """
        which, items = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for key in self.target.excluded_relations(self.graph):
            rated = self.graph.meaning(key).role == "rate"
            ends = self.graph.edges(key) if rated else self.graph.events(key)
            who, at = _of_people(ends.src, users)
            which.append(who)
            items.append(np.asarray(ends.dst[at]))
        return np.concatenate(which), np.concatenate(items)

    def barred(self, users: Int64) -> Barred:
        """What these people are not offered: their ``excluded_items``, and ``excluded_for_all``."""
        return Barred(*self.excluded_items(users), self.excluded_for_all)

    @property
    def excluded_for_all(self) -> npt.NDArray[np.bool_]:
        """Items that nobody is offered, bool (n,): somebody dislikes them, and nobody wants, has or likes them."""
        if "excluded_for_all" not in self._kept:
            wanted = np.zeros(self.n_items, np.bool_)
            for key in self.graph.keys(source=SOURCE, target=self.target.node_type):
                if self.graph.meaning(key).role in WANTING:
                    wanted[self.events(key).dst] = True
            disliked = np.zeros(self.n_items, np.bool_)
            disliked[self.graph.disliked(self.target.node_type) % max(self.n_items, 1)] = True
            self._kept["excluded_for_all"] = disliked & ~wanted
        return self._kept["excluded_for_all"]  # type: ignore[no-any-return]


def _of_people(src: Int64, users: Int64) -> tuple[Int64, Int64]:
    """Position in ``users``, and position in ``src`` (ascending), of every edge that starts at one of these people."""
    return expand(np.searchsorted(src, users, side="left"), np.searchsorted(src, users, side="right"))


def interest_weights(graph: HeteroGraph, target: Target) -> dict[EdgeKey, float]:
    """Edge types from people to things that show an interest, each with what one event counts.

    What a campaign did to somebody shows none.
    """
    weights = {}
    for key in graph.keys(source=SOURCE):
        if key.target == SOURCE or graph.meaning(key).role in CAMPAIGN:
            continue
        stage = next((i for i, names in enumerate(target.stages) if key.relation in names), None)
        here = key.target == target.node_type and stage is not None
        weights[key] = _STAGE_INTEREST[min(stage or 0, 2)] if here else _OTHER_INTEREST
    return weights


def interests(
    features: Features, users: Int64, weights: Mapping[EdgeKey, float], *, vocabulary: Vocabulary
) -> sp.csr_array:
    """Interest of these people in things: float64 (u, T) over the vocabulary, indices in order.

    An entry is the sum over relations of weight * (1 + ln(number of times)) * mean liking, where liking is the position
    of a rating on its scale in [0, 1], and 1 for what is no rating. Things unknown to the vocabulary are left out.
    """
    import scipy.sparse as sp

    total = sp.csr_array((len(users), len(vocabulary)))
    for key, weight in sorted(weights.items()):
        rows = features.user_events(key, users)
        thing = features.positions(vocabulary, key.target)[rows.dst]
        known = thing >= 0
        pairs = rows.which[known], thing[known]
        counts = sp.coo_array((rows.times[known], pairs), shape=total.shape).tocsr()
        liked = sp.coo_array((rows.times[known] * rows.liking[known], pairs), shape=total.shape).tocsr()
        counts.sum_duplicates()
        liked.sum_duplicates()
        counts.data = weight * (1.0 + np.log(np.maximum(counts.data, 1.0))) * (liked.data / counts.data)
        total = total + counts
    total.sort_indices()
    return total


def interests_by_age(
    features: Features, users: Int64, keys: Sequence[EdgeKey], unit: float, *, vocabulary: Vocabulary
) -> sp.csr_array:
    """Interest of these people in things, by relation and age: float64 (u, len(keys) * AGES * T), indices in order.

    The column is ``(place of the relation * AGES + age) * T + thing``; an entry is (1 + ln(number of times)) * mean
    liking. Things unknown to the vocabulary are left out.

    Args:
        features: The graph.
        users: int64 (u,), numbers of people.
        keys: Edge types from people to things.
        unit: Seconds, see ``Features.ages``.
        vocabulary: Numbers of the things, T of them.
    """
    import scipy.sparse as sp

    size = len(vocabulary)
    shape = (len(users), len(keys) * AGES * size)
    parts: list[tuple[Any, ...]] = [(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for place, key in enumerate(keys):
        rows = features.user_events(key, users)
        thing = features.positions(vocabulary, key.target)[rows.dst]
        known = thing >= 0
        column = (place * AGES + features.ages(key, unit)[rows.at]) * size + thing
        parts.append((rows.times[known], rows.liking[known], rows.which[known], column[known]))
    times, liking, which, column = (np.concatenate(part) for part in zip(*parts, strict=True))
    counts = sp.coo_array((times, (which, column)), shape=shape).tocsr()
    liked = sp.coo_array((times * liking, (which, column)), shape=shape).tocsr()
    counts.sum_duplicates()
    liked.sum_duplicates()
    counts.data = (1.0 + np.log(np.maximum(counts.data, 1.0))) * (liked.data / counts.data)
    return counts


def tie_weights(features: Features, users: Int64, key: EdgeKey) -> sp.csr_array:
    """How close these people are to others by one type of tie: float64 (u, people), nobody to themselves.

    1 for a relation of following or referring, ln(1 + number of reactions) for one of reacting.
    """
    import scipy.sparse as sp

    rows, shape = features.user_events(key, users), (len(users), features.graph.count(SOURCE))
    other = rows.dst != users[rows.which]
    counts = sp.coo_array((rows.times[other], (rows.which[other], rows.dst[other])), shape=shape).tocsr()
    counts.sum_duplicates()
    reacts = features.graph.meaning(key).role == "react"
    counts.data = np.log1p(counts.data) if reacts else np.ones_like(counts.data)
    return counts


def friend_weights(features: Features, users: Int64) -> sp.csr_array:
    """How closely these people follow others: float64 (u, people), the sum of ``tie_weights`` over all ties.

    "Friends" in this package are the people with a weight above 0.
    """
    import scipy.sparse as sp

    total = sp.csr_array((len(users), features.graph.count(SOURCE)))
    for key in features.graph.keys(source=SOURCE, target=SOURCE):
        total = total + tie_weights(features, users, key)
    total.sort_indices()
    return total


def friend_interests(
    features: Features, users: Int64, weights: Mapping[EdgeKey, float], *, vocabulary: Vocabulary
) -> sp.csr_array:
    """Mean interests of the friends of these people, weighted by ``friend_weights``: float64 (u, T)."""
    import scipy.sparse as sp

    friendship = friend_weights(features, users)
    friends = np.unique(friendship.indices).astype(np.int64)
    if not len(friends):
        return sp.csr_array((len(users), len(vocabulary)))
    sums = np.asarray(friendship.sum(axis=1)).ravel()
    shares = sp.diags_array(1.0 / np.maximum(sums, 1e-12)) @ friendship[:, friends]
    result = (shares @ interests(features, friends, weights, vocabulary=vocabulary)).tocsr()
    result.sort_indices()
    return result


NOTHING, ELSEWHERE, FEW, MANY = range(4)
HISTORY_LEVELS = ("nothing known", "known elsewhere", "1 to 4 events", "5 or more events")


def user_history(features: Features, users: Int64) -> Int64:
    """How much is known about each person, int64 (u,): an index into ``HISTORY_LEVELS``.

    Events with items of the target count as often as they happened, returns and dislikes included. Relations with
    people and events with other things make the difference between "nothing known" and "known elsewhere"; what a
    campaign did makes none.
    """
    here, elsewhere = np.zeros(len(users)), np.zeros(len(users))
    for key in features.graph.keys(source=SOURCE):
        edges, meaning = features.graph.edges(key), features.graph.meaning(key)
        if meaning.role in CAMPAIGN:
            continue
        which, at = _of_people(edges.src, users)
        counts = np.bincount(which, np.abs(signed_counts(edges, meaning)[at]), minlength=len(users))
        if key.target == features.target.node_type and meaning.role != "publish":
            here += counts
        else:
            elsewhere += counts
    known = np.where(here >= 5, MANY, FEW)
    return np.where(here > 0, known, np.where(elsewhere > 0, ELSEWHERE, NOTHING)).astype(np.int64)


def product(left: npt.NDArray[np.floating[Any]], right: npt.NDArray[np.floating[Any]]) -> Floats:
    """``left @ right``, float64, in blocks of one size, so that a row's result does not depend on the rows beside it.

    Kernels of BLAS work on tiles of rows and treat the rows of an unfinished tile differently, in float32 also the two
    halves of a tile, so that the last bits of a row depend on its place; with float64 and a multiple of all usual tiles
    they do not.
    """
    result, right = np.empty((len(left), right.shape[1])), right.astype(np.float64, copy=False)
    for start in range(0, len(left), _BLOCK):
        part = left[start : start + _BLOCK].astype(np.float64, copy=False)
        if len(part) == _BLOCK:
            np.matmul(part, right, out=result[start : start + _BLOCK])
        else:
            block = np.zeros((_BLOCK, left.shape[1]))
            block[: len(part)] = part
            result[start:] = (block @ right)[: len(part)]
    return result


def summed_rows(weights: sp.csr_array, table: npt.NDArray[np.floating[Any]]) -> Floats:
    """``weights @ table``, float64, reading the rows of the table that are weighed only: a table may be huge."""
    used = np.unique(weights.indices)
    place = np.searchsorted(used, weights.indices)
    shape = (weights.shape[0], len(used))
    narrow = type(weights)((weights.data, place, weights.indptr), shape=shape)
    return np.asarray(narrow @ table[used].astype(np.float64), np.float64)


def horizon(graph: HeteroGraph, target: Target) -> float:
    """Length of the period that holds the last tenth of the dated target events, in seconds.

    At least a day, and at least one grain of their times: a monthly batch is not a month old when the next one comes.
    """
    found = [graph.events(target.key(relation)) for relation in target.relations]
    times = [e.time[e.time != UNDATED] for e in found if e.time is not None]
    dated = np.sort(np.concatenate(times)) if times else np.zeros(0, np.int64)
    if not len(dated):
        return float(DAY)
    return float(max(int(dated[-1]) - int(dated[int(0.9 * (len(dated) - 1))]), time_step(dated), DAY))
