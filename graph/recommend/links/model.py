"""FittedLinks: a fitted link predictor, parameters as arrays and never a person; serving it needs no torch.

The score of a pair is the sum of three parts, each zero for what is unknown: a small network of the pair's features,
a small network of the other person's features, and (where validation showed that they help) inner products of vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.base import Array, ModelState
from graph.recommend.dense_rows import top_of_rows
from graph.recommend.features import Floats, Vocabulary, product
from graph.recommend.links.features import PAIRS, PEOPLE, Block, Float32, LinkFeatures
from graph.recommend.links.rivals import RIVALS, Scorer
from graph.recommend.links.vectors import interest_vectors, tie_vectors
from graph.recommend.scoring import user_blocks
from graph.schema import PERSON, EdgeKey
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FittedLinks:
    """Predicts new ties of one relation.

    Attributes:
        relation: The relation from people to people.
        rival: Name in ``RIVALS`` of the simple predictor that is used, since the learned one was not better; else "".
        vocabulary: Things that ``basis`` is numbered by; empty without vectors.
        arrays: Parameters, float32; none where a rival is used. Of h hidden units, both networks are
            ``out @ tanh(weight @ features + bias)``: ``pair.weight`` (h, len(PAIRS)), ``pair.bias`` (h,),
            ``pair.out`` (h,), and the same of ``people``. With vectors also ``basis`` (T, r), and ``from`` and ``to``
            (d, 2 r), which project interests of both people, and ``tied`` (1,), the weight of the vectors of ties.
    """

    relation: EdgeKey
    rival: str
    vocabulary: Vocabulary
    arrays: Mapping[str, Array]

    @property
    def has_vectors(self) -> bool:
        """Whether vectors of people take part."""
        return "basis" in self.arrays

    def scores(self, graph: HeteroGraph, users: Int64) -> Floats:
        """Scores of everybody as the next tie of these people: float64 (u, people), higher is better.

        -inf for the person and for those to whom the person has the tie already. A row depends on nobody else in
        ``users``. The graph may be newer than the one the model was fitted on; people need not have been there.

        Raises:
            ModelError: a number is no person of the graph, or the relation does not lead from people to people.
        """
        features = LinkFeatures.of(graph, self.relation)
        users = _checked(users, len(features))
        scorer, result = self.scorer(features), np.empty((len(users), len(features)))
        for start, stop in user_blocks(len(users), len(features)):
            result[start:stop] = candidate_scores(scorer, features.block(users[start:stop]))
        return result

    def top(self, graph: HeteroGraph, users: Int64, k: int) -> Int64:
        """The k likeliest next ties of each person, best first: int64 (u, k), -1 where there are fewer candidates.

        Equal scores are in the order of ``ranking.tie_order`` of the people's ids. Consent is not looked at: whoever
        shows the list to somebody leaves people out of it first (``graph.trust``).

        Raises:
            ModelError: as ``scores``.
        """
        features = LinkFeatures.of(graph, self.relation)
        users = _checked(users, len(features))
        scorer, result = self.scorer(features), np.full((len(users), k), -1, np.int64)
        for start, stop in user_blocks(len(users), len(features)):
            scores = candidate_scores(scorer, features.block(users[start:stop]))
            result[start:stop] = top_of_rows(scores, k, tie_order=features.order)
        return result

    def shares(self, graph: HeteroGraph, users: Int64) -> Floats:
        """The chance that a person's next new tie, when there is one, goes to each person: float64 (u, people).

        Rows sum to 1: the softmax of the scores, whose logarithm is what training maximises. It says nothing on
        whether there will be a tie at all.

        Raises:
            ModelError: as ``scores``; and where a rival is used, whose scores are no logarithms of chances.
        """
        if self.rival:
            raise ModelError(f"{self.rival} gives an order and no chances", hint="use scores or top")
        scores = self.scores(graph, users)
        highest = scores.max(axis=1, keepdims=True, initial=-np.inf)
        parts = np.exp(scores - np.where(np.isfinite(highest), highest, 0.0))
        return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-300), np.float64)

    def scorer(self, features: LinkFeatures) -> Scorer:
        """The function that scores blocks of these features, float64 (u, P); nobody is left out."""
        if self.rival:
            return RIVALS[self.rival]
        people = _network(self.arrays, "people", features.people)
        nothing = float(_network(self.arrays, "pair", np.zeros((1, len(PAIRS)), np.float32))[0])
        vectors = self._vectors(features) if self.has_vectors else None

        def score(block: Block) -> Floats:
            result = np.repeat(people[None], len(block.users), 0)
            if vectors is not None:
                result += product(vectors[0][block.users], vectors[1])
            line, width = result.reshape(-1), len(features)
            # Person by person: the last bits of a matrix product depend on the number of its rows.
            for rows in block.rows():
                line[block.at[rows]] += _network(self.arrays, "pair", block.values[rows]) - nothing
            return line.reshape(-1, width)

        return score

    def _vectors(self, features: LinkFeatures) -> tuple[Float32, Float32]:
        """Vectors of people as the asked and as the other person, float32 (P, d + r) and (d + r, P)."""
        interests = interest_vectors(features, self.vocabulary, np.asarray(self.arrays["basis"], np.float64))
        follower, followed = tie_vectors(features)
        asked = np.hstack([product(interests, self.arrays["from"].T), follower * self.arrays["tied"]])
        others = np.hstack([product(interests, self.arrays["to"].T), followed])
        return asked.astype(np.float32), np.ascontiguousarray(others.T.astype(np.float32))

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"relation": list(self.relation), "rival": self.rival}, dict(self.arrays))

    @staticmethod
    def of_state(vocabulary: Vocabulary, state: ModelState) -> FittedLinks:
        """The model that ``state()`` described.

        Raises:
            ValueError: the parameters are not those of this version's features.
        """
        source, relation, target = state.facts["relation"]
        rival, arrays = str(state.facts["rival"]), dict(state.arrays)
        if rival and rival not in RIVALS:
            raise ValueError(f"{rival} is no known predictor")
        if not rival and (arrays["pair.weight"].shape[1], arrays["people.weight"].shape[1]) != (
            len(PAIRS),
            len(PEOPLE),
        ):
            raise ValueError("the parameters are for other features")
        return FittedLinks(EdgeKey(source, relation, target), rival, vocabulary, arrays)


def candidate_scores(scorer: Scorer, block: Block) -> Floats:
    """Scores of a block with -inf for those who are no candidates, float64 (u, P)."""
    scores = scorer(block)
    scores[block.features.excluded(block.users)] = -np.inf
    return scores


def _network(arrays: Mapping[str, Array], name: str, features: Float32) -> Floats:
    """``out @ tanh(weight @ features + bias)`` of each row, float64 (n,)."""
    hidden = np.tanh(features @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"])
    return np.asarray(hidden @ arrays[f"{name}.out"], np.float64)


def _checked(users: Int64, people: int) -> Int64:
    asked = np.asarray(users, np.int64).reshape(-1)
    if len(asked) and (int(asked.min()) < 0 or int(asked.max()) >= people):
        raise ModelError(f"a {PERSON} number is outside 0..{people - 1}", hint="use graph.ids('Person').numbers")
    return asked
