"""Give a command the options that it shares with others, and what they describe: a session and an output."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import Any

from cli import options
from cli.emit import Encoding, Format
from cli.session import Session

# What a command lists: who is left out, a table as output, and a table whose CSV may be for a spreadsheet.
PEOPLE = ("exclude", "unknown")
TABLE = ("format", "out")
SPREADSHEET = (*TABLE, "encoding", "raw")
LOUDNESS = ("verbose", "quiet")

_FOLDERS = ("workspace", "directory")
_SESSION = (*PEOPLE, *LOUDNESS, "seed", "store", "shared")
# Annotation and default of each option, by the name of its parameter.
_OPTIONS: dict[str, tuple[Any, Any]] = {
    "workspace": (options.WorkspaceOption, Path()),
    "directory": (options.WorkspaceArgument, Path()),
    "exclude": (options.ExcludeOption, None),
    "unknown": (options.UnknownOption, None),
    "write": (options.WriteOption, False),
    "store": (options.StoreOption, None),
    "shared": (options.SharedOption, False),
    "seed": (options.SeedOption, None),
    "mapping": (options.MappingOption, None),
    "data": (options.DirectoryOption, None),
    "as_of": (options.AsOfOption, None),
    "format": (options.FormatOption, Format.AUTO),
    "out": (options.FileOption, None),
    "encoding": (options.EncodingOption, Encoding.UTF8),
    "raw": (options.RawOption, False),
    "verbose": (options.VerboseOption, 0),
    "quiet": (options.QuietOption, False),
}


def takes(*names: str, **fixed: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator that adds options to a command, behind its own and in this order.

    The command gets ``to``, the output, where ``format`` is among them, and the session where it has a parameter
    ``session``; options that belong to neither, such as ``write``, it gets under their own names.

    Args:
        names: Names of shared options.
        fixed: What the session is opened with in any case.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        parameters = [p for name, p in own.items() if name not in ("session", "to", *names)]
        parameters += [_parameter(name) for name in names]

        @wraps(command)
        def run(**given: Any) -> None:
            if "format" in names:
                # An impossible output is refused before any work is done.
                given["to"] = options.output(**{name: given.pop(name) for name in SPREADSHEET if name in names})
            if "session" in own:
                folder = next((given.pop(name) for name in _FOLDERS if name in names), Path())
                described = {name: given.pop(name) for name in _SESSION if name in names}
                given["session"] = Session.open(folder, **fixed, **described)
                if "to" in given:
                    given["to"] = replace(given["to"], note=given["session"].terminal.note)
            command(**given)

        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _parameter(name: str) -> Parameter:
    annotation, default = _OPTIONS[name]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
