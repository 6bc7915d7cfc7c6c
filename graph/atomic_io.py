"""Writes files and folders so that a reader never sees half of one.

The content goes into a draft beside the target, ``.TARGET-PID-RANDOM``. A complete draft is renamed to the target.
A process that is killed meanwhile leaves its draft behind; the next writer of the same target removes it.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from graph.errors import ConfigError, DataError
from graph.processes import is_running

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


@contextmanager
def atomic_folder(directory: Path) -> Iterator[Path]:
    """Yield a draft folder that replaces ``directory`` when the block ends.

    Where the block raises, the draft is removed and ``directory`` stays as it was.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    remove_drafts(directory)
    draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-{os.getpid()}-", dir=directory.parent))
    try:
        yield draft
        os.chmod(draft, 0o755)  # mkdtemp lets nobody but the owner in; a result should be readable by others
        old = draft.with_name(draft.name + "-old")
        if directory.exists():
            directory.rename(old)
        try:
            draft.rename(directory)
        except OSError:
            if old.exists():
                old.rename(directory)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def write_file(file: Path, data: bytes) -> None:
    """Write a file that appears complete or not at all, and is on the disk when this returns.

    Missing parent folders are made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    remove_drafts(file)
    draft = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    flush_folder(file.parent)


def replace_file(file: Path, data: bytes) -> None:
    """Write a file that a user named, see ``replace_file_by``."""

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    replace_file_by(file, write)


def replace_file_by(file: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file that a user named, atomically, but without waiting until it is on the disk.

    A symbolic link keeps its target, and something that is not a plain file (a pipe, a device) is written to directly.

    Args:
        file: The file.
        write: Writes the content; where it raises, the file stays as it was.

    Raises:
        ConfigError: the file cannot be written.
    """
    file = file.resolve()
    try:
        if file.exists() and not file.is_file():
            with file.open("wb") as stream:
                write(stream)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not tempfile: with O_CREAT the file gets the permissions of the user's umask.
        remove_drafts(file)
        draft = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
                write(stream)
            os.replace(draft, file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror})", hint="choose another place with -o") from None


def flush_folder(directory: Path) -> None:
    """Flush a folder's list of names to the disk, so that a file made or renamed in it survives a power cut.

    Does nothing on systems that cannot flush folders (Windows).
    """
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_json(file: Path, value: Any) -> None:
    """Write a value as JSON with sorted keys, so that equal values are equal bytes; not atomic by itself."""
    file.write_text(json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_record(file: Path, record: DataclassInstance) -> Path:
    """Write a dataclass as a folder with one JSON file, whole or not at all; an existing folder is replaced.

    Returns:
        The folder.
    """
    with atomic_folder(file.parent) as draft:
        write_json(draft / file.name, asdict(record))
    return file.parent


def read_record(file: Path, kind: type[T], *, what: str, hint: str = "make it anew: graphvine build") -> T:
    """The dataclass that ``write_json`` wrote.

    Args:
        file: The file.
        kind: The dataclass.
        what: What the folder should hold, for the message.
        hint: What to do where it does not.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        return kind(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{file.parent} does not hold {what}: {error}", hint=hint) from None


def remove_drafts(target: Path) -> None:
    """Remove the drafts of this file or folder whose writers no longer run."""
    for draft in target.parent.glob(f".{glob.escape(target.name)}-*-*"):
        pid = draft.name.removeprefix(f".{target.name}-").partition("-")[0]
        if os.name == "posix" and pid.isdigit() and not is_running(int(pid)):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink(missing_ok=True)
