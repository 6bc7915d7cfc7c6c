"""Content: ranks by attributes (brand, category, price band), which also items without any event have.

A person's taste is a distribution over attribute values, estimated from their events with the market's distribution as
prior; an item's score is the log-likelihood ratio of its values under the two (naive Bayes), plus how popular items
with these values are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interests
from graph.recommend.parameters import target_weights, weights_of_json, weights_to_json
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.recommend.voters.popularity import Popularity
from graph.schema import EdgeKey
from graph.text import Int64, TextArray

if TYPE_CHECKING:
    import scipy.sparse as sp

_BANDS = 8
# A column with fewer than two items per value on average holds names, not attributes.
_ITEMS_PER_VALUE = 2.0
# Prior: two average events are added to those of each person.
_PRIOR_EVENTS = 2.0


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attribute values that items are described by.

    Attributes:
        texts: Column name to its values in byte order.
        bands: Column name of a number to the inner bounds of its price bands, ascending.
    """

    texts: dict[str, list[str]]
    bands: dict[str, list[float]]

    @property
    def width(self) -> int:
        """Number of attribute values."""
        return sum(map(len, self.texts.values())) + sum(len(b) + 1 for b in self.bands.values())

    @staticmethod
    def of(graph: HeteroGraph, node_type: str) -> Attributes:
        """Text columns whose values repeat, and decimal columns cut into eight bands with equally many items."""
        texts, bands = {}, {}
        for name, column in sorted(graph.nodes[node_type].columns.items()):
            if isinstance(column, TextArray):
                values = sorted(set(column.to_list()) - {""}, key=lambda text: text.encode())
                if 1 < len(values) <= len(column) / _ITEMS_PER_VALUE:
                    texts[name] = values
            elif column.dtype == np.float64:
                inner = np.quantile(column[~np.isnan(column)], np.arange(1, _BANDS) / _BANDS)
                bands[name] = np.unique(inner).tolist()
        return Attributes(texts, bands)

    def matrix(self, graph: HeteroGraph, node_type: str) -> sp.csr_array:
        """Which item has which value: 0 or 1, float64 (n, width); values not in ``texts`` are left out."""
        import scipy.sparse as sp

        rows, columns, start = [], [], 0
        nodes = graph.nodes[node_type]
        for name, values in self.texts.items():
            place = {value: start + i for i, value in enumerate(values)}
            column = nodes.columns.get(name)
            found = [place.get(text, -1) for text in column.to_list()] if isinstance(column, TextArray) else []
            rows.append(np.arange(len(found)))
            columns.append(np.array(found, np.int64))
            start += len(values)
        for name, inner in self.bands.items():
            number = nodes.columns.get(name)
            if isinstance(number, np.ndarray):
                band = start + np.searchsorted(np.array(inner), number, side="right")
                rows.append(np.arange(len(number)))
                columns.append(np.where(np.isnan(number), -1, band).astype(np.int64))
            start += len(inner) + 1
        row, col = (np.concatenate([*part, np.zeros(0, np.int64)]) for part in (rows, columns))
        ones = np.ones(int((col >= 0).sum()))
        return sp.coo_array((ones, (row[col >= 0], col[col >= 0])), shape=(len(nodes), start)).tocsr()


@dataclass(frozen=True, eq=False)
class FittedContent(Fitted):
    """How often the market chooses each attribute value; a person's own choices are read when scoring.

    Attributes:
        weights: Interest weights of the relations to items.
        attributes: The attribute values.
        share: float64 (width,), share of events that fall on items with this value.
        prior: float64 (width,), mean recent popularity of items with this value, around 0.
    """

    kind: ClassVar[str] = "content"
    reasons: ClassVar[frozenset[str]] = frozenset({"alike"})
    weights: dict[EdgeKey, float]
    attributes: Attributes
    share: Floats
    prior: Floats

    def scores(self, features: Features, users: Int64) -> Floats:
        """Log-likelihood ratio of the item's values under the person's taste, plus the popularity of such items."""
        has, alike, which = features.kept(("content", id(self)), lambda: self._values_of_items(features))
        start, stop = self.vocabulary.span(self.target.node_type)
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)[:, start:stop].tocsr()
        own = features.align_columns(own, self.vocabulary)
        liked = np.asarray((own @ has).toarray())
        total = np.asarray(own.sum(axis=1)).reshape(-1, 1)
        taste = (liked + _PRIOR_EVENTS * self.share) / (total + _PRIOR_EVENTS)
        ratio = np.log(taste + 1e-9) - np.log(self.share + 1e-9)
        found: Floats = np.take(np.ascontiguousarray((alike @ (ratio + self.prior).T).T), which, axis=1)
        return found

    def _values_of_items(self, features: Features) -> tuple[sp.csr_array, sp.csr_array, Int64]:
        """Which item has which value, (n, width); the same of each combination of values; each item's combination.

        Items with the same values have the same score, and there are many more items than combinations.
        """
        has = self.attributes.matrix(features.graph, self.target.node_type)
        counts = np.diff(has.indptr)
        values = np.full((has.shape[0], int(counts.max(initial=0))), -1, np.int64)
        row = np.repeat(np.arange(has.shape[0]), counts)
        values[row, np.arange(has.nnz) - has.indptr[row]] = has.indices
        _, first, which = np.unique(values, axis=0, return_index=True, return_inverse=True)
        return has, has[first], which.reshape(-1).astype(np.int64)

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {
            "weights": weights_to_json(self.weights),
            "texts": self.attributes.texts,
            "bands": self.attributes.bands,
        }
        return ModelState(facts, {"share": self.share, "prior": self.prior})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedContent:
        """The model that ``state()`` described."""
        attributes = Attributes(dict(state.facts["texts"]), dict(state.facts["bands"]))
        weights = weights_of_json(state.facts["weights"])
        return cls(target, vocabulary, weights, attributes, state.arrays["share"], state.arrays["prior"])


@dataclass(frozen=True, slots=True)
class Content:
    """The attribute voter, the only one that can rank items without events."""

    name: str = "content"

    def suits(self, split: Split) -> bool:
        """Only markets whose items have attributes with values that repeat."""
        return Attributes.of(split.train, split.target.node_type).width > 0

    def fit(self, split: Split, rng: np.random.Generator) -> FittedContent:
        """Count attribute values over events; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        attributes = Attributes.of(graph, target.node_type)
        has = attributes.matrix(graph, target.node_type)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count("Person"))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop]
        events = np.asarray(seen.sum(axis=0)).ravel()
        share = np.asarray(has.T @ events).ravel() / max(float(events.sum()), 1e-9)
        recent = Popularity("recent").fit(split, rng).strength
        items = np.asarray(has.sum(axis=0)).ravel()
        around = recent - recent.mean()
        # Prior: five items of average popularity for each value, so that one popular item does not decide for a brand.
        prior = np.asarray(has.T @ around).ravel() / (items + 5.0)
        return FittedContent(target, vocabulary, weights, attributes, share, prior)


VOTER = Voter(FittedContent, (Content(),), order=40)
