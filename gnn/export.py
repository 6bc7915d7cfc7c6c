"""Export: a trained network as the arrays that ``graph.recommend.voters.gnn`` serves without torch."""

from __future__ import annotations

import numpy as np
import torch

from gnn.inputs import Inputs, Layout
from gnn.predictor import LinkPredictor
from graph.recommend.base import Array
from graph.recommend.voters.gnn import FittedGnn, Tables


@torch.no_grad()
def export(model: LinkPredictor, layout: Layout, inputs: Inputs, reference: torch.Tensor) -> FittedGnn:
    """The network, ready to serve.

    Args:
        model: Trained.
        layout: What it was made for.
        inputs: The whole training graph, whose things keep the vectors that they have in it.
        reference: Start vectors (T, d) towards which those of every cut were turned.
    """
    model.eval()
    vectors, heads, encoder = model(inputs), model.heads, model.encoder
    start, stop = layout.span
    tables = Tables(
        _array(encoder.own.weight.exp()),
        _array(encoder.friends.weight.exp()),
        _array(encoder.tie.exp()),
        _array(vectors.things / inputs.degree),
        np.ascontiguousarray(_array(vectors.items * heads.scale.exp()).T),
        _array(model.bias * inputs.seen[start:stop, 0]),
        _array(heads.popularity),
        _array(heads.pair),
        _array(encoder.layer.exp()),
        _array(torch.stack([model.exponent, heads.scale.exp()])),
        _array(reference),
    )
    return FittedGnn(layout.target, layout.vocabulary, layout.keys, layout.prior, layout.pairs, inputs.linear, tables)


def _array(tensor: torch.Tensor) -> Array:
    return tensor.detach().cpu().numpy().copy()
