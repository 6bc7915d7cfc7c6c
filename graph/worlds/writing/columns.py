"""Converts arrays to columns of files (Arrow): ids, times, money, running numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.world import World
from graph.worlds.writing import attributes
from graph.worlds.writing.tables import FileSpec

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 500_000
"""Rows of a block."""
LOCAL = 8 * 3600
"""Seconds that local time (UTC+8) is ahead."""


class Ids:
    """External ids as Arrow arrays, for converting blocks of numbers to ids."""

    def __init__(self, world: World) -> None:
        import pyarrow as pa

        self.person = pa.array(attributes.person_ids(world), pa.string())
        self.item = {
            kind: pa.array(attributes.item_ids(world.market.of(kind)), pa.string()) for kind in world.shape.kinds
        }

    def people(self, numbers: np.ndarray) -> pa.Array:
        """Ids of people."""
        return self.person.take(arrow(numbers))

    def items(self, kind: str, numbers: np.ndarray) -> pa.Array:
        """Ids of items of one type."""
        return self.item[kind].take(arrow(numbers))


def arrow(values: np.ndarray) -> pa.Array:
    """An array of numbers."""
    import pyarrow as pa

    return pa.array(np.ascontiguousarray(values))


def moments(spec: FileSpec, seconds: np.ndarray) -> pa.Array:
    """UTC seconds in the time format of this file."""
    return arrow(seconds.astype(np.int64)) if spec.clock == "s" else local_times(seconds)


def local_times(seconds: np.ndarray) -> pa.Array:
    """Local date and time of UTC seconds; negative ones are empty cells."""
    import pyarrow as pa

    seconds = seconds.astype(np.int64)
    return pa.array((seconds + LOCAL).astype("datetime64[s]"), mask=seconds < 0)


def money(yuan: np.ndarray) -> pa.Array:
    """Amounts with two decimals; those that are not a number are empty cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = np.isnan(yuan)
    fen = np.round(np.where(empty, 0.0, yuan) * 100).astype(np.int64)
    # Arrow's decimal128 is a 128-bit integer, low half first, so amounts in fen need no conversion.
    halves = np.stack([fen, fen >> 63], axis=1)
    exact = pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(halves)])
    return pc.if_else(pa.array(empty), pa.scalar(None, exact.type), exact) if empty.any() else exact


def running_numbers(prefix: str, part: slice, *, width: int = 8) -> pa.Array:
    """Ids of the rows of a block: prefix and the row number, padded with zeros."""
    return padded(prefix, np.arange(part.start + 1, part.stop + 1), width=width)


def padded(prefix: str, numbers: np.ndarray, *, width: int = 8) -> pa.Array:
    """Prefix and number, padded with zeros."""
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def choices(words: tuple[str, ...], positions: np.ndarray) -> pa.Array:
    """Words by position; an empty cell for -1."""
    import pyarrow as pa

    return pa.array((*words, ""), pa.string()).take(arrow(np.where(positions < 0, len(words), positions)))
