"""Fitting of an edge head on episodes: softmax over all people, stopped by the ranks on a later window."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gnn.links.head import Episode, LinkHead
from graph.hetero import HeteroGraph
from graph.recommend.features import Vocabulary
from graph.recommend.links.features import Block, Floats, LinkFeatures
from graph.recommend.links.vectors import aligned, interest_basis, interest_vectors, tie_vectors
from graph.recommend.split import Questions
from graph.schema import EdgeKey
from graph.text import Int64

# Scores of a step: pairs of people whose memory is about 60 MB with all that training keeps of them.
_STEP_PAIRS = 500_000
_FEWEST, _MOST = 8, 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted.

    Attributes:
        rate: Step size of AdamW for the networks alone.
        rate_vectors: Step size when vectors have joined.
        decay: Weight decay of AdamW.
        people: Highest number of people of an episode in one epoch, drawn anew each time.
        epochs: Highest number of epochs.
        patience: Epochs without a better rank after which fitting stops.
        checked: Highest number of people by whose ranks it is stopped.
    """

    rate: float = 0.01
    rate_vectors: float = 0.005
    decay: float = 0.02
    people: int = 500
    epochs: int = 20
    patience: int = 3
    checked: int = 300


@dataclass(frozen=True, eq=False)
class FittedHead:
    """A head and the number of epochs that were best."""

    head: LinkHead
    epochs: int


class EpisodeMaker:
    """Makes episodes of one relation whose vectors of things lie in the same directions.

    The vectors at each cut come from what was known then: those of a later graph would contain the answers. Each is
    turned towards those of the first episode, because a singular value decomposition fixes no directions.
    """

    def __init__(self, relation: EdgeKey, vocabulary: Vocabulary, *, seed: int) -> None:
        self._relation, self._vocabulary, self._seed = relation, vocabulary, seed
        self._reference: Floats | None = None

    def episode(self, questions: Questions) -> Episode:
        """The episode of a window."""
        users, who = np.unique(questions.users, return_inverse=True)
        features = LinkFeatures.of(questions.known, self._relation)
        basis = self.basis(questions.known)
        follower, followed = tie_vectors(features)
        return Episode(
            features, users, who.astype(np.int64), questions.items, torch.from_numpy(features.people), basis,
            torch.from_numpy(interest_vectors(features, self._vocabulary, basis)),
            torch.from_numpy(follower), torch.from_numpy(followed),
        )  # fmt: skip

    def basis(self, graph: HeteroGraph) -> Floats:
        """Vectors of things from what a graph knows, float64 (T, r)."""
        found = interest_basis(graph, self._vocabulary, np.random.default_rng(self._seed))
        if self._reference is None:
            self._reference = found
        return aligned(found, self._reference)


def fit_head(
    episodes: Sequence[Episode],
    recipe: Recipe,
    rng: np.random.Generator,
    *,
    start: LinkHead | None = None,
    epochs: int | None = None,
    check: Callable[[LinkHead], float] | None = None,
) -> FittedHead:
    """Fit a head; without ``start`` one without vectors, else that one with vectors.

    Args:
        episodes: What to learn from, one or more.
        recipe: How.
        rng: Draws people and, through a seed for torch, parameters; torch's own generator is left as it was.
        start: A head without vectors, which goes on learning with vectors.
        epochs: Number of epochs, where it is known.
        check: How good a head is, higher is better; the best epoch is kept. With ``start`` that may be none.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**62)))
        head = LinkHead() if start is None else LinkHead(episodes[0].interests.shape[1])
        if start is not None:
            head.load_state_dict(start.state_dict(), strict=False)
        rate = recipe.rate if start is None else recipe.rate_vectors
        # AdamW is the only thing here that loads torch's compiler, which takes seconds.
        optimiser = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=recipe.decay)
        best = -np.inf if check is None or start is None else check(head)
        kept, at = copy.deepcopy(head), 0
        for epoch in range(1, (recipe.epochs if epochs is None else epochs) + 1):
            _epoch(head, optimiser, episodes, recipe, rng)
            found = np.inf if check is None else check(head)
            if found > best or check is None:
                best, kept, at = found, copy.deepcopy(head), epoch
            elif epoch - at >= recipe.patience:
                break
    return FittedHead(kept.eval(), at)


def _epoch(
    head: LinkHead,
    optimiser: torch.optim.Optimizer,
    episodes: Sequence[Episode],
    recipe: Recipe,
    rng: np.random.Generator,
) -> None:
    """One pass over people drawn from each episode, in an order drawn by chance."""
    head.train()
    for place in rng.permutation(len(episodes)).tolist():
        episode = episodes[place]
        drawn = rng.permutation(len(episode.users))[: recipe.people]
        size = int(np.clip(_STEP_PAIRS // len(episode.features), _FEWEST, _MOST))
        for first in range(0, len(drawn), size):
            loss = _loss(head, episode, np.sort(drawn[first : first + size]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    head.eval()


def _loss(head: LinkHead, episode: Episode, chosen: Int64) -> Tensor:
    """Mean of -log softmax of the new ties of these people among all candidates."""
    block = episode.features.block(episode.users[chosen])
    scores = head(episode, block).masked_fill(_barred(block), -torch.inf)
    place = np.full(len(episode.users), -1)
    place[chosen] = np.arange(len(chosen))
    asked = place[episode.who] >= 0
    rows, others = (torch.from_numpy(a[asked]) for a in (place[episode.who], episode.others))
    loss: Tensor = (torch.logsumexp(scores, 1)[rows] - scores[rows, others]).mean()
    return loss


def _barred(block: Block) -> Tensor:
    mask = np.zeros((len(block.users), len(block.features)), np.bool_)
    mask[block.features.excluded(block.users)] = True
    return torch.from_numpy(mask)
