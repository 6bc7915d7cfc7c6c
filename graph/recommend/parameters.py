"""Parameters that several voters have: weights of relations and sparse matrices, and both as data of a saved model."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from graph.recommend.base import Array, ModelState
from graph.recommend.features import interest_weights
from graph.recommend.ranking import top
from graph.recommend.split import Split
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

# Multiplications of a product whose result is held at a time: 600 MB at most.
_BLOCK_PRODUCTS = 50_000_000


def target_weights(split: Split) -> dict[EdgeKey, float]:
    """Interest weights of the relations that lead to the target's items."""
    weights = interest_weights(split.train, split.target)
    return {key: weight for key, weight in weights.items() if key.target == split.target.node_type}


def weights_to_json(weights: Mapping[EdgeKey, float]) -> list[list[object]]:
    """Weights of relations as JSON values, in order of their edge types."""
    return [[*key, weight] for key, weight in sorted(weights.items())]


def weights_of_json(facts: list[list[object]]) -> dict[EdgeKey, float]:
    """The weights that ``weights_to_json`` described."""
    return {EdgeKey(str(a), str(b), str(c)): float(w) for a, b, c, w in facts}  # type: ignore[arg-type]


def csr_arrays(name: str, matrix: sp.csr_array) -> dict[str, Array]:
    """A sparse matrix as three named arrays; its values become float32."""
    return {
        f"{name}.data": matrix.data.astype(np.float32),
        f"{name}.indices": matrix.indices.astype(np.int32),
        f"{name}.indptr": matrix.indptr.astype(np.int64),
    }


def csr_of_arrays(name: str, state: ModelState, shape: tuple[int, int]) -> sp.csr_array:
    """The sparse matrix that ``csr_arrays`` took apart; arrays stay memory-mapped where they are."""
    import scipy.sparse as sp

    data, indices, indptr = (state.arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_array((data, indices, indptr), shape=shape)


def largest_of_product(
    left: sp.csr_array,
    right: sp.csr_array,
    k: int,
    *,
    tie_order: Int64,
    adjust: Callable[[sp.csr_array, int], None] | None = None,
) -> sp.csr_array:
    """The k largest entries of each row of ``left @ right``, made in blocks of rows: the whole product may be huge.

    Args:
        left: (rows, inner).
        right: (inner, columns).
        k: Entries that are kept; those that are 0 are not.
        tie_order: int64 (columns,), as for ``largest_of_rows``.
        adjust: Changes the values of a block in place, whose first row is the given one of the whole.
    """
    import scipy.sparse as sp

    ones = sp.csr_array((np.ones(left.nnz), left.indices, left.indptr), shape=left.shape)
    work = np.cumsum(ones @ np.diff(right.indptr).astype(np.float64))
    cuts = np.searchsorted(work, np.arange(_BLOCK_PRODUCTS, work[-1] if len(work) else 0, _BLOCK_PRODUCTS))
    edges = np.unique([0, *cuts, left.shape[0]])
    parts = []
    for start, stop in itertools.pairwise(edges.tolist()):
        block = ((left[start:stop] if stop - start < left.shape[0] else left) @ right).tocsr()
        if adjust is not None:
            adjust(block, start)
        block.eliminate_zeros()
        parts.append(largest_of_rows(block, k, tie_order=tie_order))
    return sp.vstack(parts, format="csr") if len(parts) > 1 else parts[0] if parts else (left @ right).tocsr()


def largest_of_rows(matrix: sp.csr_array, k: int, *, tie_order: Int64) -> sp.csr_array:
    """The k largest entries of each row; of equal entries the column that comes first in ``tie_order`` is kept."""
    import scipy.sparse as sp

    matrix.sort_indices()
    counts = np.diff(matrix.indptr)
    kept = np.ones(matrix.nnz, np.bool_)
    for row in np.flatnonzero(counts > k).tolist():
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        kept[part] = False
        kept[matrix.indptr[row] + top(matrix.data[part], k, tie_order=tie_order[matrix.indices[part]])] = True
    offsets = np.concatenate([[0], np.cumsum(np.minimum(counts, k))]).astype(matrix.indptr.dtype)
    return sp.csr_array((matrix.data[kept], matrix.indices[kept], offsets), shape=matrix.shape)
