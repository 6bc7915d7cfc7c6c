"""IdMap: translates between external ids (text) and the node numbers 0..n-1 of a graph."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.text import Int64, TextArray

# For fewer look-ups than this, binary search is faster than building a dictionary of all ids.
_FEW = 256
# Most ids that an unknown one is compared with.
_ALL = 4096


@dataclass(frozen=True, eq=False)
class IdMap:
    """The ids of one node type, numbered by their UTF-8 byte order.

    Attributes:
        node_type: The node type that the ids belong to; error messages name it.
        texts: The ids in strictly ascending byte order; the position is the number.

    >>> people = IdMap.of("Person", ["li", "王", "an"])
    >>> people.numbers(["王", "an"]).tolist(), people.ids([1])
    ([2, 0], ['li'])
    """

    node_type: str
    texts: TextArray

    @staticmethod
    def of(node_type: str, ids: Iterable[str]) -> IdMap:
        """Make a map of these ids; their order does not matter and repeats count once."""
        return IdMap(node_type, TextArray.of(sorted(set(ids), key=lambda s: s.encode("utf-8"))))

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over the ids and their order."""
        digest = hashlib.sha256(self.texts.offsets.tobytes())
        digest.update(self.texts.data.tobytes())
        return digest.hexdigest()

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {text: i for i, text in enumerate(self.texts.to_list())}

    def numbers(self, ids: Sequence[str], missing: Literal["raise", "drop"] = "raise") -> Int64:
        """The numbers of these ids, int64, in the order given.

        Args:
            ids: External ids.
            missing: For an unknown id, raise an error, or drop it from the result.

        Raises:
            DataError: an id is unknown and ``missing`` is "raise".
        """
        if len(ids) < _FEW:
            found = [self.texts.find(text) for text in ids]
        else:
            found = [self._positions.get(text, -1) for text in ids]
        numbers = np.asarray(found, np.int64).reshape(len(ids))
        unknown = numbers < 0
        if missing == "drop":
            return numbers[~unknown]
        if unknown.any():
            first = ids[int(np.flatnonzero(unknown)[0])]
            raise DataError(
                f"{int(unknown.sum())} of {len(ids)} ids are not a known {self.node_type}, the first is {first!r}",
                hint=f"{self._proposed(first)}ids are matched exactly; "
                f"`graphvine data describe` counts the {self.node_type} nodes",
            )
        return numbers

    def nearest(self, text: str) -> str | None:
        """The id that is written most like this text, or None where none is; of many ids only its neighbours count."""
        place = 0 if len(self) <= _ALL else max(self.texts.place(text) - _ALL // 2, 0)
        candidates = self.texts.pick(np.arange(place, min(place + _ALL, len(self))))
        close = difflib.get_close_matches(text, candidates, n=1)
        return close[0] if close else None

    def _proposed(self, text: str) -> str:
        near = self.nearest(text)
        return "" if near is None else f"did you mean {near!r}? "

    def ids(self, numbers: npt.ArrayLike) -> list[str]:
        """The ids of these numbers (each in 0..n-1), in the order given."""
        return self.texts.pick(numbers)
