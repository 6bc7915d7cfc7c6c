"""Opening the DuckDB file: for a moment, with a bounded wait for whoever else has it open."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.atomic_io import remove_drafts
from graph.errors import PrerequisiteError, StoreError
from graph.store.embedded.holder import describe_process

if TYPE_CHECKING:
    import duckdb

_PID = re.compile(r"PID (\d+)")
# The second message is that of another connection within this process, the third that of Windows.
_HELD = re.compile(r"\block\b|different configuration|used by another process", re.IGNORECASE)


class HeldError(StoreError):
    """Somebody else has the file open."""


@dataclass(frozen=True)
class Opening:
    """How the file is opened.

    Attributes:
        file: The file.
        lock_timeout: Seconds to wait for another process that has the file open.
        threads: DuckDB threads, or None for all cores.
        memory: Most bytes of DuckDB's buffers, as DuckDB writes it ("1GiB"); what does not fit is spilled beside the
            file.
    """

    file: Path
    lock_timeout: float = 10.0
    threads: int | None = None
    memory: str = "1GiB"


@contextmanager
def opened(how: Opening, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The open file, closed at the end; DuckDB's errors become sentences.

    Raises:
        PrerequisiteError: it is to be read and there is none.
        StoreError: somebody else holds it for too long, it is damaged, or the disk or the memory is full.
    """
    import duckdb

    deadline = time.monotonic() + how.lock_timeout
    # DuckDB would let a second thread of this process in.
    turn = nullcontext() if read_only else _turn(how)
    with turn:
        connection = _wait_for(how, deadline, read_only=read_only)
        try:
            yield connection
        except duckdb.Error as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                # What was cleaned up after the interrupt met a statement that had not ended.
                raise KeyboardInterrupt from None
            if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException):
                raise  # our own fault, and no matter of space
            raise StoreError(
                f"{how.file}: {str(error).splitlines()[0]}",
                hint="what was committed before is safe; check disk space and memory, then run this again",
            ) from error
        finally:
            connection.close()


_TURNS: dict[Path, threading.Lock] = {}


@contextmanager
def _turn(how: Opening) -> Iterator[None]:
    """Let one writer of this process at a time through."""
    lock = _TURNS.setdefault(how.file.absolute(), threading.Lock())
    if not lock.acquire(timeout=how.lock_timeout):
        raise _held(how.file, f"process {os.getpid()}, which is this one")
    try:
        yield
    finally:
        lock.release()


def _held(file: Path, holder: str) -> HeldError:
    return HeldError(f"{file} is held by {holder}", hint="wait until it has finished, or end it, then run this again")


def _wait_for(how: Opening, deadline: float, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the file, waiting until the deadline for whoever holds it."""
    import duckdb

    if read_only and not how.file.exists():
        raise PrerequisiteError(f"no store at {how.file}", hint="load some data first: graphvine data load")
    _make_folder(how.file.parent)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": how.memory,
        # Rows have an order of their own, and keeping that of the files costs memory.
        "preserve_insertion_order": "false",
    }
    if how.threads:
        config["threads"] = how.threads
    while True:
        try:
            if not how.file.exists():
                _create(how.file)
            before = _identity(how.file)
            connection = duckdb.connect(str(how.file), read_only=read_only, config=config)
            if _identity(how.file) == before:
                return connection
            # It was wiped or compacted meanwhile, so that what was opened is a file that nobody will see again.
            connection.close()
        except duckdb.Error as error:
            # A name may hold any word.
            message = str(error).replace(str(how.file), "")
            if not _HELD.search(message):
                hint = "move the file away if it is no graphvine store; else start anew: graphvine store wipe"
                if re.search(r"Read-only file system|Permission denied|No space left|File too large", message):
                    hint = "check the rights and the space of its folder, then run this again"
                raise StoreError(f"{how.file} cannot be opened: {message.splitlines()[0]}", hint=hint) from None
            if time.monotonic() >= deadline:
                holder = _PID.search(message)
                raise _held(how.file, describe_process(int(holder[1])) if holder else "another process") from None
            time.sleep(0.05)


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file lies there; None where there is none."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


def _create(file: Path) -> None:
    """Make an empty database; it appears whole or not at all, and one that somebody else has made meanwhile stays."""
    import duckdb

    remove_drafts(file)
    draft = file.with_name(f".{file.name}-{os.getpid()}-new")
    try:
        duckdb.connect(str(draft)).close()
        with suppress(FileExistsError):
            os.link(draft, file) if os.name == "posix" else draft.rename(file)
    except OSError as error:
        raise StoreError(
            f"{file} cannot be made: {error.strerror}", hint="check the rights and the space of its folder"
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}", hint="check the rights of its folder") from None
