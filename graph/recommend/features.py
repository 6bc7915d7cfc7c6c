"""What a fitted model sees of a graph when it answers: the rows of the asked people, never more than it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.event_times import DAY, decay_by_age, time_step
from graph.events import Events, signed_counts
from graph.hetero import UNDATED, HeteroGraph
from graph.ids import IdMap
from graph.recommend.ranking import places
from graph.recommend.target import SOURCE, Target, tastes
from graph.schema import EdgeKey
from graph.schema.roles import CAMPAIGN, WANTING
from graph.text import Int64, TextArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
# How much an event of each stage says about a person's taste, beside one of the strongest stage: a round guess, which
# only has to be ordered, since each voter's say is learned on validation.
_STAGE_INTEREST = (1.0, 0.8, 0.5)
_ELSEWHERE = 0.5
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Rows:
    """Events that start at the asked people, person by person in canonical order; e of them.

    Attributes:
        which: int64 (e,), position in the list of asked people.
        dst: int64 (e,), node that the event leads to.
        at: int64 (e,), position of the event among the view's events of that type.
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
    """The ids that a model's tables are numbered by: every node type except people, one after the other.

    Attributes:
        ids: Node type to its ids in byte order, in order of type.
    """

    ids: Mapping[str, TextArray]

    @staticmethod
    def of(graph: HeteroGraph) -> Vocabulary:
        """The vocabulary of a graph; people stay outside, so that a model remembers none."""
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


@dataclass(frozen=True, eq=False)
class View:
    """A graph as one target's models look at it; it keeps small look-ups and lives as long as one question.

    Attributes:
        graph: The graph at answering time, which may be newer than the one a model was fitted on.
        target: What is recommended.
    """

    graph: HeteroGraph
    target: Target
    _kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def n_items(self) -> int:
        """Number of items in the graph, known to the model or not."""
        return self.graph.count(self.target.node_type)

    @property
    def now(self) -> int:
        """The moment that ages are counted from, UTC seconds; 0 where nothing is dated."""
        return self.graph.now or 0

    def events(self, key: EdgeKey) -> Events:
        """The events of this type that speak for somebody's taste."""
        if key not in self._kept:
            self._kept[key] = tastes(self.graph, key)
        return self._kept[key]  # type: ignore[no-any-return]

    def rows(self, key: EdgeKey, users: Int64) -> Rows:
        """The events of this type that start at these people."""
        events = self.events(key)
        which, at = _of_people(events.src, users)
        return Rows(which, np.asarray(events.dst[at]), at, events.times[at], events.liking[at])

    def age_weights(self, key: EdgeKey, at: Int64, half_life: float) -> Floats:
        """0.5 ** (age / half-life) of the events at these positions, see ``faded``; half-life in seconds."""
        time = self.events(key).time
        if time is None:
            return np.ones(len(at))
        kept = self._kept.get((key, half_life))
        if kept is None:
            kept = self._kept[key, half_life] = decay_by_age(time, now=self.now, half_life=half_life)
        return np.asarray(kept[at], np.float64)

    @property
    def places(self) -> Int64:
        """Each item's place among items of equal score, int64 (n,): ``ranking.places`` of the items' ids."""
        if "places" not in self._kept:
            self._kept["places"] = places(self.graph.ids(self.target.node_type).texts)
        return self._kept["places"]  # type: ignore[no-any-return]

    def positions(self, vocabulary: Vocabulary, node_type: str) -> Int64:
        """The model's number of each node of that type, int64 (n,); -1 for nodes that the model has not seen."""
        kept = self._kept.get((id(vocabulary), node_type))
        if kept is None:
            kept = _align(vocabulary, node_type, self.graph)
            self._kept[id(vocabulary), node_type] = kept
        return kept

    def spread(self, scores: Floats, vocabulary: Vocabulary) -> Floats:
        """Scores over the model's items (u, m) as scores over the graph's (u, n); unknown ones get the minimum."""
        start, stop = vocabulary.span(self.target.node_type)
        position = self.positions(vocabulary, self.target.node_type)
        if len(position) == stop - start and bool((position == np.arange(start, stop)).all()):
            return scores
        result = np.repeat(scores.min(axis=1, initial=0.0)[:, None], len(position), axis=1)
        known = position >= 0
        result[:, known] = scores[:, position[known] - start]
        return result

    def owned(self, users: Int64) -> tuple[Int64, Int64]:
        """Items that are never recommended to these people: positions in ``users`` and items.

        What they have and gave not back, and what they rated, liked or not.
        """
        which, items = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for key in self.target.barring(self.graph):
            rated = self.graph.meaning(key).role == "rate"
            ends = self.graph.edges(key) if rated else self.graph.events(key)
            who, at = _of_people(ends.src, users)
            which.append(who)
            items.append(np.asarray(ends.dst[at]))
        return np.concatenate(which), np.concatenate(items)

    @property
    def withheld(self) -> npt.NDArray[np.bool_]:
        """Items that nobody is offered, bool (n,): somebody dislikes them, and nobody else wants, has or likes them."""
        if "withheld" not in self._kept:
            loved = np.zeros(self.n_items, np.bool_)
            for key in self.graph.keys(source=SOURCE, target=self.target.node_type):
                if self.graph.meaning(key).role in WANTING:
                    loved[self.events(key).dst] = True
            unloved = np.zeros(self.n_items, np.bool_)
            unloved[self.graph.disliked(self.target.node_type) % max(self.n_items, 1)] = True
            self._kept["withheld"] = unloved & ~loved
        return self._kept["withheld"]  # type: ignore[no-any-return]


def _of_people(src: Int64, users: Int64) -> tuple[Int64, Int64]:
    """Position in ``users``, and position in ``src`` (ascending), of everything that starts at these people."""
    low = np.searchsorted(src, users, side="left")
    counts = np.searchsorted(src, users, side="right") - low
    which = np.repeat(np.arange(len(users)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)


def _align(vocabulary: Vocabulary, node_type: str, graph: HeteroGraph) -> Int64:
    start, stop = vocabulary.span(node_type)
    if node_type not in graph.nodes or start == stop:
        return np.full(graph.count(node_type), -1, np.int64)
    known, texts = vocabulary.ids[node_type], graph.ids(node_type).texts
    if np.array_equal(known.offsets, texts.offsets) and np.array_equal(known.data, texts.data):
        return np.arange(start, stop, dtype=np.int64)
    numbers = {text: start + i for i, text in enumerate(known.to_list())}
    return np.array([numbers.get(text, -1) for text in texts.to_list()], np.int64).reshape(len(texts))


def interest_weights(graph: HeteroGraph, target: Target) -> dict[EdgeKey, float]:
    """Edge types from people to things that tell a taste, each with what one event counts."""
    weights = {}
    for key in graph.keys(source=SOURCE):
        if key.target == SOURCE or graph.meaning(key).role in CAMPAIGN:
            continue
        stage = next((i for i, names in enumerate(target.stages) if key.relation in names), None)
        here = key.target == target.node_type and stage is not None
        weights[key] = _STAGE_INTEREST[min(stage or 0, 2)] if here else _ELSEWHERE
    return weights


def interests(view: View, users: Int64, weights: Mapping[EdgeKey, float], *, vocabulary: Vocabulary) -> sp.csr_array:
    """What these people have to do with things: float64 (u, T) over the vocabulary, indices in order.

    The entry is the sum over relations of weight * (1 + ln(number of times)), of ratings times where the mean rating
    lies on its scale; things unknown to the vocabulary are left out.
    """
    import scipy.sparse as sp

    total = sp.csr_array((len(users), len(vocabulary)))
    for key, weight in sorted(weights.items()):
        rows = view.rows(key, users)
        thing = view.positions(vocabulary, key.target)[rows.dst]
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


def ties(view: View, users: Int64) -> sp.csr_array:
    """Whom these people listen to: float64 (u, people); 1 for a tie or a referral, plus ln(1 + reactions)."""
    import scipy.sparse as sp

    total = sp.csr_array((len(users), view.graph.count(SOURCE)))
    for key in view.graph.keys(source=SOURCE, target=SOURCE):
        rows = view.rows(key, users)
        other = rows.dst != users[rows.which]
        counts = sp.coo_array((rows.times[other], (rows.which[other], rows.dst[other])), shape=total.shape).tocsr()
        counts.sum_duplicates()
        reacts = view.graph.meaning(key).role == "react"
        counts.data = np.log1p(counts.data) if reacts else np.ones_like(counts.data)
        total = total + counts
    total.sort_indices()
    return total


def friend_interests(
    view: View, users: Int64, weights: Mapping[EdgeKey, float], *, vocabulary: Vocabulary
) -> sp.csr_array:
    """Mean interests of those whom these people listen to, weighted by tie: float64 (u, T)."""
    import scipy.sparse as sp

    listened = ties(view, users)
    friends = np.unique(listened.indices).astype(np.int64)
    if not len(friends):
        return sp.csr_array((len(users), len(vocabulary)))
    sums = np.asarray(listened.sum(axis=1)).ravel()
    shares = sp.diags_array(1.0 / np.maximum(sums, 1e-12)) @ listened[:, friends]
    result = (shares @ interests(view, friends, weights, vocabulary=vocabulary)).tocsr()
    result.sort_indices()
    return result


NOTHING, ELSEWHERE, FEW, MANY = range(4)
LEVELS = ("nothing known", "known elsewhere", "1 to 4 events", "5 or more events")


def levels(view: View, users: Int64) -> Int64:
    """How much is known about each person, int64 (u,): an index into ``LEVELS``.

    Events count with items of the target, as often as they happened, returns and dislikes included; ties and events
    with other things lift a person from "nothing known" to "known elsewhere", what a campaign did does not.
    """
    here, elsewhere = np.zeros(len(users)), np.zeros(len(users))
    for key in view.graph.keys(source=SOURCE):
        edges, meaning = view.graph.edges(key), view.graph.meaning(key)
        if meaning.role in CAMPAIGN:
            continue
        which, at = _of_people(edges.src, users)
        counts = np.bincount(which, np.abs(signed_counts(edges, meaning)[at]), minlength=len(users))
        if key.target == view.target.node_type and meaning.role != "publish":
            here += counts
        else:
            elsewhere += counts
    known = np.where(here >= 5, MANY, FEW)
    return np.where(here > 0, known, np.where(elsewhere > 0, ELSEWHERE, NOTHING)).astype(np.int64)


def product(left: Floats, right: npt.NDArray[np.floating[Any]]) -> Floats:
    """``left @ right`` in blocks of one size, so that a row's result does not depend on the rows beside it."""
    result = np.empty((len(left), right.shape[1]))
    block = np.zeros((_BLOCK, left.shape[1]))
    for start in range(0, len(left), _BLOCK):
        part = left[start : start + _BLOCK]
        block[: len(part)] = part
        block[len(part) :] = 0.0
        result[start : start + _BLOCK] = (block @ right)[: len(part)]
    return result


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


def item_ids(view: View) -> IdMap:
    """Ids of the target's items in the graph."""
    return view.graph.ids(view.target.node_type)
