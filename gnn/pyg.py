"""PyTorch Geometric, imported without its warnings about what torch is about to drop."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", category=FutureWarning)
    from torch_geometric import EdgeIndex
    from torch_geometric.data import HeteroData

__all__ = ["EdgeIndex", "HeteroData"]
