"""Losses over positive (person, item) pairs and sampled negative items."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sampled_softmax(
    people: Tensor,
    items: Tensor,
    bias: Tensor,
    *,
    rows: Tensor,
    positives: Tensor,
    weights: Tensor,
    negatives: Tensor | None = None,
) -> Tensor:
    """Weighted mean of -log softmax of each positive item among all items, or among itself and a sample.

    Args:
        people: float32 (b, d).
        items: float32 (m, d).
        bias: float32 (m,), added to an item's score for everybody.
        rows: int64 (p,), row of ``people`` of each positive pair.
        positives: int64 (p,), its item.
        weights: float32 (p,), > 0.
        negatives: int64 (s,), items drawn uniformly, shared by all people; None for all items.

    Returns:
        float32 scalar.
    """
    # The bias is one more column, since the gradient of single numbers would be scattered one by one, which is slow.
    people = torch.cat([people, torch.ones_like(people[:, :1])], 1)
    items = torch.cat([items, bias[:, None]], 1)
    own = (people.index_select(0, rows) * items.index_select(0, positives)).sum(1)
    if negatives is None:
        total = torch.logsumexp(people @ items.T, dim=1).index_select(0, rows)
    else:
        others = people @ items.index_select(0, negatives).T
        # Each drawn item stands for m / s items.
        scaled = torch.logsumexp(others, dim=1) + math.log(len(items) / len(negatives))
        total = torch.logaddexp(scaled.index_select(0, rows), own)
    return ((total - own) * weights).sum() / weights.sum()
