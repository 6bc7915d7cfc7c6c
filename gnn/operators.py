"""Propagation over sparse relations whose backward pass is the transposed propagation, in fixed order.

A message-passing step over ``edge_index`` gathers and scatters every edge. One sparse product per direction gives the
same numbers (tested against ``torch_geometric.nn.LGConv``) about twelve times faster on a CPU, and adds up in the fixed
order of the rows, so that the same seed gives the same bytes at a given number of threads.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Operator:
    """A sparse matrix (n, m) and its transpose, both compressed by rows, with exchangeable values.

    Attributes:
        shape: (n, m).
        offsets, columns: Row structure, int32 (n + 1,) and (e,).
        transposed_offsets, transposed_columns: Row structure of the transpose, int32 (m + 1,) and (e,).
        transposed_at: int64 (e,), position in ``values`` of each value of the transpose.
        values: float32 (e,).
    """

    shape: tuple[int, int]
    offsets: Tensor
    columns: Tensor
    transposed_offsets: Tensor
    transposed_columns: Tensor
    transposed_at: Tensor
    values: Tensor

    @staticmethod
    def of(
        offsets: npt.NDArray[Any], columns: npt.NDArray[Any], values: npt.NDArray[Any], *, shape: tuple[int, int]
    ) -> Operator:
        """From a CSR matrix without repeated entries.

        Args:
            offsets: (n + 1,).
            columns: (e,), ascending within each row.
            values: (e,).
            shape: (n, m).
        """
        rows = np.repeat(np.arange(shape[0]), np.diff(offsets))
        transposed_at = np.argsort(columns, kind="stable")
        counts = np.bincount(columns, minlength=shape[1])
        return Operator(
            shape,
            torch.from_numpy(np.asarray(offsets, np.int32)),
            torch.from_numpy(np.asarray(columns, np.int32)),
            torch.from_numpy(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)),
            torch.from_numpy(rows[transposed_at].astype(np.int32)),
            torch.from_numpy(transposed_at.astype(np.int64)),
            torch.from_numpy(np.asarray(values, np.float32)),
        )

    def matrices(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The matrix and its transpose with these values, as sparse CSR tensors."""
        forward = _csr(self.offsets, self.columns, values, self.shape)
        transpose = _csr(self.transposed_offsets, self.transposed_columns, values[self.transposed_at], self.shape[::-1])
        return forward, transpose


def _csr(offsets: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, ...]) -> Tensor:
    with warnings.catch_warnings():
        # torch warns once per process that its CSR tensors are in beta; the tests check them against PyG's operator.
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state", category=UserWarning)
        return torch.sparse_csr_tensor(offsets, columns, values, size=shape, check_invariants=False)


class _Propagate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor, transpose: Tensor, x: Tensor) -> Tensor:
        ctx.transpose = transpose
        return matrix @ x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None, Tensor]:
        return None, None, ctx.transpose @ grads[0].contiguous()


def propagate(operator: Operator, x: Tensor, *, values: Tensor | None = None, transposed: bool = False) -> Tensor:
    """The product of a sparse matrix with node features, differentiable in the features.

    Args:
        operator: (n, m).
        x: float32 (m, d), or (n, d) when transposed.
        values: float32 (e,), instead of the operator's own; no gradient reaches them.
        transposed: Whether to multiply by the transpose.

    Returns:
        float32 (n, d), or (m, d) when transposed.
    """
    forward, transpose = operator.matrices(operator.values if values is None else values)
    if transposed:
        forward, transpose = transpose, forward
    result: Tensor = _Propagate.apply(forward, transpose, x)
    return result
