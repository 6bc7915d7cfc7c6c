"""The mapping file: which file holds which nodes or edges, and which of its columns mean what.

::

    time_zone = "Asia/Shanghai"            # of times without an offset

    [[files]]
    path = "users.csv"                     # relative to the mapping file; globs allowed
    node = "Person"
    roles = ["User"]
    id = "user_id"
    columns = { name = "name", city = "city" }       # ours = theirs

    [[files]]
    path = "orders.csv"
    edge = "Person-BOUGHT-Product"
    source = "user"
    target = "item"
    time = "ts"
    time_unit = "s"                        # s, ms or text
    weight = "amount"
    event_id = "order_no"                  # or "derive"
    duplicates = "collapse"                # or "keep"; only where event_id is derived
    create = ["source", "target"]          # make nodes for ends that no node file names
    ignore = ["note"]

    [[files]]
    path = "events.csv"
    source = "user"
    target = "item"
    relation = { column = "behaviour", values = { view = "Person-VIEWED-Product", buy = "Person-BOUGHT-Product" } }
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from graph.errors import ConfigError, DataError
from graph.ingest.decode import check_encoding
from graph.schema import EdgeKey, Schema
from graph.toml import check_keys, choice_of, tables_of, text_list, text_of, text_table

DERIVE = "derive"
SAVE_AS_CSV = "save it as CSV (UTF-8) and name that file instead"
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".numbers", ".ods"}
Format = Literal["auto", "csv", "tsv", "jsonl", "parquet"]


@dataclass(frozen=True)
class FileMapping:
    """One ``[[files]]`` entry: a pattern of files and the meaning of their columns.

    Attributes:
        path: File name or glob, relative to the mapping file.
        node: Node type, where the file holds nodes.
        edge: Edge type, where every record is one.
        relation_column: Column whose value picks the edge type, where it varies.
        relations: Value of that column to edge type.
        id: Column of the node id.
        source: Column of the source node's id.
        target: Column of the target node's id.
        time: Column of the event's time, or empty.
        time_unit: ``s`` and ``ms`` are epochs; ``text`` is a date or a date and time.
        weight: Column of the weight or amount, or empty.
        event_id: Column of the event id, or ``derive``.
        duplicates: What equal derived events mean: one event, or as many as there are.
        create: Ends ("source", "target") whose nodes may be made from the edge alone.
        roles: Roles of every node in the file.
        columns: Schema column to file column.
        constants: Schema column to a fixed value.
        ignore: File columns that are left out on purpose.
        format: File format; auto goes by the name.
        encoding: ``auto``, or a Python codec name.
        delimiter: ``auto``, or one character.
        time_zone: Zone of times without an offset; empty where undeclared.
    """

    path: str
    node: str = ""
    edge: EdgeKey | None = None
    relation_column: str = ""
    relations: Mapping[str, EdgeKey] = field(default_factory=lambda: MappingProxyType({}))
    id: str = ""
    source: str = ""
    target: str = ""
    time: str = ""
    time_unit: Literal["s", "ms", "text"] = "text"
    weight: str = ""
    event_id: str = DERIVE
    duplicates: Literal["collapse", "keep"] = "collapse"
    create: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignore: tuple[str, ...] = ()
    format: Format = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    time_zone: str = ""

    @property
    def edge_types(self) -> tuple[EdgeKey, ...]:
        """The edge types that records of this file can have."""
        return (
            tuple(dict.fromkeys(self.relations.values())) if self.relation_column else (self.edge,) if self.edge else ()
        )

    def used_columns(self) -> dict[str, str]:
        """File columns that the mapping reads, each with what it is used for."""
        used = {self.id: "id", self.source: "source", self.target: "target", self.time: "time", self.weight: "weight"}
        used[self.relation_column] = "relation"
        if self.event_id != DERIVE:
            used[self.event_id] = "event_id"
        used.update({theirs: ours for ours, theirs in self.columns.items()})
        used.pop("", None)
        return used

    def digest(self) -> str:
        """SHA-256 of everything that changes what a record becomes."""
        body = {k: (dict(v) if isinstance(v, Mapping) else v) for k, v in vars(self).items() if k != "path"}
        return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Source:
    """A file that exists, and the entry that says what it holds."""

    file: Path
    name: str
    mapping: FileMapping


_KEYS = {f for f in FileMapping.__dataclass_fields__ if f not in ("relation_column", "relations")} | {"relation"}


def read_mapping(file: Path, schema: Schema) -> tuple[FileMapping, ...]:
    """The entries of a mapping file, checked against the schema, node files first.

    Raises:
        ConfigError: the file cannot be parsed, or an entry names something that does not exist.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"no mapping file {file}", hint=f"let graphvine propose one: graphvine init {file.parent}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{file}: {error}",
            hint="the file must be TOML in UTF-8; a key with Chinese characters needs quotation marks",
        ) from None
    check_keys(document, {"time_zone", "files"}, f"{file}")
    zone = _zone(text_of(document, "time_zone", str(file)), str(file))
    files = tables_of(document, "files", str(file))
    entries = [_entry(body, f"{file}, [[files]] number {i}", schema, zone) for i, body in enumerate(files, 1)]
    if not entries:
        raise ConfigError(
            f"{file} names no file", hint="add a [[files]] entry, or make a new one: graphvine init --force"
        )
    return tuple(sorted(entries, key=lambda entry: not entry.node))


def find_sources(directory: Path, entries: tuple[FileMapping, ...]) -> tuple[Source, ...]:
    """The files that the entries name, in order of entry and then of name.

    Raises:
        ConfigError: a path is no pattern.
        DataError: a pattern matches no file, or matches a spreadsheet.
    """
    sources = []
    for entry in entries:
        # A name with brackets is a name first and a pattern second.
        exact = directory / entry.path
        found = [exact] if exact.is_file() else _matches(directory, entry.path)
        if not found:
            near = difflib.get_close_matches(
                entry.path, [p.name for p in directory.iterdir()] if directory.is_dir() else [], n=1
            )
            hint = f"did you mean {near[0]!r}?" if near else f"the mapping expects it in {directory}"
            raise DataError("no such file", file=str(directory / entry.path), hint=hint)
        for path in found:
            refuse_spreadsheet(path)
            sources.append(Source(path, path.relative_to(directory).as_posix(), entry))
    return tuple(sources)


def _matches(directory: Path, pattern: str) -> list[Path]:
    try:
        return sorted(p for p in directory.glob(pattern) if p.is_file())
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(
            f"path = {pattern!r} is no pattern of files: {error}", hint='write it like "*.csv" or "2026/*.csv"'
        ) from None


def is_spreadsheet(path: Path) -> bool:
    """Whether the name is that of a spreadsheet."""
    return path.suffix.lower() in _SPREADSHEETS


def refuse_spreadsheet(path: Path) -> None:
    """Raise a DataError that says how to save the file, where it is a spreadsheet."""
    if is_spreadsheet(path):
        raise DataError("a spreadsheet is not read", file=str(path), hint=SAVE_AS_CSV)


def _zone(name: str, where: str) -> str:
    if name:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, IsADirectoryError):
            raise ConfigError(
                f"{where}: unknown time zone {name!r}", hint='write it like "Asia/Shanghai" or "UTC"'
            ) from None
    return name


def _edge_key(text: str, where: str, schema: Schema) -> EdgeKey:
    parts = text.split("-")
    if len(parts) != 3:
        raise ConfigError(f"{where}: {text!r} is not an edge type", hint='write it like "Person-BOUGHT-Product"')
    return schema.edge(EdgeKey(*parts)).key


def _relation(body: Mapping[str, Any], where: str, schema: Schema) -> tuple[str, Mapping[str, EdgeKey]]:
    if "relation" not in body:
        return "", MappingProxyType({})
    example = '{ column = "behaviour", values = { buy = "Person-BOUGHT-Product" } }'
    relation = body["relation"]
    if not isinstance(relation, dict) or not relation.get("column") or not relation.get("values"):
        raise ConfigError(f"{where}: relation needs a column and values", hint=f"write relation = {example}")
    check_keys(relation, {"column", "values"}, f"{where}, relation")
    values = text_table(relation, "values", where, '{ buy = "Person-BOUGHT-Product" }')
    keys = {value: _edge_key(edge, where, schema) for value, edge in values.items()}
    return text_of(relation, "column", where), MappingProxyType(keys)


def _entry(body: Mapping[str, Any], where: str, schema: Schema, zone: str) -> FileMapping:
    check_keys(body, _KEYS, where)
    if not text_of(body, "path", where) or Path(body["path"]).is_absolute():
        raise ConfigError(f"{where}: path must name a file beside the mapping", hint='path = "users.csv"')
    where = f"{where} ({body['path']})"
    if sum(kind in body for kind in ("node", "edge", "relation")) != 1:
        raise ConfigError(f"{where}: name exactly one of node, edge, relation", hint='for example node = "Person"')
    for key in ("id",) if "node" in body else ("source", "target"):
        if not text_of(body, key, where):
            raise ConfigError(f"{where}: {key} is missing", hint=f'name the column: {key} = "user_id"')
    column, relations = _relation(body, where, schema)
    entry = FileMapping(
        path=body["path"],
        node=schema.node(text_of(body, "node", where)).name if "node" in body else "",
        edge=_edge_key(text_of(body, "edge", where), where, schema) if "edge" in body else None,
        relation_column=column,
        relations=relations,
        id=text_of(body, "id", where),
        source=text_of(body, "source", where),
        target=text_of(body, "target", where),
        time=text_of(body, "time", where),
        time_unit=choice_of(body, "time_unit", "text", {"s", "ms", "text"}, where),
        weight=text_of(body, "weight", where),
        event_id=text_of(body, "event_id", where, DERIVE),
        duplicates=choice_of(body, "duplicates", "collapse", {"collapse", "keep"}, where),
        create=text_list(body, "create", where),
        roles=text_list(body, "roles", where),
        columns=MappingProxyType(text_table(body, "columns", where, '{ name = "user_name" }')),
        constants=MappingProxyType(text_table(body, "constants", where, '{ kind = "like" }')),
        ignore=text_list(body, "ignore", where),
        format=choice_of(body, "format", "auto", {"auto", "csv", "tsv", "jsonl", "parquet"}, where),
        encoding=text_of(body, "encoding", where, "auto"),
        delimiter=text_of(body, "delimiter", where, "auto"),
        time_zone=_zone(text_of(body, "time_zone", where, zone), where),
    )
    _check_kind(entry, body, where)
    _check_columns(entry, where, schema)
    return entry


# Keys that mean something for files of nodes only, and of edges only.
_NODE_KEYS = {"id", "roles"}
_EDGE_KEYS = {"source", "target", "time", "weight", "event_id", "duplicates", "create"}


def _check_kind(entry: FileMapping, body: Mapping[str, Any], where: str) -> None:
    wrong = sorted((_EDGE_KEYS if entry.node else _NODE_KEYS) & set(body))
    if wrong:
        what = "nodes" if entry.node else "edges"
        raise ConfigError(f"{where}: {wrong[0]} means nothing in a file of {what}", hint="remove it from this entry")
    if entry.event_id != DERIVE and entry.duplicates == "keep":
        raise ConfigError(
            f'{where}: duplicates = "keep" contradicts event_id = {entry.event_id!r}',
            hint="events with an id of their own are told apart by it; remove one of the two",
        )
    if entry.encoding != "auto":
        check_encoding(entry.encoding)
    if entry.delimiter != "auto" and (len(entry.delimiter) != 1 or entry.delimiter in '"\r\n'):
        raise ConfigError(f"{where}: delimiter = {entry.delimiter!r} is not one character", hint='for example ";"')


def _check_columns(entry: FileMapping, where: str, schema: Schema) -> None:
    for end in entry.create:
        if end not in ("source", "target"):
            raise ConfigError(f"{where}: create = {end!r}", hint='create = ["source", "target"]')
    if entry.node:
        node = schema.node(entry.node)
        known = set(node.columns)
        for role in entry.roles:
            if role not in node.roles:
                raise ConfigError(
                    f"{where}: {entry.node} has no role {role!r}", hint=f"roles: {', '.join(node.roles) or 'none'}"
                )
    else:
        known = set.intersection(*({*schema.edge(key).columns} for key in entry.edge_types))
    for ours in (*entry.columns, *entry.constants):
        if ours not in known:
            what = entry.node or ", ".join(map(str, entry.edge_types))
            near = difflib.get_close_matches(ours, known, n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"columns: {', '.join(sorted(known)) or 'none'}; more in schema.toml"
            )
            raise ConfigError(f"{where}: {what} has no column {ours!r}", hint=hint)
