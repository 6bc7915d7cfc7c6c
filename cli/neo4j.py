"""Credentials of Neo4j: from the environment, a file of mode 600 or the settings; never from the command line."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import ConfigError, PrerequisiteError

if TYPE_CHECKING:
    from graph.store.neo4j.access import Access
    from graph.workspace.settings import Neo4jSettings

_URI, _USER, _PASSWORD, _DATABASE = NAMES = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE")
_EXAMPLE = "lines such as NEO4J_PASSWORD=..."
_LARGEST = 64 << 10

# The driver logs every retry as a warning, which Python would print without a handler; the log of a run keeps it.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


def read_access(settings: Neo4jSettings, *, folder: Path, environment: Mapping[str, str] | None = None) -> Access:
    """The address and the credentials of the database.

    Args:
        settings: The section of the settings.
        folder: The workspace, which the file of credentials is relative to.
        environment: Variables; those of the process where none are given.

    Raises:
        ConfigError: the address is wrong, the file is open to others or damaged, or its password is for another server.
        PrerequisiteError: there is no password, or no such file.
    """
    from graph.store.neo4j.access import Access

    given = {name: value for name, value in (os.environ if environment is None else environment).items() if value}
    file = folder / Path(settings.credentials).expanduser() if settings.credentials else None
    kept = read_credentials(file) if file is not None and _PASSWORD not in given else {}
    # Where the file does not say whose password it holds, it is that of the server in the settings.
    owner = kept.get(_URI) or (settings.uri if "uri" in settings.model_fields_set else "")
    if _PASSWORD in kept and owner and given.get(_URI, owner) != owner:
        raise ConfigError(
            f"NEO4J_URI names another server than {owner}, whose password in {file} would be sent there",
            hint="set NEO4J_PASSWORD as well, or unset NEO4J_URI",
        )
    known = {_URI: settings.uri, _USER: settings.username, _DATABASE: settings.database, **kept}
    known |= {name: given[name] for name in NAMES if name in given}
    if _PASSWORD not in known:
        where = f", and none in {file}" if file is not None else ""
        raise PrerequisiteError(
            f"no password for Neo4j at {Access(known[_URI], known[_USER], '').uri}{where}",
            hint="set NEO4J_PASSWORD, or name a file of mode 600 as credentials in the section [neo4j] of the settings",
        )
    return Access(known[_URI], known[_USER], known[_PASSWORD], known[_DATABASE])


def read_credentials(file: Path) -> dict[str, str]:
    """The variables in a file of ``NAME=value`` lines, as Neo4j's own services hand it out, or as a shell exports them.

    Raises:
        PrerequisiteError: there is no such file.
        ConfigError: others than its owner can read it, it cannot be read, or a line is no such line.
    """
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                raise ConfigError(f"{file} is not a file of credentials", hint=f"it holds {_EXAMPLE}")
            if os.name == "posix" and status.st_mode & 0o077:
                raise ConfigError(
                    f"{file} holds a password and is open to others (mode {stat.S_IMODE(status.st_mode):03o})",
                    hint=f"chmod 600 {file}, and change the password if others may have read it",
                )
            text = opened.read().decode("utf-8-sig")
    except FileNotFoundError:
        raise PrerequisiteError(
            f"there is no file {file}", hint=f"make it with mode 600; it holds {_EXAMPLE}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise ConfigError(f"{file} cannot be read: {why}", hint=f"it holds {_EXAMPLE}") from None
    return _variables(text, file)


def _variables(text: str, file: Path) -> dict[str, str]:
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        # The line is not shown: whatever it is, it may be the password.
        if not equals:
            raise ConfigError(f"{file}, line {number} is not NAME=value", hint=f"it holds {_EXAMPLE}")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if name.strip() in NAMES and value:
            found[name.strip()] = value
    return found
