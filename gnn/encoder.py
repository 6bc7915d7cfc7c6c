"""The encoder: vectors of things and people by convolutions over all relations, with a weight for each and each age.

As in LightGCN (He et al., SIGIR 2020) a convolution is a normalised sum; what is learned is how much an event of each
relation and age counts, how much the things of friends and of KOLs count, and how far things take on the vectors of
the people around them. There is no table of people: who is new is encoded like everybody else.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from gnn.inputs import Inputs, Layout
from graph.recommend.encoding import LEAST_WEIGHT
from graph.recommend.features import AGES

# Start values, as natural logarithms: a friend's event counts .22 of an own one, a convolution .14.
_TIE = -1.5
_LAYER = -2.0


class TypedConv(nn.Module):
    """People gather things: a weight for each relation and age.

    Args:
        prior: (R,), weights of the relations at the start, > 0.
    """

    def __init__(self, prior: np.ndarray) -> None:
        super().__init__()
        start = np.repeat(prior, AGES).astype(np.float32)
        self.weight = nn.Parameter(torch.from_numpy(start).log())

    def forward(self, inputs: Inputs, x: Tensor) -> Tensor:
        """Vectors of people, float32 (P, d), from vectors of things (T, d)."""
        weight = self.weight.exp()[inputs.kind][:, None]
        spread = (x / inputs.degree).index_select(0, inputs.thing) * weight
        size = inputs.own @ weight.detach()
        return (inputs.own @ spread) / size.clamp_min(LEAST_WEIGHT).sqrt()

    def back(self, inputs: Inputs, people: Tensor) -> Tensor:
        """Vectors of things, float32 (T, d), from vectors of people (P, d)."""
        columns = inputs.own.turned(people) * self.weight.exp()[inputs.kind][:, None]
        summed = torch.zeros(len(inputs.degree), people.shape[1], device=people.device)
        return summed.index_add(0, inputs.thing, columns) / inputs.degree


class HeteroEncoder(nn.Module):
    """Vectors of people and things of one graph.

    Args:
        layout: Relations and ties.
        layers: Convolutions of things through people and back.
    """

    def __init__(self, layout: Layout, layers: int) -> None:
        super().__init__()
        prior = np.array([layout.prior[key] for key in layout.keys])
        self.own = TypedConv(prior)
        self.friends = TypedConv(prior)
        self.tie = nn.Parameter(torch.full((layout.pairs.sources - 1,), _TIE))
        self.layer = nn.Parameter(torch.full((layers,), _LAYER))

    def forward(self, inputs: Inputs, x: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors of people (P, d) and of things (T, d) from the vectors of things at the start (T, d)."""
        own, total = self.own(inputs, x), x
        for weight in self.layer:
            total = total + weight.exp() * self.own.back(inputs, own)
            own = self.own(inputs, total)
        return own + self._heard(inputs, total) if inputs.ties else own, total

    def _heard(self, inputs: Inputs, things: Tensor) -> Tensor:
        """What people hear from those they have a tie with, float32 (P, d)."""
        theirs = self.friends(inputs, things)
        ones = torch.ones_like(theirs[:, :1])
        weights = self.tie.exp()
        summed = torch.stack([w * (tie @ theirs) for w, tie in zip(weights, inputs.ties, strict=True)]).sum(0)
        size = torch.stack([w.detach() * (tie @ ones) for w, tie in zip(weights, inputs.ties, strict=True)]).sum(0)
        return summed / size.clamp_min(LEAST_WEIGHT).sqrt()
