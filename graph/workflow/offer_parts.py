"""Recommendations for many people, made and kept in parts: an interrupted run goes on after the last complete part."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.atomic_io import write_file
from graph.processes import is_running
from graph.recommend.rules.tally import Counts, summed
from graph.workflow.recommendations import COLUMNS, Recommending
from graph.workspace.identity import result_id

if TYPE_CHECKING:
    from graph.text import Int64

_ABOUT, _WRITER = b"about", "writer"


@dataclass(frozen=True)
class Part:
    """The rows for a part of the people, in the order of ``COLUMNS``, and facts about them.

    Attributes:
        rows: The rows.
        new: How many of these people have no history.
        counts: What the rules have refused; empty without rules.
    """

    rows: Sequence[Sequence[Any]]
    new: int
    counts: Counts


@dataclass
class OfferParts:
    """The rows for these people, one part of the people after the other; may be gone through several times.

    Where there are several parts, each is kept as a file of the workspace once it is made, until ``remove``. Their
    folder is named by the result id, so that the same command on the same data goes on with them, and no other.

    Attributes:
        found: What recommends.
        people: int64, numbers of people, none twice.
        k: Items for each.
        result: Id of the result.
    """

    found: Recommending
    people: Int64
    k: int
    result: str = field(init=False)
    _facts: dict[int, tuple[int, int, Counts]] = field(default_factory=dict, init=False)
    _only: Part | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        workspace = self.found.workspace
        self._size = workspace.settings.recommend.people_per_part
        asked = {"people": sha256(self.people.tobytes()).hexdigest(), "k": self.k, "target": self.found.target}
        asked["people_per_part"] = self._size
        self.result = result_id("recommend", asked, self.found.inputs, workspace.seed)
        self._folder = workspace.folder.results("parts") / self.result

    def __iter__(self) -> Iterator[Sequence[Sequence[Any]]]:
        """The rows of each part."""
        starts = range(0, max(len(self.people), 1), self._size)
        for number, start in enumerate(starts):
            part = self._part(number, self.people[start : start + self._size], kept=len(starts) > 1)
            self._facts[number] = len(part.rows), part.new, part.counts
            self.found.workspace.listener.progress(
                "people", min(start + self._size, len(self.people)), len(self.people)
            )
            yield part.rows

    @property
    def rows(self) -> int:
        """Number of rows of the parts that were gone through."""
        return sum(rows for rows, _, _ in self._facts.values())

    @property
    def new(self) -> int:
        """Number of people without history in the parts that were gone through."""
        return sum(new for _, new, _ in self._facts.values())

    @property
    def counts(self) -> Counts:
        """What the rules have refused in the parts that were gone through; empty without rules."""
        return summed([counts for _, _, counts in self._facts.values()])

    def claim(self) -> None:
        """Say how far an interrupted run came, and remove the parts of other runs that have ended."""
        if len(self.people) <= self._size:
            return
        made = len(list(self._folder.glob("*.parquet")))
        if made:
            self.found.workspace.listener.note(f"going on after {made:,} parts that an interrupted run has made")
        for other in self._folder.parent.iterdir() if self._folder.parent.is_dir() else ():
            if other != self._folder and not _is_written(other):
                shutil.rmtree(other, ignore_errors=True)

    def remove(self) -> None:
        """Remove the files of the parts."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _part(self, number: int, people: Int64, *, kept: bool) -> Part:
        if not kept:
            self._only = self._only or self._made(people)
            return self._only
        file = self._folder / f"{number:06}.parquet"
        found = _read(file)
        if found is None:
            write_file(self._folder / _WRITER, str(os.getpid()).encode())
            write_file(file, _packed(self._made(people), self.found.types))
            found = _read(file)
        assert found is not None
        return found

    def _made(self, people: Int64) -> Part:
        offers = self.found.offers(people, self.k)
        return Part(offers.rows, len(offers.new_people), offers.counts)


def _is_written(folder: Path) -> bool:
    """Whether the process that writes parts there still runs."""
    try:
        return is_running(int((folder / _WRITER).read_text("utf-8")))
    except (OSError, ValueError):
        return False


def _packed(part: Part, types: Mapping[str, type]) -> bytes:
    """A part as the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    about = json.dumps({"new": part.new, "counts": part.counts}).encode()
    schema = pa.schema([(name, kinds[types[name]]) for name in COLUMNS], metadata={_ABOUT: about})
    arrays = [pa.array([row[place] for row in part.rows], kind.type) for place, kind in enumerate(schema)]
    stream = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=schema), stream)
    return stream.getvalue()


def _read(file: Path) -> Part | None:
    """A part that was kept; None where it was not, or cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
        about = json.loads(table.schema.metadata[_ABOUT])
        rows = list(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))
        return Part(rows, int(about["new"]), about["counts"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
