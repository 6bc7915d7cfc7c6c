"""Drafts: files and folders that take their place when they are whole, and what killed processes have left of them."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from pathlib import Path

from graph.errors import ConfigError
from graph.processes import is_running


def remove_drafts(target: Path) -> None:
    """Remove what processes that were killed while they wrote this file or folder have left: ``.NAME-PID-...``."""
    for draft in target.parent.glob(f".{glob.escape(target.name)}-*-*"):
        pid = draft.name.removeprefix(f".{target.name}-").partition("-")[0]
        if os.name == "posix" and pid.isdigit() and not is_running(int(pid)):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink(missing_ok=True)


def write_whole(file: Path, data: bytes) -> None:
    """Write a file by way of a neighbour that takes its place, so that nobody sees half of it.

    A link keeps pointing where it did, and what is not a plain file (a pipe, a device) is written to as it is.

    Raises:
        ConfigError: the place cannot be written to.
    """
    file = file.resolve()
    try:
        if file.exists() and not file.is_file():
            with file.open("wb") as stream:
                stream.write(data)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        # O_CREAT gives the rights that the user's umask asks for, which a temporary file would not have.
        remove_drafts(file)
        draft = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
                stream.write(data)
            os.replace(draft, file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror})", hint="choose another place with -o") from None
