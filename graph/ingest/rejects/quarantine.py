"""The quarantine: the refused records of each file, published together with the load that refused them.

``GROUP.jsonl`` holds the refused records of one file, as its last load left them; the group stands for the file's name
and for whether it is read as nodes or as edges. The first line names the file and its columns, each further line is a
record. ``GROUP.fixed`` holds the hashes of records that were corrected by hand and are no longer refused, each with the
id of the load that took the correction in; a store that does not have this load, because it is new or was restored from
a backup, refuses the record again.

While a load runs, its rejects are written to ``pending/LOAD``. They are on disk before the store commits, and are moved
to their place after the commit. After a crash in between, the next load moves or removes them, depending on whether the
store has committed that load.
"""

from __future__ import annotations

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
from graph.ingest.rejects import earlier_rejects
from graph.ingest.rejects.readings import Reading, digest_of, group_of
from graph.ingest.rejects.reject import Reject

_PENDING = "pending"
_encode = json.JSONEncoder(ensure_ascii=False).encode
# Returns whether the load with this id was committed.
Committed = Callable[[str], bool]


@dataclass(frozen=True)
class FileRejects:
    """The refused records of one file.

    Attributes:
        path: The file of the quarantine; its name is the group.
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
            return  # another load has meanwhile removed the file with its last reject
        except (OSError, ValueError) as error:
            raise _unreadable(self.path, error) from None


class Quarantine:
    """A folder of refused records.

    Args:
        directory: The folder; made when the first record is refused.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def begin(self, load_id: str, committed: Committed) -> PendingRejects:
        """Begin to collect the rejects of a load; ``committed`` asks its store which loads were committed."""
        return PendingRejects(self.directory, self.directory / _PENDING / load_id, cache(committed))

    def recover(self, committed: Committed) -> None:
        """Finish interrupted loads: publish the rejects of those that were committed, remove those of the others."""
        for folder in sorted((self.directory / _PENDING).glob("*")):
            if committed(folder.name):
                _publish(self.directory, folder)
            else:
                _remove(folder)

    @property
    def interrupted(self) -> bool:
        """Whether a load was interrupted, or is under way."""
        return any((self.directory / _PENDING).glob("*"))

    def groups(self) -> list[FileRejects]:
        """The files with refused records, by name."""
        found = map(_open, self.directory.glob("*.jsonl"))
        return sorted((kept for kept in found if kept is not None), key=lambda kept: (kept.file, kept.path))

    def records(self, *, earlier: bool = False) -> Iterator[dict[str, Any]]:
        """All refused records, by file, type and row; or, with ``earlier``, the earlier rejects instead."""
        for kept in Quarantine(self.directory / earlier_rejects.FOLDER).groups() if earlier else self.groups():
            yield from kept

    def fixed(self, group: str, committed: Committed) -> Counter[str]:
        """The records of a file that were corrected by hand, each as its hash and the load that took it in."""
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
        folder: Where they are written during the load; its name is the id of the load.
        committed: Whether the store has committed a load.
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
        """Begin with a source; its rejects will replace those of the last load of its file."""
        self.close()
        self._reading, self.reasons = reading, Counter()
        # Two entries of a mapping may read one file; its group is then opened twice.
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
        """Write the rejects that were not corrected by hand before; returns how many were."""
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
        """Whether there are corrected records of the open file that this load has not met yet."""
        return bool(self._fixed[group_of(self._opened().source)])

    def claim(self, raw: str) -> bool:
        """Whether this record was corrected by hand; each corrected record answers for one equal record only."""
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
        """Write records unchanged, as they stand in the quarantine."""
        for record in records:
            self._line(record)

    def settle(self, raw: Iterable[str]) -> None:
        """Note that these records of the file were corrected, so that later loads do not refuse them again."""
        reading = self._opened()
        group = group_of(reading.source)
        marks = self._settled[group]
        marks.update(f"{digest_of(reading, text)} {self.folder.name}" for text in raw)
        try:
            write_file(self.folder / f"{group}.fixed", ("\n".join(sorted(marks.elements())) + "\n").encode())
        except OSError as error:
            raise _unwritable(self.directory, error) from None

    def close(self) -> None:
        """Finish the open file and sync it to disk."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            try:
                with stream:
                    stream.flush()
                    os.fsync(stream.fileno())
                flush_folder(self.folder)
            except OSError as error:
                raise _unwritable(self.directory, error) from None

    def keep_earlier(self) -> dict[str, int]:
        """Keep as earlier rejects the published ones that this load does not refuse; returns their number by file."""
        self.close()
        found: dict[str, int] = {}
        for group in self._fixed:
            pending = self.folder / f"{group}.jsonl"
            try:
                count = earlier_rejects.keep_earlier(self.directory / pending.name, pending)
            except OSError as error:
                raise _unwritable(self.directory, error) from None
            if count and (kept := _open(pending)) is not None:
                found[kept.file] = count
        return found

    def hand_over(self) -> None:
        """From now on keep the pending rejects, because the outcome of the commit may stay unknown.

        Called just before the commit; ``recover`` decides later by asking the store.
        """
        self.close()
        self._handed_over = True

    def publish(self) -> None:
        """Move the rejects to their place; called after the commit."""
        self.hand_over()
        if self.folder.exists():
            _publish(self.directory, self.folder)

    def discard(self) -> None:
        """Remove the pending rejects of a load that was not committed; does nothing after ``hand_over``."""
        if self._handed_over:
            return
        if self._stream is not None:
            stream, self._stream = self._stream, None
            # On a full disk closing fails; the file is removed anyway.
            with suppress(OSError, ValueError):
                stream.close()
        _remove(self.folder)

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        self.folder.mkdir(parents=True)
        # Without this a power loss could keep the commit and lose the new folders.
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
    """Move the rejects of a load to their place, file by file; a call after a crash continues where it stopped."""
    try:
        # Earlier rejects first: the rejects in their place are about to be overwritten.
        for path in sorted(folder.glob(f"*{earlier_rejects.SUFFIX}")):
            target = directory / earlier_rejects.place_of(path)
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
    # Another load may be using the folder.
    with suppress(OSError):
        folder.parent.rmdir()


def _holds_records(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.readline()
        return bool(stream.readline())


def _open(path: Path) -> FileRejects | None:
    """The rejects in a file of the quarantine; None where another load has removed it meanwhile."""
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as stream:
            head = json.loads(next(stream, "{}"))
            return FileRejects(path, head["file"], tuple(head["columns"]), head["decimal"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"is no file of refused records ({error})", file=str(path), hint="load the files again: graphvine data load"
    )
