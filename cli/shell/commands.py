"""The commands of the shell, which begin with a colon, and how a statement or a command is run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from cli.emit import Format
from cli.shell.named import bound, load_query
from cli.shell.parameters import typed
from cli.shell.parts import Part
from cli.shell.result_writer import counted
from cli.shell.shell import Shell
from cli.shell.statements import Statement
from graph.errors import ConfigError, nearest

_KEYS = (
    ("Enter", "run the query where it ends with ;, else begin a new line"),
    ("Alt-Enter", "begin a new line in any case"),
    ("Tab", "complete"),
    ("Ctrl-R", "search what was typed before"),
    ("Ctrl-C", "stop the query that runs, or clear the line"),
    ("Ctrl-D", "leave"),
)
MODES = (Format.TABLE, Format.CSV, Format.JSON, Format.JSONL)
# More than this is for `graphvine data export`; a result is held in memory before it is written.
_MOST_EXPORTED = 5_000_000
_PARAMETER = re.compile(r"\$?([^\W\d]\w*)(?:\s*=\s*|\s+)(\S.*)", re.DOTALL)
Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        form: How it is typed.
        does: What it does, in one line.
        run: Runs it, given the text of its arguments.
    """

    form: str
    does: str
    run: Callable[[Shell, str], None]


def execute(shell: Shell, statement: Statement) -> None:
    """Run a query or a command.

    Raises:
        GraphvineError: it cannot be run; the shell can go on.
        KeyboardInterrupt: somebody pressed Ctrl-C; nothing of it runs on.
    """
    try:
        if statement.is_command:
            run_command(shell, statement)
        else:
            shell.ask(statement.placed, shell.parameters)
    except KeyboardInterrupt:
        shell.engine.cancel()
        raise


def run_command(shell: Shell, statement: Statement) -> None:
    """Run a command.

    Raises:
        ConfigError: there is no such command, or its arguments make no sense.
    """
    name, *rest = statement.text.split(maxsplit=1)
    command = COMMANDS.get(":exit" if name.lower().lstrip(":") == "quit" else f":{name.lower().lstrip(':')}")
    if command is None:
        raise ConfigError(f"there is no command {name[:40]}", hint=nearest(name.lower(), COMMANDS))
    command.run(shell, rest[0].strip() if rest else "")


def _schema(shell: Shell, rest: str) -> None:
    parts = shell.parts(anew=True)
    if rest:
        found = [part for part in parts if part.name == rest.strip(":`")]
        if not found:
            raise ConfigError(
                f"there is no label or relationship type {rest[:40]!r}", hint=nearest(rest, {p.name for p in parts})
            )
        rows = [[_pattern(part), name, kind] for part in found for name, kind in part.properties]
        shell.writer.listing(("part", "property", "type"), rows)
        return
    shell.writer.listing(("part", "count", "properties"), [[_pattern(p), p.count, _names(p)] for p in parts])


def _pattern(part: Part) -> str:
    """A part as it is written in a query."""
    if part.kind == "relationship":
        return f"(:{part.source})-[:{part.name}]->(:{part.target})"
    return f"(:{part.source}:{part.name})" if part.kind == "role" else f"(:{part.name})"


def _names(part: Part) -> str:
    """The properties of a part; empty for a role, which has those of its node type."""
    return "" if part.kind == "role" else ", ".join(name for name, _ in part.properties)


def _queries(shell: Shell, rest: str) -> None:
    from queries import load, names

    if rest in names():
        query = load(rest)
        rows = [[p.name, p.type, "" if p.default is None else _text(p.default), p.doc] for p in query.parameters]
        shell.writer.terminal.step(f"{query.name}: {query.purpose}")
        shell.writer.listing(("parameter", "type", "default", "what"), rows)
        shell.writer.terminal.following(f":run {query.example}")
        return
    word = rest.lower()
    found = [query for query in map(load, names()) if word in f"{query.name} {query.purpose}".lower()]
    if not found:
        raise ConfigError(f"no named query mentions {rest[:40]!r}", hint=":queries lists them all")
    shell.writer.listing(("name", "purpose"), [[query.name, query.purpose] for query in found])


def _run(shell: Shell, rest: str) -> None:
    name, *pairs = _words(rest)
    query = load_query(name, hidden=shell.hidden)
    shell.ask(query.text, bound(query, pairs))


def _param(shell: Shell, rest: str) -> None:
    found = _PARAMETER.fullmatch(rest)
    if found is None:
        raise ConfigError(f"{rest[:60]!r} is not a parameter", hint=f"write it like {COMMANDS[':param'].form}")
    shell.parameters[found[1]] = typed(found[2].strip())


def _params(shell: Shell, rest: str) -> None:
    if rest == "clear":
        shell.parameters.clear()
    elif rest:
        raise ConfigError(
            f":params {rest[:40]} is not a command", hint=":params lists them, :params clear removes them"
        )
    elif shell.parameters or not shell.writer.interactive:
        shell.writer.listing(("name", "value"), [[n, _text(v)] for n, v in sorted(shell.parameters.items())])
    else:
        shell.writer.terminal.note("no parameter is set; set one like :param city 上海")


def _steps(shell: Shell, rest: str, mode: str) -> None:
    """Show the steps of a query; EXPLAIN is as long as :explain, so that positions in messages stay right."""
    if not rest and shell.last is None:
        raise ConfigError("there is no query yet", hint=f"write it behind :{mode.lower()}")
    if rest or shell.last is None:
        text, parameters = rest, shell.parameters
    else:
        text, parameters = shell.last.text, shell.last.parameters
    result = shell.engine.query(f" {mode} {text}", parameters, timeout_s=shell.timeout_s, max_rows=shell.limit)
    shell.writer.result(result, len(result.rows))


def _timer(shell: Shell, rest: str) -> None:
    shell.timer = _one_of(rest, {"on": True, "off": False}, ":timer")


def _mode(shell: Shell, rest: str) -> None:
    chosen = _one_of(rest, {mode.value: mode for mode in MODES}, ":mode")
    shell.writer.to = replace(shell.writer.to, format=chosen)


def _rows(shell: Shell, rest: str) -> None:
    shell.writer.shown = None if rest == "all" else _count(rest, ":rows")


def _limit(shell: Shell, rest: str) -> None:
    shell.limit = _count(rest, ":limit")


def _export(shell: Shell, rest: str) -> None:
    """Write the last result; one that was cut is queried again, so that the file has all rows."""
    words = _words(rest)
    if len(words) != 1:
        raise ConfigError(":export takes one file name", hint=f"write it like {COMMANDS[':export'].form}")
    if shell.last is None or shell.last.result is None:
        raise ConfigError("there is no result to write yet", hint="run a query first")
    file, result = Path(words[0]).expanduser(), shell.last.result
    replace(shell.writer.to, format=Format.AUTO, file=file).resolved()
    if result.truncated:
        asked = shell.last
        result = shell.engine.query(asked.text, asked.parameters, timeout_s=shell.timeout_s, max_rows=_MOST_EXPORTED)
        if result.truncated:
            raise ConfigError(
                f"the result has more than {_MOST_EXPORTED:,} rows and nothing was written", hint="bound it by LIMIT"
            )
    shell.writer.save(result, file)
    shell.writer.terminal.step(f"wrote {file} ({counted(len(result.rows))})")


def _help(shell: Shell, _rest: str) -> None:
    shell.writer.listing(("command", "what it does"), [[c.form, c.does] for c in COMMANDS.values()])
    if shell.writer.interactive:
        shell.writer.listing(("key", "what it does"), _KEYS)


def _exit(shell: Shell, _rest: str) -> None:
    shell.over = True


def _words(rest: str) -> list[str]:
    try:
        words = shlex.split(rest)
    except ValueError:
        raise ConfigError("a quotation mark is not closed", hint="close it, or leave it out") from None
    if not words:
        raise ConfigError("a name is missing", hint=":help shows how the command is typed")
    return words


def _one_of(word: str, choices: Mapping[str, Choice], command: str) -> Choice:
    if word not in choices:
        raise ConfigError(
            f"{command} takes {' or '.join(choices)}, not {word[:40]!r}", hint=f"write it like {COMMANDS[command].form}"
        )
    return choices[word]


def _count(word: str, command: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", word) or int(word) == 0:
        raise ConfigError(f"{command} takes a number above 0", hint=f"write it like {COMMANDS[command].form}")
    return int(word)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


COMMANDS = {
    ":schema": Command(
        ":schema [NAME]", "labels and relationship types with counts, or the properties of one", _schema
    ),
    ":queries": Command(
        ":queries [WORD]", "the named queries, those that mention a word, or the parameters of one", _queries
    ),
    ":run": Command(":run NAME name=value", "run a named query", _run),
    ":param": Command(":param NAME VALUE", 'give $NAME a value: JSON, like 5 or ["a", "b"], or else a text', _param),
    ":params": Command(":params [clear]", "the parameters and their values", _params),
    ":explain": Command(
        ":explain [QUERY]",
        "how the store would go about a query, or about the last one",
        partial(_steps, mode="EXPLAIN"),
    ),
    ":profile": Command(
        ":profile [QUERY]", "run a query, or the last one, and show what each step did", partial(_steps, mode="PROFILE")
    ),
    ":mode": Command(":mode table|csv|json|jsonl", "the form of results", _mode),
    ":rows": Command(":rows N|all", "show so many rows of a result", _rows),
    ":limit": Command(":limit N", "let a query return at most so many rows", _limit),
    ":timer": Command(":timer on|off", "tell how long each query takes", _timer),
    ":export": Command(":export FILE", "write the last result whole: .csv, .json, .jsonl, .parquet or .txt", _export),
    ":help": Command(":help", "this list", _help),
    ":exit": Command(":exit", "leave", _exit),
}
