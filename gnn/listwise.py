"""Training of the scorer that orders candidates: a linear part plus a small network, listwise softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gnn.determinism import deterministic
from graph.recommend.features import Floats
from graph.recommend.ranker.pools import Pool
from graph.recommend.ranker.scorer import LIMIT, Scorer
from graph.text import Int64

# Added to the deviation of every input, so that one that hardly varies is not blown up.
_LEAST_DEVIATION = 1e-3


class Listwise(nn.Module):
    """A linear score of all inputs plus a network with one hidden layer.

    Args:
        inputs: f, number of inputs.
        hidden: Number of hidden units.
        dropout: Share of hidden units that a step leaves out, the same ones for all candidates of a person.
    """

    def __init__(self, inputs: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Parameter(torch.zeros(inputs))
        self.inward = nn.Linear(inputs, hidden)
        self.outward = nn.Parameter(torch.zeros(hidden))
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, rows: Tensor, people: int) -> Tensor:
        """Scores of candidates, float32 (c,), from standardised inputs (c, f).

        Args:
            inputs: Of the candidates of some people.
            rows: int64 (c,), position of the person of each candidate.
            people: Number of people.
        """
        kept = self.dropout(torch.ones(people, len(self.outward)))
        hidden = torch.relu(self.inward(inputs)) * kept.index_select(0, rows)
        result: Tensor = inputs @ self.linear + hidden @ self.outward
        return result


@dataclass(frozen=True, slots=True)
class ListwiseRanker:
    """Trains the scorer; the early pools teach it, and the later pool says when to stop.

    Attributes:
        hidden: Number of hidden units.
        dropout: Share of hidden units that a step leaves out.
        rate: Step size of AdamW.
        decay: Weight decay per step is ``decay * rate``.
        batch: People in a step.
        epochs: Most passes over the people.
        patience: Passes without a better result on the later pool after which it stops.
        members: Networks of that many hidden units, trained from different starts, whose mean score is used: what one
            of them gives varies too much from training to training.
    """

    hidden: int = 64
    dropout: float = 0.2
    rate: float = 3e-3
    decay: float = 0.3
    batch: int = 64
    epochs: int = 40
    patience: int = 6
    members: int = 4

    def fit(self, early: Sequence[Pool], later: Pool, rng: np.random.Generator) -> tuple[Scorer, Scorer, Floats]:
        """Choose the number of passes on the later pool, then train on all pools.

        Returns:
            The scorer; one trained on the early pools only; and the NDCG at 10 of each person of the later pool under
            the latter, whose passes were chosen on the other half of these people.
        """
        seed = int(rng.integers(2**62))
        with deterministic():
            gains = self._by_pass(early, later, seed)
            count = _best_pass(gains) + 1
            return self._trained([*early, later], count, seed), self._trained(early, count, seed), _honest(gains)

    def _trained(self, pools: Sequence[Pool], passes: int, seed: int) -> Scorer:
        """A scorer after so many passes over the people of these pools."""
        runs = self._runs(pools, seed)
        for run in runs:
            for _ in range(passes):
                run.one_pass()
        return Scorer.mean_of([run.scorer() for run in runs])

    def _runs(self, pools: Sequence[Pool], seed: int) -> list[_Run]:
        data = _Data.of(pools)
        return [_Run(self, data, seed + number) for number in range(self.members)]

    def _by_pass(self, early: Sequence[Pool], later: Pool, seed: int) -> Floats:
        """NDCG of each person of the later pool after each pass over the early ones, float64 (passes, u)."""
        runs, gains = self._runs(early, seed), []
        best, since = -1.0, 0
        for _ in range(self.epochs):
            for run in runs:
                run.one_pass()
            scorer = Scorer.mean_of([run.scorer() for run in runs])
            gains.append(later.ndcg(scorer.scores(later.candidates.inputs)))
            value = float(gains[-1].mean())
            best, since = (value, 0) if value > best else (best, since + 1)
            if since >= self.patience:
                break
        return np.stack(gains)


def _honest(gains: Floats) -> Floats:
    """NDCG of each person after the number of passes that is best for the other half of the people."""
    half = np.arange(gains.shape[1]) % 2 == 0
    found: Floats = np.where(half, gains[_best_pass(gains[:, ~half])], gains[_best_pass(gains[:, half])])
    return found


def _best_pass(gains: Floats) -> int:
    return int(np.argmax(np.round(gains.mean(axis=1), 9))) if gains.shape[1] else 0


@dataclass(frozen=True, eq=False)
class _Data:
    """Pools with standardised inputs, and everybody in them who can be learned from."""

    pools: Sequence[Pool]
    mean: Any
    deviation: Any
    inputs: list[Tensor]
    lists: Int64

    @staticmethod
    def of(pools: Sequence[Pool]) -> _Data:
        mean, deviation = _moments(pools)
        inputs = []
        for pool in pools:
            result = pool.candidates.inputs - mean
            result /= deviation
            np.clip(result, -LIMIT, LIMIT, out=result)
            inputs.append(torch.from_numpy(result))
        return _Data(pools, mean, deviation, inputs, _lists(pools))


class _Run:
    """A network in training, with its optimiser."""

    def __init__(self, settings: ListwiseRanker, data: _Data, seed: int) -> None:
        self.settings, self.data = settings, data
        torch.manual_seed(seed)
        self.rng = np.random.default_rng(seed)
        self.model = Listwise(len(data.mean), settings.hidden, settings.dropout)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=settings.rate, weight_decay=settings.decay, foreach=True
        )

    def one_pass(self) -> None:
        """One pass over all people with a hit, in random order."""
        self.model.train()
        order = self.rng.permutation(len(self.data.lists))
        for start in range(0, len(order), self.settings.batch):
            self._step(self.data.lists[order[start : start + self.settings.batch]])

    def _step(self, lists: Int64) -> None:
        inputs, hits, counts = [], [], []
        for pool, person in lists.tolist():
            low, high = self.data.pools[pool].candidates.offsets[person : person + 2].tolist()
            inputs.append(self.data.inputs[pool][low:high])
            hits.append(self.data.pools[pool].hit[low:high])
            counts.append(high - low)
        rows = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
        scores = self.model(torch.cat(inputs), rows, len(counts))
        loss = listwise_loss(scores, torch.from_numpy(np.concatenate(hits)), rows, len(counts))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    @torch.no_grad()
    def scorer(self) -> Scorer:
        """The scorer as it is now."""
        model = self.model
        return Scorer(
            self.data.mean,
            self.data.deviation,
            model.linear.numpy().copy(),
            np.ascontiguousarray(model.inward.weight.numpy().T),
            model.inward.bias.numpy().copy(),
            model.outward.numpy().copy(),
        )


def _moments(pools: Sequence[Pool]) -> tuple[Any, Any]:
    """Mean and deviation of every input over all candidates of all pools, float32 (f,) each."""
    count = sum(len(pool.candidates.items) for pool in pools)
    mean = sum(pool.candidates.inputs.sum(axis=0, dtype=np.float64) for pool in pools) / count
    square = sum(
        np.square(pool.candidates.inputs - mean.astype(np.float32)).sum(axis=0, dtype=np.float64) for pool in pools
    )
    return mean.astype(np.float32), (np.sqrt(square / count) + _LEAST_DEVIATION).astype(np.float32)


def _lists(pools: Sequence[Pool]) -> Int64:
    """(pool, person) of everybody with a hit among the candidates, int64 (lists, 2)."""
    found = []
    for number, pool in enumerate(pools):
        hits = np.bincount(pool.candidates.rows, pool.hit, minlength=len(pool.held))
        people = np.flatnonzero(hits)
        found.append(np.stack([np.full(len(people), number), people], axis=1))
    return np.concatenate(found).astype(np.int64)


def listwise_loss(scores: Tensor, hits: Tensor, rows: Tensor, people: int) -> Tensor:
    """Mean over people of -log softmax of what they took; somebody's m things weigh 1 / sqrt(m) each.

    Args:
        scores: float32 (c,), of the candidates of all people.
        hits: bool (c,), at least one for each person.
        rows: int64 (c,), position of the person of each candidate.
        people: Number of people.
    """
    peak = torch.full((people,), -torch.inf).scatter_reduce(0, rows, scores.detach(), "amax")
    odds = (scores - peak.index_select(0, rows)).exp()
    total = torch.zeros(people).index_add(0, rows, odds).log() + peak
    taken = hits.float()
    weight = taken / torch.zeros(people).index_add(0, rows, taken).sqrt().index_select(0, rows)
    result: Tensor = ((total.index_select(0, rows) - scores) * weight).sum() / people
    return result
