"""Training of the link predictor: episodes in, a fitted voter out that needs no torch."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from gnn.determinism import deterministic
from gnn.episodes import Episode, make_episodes
from gnn.export import export
from gnn.inputs import Inputs, Layout, make_inputs
from gnn.predictor import LinkPredictor, Vectors
from gnn.settings import NetworkSettings
from graph.hetero import HeteroGraph
from graph.recommend.evaluation.metrics import ndcg
from graph.recommend.features import Features, Floats
from graph.recommend.packed import expand
from graph.recommend.ranking import ranks_of
from graph.recommend.split import Split
from graph.recommend.voters.gnn import FittedGnn
from graph.text import Int64

# Logits that are held at once; fewer people in a step where there are many items.
_MOST_LOGITS = 16_000_000
# People that validation asks; enough to see when the network stops getting better.
_MOST_ASKED = 1000
_K = 10
_BARRED = -1e9
_CLIP = 5.0
# With products that deviate by less, as of a single item, the scale is left alone.
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True, slots=True)
class Gnn:
    """The network as a voter; its fitted form is ``graph.recommend.voters.gnn.FittedGnn``.

    Attributes:
        settings: How it is built and trained.
        epochs: Passes over the episodes; None to find the number on the last episode (with fewer than two of them:
            ``settings.patience`` passes), which ``tune`` finds on validation questions instead.
    """

    settings: NetworkSettings = field(default_factory=NetworkSettings)
    epochs: int | None = None
    name: str = "gnn"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedGnn:
        """Train on ``split.train``."""
        with deterministic():
            run = _Run(self.settings, split, rng)
            if self.epochs is None and len(run.episodes) > 1:
                run.until_best(run.episodes.pop())
            else:
                for _ in range(self.settings.patience if self.epochs is None else self.epochs):
                    run.one_pass()
            return run.exported()

    def tune(self, split: Split, rng: np.random.Generator) -> tuple[Gnn, FittedGnn]:
        """Train on ``split.train`` and stop where validation is best: the network with that number of passes."""
        if split.validation is None:
            return self, self.fit(split, rng)
        with deterministic():
            run = _Run(self.settings, split, rng)
            best = run.until_best(run.prepare(Episode.of(split.validation)))
            return replace(self, epochs=best), run.exported()


@dataclass(frozen=True, eq=False)
class _Task:
    """An episode as tensors, with the pairs that are asked about by person."""

    inputs: Inputs
    offsets: Int64
    items: Int64
    weaker: Tensor


class _Run:
    """A network in training."""

    def __init__(self, settings: NetworkSettings, split: Split, rng: np.random.Generator) -> None:
        self.settings, self.split = settings, split
        self.rng = np.random.default_rng(rng.integers(2**62))
        self.device = _device(settings.device)
        self.layout = Layout.of(split.train, split.target)
        self.reference: Tensor | None = None
        found = make_episodes(split.train, split.target, windows=settings.windows, rng=self.rng)
        self.episodes = [self.prepare(episode) for episode in found]
        torch.manual_seed(int(self.rng.integers(2**62)))
        self.model = LinkPredictor(self.layout, settings).to(self.device)
        self._start()
        self.optimiser = torch.optim.AdamW(
            [
                {"params": self.model.tables(), "lr": settings.table_rate, "weight_decay": settings.decay},
                {"params": self.model.weights(), "lr": settings.rate, "weight_decay": 0.0},
            ]
        )

    def prepare(self, episode: Episode) -> _Task:
        """An episode as tensors."""
        everybody = np.union1d(episode.users, episode.weaker_users)
        inputs = self._inputs(episode.known, everybody)
        place = np.searchsorted(everybody, episode.weaker_users)
        weaker = torch.from_numpy(np.stack([place, episode.weaker_items])).to(self.device)
        # People who are asked about nothing but weaker pairs have no answers.
        bounds = np.searchsorted(episode.users, everybody)
        # Training reads the linear half of the filter as a pair feature; the matrix itself is for export only.
        inputs = replace(inputs, linear=inputs.linear[:0])
        return _Task(inputs, np.append(bounds, len(episode.users)), episode.items, weaker)

    def _inputs(self, graph: HeteroGraph, users: Int64) -> Inputs:
        found = make_inputs(
            graph,
            self.layout,
            users,
            width=self.settings.width,
            reference=self.reference,
            device=self.device,
        )
        if self.reference is None:
            self.reference = found.start
        return found

    def exported(self) -> FittedGnn:
        """The network with the tables of the whole training graph, about which nobody is asked."""
        inputs = self._inputs(self.split.train, np.zeros(0, np.int64))
        assert self.reference is not None  # _inputs sets it
        return export(self.model, self.layout, inputs, self.reference)

    @torch.no_grad()
    def _start(self) -> None:
        """Start where the inner products of a person with all items deviate by one."""
        if not self.episodes:
            return
        task = self.episodes[-1]
        self.model.eval()
        vectors = self.model(task.inputs)
        some = torch.from_numpy(task.inputs.users[:300]).to(self.device)
        spread = (vectors.people[some] @ vectors.items.T).std(1, correction=0).mean()
        if spread < _LEAST_SPREAD:
            return
        for heads in (self.model.heads, self.model.weaker):
            heads.scale.sub_(spread.log())

    def one_pass(self) -> None:
        """One pass over the people of all episodes, in random order."""
        self.model.train()
        size = min(self.settings.batch, max(_MOST_LOGITS // max(len(self.model.bias), 1), 1))
        batches = []
        for number, task in enumerate(self.episodes):
            asked = np.flatnonzero(np.diff(task.offsets))
            drawn = self.rng.permutation(asked)[: max(self.settings.people // len(self.episodes), 1)]
            parts = max(1, round(len(drawn) / size))
            batches += [(number, np.sort(drawn[part::parts])) for part in range(parts)]
        for place in self.rng.permutation(len(batches)).tolist():
            number, people = batches[place]
            self._step(self.episodes[number], people)

    def _step(self, task: _Task, people: Int64) -> None:
        vectors = self.model(task.inputs)
        loss = self._asked_loss(task, vectors, people)
        if self.settings.weaker and task.weaker.shape[1]:
            loss = loss + self.settings.weaker * self._weaker_loss(task, vectors)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self.optimiser.step()

    def _asked_loss(self, task: _Task, vectors: Vectors, people: Int64) -> Tensor:
        """Softmax over all items that the person can be offered; somebody's m items weigh 1 / sqrt(m) each."""
        row, items, count = _answers(task, people)
        logits = self._barred_logits(task, vectors, people)
        rows, taken = torch.from_numpy(row).to(self.device), torch.from_numpy(items).to(self.device)
        loss = torch.logsumexp(logits, 1)[rows] - logits[rows, taken]
        weight = torch.from_numpy(1.0 / np.sqrt(count[row])).float().to(self.device)
        return (loss * weight).sum() / weight.sum()

    def _barred_logits(self, task: _Task, vectors: Vectors, people: Int64) -> Tensor:
        places = torch.from_numpy(people).to(self.device)
        logits = self.model.logits(task.inputs, vectors, places)
        who, items = task.inputs.excluded
        row = torch.full((len(task.inputs.users),), -1, device=self.device)
        row[places] = torch.arange(len(people), device=self.device)
        here = row[who] >= 0
        return logits.index_put((row[who][here], items[here]), torch.tensor(_BARRED, device=self.device))

    def _weaker_loss(self, task: _Task, vectors: Vectors) -> Tensor:
        """The same for some pairs of weaker relations, by heads of their own."""
        count = task.weaker.shape[1]
        drawn = torch.from_numpy(np.sort(self.rng.choice(count, min(self.settings.batch, count), replace=False)))
        place, item = task.weaker[:, drawn.to(self.device)]
        people, row = torch.unique(place, return_inverse=True)
        logits = self.model.logits(task.inputs, vectors, people, weaker=True)
        return (torch.logsumexp(logits, 1)[row] - logits[row, item]).mean()

    def until_best(self, asked: _Task) -> int:
        """Train until the asked questions are no longer answered better; keep the best state.

        Returns:
            Number of passes of that state.
        """
        best, at, since = float(self.ndcg(asked).mean()), 0, 0
        kept = copy.deepcopy(self.model.state_dict())
        for number in range(1, self.settings.epochs + 1):
            self.one_pass()
            value = float(self.ndcg(asked).mean())
            since = 0 if value > best else since + 1
            if value > best:
                best, at, kept = value, number, copy.deepcopy(self.model.state_dict())
            if since >= self.settings.patience:
                break
        self.model.load_state_dict(kept)
        return at

    @torch.no_grad()
    def ndcg(self, task: _Task) -> Floats:
        """NDCG at 10 of the people asked, by full ranking; of every n-th where there are many more than 1,000."""
        self.model.eval()
        vectors = self.model(task.inputs)
        order = Features(self.split.train, self.split.target).tie_order
        asked = np.flatnonzero(np.diff(task.offsets))[:: max(1, len(task.offsets) // _MOST_ASKED)]
        gains = []
        for start in range(0, len(asked), self.settings.batch):
            people = asked[start : start + self.settings.batch]
            scores = self._barred_logits(task, vectors, people).cpu().numpy()
            row, items, _ = _answers(task, people)
            ranks = ranks_of(scores, row, items, tie_order=order)
            gains.append(ndcg(ranks, row, count=len(people), k=_K))
        return np.concatenate([*gains, np.zeros(0)])


def _answers(task: _Task, people: Int64) -> tuple[Int64, Int64, Int64]:
    """Row (position in ``people``) and item of every pair these people are asked about, and pairs of each person."""
    row, at = expand(task.offsets[people], task.offsets[people + 1])
    return row, np.asarray(task.items[at]), np.diff(task.offsets)[people]


def _device(wanted: str) -> torch.device:
    found = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(found if wanted == "auto" else wanted)
