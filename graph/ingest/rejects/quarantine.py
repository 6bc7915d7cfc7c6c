"""The quarantine: the refused records of each file, published together with the load that refused them.

``GROUP.jsonl`` holds the refused records of one file, as its last load left them; the group stands for the file's name
and for whether it is read as nodes or as edges. The first line names the file and its columns, each further line is a
record. ``GROUP.fixed`` holds the hashes of records that were put right by hand and are no longer refused, each with the
load that took it in: a store that does not know this load, as one that was made anew or put back, refuses it again.
While a load runs, its records gather in ``pending/LOAD``; they are on disk before the store commits, and take their
place after it. So the quarantine and the store change together: what a crash leaves between the two is settled by the
next load.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from graph.atomic_io import flush_folder, write_file
from graph.errors import DataError, StoreError
from graph.ingest.mapping.file_mapping import Source, type_name
from graph.ingest.rejects import superseded as earlier
from graph.ingest.rejects.reject import Reject

_PENDING = "pending"
_encode = json.JSONEncoder(ensure_ascii=False).encode
# Whether the load of an id was committed.
Committed = Callable[[str], bool]


@dataclass(frozen=True)
class Kept:
    """The refused records of one file.

    Attributes:
        path: Where they lie; its name is the group.
        file: Name of the file.
        columns: Its columns; the cells of a record stand in this order.
        decimal: The decimal mark that its numbers are written with.
    """

    path: Path
    file: str
    columns: tuple[str, ...]
    decimal: str

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The fields of each reject with its hint and ``type``, in the order of loading."""
        try:
            with self.path.open(encoding="utf-8", errors="surrogatepass") as stream:
                next(stream)
                yield from map(json.loads, stream)
        except FileNotFoundError:
            return  # a load beside this has taken in the last of them
        except (OSError, ValueError) as error:
            raise _unreadable(self.path, error) from None


def group_of(source: Source) -> str:
    """The group of a source's rejects."""
    kind = "node" if source.mapping.node else "edge"
    return hashlib.sha256(f"{source.name}\0{kind}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Reading:
    """A source among those that are loaded together.

    Attributes:
        source: The source.
        kind: What its records are known as: their type, with a number where an earlier source reads the same file as
            the same type.
        number: Number of earlier sources of the same group.
    """

    source: Source
    kind: str
    number: int


def readings_of(sources: Iterable[Source]) -> list[Reading]:
    """The sources in their order, told apart where several read one file."""
    groups, kinds, found = Counter[str](), Counter[tuple[str, str]](), []
    for source in sources:
        group, kind = group_of(source), type_name(source)
        kinds[group, kind] += 1
        same = kinds[group, kind]
        found.append(Reading(source, kind if same == 1 else f"{kind} ({same})", groups[group]))
        groups[group] += 1
    return found


def digest_of(reading: Reading, raw: str) -> str:
    """What a record that was put right is known by: which reading of its file it belongs to, and its text.

    The type is no part of it, since it changes when the mapping gains a relation.
    """
    return hashlib.sha256(f"{reading.number}\0{raw}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Quarantine:
    """A folder of refused records.

    Args:
        directory: The folder; made when the first record is refused.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def begin(self, load_id: str, committed: Committed) -> PendingRejects:
        """Begin to gather the refused records of a load into a store that knows which loads were committed."""
        return PendingRejects(self.directory, self.directory / _PENDING / load_id, cache(committed))

    def recover(self, committed: Committed) -> None:
        """Bring to an end what an interrupted load left: published where its load was committed, else removed."""
        for folder in sorted((self.directory / _PENDING).glob("*")):
            if committed(folder.name):
                _publish(self.directory, folder)
            else:
                _remove(folder)

    @property
    def interrupted(self) -> bool:
        """Whether a load was interrupted, or is under way."""
        return any((self.directory / _PENDING).glob("*"))

    def groups(self) -> list[Kept]:
        """The files with refused records, by name."""
        found = map(_open, self.directory.glob("*.jsonl"))
        return sorted((kept for kept in found if kept is not None), key=lambda kept: (kept.file, kept.path))

    def records(self, *, earlier_ones: bool = False) -> Iterator[dict[str, Any]]:
        """All refused records, by file, type and row; or those that the last delivery of their file no longer had."""
        for kept in Quarantine(self.directory / earlier.FOLDER).groups() if earlier_ones else self.groups():
            yield from kept

    def fixed(self, group: str, committed: Committed) -> Counter[str]:
        """The records of a file that were put right by hand, each as its hash and the load that took it in."""
        file = self.directory / f"{group}.fixed"
        try:
            lines = file.read_text("ascii").splitlines() if file.exists() else []
        except (OSError, ValueError) as error:
            raise _unreadable(file, error) from None
        return Counter(line for line in lines if committed(line.partition(" ")[2]))


@dataclass
class PendingRejects:
    """The refused records of a load under way.

    Attributes:
        directory: The quarantine.
        folder: Where they gather; its name is the load.
        committed: Which loads the store knows.
        reasons: (Reason, column) to the number of records refused since a reading was opened.
    """

    directory: Path
    folder: Path
    committed: Committed
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter, init=False)
    _reading: Reading | None = field(default=None, init=False)
    _stream: TextIOWrapper | None = field(default=None, init=False)
    _fixed: dict[str, Counter[str]] = field(default_factory=dict, init=False)
    _settled: dict[str, Counter[str]] = field(default_factory=dict, init=False)
    _handed_over: bool = field(default=False, init=False)

    def open(self, reading: Reading, columns: Sequence[str], *, decimal: str) -> None:
        """Begin with a source: what is kept of its file now will be replaced."""
        self.close()
        self._reading, self.reasons = reading, Counter()
        # Two entries of a mapping may read one file, so that its group is opened twice.
        group = group_of(reading.source)
        first = group not in self._fixed
        if first:
            self._settled[group] = Quarantine(self.directory).fixed(group, self.committed)
            self._fixed[group] = Counter(line.partition(" ")[0] for line in self._settled[group].elements())
        try:
            self._make_folder()
            path = self.folder / f"{group}.jsonl"
            self._stream = path.open("w" if first else "a", encoding="utf-8", errors="surrogatepass")
        except OSError as error:
            raise _unwritable(self.directory, error) from None
        if first:
            self._line({"file": reading.source.name, "columns": list(columns), "decimal": decimal})

    def add(self, rejects: Iterable[Reject]) -> int:
        """Keep the records that were not put right by hand before; returns how many were."""
        reading, fixed = self._opened(), 0
        for item in sorted(rejects, key=lambda r: r.row):
            if self.claim(item.raw):
                fixed += 1
            else:
                self.reasons[item.reason, item.column] += 1
                self._line({**item.as_dict(), "type": reading.kind})
        return fixed

    @property
    def claims(self) -> bool:
        """Whether records of the open file were put right by hand that this load has not come upon yet."""
        return bool(self._fixed[group_of(self._opened().source)])

    def claim(self, raw: str) -> bool:
        """Whether this record was put right by hand before; of equal ones as many as were."""
        reading = self._opened()
        marks = self._fixed[group_of(reading.source)]
        mark = digest_of(reading, raw) if marks else ""
        if mark not in marks:
            return False
        marks[mark] -= 1
        if not marks[mark]:
            del marks[mark]
        return True

    def keep(self, records: Iterable[dict[str, Any]]) -> None:
        """Keep records as they were kept before."""
        for record in records:
            self._line(record)

    def settle(self, raw: Iterable[str]) -> None:
        """Remember that these records of the file are put right, so that no later load refuses them again."""
        reading = self._opened()
        group = group_of(reading.source)
        marks = self._settled[group]
        marks.update(f"{digest_of(reading, text)} {self.folder.name}" for text in raw)
        try:
            write_file(self.folder / f"{group}.fixed", ("\n".join(sorted(marks.elements())) + "\n").encode())
        except OSError as error:
            raise _unwritable(self.directory, error) from None

    def close(self) -> None:
        """Bring what was kept so far to the disk."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            try:
                with stream:
                    stream.flush()
                    os.fsync(stream.fileno())
                flush_folder(self.folder)
            except OSError as error:
                raise _unwritable(self.directory, error) from None

    def set_apart(self) -> dict[str, int]:
        """Set apart what is kept now and is not in the files any more; returns how many records, by file."""
        self.close()
        found: dict[str, int] = {}
        for group in self._fixed:
            pending = self.folder / f"{group}.jsonl"
            try:
                count = earlier.set_apart(self.directory / pending.name, pending)
            except OSError as error:
                raise _unwritable(self.directory, error) from None
            if count and (kept := _open(pending)) is not None:
                found[kept.file] = count
        return found

    def hand_over(self) -> None:
        """Leave it to the store what becomes of the records: called before the commit, whose end may stay unknown."""
        self.close()
        self._handed_over = True

    def publish(self) -> None:
        """Let the records take their place, now that their load is committed."""
        self.hand_over()
        if self.folder.exists():
            _publish(self.directory, self.folder)

    def discard(self) -> None:
        """Forget the records of a load that comes to no commit; where it has come to one, ``recover`` settles them."""
        if self._handed_over:
            return
        if self._stream is not None:
            stream, self._stream = self._stream, None
            # Where the disk is full it cannot be written to its end, and is removed anyway.
            with suppress(OSError, ValueError):
                stream.close()
        _remove(self.folder)

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        self.folder.mkdir(parents=True)
        # Else a machine that stops could keep the commit and lose the way to what it refused.
        for parent in (self.folder.parent, self.directory, self.directory.parent):
            flush_folder(parent)

    def _opened(self) -> Reading:
        if self._reading is None:
            raise RuntimeError("no file is open")
        return self._reading

    def _line(self, record: dict[str, Any]) -> None:
        if self._stream is None:
            raise RuntimeError("no file is open")
        try:
            self._stream.write(_encode(record) + "\n")
        except OSError as error:
            raise _unwritable(self.directory, error) from None


def _unwritable(directory: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the quarantine {directory} cannot be written: {error.strerror}",
        hint="nothing was loaded; check the space and the rights of its folder, then run this again",
    )


def _publish(directory: Path, folder: Path) -> None:
    """Move what a load kept to its place, file by file; a second call after a crash goes on where the first ended."""
    try:
        # What was set apart goes first: its place in the quarantine is about to be taken.
        for path in sorted(folder.glob(f"*{earlier.SUFFIX}")):
            target = directory / earlier.place_of(path)
            target.parent.mkdir(exist_ok=True)
            path.replace(target)
        for path in sorted(folder.iterdir()):
            target = directory / path.name
            if path.suffix == ".jsonl" and not _holds_records(path):
                target.unlink(missing_ok=True)
                path.unlink()
            else:
                path.replace(target)
        flush_folder(directory)
    except OSError as error:
        raise StoreError(
            f"the load is committed, but its refused records cannot take their place in {directory}: {error.strerror}",
            hint="check the rights of the folder, then load again: nothing is loaded twice, and they take their place",
        ) from None
    _remove(folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    # Another load may be gathering beside it.
    with suppress(OSError):
        folder.parent.rmdir()


def _holds_records(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.readline()
        return bool(stream.readline())


def _open(path: Path) -> Kept | None:
    """What a file of the quarantine keeps; None where a load has removed it meanwhile."""
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as stream:
            head = json.loads(next(stream, "{}"))
            return Kept(path, head["file"], tuple(head["columns"]), head["decimal"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"is no file of refused records ({error})", file=str(path), hint="load the files again: graphvine data load"
    )
