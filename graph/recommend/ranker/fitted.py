"""The ranker as a model: candidates of all voters in the order of the scorer, and all other items by the fusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Combined, Fitted, ModelState
from graph.recommend.features import Features, Floats, Vocabulary, user_history
from graph.recommend.fusion import FittedFusion
from graph.recommend.pair_features import PairSchema
from graph.recommend.proposals import best_of_people
from graph.recommend.ranker.candidates import Candidates, make_candidates, with_further_scores
from graph.recommend.ranker.evidence import Scored, evidence_of
from graph.recommend.ranker.scorer import Scorer
from graph.recommend.row_scores import RowScores
from graph.recommend.target import Target
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FittedRanker(Combined):
    """A fusion, and a scorer that orders the candidates of its voters anew.

    Attributes:
        fusion: The same voters with weights. It ranks what is no candidate, and everything for people of levels that
            the scorer does not rank for.
        schema: The pair features.
        columns: int64 (f,), inputs that the scorer reads, ascending (see ``candidates.Candidates``).
        scorer: Orders the candidates.
        answers: bool (levels,), for people with which history it does.
        summary: One sentence on how it was chosen.
    """

    kind: ClassVar[str] = "ranker"
    fusion: FittedFusion
    schema: PairSchema
    columns: Int64
    scorer: Scorer
    answers: npt.NDArray[np.bool_]
    summary: str

    def with_voters(self, voters: Mapping[str, Fitted]) -> FittedRanker:
        """The same scorer and weights for voters that were fitted on other data."""
        fusion = self.fusion.with_voters(voters)
        return replace(self, vocabulary=fusion.vocabulary, voters=fusion.voters, fusion=fusion)

    def voters_needed(self, level: Int64) -> list[str]:
        """Names of the voters that are asked for people of these levels."""
        return list(self.voters) if self.answers[level].any() else self.fusion.voters_needed(level)

    def combine(self, blocks: Mapping[str, RowScores], features: Features, users: Int64, level: Int64) -> Floats:
        """Scores of the scorer for candidates, and lower ones in the order of the fusion for all other items."""
        result = self.fusion.combine(blocks, features, users, level)
        asked = np.flatnonzero(self.answers[level])
        if not len(asked):
            return result
        found, ranked = self._ranked(
            {n: b.take(asked) for n, b in blocks.items()}, features, users[asked], level[asked]
        )
        for place, row in enumerate(asked.tolist()):
            part = slice(found.offsets[place], found.offsets[place + 1])
            if part.start == part.stop:
                continue
            line = result[row]
            line += ranked[part].min() - 1.0 - line.max()
            line[found.items[part]] = ranked[part]
        return result

    def best(self, features: Features, users: Int64, k: int) -> tuple[Int64, Floats]:
        """The best of the candidates; of the fusion for people whom the scorer does not rank for.

        People with fewer candidates than k get what ``scores`` ranks highest.
        """
        level = user_history(features, users)
        items, scores = np.full((len(users), k), -1, np.int64), np.zeros((len(users), k))
        blocks = self.blocks(features, users, level)
        for ranks in (True, False):
            rows = np.flatnonzero(self.answers[level] == ranks)
            if not len(rows):
                continue
            whole = len(rows) == len(users)
            inner = blocks if whole else {name: block.take(rows) for name, block in blocks.items()}
            part = features, users[rows], level[rows]
            if ranks:
                found, ranked = self._ranked(inner, *part)
                items[rows], scores[rows] = best_of_people(found.offsets, found.items, ranked, k)
            else:
                items[rows], scores[rows] = self.fusion.best_of(inner, *part, k)
        short = np.flatnonzero((items < 0).any(axis=1))
        if len(short):
            kept = features.latest.get(id(self))
            items[short], scores[short] = super().best(features, users[short], k)
            if kept is not None:
                features.latest[id(self)] = kept  # of everybody, for ``evidence``
        return items, scores

    def _ranked(
        self, blocks: Mapping[str, RowScores], features: Features, users: Int64, level: Int64
    ) -> tuple[Candidates, Floats]:
        """The candidates of these people and their scores, float64 (c,)."""
        voters = with_further_scores({n: blocks[n] for n in self.voters}, self.voters, features, users)
        found = make_candidates(voters, features, users, level, schema=self.schema, columns=self.columns)
        features.latest[id(self)] = (users, Scored(users, found, tuple(voters)))
        return found, self.scorer.scores(found.inputs).astype(np.float64)

    def reason_codes(self, level: int) -> frozenset[str]:
        """The reasons of all voters, since all of them may have proposed a candidate; else those of the fusion."""
        if not self.answers[level]:
            return self.fusion.reason_codes(level)
        return frozenset[str]().union(*(voter.reason_codes(level) for voter in self.voters.values()))

    def evidence(self, features: Features, users: Int64, items: Int64) -> dict[str, Floats]:
        """See ``Fitted.evidence``; for candidates of people for whom the scorer answers."""
        if id(self) not in features.latest:
            return {}
        # Taken away, since the inputs of all candidates of a block take more memory than the scores.
        _, scored = features.latest.pop(id(self))
        return evidence_of(
            scored,
            users,
            items,
            voters=self.voters,
            schema=self.schema,
            columns=self.columns,
            scorer=self.scorer,
            tie_order=features.tie_order,
        )

    def state(self) -> ModelState:
        """The parameters as data; those of the fusion stand under ``fusion``."""
        fusion = self.fusion.state()
        facts = {"fusion": fusion.facts, "pairs": self.schema.to_json(), "summary": self.summary}
        arrays = {
            "weights": fusion.arrays["weights"],
            "columns": self.columns,
            "answers": self.answers.astype(np.uint8),
            **self.scorer.arrays(),
        }
        return ModelState(facts, arrays, fusion.voters)

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedRanker:
        """The model that ``state()`` described."""
        fusion = ModelState(state.facts["fusion"], {"weights": state.arrays["weights"]}, state.voters)
        return cls(
            target,
            vocabulary,
            state.voters,
            FittedFusion.of_state(target, vocabulary, fusion),
            PairSchema.of_json(state.facts["pairs"]),
            np.asarray(state.arrays["columns"]),
            Scorer.of_arrays(state.arrays),
            np.asarray(state.arrays["answers"]).astype(np.bool_),
            str(state.facts["summary"]),
        )
