"""The edge head: scores of pairs of people from the pair's features, the other person's features, and vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from graph.recommend.base import Array
from graph.recommend.links.features import PAIRS, PEOPLE, Block, LinkFeatures
from graph.text import Int64

HIDDEN = 16
WIDTH = 16
_DROPOUT = 0.2


@dataclass(frozen=True, eq=False)
class Episode:
    """A graph before a cut, and the ties that came after it.

    Attributes:
        features: Of the graph.
        users: int64 (u,), people with new ties, ascending.
        who: int64 (p,), position in ``users`` of each new tie.
        others: int64 (p,), the other person.
        people: float32 (P, len(PEOPLE)).
        basis: float64 (T, r), vectors of things at the cut.
        interests: float32 (P, 2 r), see ``interest_vectors``.
        follower, followed: float32 (P, r), see ``tie_vectors``.
    """

    features: LinkFeatures
    users: Int64
    who: Int64
    others: Int64
    people: Tensor
    basis: Array
    interests: Tensor
    follower: Tensor
    followed: Tensor


def _network(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1, bias=False))


class LinkHead(nn.Module):
    """Adds up what ``graph.recommend.links.model.FittedLinks`` serves.

    Vectors start without effect, so that a head which has learned from pairs can go on learning with them.

    Args:
        interests: Length of the vectors of interests; None for a head without vectors.
    """

    def __init__(self, interests: int | None = None) -> None:
        super().__init__()
        self.pair = _network(len(PAIRS))
        self.people = _network(len(PEOPLE))
        self.has_vectors = interests is not None
        if interests is not None:
            self.project_from = nn.Parameter(0.05 * torch.randn(WIDTH, interests))
            self.project_to = nn.Parameter(torch.zeros(WIDTH, interests))
            self.tied = nn.Parameter(torch.zeros(1))

    def forward(self, episode: Episode, block: Block) -> Tensor:
        """Scores of everybody for the people of the block, float32 (u, P)."""
        users = torch.from_numpy(block.users)
        shape = len(users), len(episode.people)
        nothing = self.pair(torch.zeros(1, len(PAIRS)))[0, 0]
        known = self.pair(torch.from_numpy(block.values))[:, 0] - nothing
        pairs = torch.zeros(shape[0] * shape[1]).index_put((torch.from_numpy(block.at),), known)
        result: Tensor = pairs.view(shape) + self.people(episode.people)[:, 0]
        if self.has_vectors:
            asked = nn.functional.dropout(episode.interests[users] @ self.project_from.T, _DROPOUT, self.training)
            result = result + asked @ (episode.interests @ self.project_to.T).T
            result = result + self.tied * (episode.follower[users] @ episode.followed.T)
        return result

    def export(self, basis: Array) -> dict[str, Array]:
        """The parameters as ``FittedLinks.arrays``; ``basis`` (T, r) belongs to the graph that is served."""
        arrays: dict[str, Tensor] = {}
        for name, network in (("pair", self.pair), ("people", self.people)):
            weight, bias, out = network.parameters()
            arrays |= {f"{name}.weight": weight, f"{name}.bias": bias, f"{name}.out": out[0]}
        if self.has_vectors:
            arrays |= {"from": self.project_from, "to": self.project_to, "tied": self.tied}
        found = {name: value.detach().numpy().copy() for name, value in arrays.items()}
        return found | ({"basis": np.asarray(basis, np.float32)} if self.has_vectors else {})
