"""From communities to segments: merge small ones, assign items to segments, and compute membership shares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.segment.adjacency import TypedAdjacency
from graph.text import Int64


def absorb(adjacency: TypedAdjacency, labels: Int64, *, least: int) -> Int64:
    """Merge communities with fewer than ``least`` people into the big one that they share most edge weight with.

    Of equal weights the larger community wins. A small community without edges to a big one is merged through its small
    neighbours, once these have been merged.

    Args:
        adjacency: The typed graph of N nodes.
        labels: int64 (N,), communities of all nodes.
        least: Smallest number of people.

    Returns:
        int64 (N,): 0 is the community with most people; -1 where no path leads to a big community.
    """
    import scipy.sparse as sp

    count, total = int(labels.max(initial=-1)) + 1, len(labels)
    sizes = np.bincount(labels[adjacency.people], minlength=count)
    big = np.flatnonzero(sizes >= least)
    big = big[np.argsort(-sizes[big], kind="stable")]
    home = np.full(count, -1, np.int64)
    home[big] = np.arange(len(big))
    if not len(big) or len(big) == count:
        return home[labels]
    groups = sp.csr_array((np.ones(total), (labels, np.arange(total))), shape=(count, total))
    between = sp.csr_array(groups @ adjacency.matrix @ groups.T)
    while True:
        small, known = np.flatnonzero(home < 0), np.flatnonzero(home >= 0)
        member = sp.csr_array((np.ones(len(known)), (known, home[known])), shape=(count, len(big)))
        weight = (between[small] @ member).toarray()
        reached = weight.max(axis=1, initial=0.0) > 0
        if not reached.any():
            return home[labels]
        home[small[reached]] = weight[reached].argmax(axis=1)


def assign_items(adjacency: TypedAdjacency, labels: Int64) -> Int64:
    """Segment of every node. An item gets the segment with the largest share of its total edge weight on the item.

    Args:
        adjacency: The typed graph of N nodes.
        labels: int64 (n,), segment of each person, -1 for none.

    Returns:
        int64 (N,), -1 for none; of equal shares the larger segment wins. People keep their segment.
    """
    import scipy.sparse as sp

    total, count = adjacency.matrix.shape[0], int(labels.max(initial=-1)) + 1
    nodes = np.full(total, -1, np.int64)
    nodes[adjacency.people] = labels
    if count == 0:
        return nodes
    assigned = np.flatnonzero(nodes >= 0)
    member = sp.csr_array((np.ones(len(assigned)), (assigned, nodes[assigned])), shape=(total, count))
    weight = (adjacency.matrix @ member).toarray()
    volume = weight.sum(axis=0)
    relative = weight / np.where(volume > 0, volume, 1.0)
    items = np.ones(total, np.bool_)
    items[adjacency.people] = False
    items &= weight.max(axis=1) > 0
    nodes[items] = relative[items].argmax(axis=1)
    return nodes


def share_membership(adjacency: TypedAdjacency, nodes: Int64, count: int) -> npt.NDArray[np.float32]:
    """Share of each person's edge weight that leads to nodes of each segment: float32 (n, count).

    A row sums to less than 1 where some weight leads to nodes without a segment, and to 0 for a person without edges.
    """
    import scipy.sparse as sp

    assigned = np.flatnonzero(nodes >= 0)
    member = sp.csr_array((np.ones(len(assigned)), (assigned, nodes[assigned])), shape=(len(nodes), count))
    mine = adjacency.matrix[adjacency.people]
    weight = (mine @ member).toarray()
    degree = mine.sum(axis=1)
    share: npt.NDArray[np.float32] = (weight / np.where(degree > 0, degree, 1.0)[:, None]).astype(np.float32)
    return share
