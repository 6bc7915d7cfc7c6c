"""Opens the DuckDB file for a short time, waiting a limited time while another process has it open."""

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
from graph.store.embedded.lock_holder import describe_process

if TYPE_CHECKING:
    import duckdb

_PID = re.compile(r"PID (\d+)")
# Messages of DuckDB: lock held by another process; by a connection of this process; the same on Windows.
_HELD = re.compile(r"\block\b|different configuration|used by another process", re.IGNORECASE)


class HeldError(StoreError):
    """Another process or thread has the file open."""


@dataclass(frozen=True)
class Opening:
    """How to open the file.

    Attributes:
        file: The file.
        lock_timeout: Seconds to wait for another process that has the file open.
        threads: DuckDB threads, or None for all cores.
        memory: DuckDB's memory limit as text ("1GiB"); beyond it, DuckDB writes temporary files beside the store.
    """

    file: Path
    lock_timeout: float = 10.0
    threads: int | None = None
    memory: str = "1GiB"


@contextmanager
def opened(how: Opening, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the open file and close it at the end; DuckDB's errors become StoreError.

    Raises:
        PrerequisiteError: ``read_only``, and the file does not exist.
        StoreError: another process has it open for too long, it is damaged, or the disk or the memory is full.
    """
    import duckdb

    deadline = time.monotonic() + how.lock_timeout
    # DuckDB's lock does not exclude other threads of this process.
    turn = nullcontext() if read_only else _turn(how)
    with turn:
        connection = _wait_for(how, deadline, read_only=read_only)
        try:
            yield connection
        except duckdb.Error as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                # Raised by clean-up after Ctrl-C, because a statement was still running.
                raise KeyboardInterrupt from None
            if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException):
                raise  # a bug of graphvine, not a full disk
            raise StoreError(
                f"{how.file}: {str(error).splitlines()[0]}",
                hint="what was committed before is safe; check disk space and memory, then run this again",
            ) from error
        finally:
            connection.close()


_TURNS: dict[Path, threading.Lock] = {}


@contextmanager
def _turn(how: Opening) -> Iterator[None]:
    """Let only one thread of this process open the file for writing at a time."""
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
    """Open the file, waiting until the deadline while another process has it open."""
    import duckdb

    if read_only and not how.file.exists():
        raise PrerequisiteError(f"no store at {how.file}", hint="load some data first: graphvine data load")
    _make_folder(how.file.parent)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": how.memory,
        # The order of rows on disk does not matter, and preserving it costs memory.
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
            # The file was replaced (wiped or compacted) between opening and locking, so this one is deleted: try again.
            connection.close()
        except duckdb.Error as error:
            # Remove the name first: it may contain the words that are searched for.
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
    """Device and inode of the file; None where there is no file."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


def _create(file: Path) -> None:
    """Create an empty database atomically; one that another process has created meanwhile is kept."""
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
