"""Access to the bytes of a text column without creating a string for each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ByteColumn:
    """The bytes of n cells.

    Attributes:
        offsets: int64 (n + 1,), from 0.
        data: uint8, the UTF-8 bytes of all cells; read-only, and shared with the column.
        lengths: int64 (n,), the number of bytes of each cell.
    """

    offsets: Int64
    data: npt.NDArray[np.uint8]
    lengths: Int64

    @property
    def ascii(self) -> bool:
        """Whether all characters are ASCII."""
        return int(self.data.max(initial=0)) < 0x80

    def rows(self, positions: Int64) -> Int64:
        """The distinct cells that contain the bytes at these positions, ascending."""
        return np.unique(np.searchsorted(self.offsets, positions, side="right") - 1)

    def classes(self, table: bytes) -> npt.NDArray[np.uint8]:
        """Each byte translated by a table of 256 entries."""
        return np.frombuffer(self.data.tobytes().translate(table), np.uint8)


def byte_column(text: pa.Array) -> ByteColumn:
    """The bytes of a large_string array (n,), without a copy; a null has none."""
    _, raw_offsets, raw_data = text.buffers()
    if len(text) == 0:
        nothing = np.zeros(0, np.int64)
        return ByteColumn(np.zeros(1, np.int64), np.zeros(0, np.uint8), nothing)
    offsets = np.frombuffer(raw_offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    data = np.frombuffer(raw_data, np.uint8)[first:last] if last > first else np.zeros(0, np.uint8)
    return ByteColumn(offsets - first if first else offsets, data, np.diff(offsets))


def with_nulls(text: pa.Array, missing: Mask) -> pa.Array:
    """The same cells with null where the mask is true, sharing the bytes."""
    import pyarrow as pa

    if not missing.any():
        return text
    _, offsets, data = text.buffers()
    valid = np.packbits(np.concatenate([np.zeros(text.offset, np.bool_), ~missing]), bitorder="little")
    return pa.LargeStringArray.from_buffers(len(text), offsets, data, pa.py_buffer(valid), -1, text.offset)


def replaced(text: pa.Array, rows: Int64, cells: pa.Array) -> pa.Array:
    """The column with other cells at these rows (ascending)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = np.zeros(len(text), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(text, pa.array(mask), cells)


def mask_of(array: pa.Array) -> Mask:
    """A boolean Arrow array as a NumPy one; null is false."""
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), np.bool_)


def one_array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A text column as one large_string array."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    return column if column.type == pa.large_string() else column.cast(pa.large_string())
