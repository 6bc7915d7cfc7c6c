"""The link predictor: the encoder and its heads, whose sum is the logit of a person taking an item."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gnn.encoder import HeteroEncoder
from gnn.inputs import Inputs, Layout
from gnn.settings import NetworkSettings

# Start values: popularity counts a little, the linear half of the filter by half.
_POPULARITY = 0.05
_LINEAR = 0.5


class Vectors(NamedTuple):
    """What one pass over a graph gives: people (P, d), things (T, d) and items (m, d), float32."""

    people: Tensor
    things: Tensor
    items: Tensor


class Heads(nn.Module):
    """Two-tower, popularity and pair head of one kind of question.

    Args:
        layout: Gives the widths.
        linear: Start weight of the linear half of the filter.
    """

    def __init__(self, layout: Layout, linear: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.0))
        self.popularity = nn.Parameter(torch.full((layout.pairs.item_width,), _POPULARITY))
        self.pair = nn.Parameter(torch.zeros(layout.pairs.width + 1))
        with torch.no_grad():
            self.pair[-1] = linear

    def forward(self, inputs: Inputs, people: Tensor, items: Tensor, places: Tensor) -> Tensor:
        """Logits of all items, float32 (b, m).

        Args:
            inputs: The graph.
            people: (b, d), vectors of these people.
            items: (m, d).
            places: int64 (b,), their positions in ``inputs.users``.
        """
        logits = people @ (items * self.scale.exp()).T + inputs.items @ self.popularity
        row, item, feature, value = inputs.pairs.of(places)
        pairs = value * self.pair.index_select(0, feature)
        flat = logits.reshape(-1).index_add(0, row * logits.shape[1] + item, pairs)
        return flat.reshape(logits.shape)


class LinkPredictor(nn.Module):
    """Encoder, heads for the asked pairs, and heads of their own for pairs of weaker relations.

    Args:
        layout: Relations, ties and features.
        settings: Width, layers, dropout.
    """

    def __init__(self, layout: Layout, settings: NetworkSettings) -> None:
        super().__init__()
        self.span, self.hide = layout.span, settings.hide
        self.encoder = HeteroEncoder(layout, settings.layers)
        self.heads, self.weaker = Heads(layout, _LINEAR), Heads(layout, 0.0)
        self.bias = nn.Parameter(torch.zeros(self.span[1] - self.span[0]))
        self.exponent = nn.Parameter(torch.tensor(0.5))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, inputs: Inputs) -> Vectors:
        """Vectors of everything in one graph; items are scaled by a learned power of their popularity."""
        seen = inputs.seen
        if self.training and self.hide:
            seen = seen * (torch.rand_like(seen) >= self.hide)
        people, things = self.encoder(inputs, inputs.start * seen)
        items = things[self.span[0] : self.span[1]] * (self.exponent * inputs.popular).exp()
        return Vectors(people, things, items)

    def logits(self, inputs: Inputs, vectors: Vectors, places: Tensor, *, weaker: bool = False) -> Tensor:
        """Logits of all items for people at these positions of ``inputs.users``: float32 (b, m)."""
        users = torch.from_numpy(inputs.users).to(places.device)[places]
        people = self.dropout(vectors.people.index_select(0, users))
        if weaker:
            found: Tensor = self.weaker(inputs, people, vectors.items, places)
            return found
        start, stop = self.span
        own: Tensor = self.heads(inputs, people, vectors.items, places)
        return own + self.bias * inputs.seen[start:stop, 0]

    def tables(self) -> list[nn.Parameter]:
        """Parameters that are looked up by node, which take smaller steps and decay."""
        return [self.bias]

    def weights(self) -> list[nn.Parameter]:
        """All other parameters."""
        tables = {id(table) for table in self.tables()}
        return [parameter for parameter in self.parameters() if id(parameter) not in tables]
