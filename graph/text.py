"""TextArray: many strings as one array of UTF-8 bytes and one array of offsets.

Why not a list: a Python list of a million strings takes 60 MB and a second to make, and NumPy has no string array that
can be memory-mapped. Strings sort in UTF-8 byte order, as in every store.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TextArray:
    """n strings; a missing string is the empty string.

    Attributes:
        offsets: int64 (n + 1,), non-decreasing, from 0 to ``len(data)``.
        data: uint8, the UTF-8 bytes of all strings, one after the other.

    >>> TextArray.of(["b", "", "车"]).to_list()
    ['b', '', '车']
    """

    offsets: Int64
    data: npt.NDArray[np.uint8]

    @staticmethod
    def of(strings: Iterable[str]) -> TextArray:
        """Make an array of these strings."""
        parts = [s.encode("utf-8") for s in strings]
        offsets = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(p) for p in parts], out=offsets[1:])
        return TextArray(offsets, np.frombuffer(b"".join(parts), np.uint8))

    @staticmethod
    def of_arrow(column: pa.ChunkedArray | pa.Array) -> TextArray:
        """Make an array of an Arrow text column without making Python strings; nulls become empty strings."""
        import pyarrow as pa
        import pyarrow.compute as pc

        array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.large_string())
        array = pc.fill_null(array.cast(pa.large_string()), "")
        if len(array) == 0:
            return TextArray.of([])
        _, raw_offsets, raw_data = array.buffers()
        offsets = np.frombuffer(raw_offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        data = np.frombuffer(raw_data, np.uint8)[first:last] if raw_data is not None else np.zeros(0, np.uint8)
        return TextArray(offsets - first, data.copy())

    def to_arrow(self) -> pa.Array:
        """The same strings as an Arrow large_string array; the bytes are not copied."""
        import pyarrow as pa

        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(self.offsets), pa.py_buffer(self.data))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, i: int) -> bytes:
        """The UTF-8 bytes of string ``i``, 0 <= i < n."""
        return self.data[self.offsets[i] : self.offsets[i + 1]].tobytes()

    def __getitem__(self, i: int) -> str:
        return self.raw(int(i)).decode("utf-8")

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_list())

    def to_list(self) -> list[str]:
        """All strings as a list."""
        blob, bounds = self.data.tobytes(), self.offsets.tolist()
        return [blob[a:b].decode("utf-8") for a, b in itertools.pairwise(bounds)]

    def pick(self, positions: npt.ArrayLike) -> list[str]:
        """The strings at these positions, as a list."""
        wanted, place = np.unique(np.asarray(positions, np.int64), return_inverse=True)
        if len(wanted) == len(place):
            return [self[i] for i in np.asarray(positions, np.int64).tolist()]
        texts = [self[i] for i in wanted.tolist()]
        return [texts[i] for i in place.tolist()]

    def find(self, text: str) -> int:
        """Position of ``text`` by binary search, or -1; the strings must be in ascending byte order."""
        place = self.place(text)
        return place if place < len(self) and self.raw(place) == text.encode("utf-8") else -1

    def place(self, text: str) -> int:
        """How many strings come before ``text``, by binary search; the strings must be in ascending byte order."""
        wanted, low, high = text.encode("utf-8"), 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low
